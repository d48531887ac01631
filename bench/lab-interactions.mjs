/**
 * How fast the pages of the lab answer, in the system's Chromium: milliseconds from an input to the frame that shows its answer, and
 * the longest task of the main thread meanwhile (tasks below 50 ms are not reported by browsers). Needs a build: `npm run build`.
 *
 *     node bench/lab-interactions.mjs [--rounds 9]
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const at = process.argv.indexOf("--rounds");
const ROUNDS = at < 0 ? 9 : Number(process.argv[at + 1]);

const browserPath = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((place) => place !== "" && existsSync(place));
if (browserPath === undefined) throw new Error("no Chromium: set CHROMIUM to its path, or install it");

/** Starts the lab and waits for its address. */
async function startLab() {
  const bin = fileURLToPath(new URL("../dist/cli/bin.js", import.meta.url));
  const started = performance.now();
  const child = spawn(process.execPath, [bin, "lab", "--no-open", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    let text = "";
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`foretrain lab ended with ${code}; is there a build?`)));
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /https?:\/\/[^\s"]+/.exec(text);
      if (found !== null) resolve(found[0]);
    });
  });
  return { url, milliseconds: performance.now() - started, stop: () => child.kill() };
}

/** Runs in the page: tools to set a value as a user does and to wait for the frame that has the answer. */
function installTools() {
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasks.push({ startTime, duration });
  }).observe({ type: "longtask", buffered: true });
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const tools = {
    longestSince: (from) =>
      Math.max(
        0,
        ...tasks.filter(({ startTime, duration }) => startTime + duration >= from).map((t) => t.duration),
      ),
    number: (name) => document.querySelector(`[data-name="${name}"]`)?.getAttribute("data-value") ?? "",
    width: (selector) => document.querySelector(selector)?.width ?? 0,
    set(selector, value) {
      const element = document.querySelector(selector);
      const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value");
      set.call(element, String(value));
      element.dispatchEvent(
        new Event(element instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }),
      );
    },
    /** milliseconds until `done`, seen after a frame, and the longest task */
    async answer(act, done, limit = 60_000) {
      await frame();
      const from = performance.now();
      act();
      while (!done()) {
        if (performance.now() - from > limit) throw new Error("no answer");
        await frame();
      }
      await frame();
      const milliseconds = performance.now() - from;
      // entries of tasks come a little later
      await new Promise((resolve) => setTimeout(resolve, 120));
      return { milliseconds, task: tools.longestSince(from) };
    },
  };
  window.labTools = tools;
}

/** What is measured: a page, when it is ready, and a round in it (functions run in the page). */
const INTERACTIONS = [
  {
    name: "Phase: the point moves, its numbers follow",
    hash: "#/phase?n=500",
    ready: () => window.labTools.number("chi1") !== "",
    round: (i) => {
      const { answer, number, set } = window.labTools;
      const before = number("chi1");
      return answer(
        () => set('input[data-field="w"]', 1.5 + 0.05 * (i % 7) + 0.01 * i),
        () => number("chi1") !== before && number("chi1") !== "",
      );
    },
  },
  {
    name: "Phase: 500 x 500 points painted anew (another quantity)",
    hash: "#/phase?n=500",
    ready: () => window.labTools.width(".plane-area canvas") === 500,
    round: (i) => {
      const { answer, set } = window.labTools;
      const title = () => document.querySelector(".bar-title")?.textContent;
      const before = title();
      return answer(
        () => set('select[data-field="show"]', i % 2 === 0 ? "qStar" : "chi1"),
        () => title() !== before,
      );
    },
  },
  {
    name: "Phase: another range, first picture (60 x 60)",
    hash: "#/phase?n=500",
    ready: () => window.labTools.width(".plane-area canvas") === 500,
    round: (i) => {
      const { answer, set, width } = window.labTools;
      return answer(
        () => set('input[data-field="w1"]', 4 + 0.1 * (i + 1)),
        () => width(".plane-area canvas") === 60,
      ).then(async (result) => {
        while (width(".plane-area canvas") !== 500) await new Promise((go) => setTimeout(go, 20));
        return result;
      });
    },
  },
  {
    name: "Phase: another range, 500 x 500 points",
    hash: "#/phase?n=500",
    ready: () => window.labTools.width(".plane-area canvas") === 500,
    round: (i) => {
      const { answer, set, width } = window.labTools;
      let coarse = false;
      return answer(
        () => set('input[data-field="w1"]', 4 + 0.1 * (i + 1)),
        () => {
          coarse ||= width(".plane-area canvas") === 60;
          return coarse && width(".plane-area canvas") === 500;
        },
      );
    },
  },
  {
    name: "Network: kernels and spectra of 100 samples",
    hash: "#/network?n=90",
    ready: () => window.labTools.width(".matrix canvas") === 90,
    round: (i) => {
      const { answer, set, width } = window.labTools;
      return answer(
        () => set('input[data-field="n"]', 100),
        () => width(".matrix canvas") === 100,
      ).then(async (result) => {
        set('input[data-field="n"]', 90);
        while (width(".matrix canvas") !== 90) await new Promise((go) => setTimeout(go, 20));
        return { ...result, i };
      });
    },
  },
  {
    name: "Normalization: N, curves and numbers follow",
    hash: "#/normalization?runs=0",
    ready: () => window.labTools.number("bias@1") !== "",
    round: (i) => {
      const { answer, number, set } = window.labTools;
      const before = number("initialization");
      return answer(
        () => set('input[data-field="n"]', 100 + 17 * (i + 1)),
        () => number("initialization") !== before,
      );
    },
  },
  {
    name: "Normalization: gamma, curves and numbers follow",
    hash: "#/normalization?runs=0",
    ready: () => window.labTools.number("bias@1") !== "",
    round: (i) => {
      const { answer, number, set } = window.labTools;
      const before = number("initialization");
      return answer(
        () => set('input[data-field="gamma"]', 0.55 + 0.01 * (i + 1)),
        () => number("initialization") !== before,
      );
    },
  },
  {
    name: "Normalization: time, with 16 networks of each gamma",
    hash: "#/normalization",
    ready: () =>
      window.labTools.number("trained@1") !== "" &&
      ![...document.querySelectorAll("button")].some((button) => button.textContent === "cancel"),
    round: (i) => {
      const { answer, number, set } = window.labTools;
      const before = number("time");
      return answer(
        () => set('input[data-field="t"]', 3 * (i % 12)),
        () => number("time") !== before,
      );
    },
  },
  {
    name: "Complexity: another time of the training",
    hash: "#/complexity?epochs=200",
    ready: () => window.labTools.number("information") !== "",
    round: (i) => {
      const { answer, number, set } = window.labTools;
      const before = number("step");
      return answer(
        () => set('input[data-field="t"]', 1 + (i % 8)),
        () => number("step") !== before,
      );
    },
  },
];

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const whole = (value) => value.toFixed(value < 10 ? 1 : 0);
const lab = await startLab();
const rows = [["foretrain lab: its address stands", whole(lab.milliseconds), "", ""]];
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
  const paints = [];
  for (let i = 0; i < ROUNDS; i++) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${lab.url}#/phase`);
    await page.waitForFunction(
      () => (document.querySelector('[data-name="chi1"]')?.dataset.value ?? "") !== "",
    );
    paints.push(
      await page.evaluate(() => ({
        painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
        answered: performance.now(),
      })),
    );
    await context.close();
  }
  for (const [name, key] of [
    ["Phase: first paint of the page", "painted"],
    ["Phase: first numbers of the page", "answered"],
  ]) {
    const values = paints.map((paint) => paint[key]);
    rows.push([name, whole(middle(values)), whole(Math.max(...values)), ""]);
  }
  for (const { name, hash, ready, round } of INTERACTIONS) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(installTools);
    await page.goto(lab.url + hash);
    await page.waitForFunction(ready, undefined, { timeout: 180_000 });
    await page.waitForTimeout(500);
    const results = [];
    for (let i = 0; i < ROUNDS; i++) {
      results.push(await page.evaluate(round, i));
      await page.waitForTimeout(150);
    }
    const times = results.map(({ milliseconds }) => milliseconds);
    const task = Math.max(...results.map((result) => result.task));
    rows.push([name, whole(middle(times)), whole(Math.max(...times)), task === 0 ? "< 50" : whole(task)]);
    await context.close();
  }
} finally {
  await browser.close();
  lab.stop();
}
console.log(`milliseconds, ${ROUNDS} rounds each\n`);
console.log("| interaction | median | worst | longest task |\n|---|---|---|---|");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
