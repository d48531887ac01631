import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { findStudies } from "../../../src/studies/index.js";
import { runStudies } from "../../../src/studies/index-node.js";
import { chromiumPath, watchedPage } from "../../support/browser.js";
import { useLab } from "../../support/lab.js";

const lab = useLab("layout-shift", async (folder) => {
  await runStudies(findStudies("B.phase-diagram"), `${folder}/one`, { command: "one" });
  return folder;
});

/**
 * The sum of all shifts of a page while it comes to be. Web Vitals calls up to 0.1 good; half of that is below one line of text that
 * pushes a page down, and well above numbers that grow by a digit in their column, or bars of progress whose text changes.
 */
const MOST = 0.05;

/** Every page as it opens; training of networks is left to a few, so that it ends soon. */
const PAGES = [
  "phase",
  "network",
  "training",
  "normalization?runs=2",
  "complexity?train=200&epochs=20",
  "runs",
  "runs?run=one",
];
const WIDTHS = [
  [1280, 900],
  [390, 844],
] as const;

interface Watched {
  shifts: { readonly value: number; readonly of: readonly string[] }[];
  changed: number;
}
type WatchedWindow = typeof globalThis & { watched: Watched };
/** What browsers report of something that stood elsewhere in the frame before. */
type Shift = PerformanceEntry & {
  readonly value: number;
  readonly sources: readonly { node: Node | null }[];
};

/** Runs in the page before its own scripts. */
function watch(): void {
  const watched: Watched = { shifts: [], changed: performance.now() };
  (globalThis as WatchedWindow).watched = watched;
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries() as Shift[]) {
      const of = sources.map(({ node }) => (node instanceof Element ? node : node?.parentElement));
      watched.shifts.push({ value, of: of.map((element) => `${element?.nodeName} ${element?.className}`) });
    }
  }).observe({ type: "layout-shift", buffered: true });
  new MutationObserver(() => {
    watched.changed = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}

/** Figures are drawn, nothing computes, and nothing has changed for longer than a small computation stays silent. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector("h1") !== null &&
      document.querySelector(".task-status, [aria-busy='true']") === null &&
      performance.now() - (globalThis as WatchedWindow).watched.changed > 1500,
    null,
    { polling: 100, timeout: 120_000 },
  );
}

describe.skipIf(chromiumPath === null)("pages stand still while they come to be", () => {
  for (const address of PAGES)
    test.each(WIDTHS)(`${address}, %i px wide`, async (width, height) => {
      const { page, problems } = await watchedPage(lab.browser, { viewport: { width, height } });
      await page.addInitScript(watch);
      await page.goto(`${lab.url}#/${address}`);
      await settled(page);
      const { shifts } = await page.evaluate(() => (globalThis as WatchedWindow).watched);
      const sum = shifts.reduce((all, { value }) => all + value, 0);
      expect(sum, JSON.stringify(shifts)).toBeLessThan(MOST);
      expect(problems).toEqual([]);
      await page.context().close();
    });
});
