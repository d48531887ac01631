import { describe, expect, test } from "vitest";
import { chromiumPath } from "../../support/browser.js";
import { useLab, waitForNumber } from "../../support/lab.js";

const lab = useLab("said-once");

describe.skipIf(chromiumPath === null)("an error of what is typed", () => {
  test.each([
    ["phase", "n=20&activation=expression&phi=x*tahn(x)", "phi", /no "tahn"/, "the formula", 4],
    ["phase", "n=20&activation=polynomial&parameters=foo", "parameters", /"foo"/, "the parameters", 4],
    ["normalization", "runs=2&activation=expression&phi=x*tahn(x)", "phi", /no "tahn"/, "the formula", 1],
    ["normalization", "runs=2&outer=foo", "outer", /"foo"/, "the laws", 1],
    ["training", "classes=1&verify=1", "classes", /got "1"/, "the classes", 2],
  ])(
    "%s with %s: stands at its field, and what needs it waits",
    async (page, query, field, text, where, waits) => {
      const visit = await lab.visit(`#/${page}?${query}`);
      const waiting = visit.page.locator(".work-waits", { hasText: `waits for ${where}` });
      await expect.poll(() => waiting.count()).toBe(waits);
      const alerts = visit.page.getByRole("alert");
      expect(await alerts.allTextContents()).toEqual([expect.stringMatching(text)]);
      const described = await visit.page.locator(`[data-field="${field}"]`).getAttribute("aria-describedby");
      expect(await alerts.getAttribute("id")).toBe(described);
      expect(visit.problems).toEqual([]);
      await visit.page.context().close();
    },
  );

  test("what cannot be predicted is not said again by what would be trained", async () => {
    const { page } = await lab.visit("#/training?data=sine&points=40&units=200&layers=4&order=3&verify=1");
    await expect
      .poll(() => page.locator(".work-waits").allTextContents())
      .toEqual(["waits for the prediction"]);
    expect(await page.getByRole("alert").allTextContents()).toEqual([expect.stringMatching(/order 3/)]);
    await page.context().close();
  });

  test("carets stand below the part of the formula that they point at", async () => {
    const { page } = await lab.visit("#/phase?n=20");
    await waitForNumber(page, "chi1", Number.isFinite);
    await page.locator('[data-field="activation"]').selectOption("expression");
    await page.locator('[data-field="phi"]').fill("x * tahn(x)");
    const pointed = page.locator(".error-pointed");
    await expect.poll(() => pointed.count()).toBe(1);
    expect(await pointed.textContent()).toBe("x * tahn(x)\n    ^^^^");
    const box = (from: number, to: number) =>
      pointed.evaluate(
        (element, [start, end]) => {
          const range = document.createRange();
          range.setStart(element.firstChild!, start!);
          range.setEnd(element.firstChild!, end!);
          const { left, right, top } = range.getBoundingClientRect();
          return { left, right, top };
        },
        [from, to],
      );
    const [name, carets] = [await box(4, 8), await box(16, 20)];
    expect(carets.left).toBeCloseTo(name.left, 0);
    expect(carets.right).toBeCloseTo(name.right, 0);
    expect(carets.top).toBeGreaterThan(name.top);
    await page.context().close();
  });
});
