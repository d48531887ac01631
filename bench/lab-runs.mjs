/**
 * What is measured on the page Runs, and the folder of runs for it: one study is computed, and stands for all of the list with their
 * names, so that a gallery is as large as a real one.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STUDY = "B.phase-diagram";

/** Makes the folder, a gallery of all studies and a run of one; `bin` is the command line. */
export function makeRuns(bin) {
  const folder = mkdtempSync(join(tmpdir(), "foretrain-bench-runs-"));
  const [one, all] = [join(folder, "one"), join(folder, "studies")];
  const foretrain = (...words) =>
    execFileSync(process.execPath, [bin, ...words], {
      stdio: ["ignore", "pipe", "ignore"],
      encoding: "utf8",
    });
  foretrain("study", "run", STUDY, "--out", one, "--quiet");
  const { studies } = JSON.parse(foretrain("study", "list", "--json"));
  const record = JSON.parse(readFileSync(join(one, STUDY, "results.json"), "utf8"));
  mkdirSync(all);
  for (const { id, papers, title } of studies) {
    cpSync(join(one, STUDY), join(all, id), { recursive: true });
    writeFileSync(join(all, id, "results.json"), JSON.stringify({ ...record, id, papers, title }));
  }
  const manifest = JSON.parse(readFileSync(join(one, "run.json"), "utf8"));
  const files = studies.flatMap(({ id }) =>
    manifest.files
      .filter(({ name }) => name.startsWith(`${STUDY}/`))
      .map((file) => ({ ...file, name: id + file.name.slice(STUDY.length) })),
  );
  writeFileSync(join(all, "run.json"), JSON.stringify({ ...manifest, files }));
  return {
    folder,
    gallery: all,
    studies: studies.length,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs in the page: when every card has its verdict and all pictures in view are there. */
function installRunsTools() {
  const drawn = (selector) =>
    [...document.querySelectorAll(selector)]
      .filter((box) => {
        const { top, bottom } = box.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      })
      .every((box) => box.querySelector("img")?.complete === true);
  window.runsTools = {
    button: (title) =>
      [...document.querySelectorAll(".run-list li button")].find(
        (button) => button.querySelector("strong").textContent === title,
      ),
    cards: () => document.querySelectorAll(".study-card").length,
    galleryStands: () => {
      const verdicts = [...document.querySelectorAll(".study-card .study-verdict")];
      const read = verdicts.length > 0 && verdicts.every((at) => at.dataset.outcome !== "reading");
      return read && drawn(".study-card .study-thumb");
    },
    studyStands: () =>
      document.querySelector('.study[aria-busy="false"] .study-checks') !== null &&
      document.querySelector(".study-picture img")?.complete === true,
    /** to another address, and until the page follows */
    async back(hash, done) {
      location.hash = hash;
      while (!done()) await new Promise((go) => setTimeout(go, 20));
    },
  };
}

/** The interactions with the folder of `makeRuns`. */
export const runsInteractions = ({ gallery, studies }) => [
  {
    name: `Runs: a run is chosen, gallery of ${studies} studies`,
    hash: "#/runs",
    install: installRunsTools,
    ready: () => document.querySelectorAll(".run-list li button").length > 1,
    round: async () => {
      const { button, galleryStands, back, cards } = window.runsTools;
      const times = await window.labTools.answer(() => button("studies").click(), galleryStands);
      await back("#/runs", () => cards() === 0);
      return times;
    },
  },
  {
    name: `Runs: a folder of ${studies} studies is opened from the disk`,
    hash: "#/runs",
    install: installRunsTools,
    ready: () => document.querySelectorAll(".run-list li button").length > 1,
    async act(page) {
      // from the moment that the page has the files
      await page.evaluate(() => {
        const { cards, galleryStands } = window.runsTools;
        window.folderOpened = new Promise((done) => {
          addEventListener("change", () => done(performance.now()), { capture: true, once: true });
        }).then(async (from) => {
          while (cards() === 0 || !galleryStands()) await new Promise((go) => requestAnimationFrame(go));
          await new Promise((go) => requestAnimationFrame(go));
          return [performance.now() - from];
        });
      });
      await page.locator("input[webkitdirectory]").setInputFiles(gallery);
      const times = await page.evaluate(() => window.folderOpened);
      await page.evaluate(() => window.runsTools.back("#/runs", () => window.runsTools.cards() === 0));
      return times;
    },
  },
  {
    name: "Runs: the card of a study is opened",
    hash: "#/runs?run=studies",
    install: installRunsTools,
    ready: () => window.runsTools.galleryStands(),
    round: async (i) => {
      const { studyStands, galleryStands, back } = window.runsTools;
      const link = document.querySelectorAll(".study-card h3 a")[3 * (i % 9)];
      const times = await window.labTools.answer(() => link.click(), studyStands);
      await back("#/runs?run=studies", galleryStands);
      return times;
    },
  },
  {
    name: "Runs: words that studies are looked for by",
    hash: "#/runs?run=studies",
    install: installRunsTools,
    ready: () => window.runsTools.galleryStands(),
    round: async (i) => {
      const { cards, galleryStands } = window.runsTools;
      const before = cards();
      return window.labTools.answer(
        () => window.labTools.set('input[data-field="text"]', i % 2 === 0 ? "B.spectra" : ""),
        () => cards() !== before && galleryStands(),
      );
    },
  },
];
