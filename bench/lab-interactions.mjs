/**
 * How fast the pages of the lab answer, in the system's Chromium: milliseconds from an input to the frame that shows its answer, and
 * the longest task of the main thread meanwhile, by the clock and by its own processor time (which other work of the machine does not
 * lengthen). Needs a build: `npm run build`.
 *
 *     node bench/lab-interactions.mjs [--rounds 9] [--only Phase]
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { makeRuns, runsInteractions } from "./lab-runs.mjs";

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const ROUNDS = Number(option("--rounds", "9"));
const ONLY = option("--only", "");

const browserPath = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((place) => place !== "" && existsSync(place));
if (browserPath === undefined) throw new Error("no Chromium: set CHROMIUM to its path, or install it");

const bin = fileURLToPath(new URL("../dist/cli/bin.js", import.meta.url));

/** Starts the lab over a folder of runs and waits for its address. */
async function startLab(runs) {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, "lab", "--no-open", "--json", "--runs", runs], {
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
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const tools = {
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
    /** Sets a control; the answer is there when the number `name` has changed. */
    follow(selector, value, name) {
      const before = tools.number(name);
      return tools.answer(
        () => tools.set(selector, value),
        () => tools.number(name) !== before,
      );
    },
    /** milliseconds until `done`, seen after a frame */
    async answer(act, done, limit = 60_000) {
      await frame();
      const from = performance.now();
      act();
      while (!done()) {
        if (performance.now() - from > limit) throw new Error("no answer");
        await frame();
      }
      await frame();
      return [performance.now() - from];
    },
    /** of every change of a number: milliseconds since the first input that had no answer yet; `stop` gives them */
    watch(name) {
      const times = [];
      let since = null;
      const onMove = (event) => {
        since ??= event.timeStamp;
      };
      addEventListener("pointermove", onMove, true);
      const observer = new MutationObserver(() => {
        if (since === null) return;
        const from = since;
        since = null;
        requestAnimationFrame(() => times.push(performance.now() - from));
      });
      const place = document.querySelector(`[data-name="${name}"]`);
      observer.observe(place, { attributes: true, attributeFilter: ["data-value"] });
      tools.stop = () => {
        observer.disconnect();
        removeEventListener("pointermove", onMove, true);
        return times;
      };
    },
  };
  window.labTools = tools;
}

/** What is measured: a page, when it is ready, and a round in it (`ready` and `round` run in the page, `act` beside it). */
const INTERACTIONS = [
  {
    name: "Phase: the point is dragged, numbers and maps follow",
    hash: "#/phase?n=500",
    ready: () => window.labTools.width(".plane-area canvas") === 500,
    async act(page, i) {
      const box = await page.locator(".plane-area").boundingBox();
      await page.evaluate(() => window.labTools.watch("chi1"));
      await page.mouse.move(box.x + 0.2 * box.width, box.y + (0.9 - 0.05 * i) * box.height);
      await page.mouse.down();
      for (let k = 1; k <= 30; k++) {
        await page.mouse.move(
          box.x + (0.2 + 0.02 * k) * box.width,
          box.y + (0.9 - 0.05 * i) * box.height - k,
        );
        await page.waitForTimeout(16);
      }
      await page.mouse.up();
      await page.waitForTimeout(300);
      return page.evaluate(() => window.labTools.stop());
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
      ).then(async (times) => {
        while (width(".plane-area canvas") !== 500) await new Promise((go) => setTimeout(go, 20));
        return times;
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
    round: () => {
      const { answer, set, width } = window.labTools;
      return answer(
        () => set('input[data-field="n"]', 100),
        () => width(".matrix canvas") === 100,
      ).then(async (times) => {
        set('input[data-field="n"]', 90);
        while (width(".matrix canvas") !== 90) await new Promise((go) => setTimeout(go, 20));
        return times;
      });
    },
  },
  {
    name: "Phase: 500 x 500 points as CSV",
    hash: "#/phase?n=500",
    ready: () => window.labTools.width(".plane-area canvas") === 500,
    saved: /^CSV$/,
  },
  {
    name: "Phase: the diagram as PNG",
    hash: "#/phase?n=500",
    ready: () => window.labTools.width(".plane-area canvas") === 500,
    saved: /^PNG$/,
  },
  {
    name: "Training: learning rate, predicted curves follow",
    hash: "#/training",
    ready: () => window.labTools.number("trainLoss") !== "",
    round: (i) => window.labTools.follow('input[data-field="rate"]', 0.3 + 0.02 * (i + 1), "learningRate"),
  },
  {
    name: "Training: weight variance, kernels and curves follow",
    hash: "#/training",
    ready: () => window.labTools.number("trainLoss") !== "",
    round: (i) => window.labTools.follow('input[data-field="w"]', 1.6 + 0.05 * (i + 1), "limit"),
  },
  {
    name: "Training: another step, with 4 trained networks",
    hash: "#/training?verify=1&vsteps=100",
    ready: () => document.querySelector('[data-name="verdict"]') !== null,
    round: (i) => window.labTools.follow('input[data-field="t"]', 2 + (i % 8), "step"),
  },
  {
    name: "Training: narrow networks, noise",
    hash: "#/training?data=sine",
    ready: () => window.labTools.number("trainLoss") !== "",
    round: (i) => window.labTools.follow('input[data-field="noise"]', 0.15 + 0.02 * (i + 1), "trainLoss"),
  },
  {
    name: "Normalization: N, curves and numbers follow",
    hash: "#/normalization?runs=0",
    ready: () => window.labTools.number("bias@1") !== "",
    round: (i) => window.labTools.follow('input[data-field="n"]', 100 + 17 * (i + 1), "initialization"),
  },
  {
    name: "Normalization: gamma, curves and numbers follow",
    hash: "#/normalization?runs=0",
    ready: () => window.labTools.number("bias@1") !== "",
    round: (i) =>
      window.labTools.follow('input[data-field="gamma"]', 0.55 + 0.01 * (i + 1), "initialization"),
  },
  {
    name: "Normalization: time, with 16 networks of each gamma",
    hash: "#/normalization",
    ready: () =>
      window.labTools.number("trained@1") !== "" &&
      ![...document.querySelectorAll("button")].some((button) => button.textContent === "cancel"),
    round: (i) => window.labTools.follow('input[data-field="t"]', 3 * (i % 12), "time"),
  },
  {
    name: "Complexity: another time of the training",
    hash: "#/complexity?epochs=200",
    ready: () => window.labTools.number("information") !== "",
    round: (i) => window.labTools.follow('input[data-field="t"]', 1 + (i % 8), "step"),
  },
];

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const whole = (value) => value.toFixed(value < 10 ? 1 : 0);

/** The longest task of the page's main thread in a trace, in milliseconds: by the clock and of the processor. */
function longestTask(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}:${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => ph === "X" && name.endsWith("RunTask") && main.has(`${pid}:${tid}`),
  );
  const most = (values) => Math.max(0, ...values) / 1000;
  return { clock: most(tasks.map((task) => task.dur)), processor: most(tasks.map((task) => task.tdur ?? 0)) };
}

/** Saves the first figure of the page; milliseconds until the download begins. */
async function save(page, format) {
  await page.getByRole("button", { name: "export" }).first().click();
  const from = performance.now();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: format }).click(),
  ]);
  const milliseconds = performance.now() - from;
  await download.delete();
  return [milliseconds];
}

// of what is not measured nothing is made
const runs = "Runs".startsWith(ONLY.slice(0, 4)) ? makeRuns(bin) : null;
const lab = await startLab(runs?.folder ?? "runs");
const rows = [["foretrain lab: its address stands", whole(lab.milliseconds), "", "", ""]];
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const open = async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, acceptDownloads: true });
  return { context, page: await context.newPage() };
};
try {
  const paints = [];
  for (let i = 0; i < ROUNDS && "Phase".startsWith(ONLY); i++) {
    const { context, page } = await open();
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
    if (paints.length === 0) continue;
    const values = paints.map((paint) => paint[key]);
    rows.push([name, whole(middle(values)), whole(Math.max(...values)), "", ""]);
  }
  const measured = [...INTERACTIONS, ...(runs === null ? [] : runsInteractions(runs))];
  for (const { name, hash, ready, round, act, saved, install } of measured) {
    if (!name.startsWith(ONLY)) continue;
    const { context, page } = await open();
    await page.addInitScript(installTools);
    if (install !== undefined) await page.addInitScript(install);
    await page.goto(lab.url + hash);
    await page.waitForFunction(ready, undefined, { timeout: 180_000 });
    await page.waitForTimeout(500);
    const times = [];
    await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
    // what starts the trace is a task of its own
    await page.waitForTimeout(200);
    for (let i = 0; i < ROUNDS; i++) {
      if (act !== undefined) times.push(...(await act(page, i)));
      else times.push(...(await (saved === undefined ? page.evaluate(round, i) : save(page, saved))));
      await page.waitForTimeout(150);
    }
    const { clock, processor } = longestTask(await browser.stopTracing());
    rows.push([name, whole(middle(times)), whole(Math.max(...times)), whole(clock), whole(processor)]);
    console.error(rows.at(-1).join(" | "));
    await context.close();
  }
} finally {
  await browser.close();
  lab.stop();
  runs?.remove();
}
console.log(`milliseconds, ${ROUNDS} rounds each\n`);
console.log(
  "| interaction | median | worst | longest task | longest by processor time |\n|---|---|---|---|---|",
);
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
