import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { chromiumPath } from "../../support/browser.js";
import { useLab, waitForNumber } from "../../support/lab.js";

const lab = useLab("extremes");

/** Attributes of drawings that hold no number where one belongs. */
const brokenAttributes = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main svg *, main [style]")].flatMap((element) =>
      [...element.attributes]
        .filter(({ name, value }) => !name.startsWith("data-") && /NaN|Infinity|undefined/.test(value))
        .map(({ name, value }) => `${element.tagName} ${name}="${value.slice(0, 60)}"`),
    ),
  );

/** Until nothing is computed any more: what shows no progress for a while has ended. */
async function settled(page: Page): Promise<void> {
  await page.locator("h1").waitFor();
  await page.waitForTimeout(700);
  await expect.poll(() => page.locator(".task-status").count(), { timeout: 60_000 }).toBe(0);
}

describe.skipIf(chromiumPath === null)("ends of what can be set", () => {
  test.each([
    // ranges of no width, from back to front, and very narrow ones
    ["phase", "w0=4"],
    ["phase", "w0=2&w1=2&b0=0.3&b1=0.3"],
    ["phase", "w0=3&w1=2&b0=0.5&b1=0.1"],
    ["phase", "n=20&w0=2&w1=2.0000000001"],
    // variances of 0, and those that overflow
    ["phase", "n=20&w=0&b=0&logq=1&depth=1"],
    ["phase", "n=20&activation=relu&w=100&b=100&depth=400&logq=1"],
    ["training", "n=2&m=2&side=7&classes=3,8&steps=1"],
    ["training", "data=sine&points=1&tests=0&end=0.1"],
    ["training", "data=sine&points=2&tests=1&end=1000&noise=0"],
    ["normalization", "train=1&runs=0&n=4&gamma=1&end=0.1"],
    ["normalization", "train=2&runs=0&n=10000&gamma=0.5&t=0"],
    ["complexity", "train=50&epochs=1&noise=0.45&width=1"],
    // a kernel that is 0 everywhere has no correlations
    [
      "network",
      `n=10&side=7&net=${encodeURIComponent("preset:fcn?depth=1&weightVariance=0&biasVariance=0")}`,
    ],
  ])("%s with %s draws nothing that is no number", async (page, query) => {
    const visit = await lab.visit(`#/${page}?${query}`);
    await settled(visit.page);
    expect(await brokenAttributes(visit.page)).toEqual([]);
    // tables are figures too
    for (const button of await visit.page.getByRole("button", { name: "table", exact: true }).all())
      if (await button.isEnabled()) await button.click();
    expect(await visit.page.locator("main").innerText()).not.toMatch(/NaN|undefined/);
    expect(visit.problems).toEqual([]);
    await visit.page.context().close();
  });

  test("a range that is typed to no width keeps its axes, says so once, and comes back", async () => {
    const { page, problems } = await lab.visit("#/phase?n=20");
    await waitForNumber(page, "chi1", Number.isFinite);
    await page.locator("details summary", { hasText: "range of the diagram" }).click();
    await page.locator('[data-field="w0"]').fill("4");
    await expect
      .poll(() => page.getByRole("alert").allTextContents())
      .toEqual([expect.stringMatching(/weight variance: got 4 to 4/)]);
    expect(await brokenAttributes(page)).toEqual([]);
    await page.locator('[data-field="w0"]').fill("3");
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
