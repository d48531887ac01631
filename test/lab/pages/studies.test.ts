import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { ForetrainError } from "../../../src/errors.js";
import { darkTheme, lightTheme } from "../../../src/figures/index.js";
import { findStudies, type StudyRecord, studies } from "../../../src/studies/index.js";
import { runStudies } from "../../../src/studies/index-node.js";
import { sampleStudy } from "../../studies/sample-study.js";
import { chromiumPath, watchedPage } from "../../support/browser.js";
import { expectWidthBelow, plainServer, shellWords, useLab } from "../../support/lab.js";

/** The drawing of the sample is no picture that a browser shows; this one is, and would do harm if it were more. */
const HOSTILE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30" width="40" height="30" onload="document.title='taken'">
<script>top.document.title = "taken"; fetch("/taken");</script>
<image href="http://127.0.0.1:9/taken.png" width="9" height="9"/>
<foreignObject width="9" height="9"><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="top.document.title='taken'"/></foreignObject>
<rect width="40" height="30" fill="#808080"/></svg>`;

const lab = useLab("studies", async (folder) => {
  const runs = join(folder, "runs");
  const wrong = sampleStudy({ wrong: true }).study;
  const broken = sampleStudy({
    before: () => {
      throw new ForetrainError("ERR_NUMERICAL", "no fixed point, try less <depth>");
    },
  }).study;
  const list = [
    ...findStudies("B.phase-diagram"),
    ...findStudies("D.unit-scale"),
    wrong,
    { ...broken, id: "T.failing" },
    { ...sampleStudy({ data: join(folder, "missing.npz") }).study, id: "T.lacking" },
    { ...sampleStudy().study, id: "T.unreadable" },
  ];
  await runStudies(list, join(runs, "studies"), {
    command: "foretrain study run all",
    commandOf: ({ id }) => `foretrain study run ${id}`,
  });
  writeFileSync(
    join(runs, "studies/T.unreadable/results.json"),
    '{"foretrain":1,"kind":"study","id":"T.unre',
  );
  writeFileSync(join(runs, "studies/T.squares/picture.svg"), HOSTILE);
  await runStudies(findStudies("B.phase-diagram"), join(runs, "one"), { command: "one" });
  return runs;
});

const file = (name: string) => join(lab.folder, "runs/studies", name);
const record = (id: string) => JSON.parse(readFileSync(file(`${id}/results.json`), "utf8")) as StudyRecord;

const cards = (page: Page) =>
  page
    .locator(".study-card")
    .evaluateAll((list) => list.map((card) => (card as HTMLElement).dataset["study"]));
const outcomes = (page: Page) =>
  page
    .locator(".study-card .study-verdict")
    .evaluateAll((list) => list.map((text) => (text as HTMLElement).dataset["outcome"]));

const ALL = ["B.phase-diagram", "D.unit-scale", "T.failing", "T.lacking", "T.squares", "T.unreadable"];

describe.skipIf(chromiumPath === null)("the gallery of studies", () => {
  test("has a card for each with its verdict; one that cannot be read hides no other", async () => {
    const { page, problems } = await lab.visit("#/runs?run=studies");
    await expect
      .poll(() => outcomes(page))
      .toEqual(["agrees", "agrees", "failed", "no-data", "disagrees", "broken"]);
    expect(await cards(page)).toEqual(ALL);
    const { checks } = record("B.phase-diagram");
    const text = await page.locator('[data-study="B.phase-diagram"]').textContent();
    expect(text).toContain(`all ${checks.length} checks agree`);
    expect(text).toContain("paper B");
    const count = checks.length + record("D.unit-scale").checks.length + record("T.squares").checks.length;
    expect(await page.locator(".gallery-head [role=status]").textContent()).toBe(
      `6 studies: 1 of ${count} checks disagrees; 1 could not be computed; 1 not computed, its data set is not here; 1 cannot be read`,
    );
    const picture = page.locator('[data-study="B.phase-diagram"] img');
    await expect
      .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(100);
    await page.getByRole("link", { name: /T.unreadable/ }).click();
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toMatch(/T\.unreadable\/results\.json is not JSON.*the same command writes it again/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("shows those that are looked for, and the address says which", async () => {
    const { page, problems } = await lab.visit("#/runs?run=studies");
    await page.getByRole("radio", { name: "D", exact: true }).check();
    await expect.poll(() => cards(page)).toEqual(["D.unit-scale"]);
    await page.getByRole("radio", { name: "all" }).check();
    await page.getByLabel(/only those that disagree/).check();
    await expect.poll(() => cards(page)).toEqual(["T.failing", "T.lacking", "T.squares", "T.unreadable"]);
    await page.getByLabel("find a study").fill("squares OF");
    await expect.poll(() => cards(page)).toEqual(["T.failing", "T.lacking", "T.squares"]);
    await expect.poll(() => page.url()).toMatch(/failing=1&text=squares\+OF/);
    const other = await lab.visit(new URL(page.url()).hash);
    await expect.poll(() => cards(other.page)).toEqual(["T.failing", "T.lacking", "T.squares"]);
    await page.getByLabel("find a study").fill("nothing like it");
    await expect
      .poll(() => page.locator(".gallery").textContent())
      .toContain("No study of this run is like that");
    expect([...problems, ...other.problems]).toEqual([]);
    await other.page.context().close();
    await page.context().close();
  });

  test("leads from a figure to its command, the source of its recipe and its formulas", async () => {
    const { page, problems } = await lab.visit("#/runs?run=studies");
    await page.getByRole("link", { name: "Phase diagrams of erf and tanh" }).click();
    const { figures, checks, command, references, expected } = record("B.phase-diagram");
    await expect.poll(() => page.locator("figure").count()).toBe(figures.length);
    expect(await page.locator(".study-expected").textContent()).toHaveLength(
      `Expected. ${expected}`.replace("chi_1", "χ1").length,
    );
    const pictures = page.locator(".study-picture img");
    await expect.poll(() => pictures.count()).toBe(figures.length);
    expect(await pictures.first().getAttribute("alt")).toMatch(/^Phase diagram of erf\./);

    const rows = page.locator("tr[data-check]");
    await expect.poll(() => rows.count()).toBe(checks.length);
    for (const { id, computed, expected: wanted } of checks) {
      const cells = page.locator(`tr[data-check="${id}"] td[data-value]`);
      const values = await cells.evaluateAll((list) =>
        list.map((cell) => (cell as HTMLElement).dataset["value"]),
      );
      expect(values.map(Number)).toEqual([computed, wanted]);
    }
    expect(await page.locator(".copy-text code").textContent()).toBe(command);
    expect(shellWords(command)).toEqual(["foretrain", "study", "run", "B.phase-diagram"]);

    const recipe = page.locator(".source-file");
    await recipe.locator("summary").click();
    const source = "src/studies/paper-b/phase-diagram.ts";
    expect(await recipe.locator("summary").textContent()).toBe(source);
    await expect.poll(() => recipe.locator("pre").textContent()).toBe(readFileSync(source, "utf8"));
    await page.locator(".formulas summary", { hasText: "B2. Phases and depth scales" }).click();
    await expect.poll(() => page.locator(".formulas").innerText()).toContain("(B2.2)  C(c) = ");
    const links = page.locator(".study-origin li a");
    expect(await links.count()).toBe(references.length);
    expect(await links.first().getAttribute("href")).toBe("https://arxiv.org/abs/1912.13053");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("gives figures and arrays as they lie in the folder, and figures as PNG", async () => {
    const { page, problems } = await lab.visit("#/runs?run=studies&study=B.phase-diagram");
    const figure = page.locator("figure").first();
    const download = async (start: () => Promise<void>) => {
      const [found] = await Promise.all([page.waitForEvent("download"), start()]);
      return { name: found.suggestedFilename(), bytes: readFileSync(await found.path()) };
    };
    const exported = async (name: string) => {
      await figure.getByRole("button", { name: /export/ }).click();
      const items = await figure.getByRole("menuitem").allTextContents();
      expect(items).toEqual(["SVG", "PNG"]); // its numbers are those of data.npz
      return download(() => figure.getByRole("menuitem", { name }).click());
    };
    await expect.poll(() => figure.locator("img").count()).toBe(1);
    const svg = await exported("SVG");
    expect(svg.name).toBe("phase-erf.svg");
    expect(svg.bytes.equals(readFileSync(file("B.phase-diagram/phase-erf.svg")))).toBe(true);
    const png = await exported("PNG");
    expect(png.bytes.readUInt32BE(16)).toBe(2 * 760);
    const data = await download(() => page.getByRole("button", { name: "save data.npz" }).click());
    expect(data.name).toBe("B.phase-diagram-data.npz");
    expect(data.bytes.equals(readFileSync(file("B.phase-diagram/data.npz")))).toBe(true);
    const figures = await page.locator("figure").count();
    await page.getByRole("link", { name: "data.npz" }).click();
    await expect.poll(() => page.locator(".viewer td[data-value]").count()).toBeGreaterThan(5);
    await page.goBack();
    await expect.poll(() => page.locator("figure").count()).toBe(figures);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("marks what disagrees, and says why something is missing and what to do", async () => {
    const { page } = await lab.visit("#/runs?run=studies&study=T.squares");
    await expect.poll(() => page.locator("tr[data-check]").count()).toBe(3);
    // what disagrees comes first
    const verdicts = await page.locator("tr[data-check] td:last-child").allTextContents();
    expect(verdicts).toEqual(["disagrees", "agrees", "agrees"]);
    expect(await page.locator("tr.bad th").textContent()).toBe("S1");
    expect(await page.locator(".study-checks").textContent()).toContain("S4: the last digit; nobody knows");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.locator(".study").getAttribute("data-study")).toBe("T.lacking");
    await expect.poll(() => page.locator(".study-missing").textContent()).toContain("missing.npz");
    await page.keyboard.press("ArrowLeft");
    await expect
      .poll(() => page.locator(".study-missing").textContent())
      .toContain("no fixed point, try less <depth>");
    expect(await page.locator(".copy-text code").textContent()).toBe("foretrain study run T.failing");
    await page.context().close();
  });

  test("is walked through by keys, and the browser's own back leads back", async () => {
    const { page, problems } = await lab.visit("#/runs?run=studies");
    await expect.poll(() => cards(page)).toEqual(ALL);
    const focused = () =>
      page.evaluate(
        () => (document.activeElement?.closest("[data-study]") as HTMLElement | null)?.dataset["study"],
      );
    await page.locator(".study-card a").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("T.failing");
    await page.keyboard.press("ArrowDown");
    const below = await focused();
    expect(ALL.indexOf(below!)).toBeGreaterThan(ALL.indexOf("T.failing"));
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Home");
    expect(await focused()).toBe("B.phase-diagram");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".study").getAttribute("data-study")).toBe("D.unit-scale");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("study-title");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.locator(".study").getAttribute("data-study")).toBe("T.failing");
    await page.keyboard.press("Escape");
    await expect.poll(() => cards(page)).toEqual(ALL);
    expect(await focused()).toBe("T.failing");
    expect(new URL(page.url()).hash).toBe("#/runs?run=studies");
    await page.goBack();
    await expect.poll(() => page.locator(".study").getAttribute("data-study")).toBe("T.failing");
    await page.goBack();
    await expect.poll(() => page.locator(".study").getAttribute("data-study")).toBe("D.unit-scale");
    await page.goBack();
    await expect.poll(() => cards(page)).toEqual(ALL);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("is not in the way of a run of one study, and says when a study is not there", async () => {
    const { page, problems } = await lab.visit("#/runs?run=one");
    const { figures } = record("B.phase-diagram");
    await expect.poll(() => page.locator("figure").count()).toBe(figures.length);
    expect(await page.getByRole("link", { name: "all studies" }).count()).toBe(0);
    const other = await lab.visit("#/runs?run=studies&study=B.nothing");
    await expect.poll(() => other.page.getByRole("alert").textContent()).toContain("no study B.nothing");
    await expect.poll(() => cards(other.page)).toEqual(ALL);
    expect([...problems, ...other.problems]).toEqual([]);
    await other.page.context().close();
    await page.context().close();
  });

  test("draws figures in the colours of the theme, in the width that there is, on a phone as well", async () => {
    for (const [colorScheme, { ink }] of [
      ["light", lightTheme],
      ["dark", darkTheme],
    ] as const) {
      const { page, problems } = await lab.visit("#/runs?run=studies&study=B.phase-diagram", {
        viewport: { width: 390, height: 844 },
        colorScheme,
      });
      const picture = page.locator(".study-picture img").first();
      // the drawing for narrow columns
      await expect
        .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth).catch(() => 0))
        .toBe(380);
      const drawn = await picture.evaluate(async (image) =>
        (await fetch((image as HTMLImageElement).src)).text(),
      );
      expect(drawn).toContain(`svg{--ft-surface:`);
      expect(drawn).toContain(`--ft-ink:${ink};`);
      await expectWidthBelow(page, 390);
      // nothing of a check lies beside the screen, and it still is a table with heads
      const table = page.locator(".checks-scroll");
      expect(await table.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
      for (const cell of await page.locator("tr[data-check]").first().locator("> *").all()) {
        const box = (await cell.boundingBox())!;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(390);
      }
      expect(await table.getByRole("columnheader").allTextContents()).toContain("verdict");
      await page.getByRole("link", { name: "all studies" }).click();
      await expect.poll(() => cards(page)).toEqual(ALL);
      await expectWidthBelow(page, 390);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });

  test("works without a server, from a folder that is opened; pictures in it run and load nothing", async () => {
    const server = await plainServer("/lab/");
    try {
      const { page, problems } = await watchedPage(lab.browser);
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`${server.url}#/runs`);
      await expect.poll(() => page.locator(".nothing-open").count()).toBe(1);
      await page.locator("input[type=file]").nth(1).setInputFiles(join(lab.folder, "runs/studies"));
      await expect.poll(() => cards(page)).toEqual(ALL);
      // others of this title are there: it is opened once it is known which it is
      await page
        .locator('[data-study="T.squares"]')
        .getByRole("link", { name: "Squares of <numbers>" })
        .click();
      const picture = page.locator(".study-picture img");
      await expect
        .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth).catch(() => 0))
        .toBe(40);
      expect(await page.title()).toBe("Runs · Foretrain lab");
      expect(asked.filter((url) => url.includes("taken"))).toEqual([]);
      // the recipes and the notes are beside the site
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Phase diagrams of erf and tanh" }).click();
      await expect
        .poll(() => page.locator(".formulas summary").allTextContents())
        .toEqual(["B2. Phases and depth scales"]);
      expect(problems).toEqual([]);
      await page.context().close();
    } finally {
      await server.close();
    }
  });

  test("says that a run of the address is not there", async () => {
    const { page } = await lab.visit("#/runs?run=gone");
    await expect
      .poll(() =>
        page
          .getByRole("alert")
          .textContent()
          .catch(() => ""),
      )
      .toContain("There is no run gone in ");
    const other = await lab.visit(`#/runs?run=${encodeURIComponent("dropped:mine")}`);
    await expect
      .poll(() =>
        other.page
          .getByRole("alert")
          .textContent()
          .catch(() => ""),
      )
      .toContain("mine was opened from this machine");
    await other.page.context().close();
    await page.context().close();
  });

  test("before there is a run, names commands that make one", async () => {
    const { page, problems } = await lab.visit("#/runs");
    const shown = page.locator(".nothing-open .copy-text code");
    await expect.poll(() => shown.count()).toBe(3);
    const commands = await shown.allTextContents();
    expect(commands[0]).toBe("foretrain study run all --out runs/studies");
    const ids = studies().map(({ id }) => id);
    for (const command of commands.filter((text) => text.includes("study run"))) {
      const [, , , name] = shellWords(command);
      expect(["all", ...ids]).toContain(name);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a figure that its folder lacks is said where it would stand", async () => {
    const dropped = join(lab.folder, "half/C.lost");
    mkdirSync(dropped, { recursive: true });
    writeFileSync(
      join(dropped, "results.json"),
      JSON.stringify({ ...record("B.phase-diagram"), figures: [{ name: "../x", caption: "gone" }] }),
    );
    const { page, problems } = await lab.visit("#/runs");
    await page.locator("input[type=file]").nth(1).setInputFiles(join(lab.folder, "half"));
    await expect
      .poll(() =>
        page
          .locator("figure .error")
          .textContent()
          .catch(() => ""),
      )
      .toContain("the run has no file C.lost/../x.svg");
    await expect.poll(() => page.locator("tr[data-check]").count()).toBe(3);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
