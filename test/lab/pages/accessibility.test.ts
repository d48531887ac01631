import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { findStudies } from "../../../src/studies/index.js";
import { runStudies } from "../../../src/studies/index-node.js";
import { sampleStudy } from "../../studies/sample-study.js";
import { chromiumPath } from "../../support/browser.js";
import { useLab } from "../../support/lab.js";

const lab = useLab("accessibility", async (folder) => {
  const list = [...findStudies("B.phase-diagram"), sampleStudy({ wrong: true }).study];
  await runStudies(list, `${folder}/studies`, { command: "studies" });
  return folder;
});

/** The rules of WCAG 2.0 to 2.2, levels A and AA, as far as a program can judge them. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Every page with its figures; what only shows when something is wrong; an opened study and a gallery. */
const PAGES = [
  "phase",
  "phase?activation=expression&phi=nothing(x)",
  "network?n=20&side=7",
  "network?net=preset:fcm",
  "training?classes=3,8&n=30&m=40&side=7&depth=1&width=64&steps=60",
  "normalization?train=4&n=20&end=1&runs=2",
  "complexity?train=100&epochs=10&width=8",
  "runs",
  "runs?run=studies",
  "runs?run=studies&study=T.squares",
  "runs?run=studies&file=B.phase-diagram/data.npz",
] as const;

/** Nothing computes any more. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector("h1") !== null &&
      document.querySelector(".task-status, [aria-busy='true']") === null,
    null,
    { polling: 100, timeout: 120_000 },
  );
  // work shows itself only when it takes a while
  await page.waitForTimeout(600);
  await page.waitForFunction(() => document.querySelector(".task-status, [aria-busy='true']") === null);
}

/** What axe finds, one line for each element. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const found: AxeResults = await page.evaluate(
    (values) =>
      (globalThis as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run({
        runOnly: { type: "tag", values },
        resultTypes: ["violations"],
      }),
    RULES,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}

describe.skipIf(chromiumPath === null)("axe finds nothing against WCAG 2 A and AA", () => {
  for (const address of PAGES)
    test(address, async () => {
      // the rules of the page's own scripts would keep out the one that looks at it
      const { page } = await lab.visit(`#/${address}`, { bypassCSP: true, colorScheme: "light" });
      await settled(page);
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    });

  const phone = { bypassCSP: true, viewport: { width: 390, height: 844 } };

  test("a study on a phone, whose checks are cards", async () => {
    const { page } = await lab.visit("#/runs?run=studies&study=T.squares", phone);
    await settled(page);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test("the help, an open menu, and a table in place of a figure", async () => {
    const { page } = await lab.visit("#/phase", phone);
    await settled(page);
    const figure = page.locator("figure").first();
    await figure.getByRole("button", { name: "table" }).click();
    await figure.getByRole("button", { name: /export/ }).click();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "help" }).click();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});
