import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { readNpz } from "../../../src/data/index.js";
import { computeKernel } from "../../../src/kernels/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { chromiumPath } from "../../support/browser.js";
import { expectWidthBelow, shownNumber, useLab, waitForNumber } from "../../support/lab.js";

const lab = useLab("network-blocks");

const START = {
  foretrain: 1,
  input: [7, 7, 1],
  layers: [
    { kind: "flatten" },
    { kind: "dense", units: 32, weightVariance: 2, biasVariance: 0.05 },
    { kind: "dense", units: 10 },
  ],
};
const address = (network: unknown) =>
  `#/network?${new URLSearchParams({ net: JSON.stringify(network), n: "20", side: "7" }).toString()}`;

/** The network as the page has it as text. */
const written = async (page: Page): Promise<unknown> =>
  JSON.parse(await page.locator('textarea[data-field="net"]').inputValue());

const block = (page: Page, path: string): Locator => page.locator(`.block[data-path="${path}"]`);
const head = (page: Page, path: string): Locator => block(page, path).locator(".block-name").first();
const errorOf = (page: Page, path: string) => block(page, path).locator(":scope > .block-error");

/** What the package says of a network that is wrong. */
function said(network: unknown): string {
  try {
    parseNetwork(network);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing is wrong with it");
}

/** Sets a value of a block that is open. */
async function set(page: Page, path: string, field: string, value: string): Promise<void> {
  const box = block(page, path).getByLabel(field, { exact: true }).first();
  await box.fill(value);
  await box.press("Tab");
}

describe.skipIf(chromiumPath === null)("blocks inside blocks", () => {
  test("a repeated residual block built by clicks has the kernel of the same network in the library", async () => {
    const { page, problems } = await lab.visit(address(START));
    const before = await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    await page.getByLabel("add a layer before the last one").selectOption("residual");
    // as wide as what goes in
    await expect
      .poll(async () => ((await written(page)) as typeof START).layers[2])
      .toEqual({
        kind: "residual",
        layers: [
          { kind: "activation", name: "relu" },
          { kind: "dense", units: 32, weightVariance: 2, biasVariance: 0.05 },
        ],
      });
    await head(page, "layers[2].layers[0]").click();
    await block(page, "layers[2].layers[0]").getByLabel("name").selectOption("leakyRelu");
    await set(page, "layers[2].layers[0]", "slope", "0.3");
    await page.getByLabel("add a layer to shortcut of residual").selectOption("dense");
    await set(page, "layers[2].shortcut[0]", "weightVariance", "1.5");
    await page.getByLabel("residual: put inside").selectOption("repeat");
    await set(page, "layers[2]", "times", "3");
    const dense = { kind: "dense", units: 32, weightVariance: 2, biasVariance: 0.05 };
    const built = {
      ...START,
      layers: [
        START.layers[0],
        START.layers[1],
        {
          kind: "repeat",
          times: 3,
          layers: [
            {
              kind: "residual",
              layers: [{ kind: "activation", name: "leakyRelu", slope: 0.3 }, dense],
              shortcut: [{ ...dense, weightVariance: 1.5 }],
            },
          ],
        },
        START.layers[2],
      ],
    };
    await expect.poll(() => written(page)).toEqual(built);
    const figure = page.locator("figure.kernel-figure");
    await expect.poll(() => new URLSearchParams(page.url().split("?")[1]).get("net")).toContain('"times":3');
    const other = await lab.visit(new URL(page.url()).hash);
    const kappa = await waitForNumber(other.page, "ntk.kappa", (value) => value > 1 && value !== before);
    await waitForNumber(page, "ntk.kappa", (value) => value === kappa);
    expect(await written(other.page)).toEqual(built);
    await other.page.context().close();

    await figure.getByRole("button", { name: /export/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      figure.getByRole("menuitem", { name: /npz/ }).click(),
    ]);
    const exported = readNpz(readFileSync(await download.path()));
    const kernels = await computeKernel(parseNetwork(built), exported["x"]!, null, { get: ["ntk", "nngp"] });
    for (const name of ["ntk", "nngp"] as const) {
      const [shown, expected] = [exported[name]!.data, kernels[name].data];
      expect(shown.length).toBe(400);
      for (let i = 0; i < shown.length; i++) {
        expect(Number(shown[i]), `${name} ${i}`).toBeWithinRelative(expected[i]!, 1e-9);
      }
    }

    // every step comes back
    await page.locator("h1").click();
    await page.keyboard.press("z");
    await expect
      .poll(() => block(page, "layers[2]").getByLabel("times", { exact: true }).inputValue())
      .toBe("2");
    for (let step = 0; step < 6; step++) await page.keyboard.press("z");
    await expect.poll(() => written(page)).toEqual(START);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("what is wrong is said in the block where it is, in the package's words, until it is right", async () => {
    const wide = (units: number, slope: unknown) => ({
      ...START,
      layers: [
        START.layers[0],
        START.layers[1],
        {
          kind: "residual",
          layers: [
            { kind: "dense", units },
            { kind: "activation", name: "leakyRelu", slope },
          ],
        },
        START.layers[2],
      ],
    });
    const { page, problems } = await lab.visit(address(wide(32, 0.1)));
    const before = await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    // a value that is none
    await head(page, "layers[2].layers[1]").click();
    await set(page, "layers[2].layers[1]", "slope", "steep");
    await expect.poll(() => errorOf(page, "layers[2].layers[1]").textContent()).toBe(said(wide(32, "steep")));
    const slope = block(page, "layers[2].layers[1]").getByLabel("slope");
    expect(await slope.getAttribute("aria-invalid")).toBe("true");
    expect(await shownNumber(page, "ntk.kappa")).toBe(before);
    await set(page, "layers[2].layers[1]", "slope", "0.2");
    await expect.poll(() => page.locator(".block-error").count()).toBe(0);
    const after = await waitForNumber(page, "ntk.kappa", (value) => value !== before);
    // shapes that do not fit: the block of the two paths says it
    await head(page, "layers[2].layers[0]").click();
    await set(page, "layers[2].layers[0]", "units", "16");
    await expect.poll(() => errorOf(page, "layers[2]").textContent()).toBe(said(wide(16, 0.2)));
    expect(await shownNumber(page, "ntk.kappa")).toBe(after);
    await page.getByLabel("add a layer to shortcut of residual").selectOption("dense");
    await set(page, "layers[2].shortcut[0]", "units", "16");
    await expect.poll(() => page.locator(".block-error").count()).toBe(0);
    // a network that can be read, but has no kernel
    await page.getByLabel("leakyRelu(slope=0.2): put inside").selectOption("residual");
    const dependent = errorOf(page, "layers[2].layers[1]");
    await expect.poll(() => dependent.count(), { timeout: 20_000 }).toBe(1);
    expect(await dependent.textContent()).toMatch(/the sum .*dense or conv layer/);
    await page.locator("h1").click();
    await page.keyboard.press("z");
    await expect.poll(() => page.locator(".block-error").count()).toBe(0);
    // a formula
    await block(page, "layers[2].layers[1]").getByLabel("name").selectOption("expression");
    await set(page, "layers[2].layers[1]", "expression", "x*tahn(x)");
    await expect
      .poll(() => errorOf(page, "layers[2].layers[1]").textContent())
      .toContain('there is no "tahn"');
    await set(page, "layers[2].layers[1]", "expression", "x*erf(x)");
    await waitForNumber(page, "ntk.kappa", (value) => value !== after);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("keys alone build branches, move layers with the focus, and take them out", async () => {
    const branched = {
      ...START,
      layers: [
        START.layers[0],
        START.layers[1],
        {
          kind: "parallel",
          branches: [
            [
              { kind: "activation", name: "erf" },
              { kind: "dense", units: 32 },
            ],
            [],
          ],
          merge: "sum",
        },
        START.layers[2],
      ],
    };
    const { page, problems } = await lab.visit(address(branched));
    await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    const layers = async () => ((await written(page)) as typeof branched).layers as unknown[];
    const parallel = async () => ((await layers())[2] as { branches: { kind: string }[][] }).branches;
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest("[data-path]")?.getAttribute("data-path"));

    await head(page, "layers[2].branches[0][0]").focus();
    await page.keyboard.press("Alt+ArrowDown");
    await expect.poll(focused).toBe("layers[2].branches[0][1]");
    expect((await parallel())[0]!.map(({ kind }) => kind)).toEqual(["dense", "activation"]);
    expect(await page.locator(".blocks [role=status]").textContent()).toBe("erf is 2 of 2");
    await page.keyboard.press("Delete");
    await expect.poll(focused).toBe("layers[2].branches[0][0]");
    expect((await parallel())[0]).toEqual([{ kind: "dense", units: 32 }]);

    await page.getByRole("button", { name: "parallel, sum: add a branch" }).press("Enter");
    await expect.poll(parallel).toHaveLength(3);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
      .toBe("add a layer to branch 3 of parallel, sum");
    await page.locator(":focus").selectOption("layerNorm");
    await expect.poll(focused).toBe("layers[2].branches[2][0]");
    // out of the branch, behind the layer that it was in
    await block(page, "layers[2].branches[2][0]")
      .getByRole("button", { name: /move out/ })
      .press("Enter");
    await expect.poll(focused).toBe("layers[3]");
    expect((await layers())[3]).toEqual({ kind: "layerNorm" });
    await page.getByRole("button", { name: "branch 3 of parallel, sum: take out" }).press("Enter");
    await expect.poll(parallel).toHaveLength(2);

    // put inside and taken apart again
    const whole = await layers();
    await head(page, "layers[2]").press("Enter");
    await page.getByLabel("parallel, sum: put inside").selectOption("serial");
    await expect.poll(async () => (await layers())[2]).toEqual({ kind: "serial", layers: [whole[2]] });
    await page.getByRole("button", { name: "serial: take apart" }).press("Enter");
    await expect.poll(layers).toEqual(whole);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("keys alone take a block into others and out of them, say where it went, and undo", async () => {
    const [flatten, hidden, last] = START.layers;
    const erf = { kind: "activation", name: "erf" };
    const residual = { kind: "residual", layers: [{ kind: "dense", units: 32 }], shortcut: [] as unknown[] };
    const network = { ...START, layers: [flatten, hidden, erf, residual, last] };
    const { page, problems } = await lab.visit(address(network));
    await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    const layers = async () => ((await written(page)) as { layers: unknown[] }).layers;
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest("[data-path]")?.getAttribute("data-path"));
    const says = () => page.locator(".blocks [role=status]").textContent();
    const { shortcut: _none, ...plain } = residual;

    await head(page, "layers[2]").focus();
    await page.keyboard.press("Alt+ArrowRight");
    await expect.poll(focused).toBe("layers[2].layers[0]");
    expect(await says()).toBe("erf is 1 of 2 in the main path of residual");
    expect(await layers()).toEqual([
      flatten,
      hidden,
      { ...residual, layers: [erf, ...residual.layers] },
      last,
    ]);
    await page.keyboard.press("Alt+ArrowDown");
    await expect.poll(focused).toBe("layers[2].layers[1]");
    await page.keyboard.press("Alt+ArrowDown");
    await expect.poll(focused).toBe("layers[2].shortcut[0]");
    expect(await says()).toBe("erf is 1 of 1 in the shortcut of residual");
    await page.keyboard.press("Alt+ArrowLeft");
    await expect.poll(focused).toBe("layers[3]");
    expect(await says()).toBe("erf is 4 of 5 outermost blocks");
    expect(await layers()).toEqual([flatten, hidden, plain, erf, last]);

    // what cannot be is said, and nothing changes
    await head(page, "layers[2].layers[0]").focus();
    await page.keyboard.press("Alt+ArrowLeft");
    await expect
      .poll(says)
      .toMatch(/^dense 32 .*stays: it is the only one in its list, where a layer must stay$/);
    expect(await layers()).toEqual([flatten, hidden, plain, erf, last]);

    await page.locator("h1").click();
    for (let step = 0; step < 4; step++) await page.keyboard.press("z");
    await expect.poll(() => written(page)).toEqual(network);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("blocks three levels deep fit a phone", async () => {
    const slope = { kind: "activation", name: "leakyRelu", slope: 0.3 };
    const inner = { kind: "residual", layers: [slope, { kind: "dense", units: 32 }] };
    const deep = {
      kind: "repeat",
      times: 2,
      layers: [{ kind: "parallel", branches: [[inner, { kind: "dense", units: 32 }], []], merge: "sum" }],
    };
    const network = { ...START, layers: [START.layers[0], START.layers[1], deep, START.layers[2]] };
    const { page, problems } = await lab.visit(address(network), { viewport: { width: 390, height: 844 } });
    await waitForNumber(page, "ntk.kappa", (value) => value > 1);
    const path = "layers[2].layers[0].branches[0][0].layers[0]";
    await head(page, path).click();
    await block(page, path).getByLabel("slope", { exact: true }).waitFor();
    await expectWidthBelow(page, 390);
    const box = (await block(page, path).getByLabel("slope", { exact: true }).boundingBox())!;
    expect(box.width).toBeGreaterThan(80);
    expect(box.x + box.width).toBeLessThan(390);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
