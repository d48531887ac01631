import { describe, expect, test } from "vitest";
import { chromiumPath } from "../../support/browser.js";
import { shownNumber, useLab, waitForNumber } from "../../support/lab.js";

const lab = useLab("whole-address");

describe.skipIf(chromiumPath === null)("the address of a page", () => {
  test.each([
    ["phase", "n=20", ["diagram", "maps", "depth"]],
    ["network", "n=20&side=7", ["kernel", "spectrum"]],
    ["training", "n=20&m=20&side=7", ["training"]],
    ["training", "data=sine&points=3&tests=4", ["outputs", "evolution"]],
    ["normalization", "runs=0&end=1", ["mean", "terms", "gamma"]],
    ["complexity", "train=50&epochs=3&width=8", ["boundary", "complexity"]],
  ])("%s with %s: says which figures are tables", async (name, query, figures) => {
    const { page, problems } = await lab.visit(`#/${name}?${query}`);
    const tables = page.locator(".table-view");
    for (const [i, figure] of figures.entries()) {
      const button = page.locator("figure").getByRole("button", { name: "table", exact: true }).nth(i);
      await expect.poll(() => button.isEnabled(), { timeout: 60_000 }).toBe(true);
      await button.click();
      await expect.poll(() => tables.count()).toBe(i + 1);
      await expect.poll(() => decodeURIComponent(page.url())).toMatch(new RegExp(`table=[^&]*${figure}`));
    }
    const hash = new URL(page.url()).hash;
    const other = await lab.visit(hash);
    await expect
      .poll(() => other.page.locator(".table-view").count(), { timeout: 60_000 })
      .toBe(figures.length);
    expect(other.problems).toEqual([]);
    await other.page.context().close();
    // a table is a step like any
    await page.locator("h1").click();
    await page.keyboard.press("z");
    await expect.poll(() => tables.count()).toBe(figures.length - 1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a figure that a page does not have is said", async () => {
    const { page } = await lab.visit("#/network?n=20&side=7&table=kernel,nothing");
    await expect
      .poll(() => page.getByRole("alert").allTextContents())
      .toEqual([
        expect.stringMatching(
          /figures as tables: the address has "kernel,nothing", expected some of kernel,spectrum/,
        ),
      ]);
    await page.context().close();
  });

  test("Network: keeps the pair that is chosen by keys or a press, not the one under the pointer", async () => {
    const { page, problems } = await lab.visit("#/network?n=20&side=7");
    const first = await waitForNumber(page, "pair", Number.isFinite);
    const matrix = page.locator(".matrix-area");
    await matrix.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    const chosen = await waitForNumber(page, "pair", (value) => value !== first);
    await expect.poll(() => page.url()).toMatch(/i=1&j=2/);
    const other = await lab.visit(new URL(page.url()).hash);
    expect(await waitForNumber(other.page, "pair", Number.isFinite)).toBe(chosen);
    await other.page.context().close();

    const { x, y, width, height } = (await matrix.boundingBox())!;
    await page.mouse.move(x + 0.52 * width, y + 0.02 * height);
    await waitForNumber(page, "pair", (value) => value !== chosen);
    expect(page.url()).toMatch(/i=1&j=2/);
    await page.mouse.move(x + width / 2, y - 40);
    await waitForNumber(page, "pair", (value) => value === chosen);
    await page.mouse.click(x + 0.52 * width, y + 0.02 * height);
    await page.mouse.move(x + width / 2, y - 40);
    await expect.poll(() => page.url()).toMatch(/j=10/);
    expect(await shownNumber(page, "pair")).not.toBe(chosen);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
