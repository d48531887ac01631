import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { foretrain } from "../../cli/foretrain.js";
import { chromiumPath } from "../../support/browser.js";
import { expectWidthBelow, useLab } from "../../support/lab.js";

const lab = useLab("phone-text", async (folder) => {
  for (const activation of ["tanh", "relu"]) {
    const network = `preset:fcn?depth=1&width=8&activation=${activation}`;
    const { code, stderr } = await foretrain(
      folder,
      ...["forecast", network, "--data", "disk?train=20&test=10", "--corrections", "0"],
      ...["--out", join("runs", activation), "--quiet"],
    );
    expect(code, stderr).toBe(0);
  }
  return join(folder, "runs");
});

/** px; what is smaller cannot be read at arm's length */
const LEAST = 11;

/** Texts of figures that are too small on the screen; raised and lowered signs are smaller by nature. */
const smallTexts = (page: Page) =>
  page.evaluate((least) => {
    const drawn = [...document.querySelectorAll<SVGTextElement>("figure svg text")].map((text) => ({
      text: text.textContent,
      size:
        Number.parseFloat(getComputedStyle(text).fontSize) *
        Math.abs(text.getScreenCTM()?.d || text.getScreenCTM()?.b || 0),
    }));
    const words = [...document.querySelectorAll<HTMLElement>("figure *")]
      .filter(
        (element) =>
          element instanceof HTMLElement &&
          !["SUB", "SUP"].includes(element.tagName) &&
          element.closest("[hidden], sub, sup") === null &&
          [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== ""),
      )
      .map((element) => ({
        text: element.textContent,
        size: Number.parseFloat(getComputedStyle(element).fontSize),
      }));
    return {
      count: drawn.length + words.length,
      small: [...drawn, ...words]
        .filter(({ text, size }) => text !== "" && size < least - 0.01)
        .map(({ text, size }) => `${size.toFixed(1)} px: ${text}`),
    };
  }, LEAST);

describe.skipIf(chromiumPath === null)("text in figures on a phone", () => {
  test.each([
    ["#/phase?n=40", [".diagram .plane-edge", ".map-room svg", ".curve-pair canvas"]],
    ["#/network?n=20&side=7", [".matrix canvas", ".spectrum-room svg"]],
    ["#/training?n=20&m=20&side=7", [".training-room svg"]],
    ["#/training?data=sine&points=4&tests=8", [".training-room svg"]],
    ["#/normalization?runs=0&end=1", [".normalization-figures svg", ".normalization-lower svg"]],
    ["#/complexity?train=50&epochs=3&width=8", [".boundary-room .plane-edge", ".curve-room svg"]],
    ["#/runs?run=tanh&with=relu&file=kernels.npz", [".compare svg"]],
  ])(`%s: is ${LEAST} px high or higher, and no figure is cut`, async (hash, figures) => {
    const { page, problems } = await lab.visit(hash, { viewport: { width: 390, height: 844 } });
    for (const figure of figures) await page.locator(figure).first().waitFor({ timeout: 60_000 });
    await expectWidthBelow(page, 390);
    const { count, small } = await smallTexts(page);
    expect(count).toBeGreaterThan(5);
    expect(small).toEqual([]);
    // what is wider than its place would have to be scrolled to
    const widths = await page
      .locator("figure .svg-figure svg")
      .evaluateAll((drawings) => drawings.map((drawing) => drawing.getBoundingClientRect().right));
    for (const right of widths) expect(right).toBeLessThanOrEqual(390);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
