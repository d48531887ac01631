import { describe, expect, test } from "vitest";
import { foretrain } from "../../cli/foretrain.js";
import { chromiumPath } from "../../support/browser.js";
import {
  checkExports,
  expectWidthBelow,
  shellWords,
  shownNumber,
  useLab,
  waitForNumber,
} from "../../support/lab.js";

const lab = useLab("normalization-page");

/** Few points, a short time, small networks: some seconds on a busy machine. */
const SMALL = "train=4&end=3&n=30&runs=5";
const HERE = `#/normalization?${SMALL}&gamma=0.77`;

interface Json {
  readonly warnings: readonly string[];
  readonly gammas: readonly {
    readonly gamma: number;
    readonly nu: number | "infinity";
    readonly termSizes: readonly number[];
    readonly train: readonly Readonly<
      Record<"bias" | "initialization" | "samples" | "total", number | null>
    >[];
    readonly test: readonly { readonly total: number }[];
    readonly trained: {
      readonly trainError: readonly number[];
      readonly testError: readonly number[];
      readonly z: { readonly rms: number; readonly largest: number };
      readonly varianceRatio: number | null;
    };
  }[];
}

describe.skipIf(chromiumPath === null)("the page Normalization", () => {
  test.each([
    ["the line", HERE],
    [
      "the plane, full batches and a centred law",
      `#/normalization?${SMALL}&gamma=0.77&data=plane&bias=&batch=full&outer=uniform%3A0%3A1&center=1`,
    ],
  ])("has the very numbers of the command that it copies: %s", async (_, hash) => {
    const { page, problems } = await lab.visit(hash, { permissions: ["clipboard-read", "clipboard-write"] });
    // the flows and all networks
    for (const gamma of [0.5, 0.77, 1]) await waitForNumber(page, `varianceRatio@${gamma}`, Number.isFinite);
    await expect
      .poll(() => page.getByRole("button", { name: "cancel" }).count(), { timeout: 60_000 })
      .toBe(0);
    await page.getByRole("button", { name: /copy as/ }).click();
    await page.getByRole("menuitem", { name: "command" }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain("foretrain normalize");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const { code, stdout, stderr } = await foretrain(
      lab.folder,
      ...shellWords(copied).slice(1),
      "--json",
      "--quiet",
    );
    expect(code, stderr).toBe(0);
    const { gammas } = JSON.parse(stdout) as Json;
    expect(gammas).toHaveLength(9);
    for (const { gamma, train, test: held, trained } of gammas) {
      const parts = train.at(-1)!;
      const expected: Readonly<Record<string, number | null>> = {
        bias: parts.bias,
        initialization: parts.initialization,
        samples: parts.samples,
        error: parts.total,
        testError: held.at(-1)!.total,
        trained: trained.trainError.at(-1)!,
        trainedTest: trained.testError.at(-1)!,
        rmsZ: trained.z.rms,
        maxZ: trained.z.largest,
        varianceRatio: trained.varianceRatio,
      };
      for (const [name, value] of Object.entries(expected)) {
        const shown = await shownNumber(page, `${name}@${gamma}`);
        if (value === null) expect(shown, `${name}@${gamma}`).toBeNaN();
        else expect(shown, `${name}@${gamma}`).toBeWithinRelative(value, 1e-9);
      }
    }
    const chosen = gammas.find(({ gamma }) => gamma === 0.77)!;
    expect(await shownNumber(page, "nu")).toBe(chosen.nu);
    // odd terms are 0 but for rounding where W is symmetric
    for (const k of [0, 1, 2]) {
      const off = (await shownNumber(page, `Q${k + 1}`)) - chosen.termSizes[k]!;
      expect(Math.abs(off)).toBeLessThanOrEqual(1e-9 * chosen.termSizes[k]! + 1e-15);
    }
    expect(await page.locator('[data-name="Q1"]').textContent()).toMatch(/^< 10⁻¹[⁵⁶]$/);
    expect(await shownNumber(page, "rate")).toBeWithinRelative(30 ** (2 * 0.77 - 2), 1e-12);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("answers sliders of gamma and N, undoes, and its address keeps all of it", async () => {
    const { page, problems } = await lab.visit(`#/normalization?${SMALL}&runs=0&gamma=0.75`);
    // the corrections are there
    const second = await waitForNumber(page, "Q2", Number.isFinite);
    const spread = await shownNumber(page, "initialization");
    await page.locator('input[data-field="n"]').fill("120");
    // Var K is a property of the limit: at gamma 0.75 it is divided by sqrt N
    await waitForNumber(page, "initialization", (value) => Math.abs(value / spread - 0.5) < 1e-9);
    // so is eps^2
    await waitForNumber(page, "Q2", (value) => Math.abs(value / second - 0.5) < 1e-9);
    await page.locator("h1").click();
    await page.keyboard.press("]");
    await waitForNumber(page, "nu", (value) => value === 2);
    await expect.poll(() => page.url()).toContain("gamma=0.8");
    expect(page.url()).toContain("n=120");
    const random = await shownNumber(page, "random");
    await page.reload();
    await waitForNumber(page, "random", (value) => Math.abs(value / random - 1) < 1e-12);
    await page.keyboard.press("[");
    await waitForNumber(page, "random", (value) => value > random);
    await page.keyboard.press("z");
    await waitForNumber(page, "random", (value) => Math.abs(value / random - 1) < 1e-12);
    // at gamma = 1 every correction counts: the flow
    await page.keyboard.press("]");
    await page.keyboard.press("]");
    await page.keyboard.press("]");
    await waitForNumber(page, "nu", (value) => value === Number.POSITIVE_INFINITY);
    await waitForNumber(page, "bias", Number.isFinite);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("runs through time by slider and keys: at the start nothing is learned and nothing has spread by SGD", async () => {
    const { page, problems } = await lab.visit(`#/normalization?${SMALL}&runs=0`);
    // the corrections are there: nothing that is shown comes anew
    await waitForNumber(page, "Q2", Number.isFinite);
    const end = await shownNumber(page, "time");
    expect(end).toBe(3);
    const atEnd = await shownNumber(page, "bias");
    await page.locator('[data-field="t"]').fill("0");
    await waitForNumber(page, "time", (time) => time === 0);
    expect(await shownNumber(page, "bias")).toBeGreaterThan(atEnd);
    expect(await shownNumber(page, "samples")).toBe(0);
    expect(await shownNumber(page, "Q1")).toBe(0);
    await page.locator("h1").click();
    await page.keyboard.press(" ");
    await waitForNumber(page, "time", (time) => time === 3);
    expect(await shownNumber(page, "bias")).toBe(atEnd);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("networks arrive one after another, and the training can be cancelled", async () => {
    const { page, problems } = await lab.visit("#/normalization?train=6&n=400&runs=200&end=20");
    const early = await waitForNumber(page, "trained", Number.isFinite);
    await waitForNumber(page, "trained", (value) => value !== early);
    const cancels = page.getByRole("button", { name: "cancel" });
    await cancels.last().click();
    await expect.poll(() => cancels.count(), { timeout: 30_000 }).toBe(0);
    expect(await shownNumber(page, "trained")).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("warns and refuses with the words of the command", async () => {
    const { page } = await lab.visit(`#/normalization?${SMALL}&outer=uniform%3A0%3A1&runs=0`);
    await expect
      .poll(() => page.locator(".readings .warning").first().textContent())
      .toMatch(/the outer weights have mean 0\.5, which the theory excludes.*center moves the law to mean 0/);
    await waitForNumber(page, "bias", Number.isFinite);
    expect(await shownNumber(page, "initialization")).toBeNaN();
    await page.goto(`${lab.url}#/normalization?${SMALL}&alpha=1000&runs=0`);
    await expect
      .poll(() => page.getByRole("alert").first().textContent())
      .toMatch(/alpha: at 1,000 training diverges.*Use alpha below .* or more than \d+ units/);
    await page.goto(`${lab.url}#/normalization?${SMALL}&outer=normal%3A1&runs=0`);
    await expect
      .poll(() => page.locator(".text-control .error").first().textContent())
      .toMatch(/got "normal:1", expected a law such as normal:0:1/);
    await page.goto(`${lab.url}#/normalization?${SMALL}&runs=0`);
    await waitForNumber(page, "bias", Number.isFinite);
    await page.locator('input[data-field="gamma"]').first().fill("0.4");
    await expect
      .poll(() => page.locator(".number-control .error").textContent())
      .toMatch(/got "0.4", expected numbers from 0.5 \(NTK scaling\) to 1 \(mean field\)/);
    await page.context().close();
  });

  test("says of a kink in words that there are no corrections, and how well steps and units know the mean", async () => {
    const { page, problems } = await lab.visit(`#/normalization?${SMALL}&gamma=1&activation=relu&runs=0`);
    const caption = page.locator("figure", { hasText: "Which terms count" }).locator("figcaption");
    await expect
      .poll(() => caption.textContent(), { timeout: 30_000 })
      .toMatch(
        /^No corrections: relu has a kink at 0, where .* do not exist; a smooth activation such as gelu or softplus has them\. Means follow the flow/,
      );
    const all = await waitForNumber(page, "kinkSteps", Number.isFinite).then(() =>
      shownNumber(page, "kinkError"),
    );
    const [steps, units] = [await shownNumber(page, "kinkSteps"), await shownNumber(page, "kinkUnits")];
    expect(steps).toBeGreaterThan(0);
    expect(units).toBeGreaterThan(0);
    expect(all).toBeWithinRelative(steps + units, 1e-12);
    const row = page.locator(".readings tr", { hasText: "mean off by about" });
    expect(await row.textContent()).toContain(`mostly by the ${steps > units ? "steps" : "units"}`);
    // NTK scaling has no flow, and its mean h is known as well as the units
    await page.goto(`${lab.url}#/normalization?${SMALL}&gamma=0.5&activation=relu&runs=0`);
    await waitForNumber(page, "kinkError", (value) => value === units);
    expect(await page.locator(".readings").textContent()).not.toContain("error by the steps");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("exports all figures", async () => {
    const { page } = await lab.visit(HERE);
    for (const gamma of [0.5, 0.77, 1]) await waitForNumber(page, `varianceRatio@${gamma}`, Number.isFinite);
    for (const title of [/Mean, spread/, /Which terms count/, /Bias and variance over/])
      await checkExports(page, title);
    await page.context().close();
  });

  test("fits a phone in both themes", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await lab.visit(HERE, {
        viewport: { width: 390, height: 844 },
        colorScheme,
      });
      await waitForNumber(page, "varianceRatio@1", Number.isFinite);
      await expectWidthBelow(page, 390);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });
});
