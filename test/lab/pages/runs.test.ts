import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNpz } from "../../../src/data/index.js";
import type { Forecast } from "../../../src/forecast/index.js";
import { foretrain } from "../../cli/foretrain.js";
import { chromiumPath, watchedPage } from "../../support/browser.js";
import {
  checkExports,
  dropFiles,
  expectWidthBelow,
  plainServer,
  shownNumber,
  useLab,
  waitForNumber,
} from "../../support/lab.js";

const lab = useLab("runs-page", async (folder) => {
  for (const activation of ["tanh", "relu"]) {
    const { code, stderr } = await foretrain(
      folder,
      ...[
        "forecast",
        `preset:fcn?depth=2&width=32&activation=${activation}`,
        "--data",
        "disk?train=40&test=30",
      ],
      ...["--corrections", "0", "--out", join("runs", activation), "--quiet"],
    );
    expect(code, stderr).toBe(0);
  }
  return join(folder, "runs");
});
const runs = () => join(lab.folder, "runs");

const forecastOf = (name: string) =>
  JSON.parse(readFileSync(join(runs(), name, "forecast.json"), "utf8")) as Forecast;

describe.skipIf(chromiumPath === null)("the page Runs", () => {
  test("lists the runs of the server, and shows a report without running anything in it", async () => {
    const { page, problems } = await lab.visit("#/runs");
    await page.getByRole("button", { name: /tanh/ }).click();
    const report = page.frameLocator("iframe");
    await expect.poll(() => report.locator("body").textContent(), { timeout: 20_000 }).toMatch(/Verdict/);
    expect(await page.locator("iframe").getAttribute("sandbox")).toBe("");
    expect(await page.locator(".made code").textContent()).toContain("foretrain forecast");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("shows pictures, arrays and JSON, each at its own address", async () => {
    const { page, problems } = await lab.visit("#/runs?run=tanh&file=curves.svg");
    const picture = page.locator("img.run-picture");
    await expect
      .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(100);

    await page.getByRole("button", { name: /^kernels.npz/ }).click();
    const arrays = readNpz(readFileSync(join(runs(), "tanh", "kernels.npz")));
    const row = page.locator(".viewer tbody tr", { has: page.locator('td[data-value="ntk"]') });
    const mean = await row.locator("td").nth(4).getAttribute("data-value");
    const { data } = arrays["ntk"]!;
    let sum = 0;
    for (const value of data) sum += Number(value);
    expect(Number(mean)).toBeWithinRelative(sum / data.length, 1e-12);
    expect(await row.locator("td").nth(1).getAttribute("data-value")).toBe("[40, 40]");

    await page.getByRole("button", { name: /^spec.json/ }).click();
    await expect.poll(() => page.locator(".run-text").textContent()).toContain('"foretrain": 1');
    await expect.poll(() => page.url()).toContain("file=spec.json");
    const other = await lab.visit(new URL(page.url()).hash);
    await expect.poll(() => other.page.locator(".run-text").textContent()).toContain('"foretrain": 1');
    await other.page.context().close();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("compares two forecasts by the numbers that the command wrote", async () => {
    const { page, problems } = await lab.visit("#/runs?run=tanh");
    await page.locator('[data-field="with"]').selectOption("relu");
    await waitForNumber(page, "first.rateLimit", Number.isFinite);
    for (const [side, name] of [
      ["first", "tanh"],
      ["second", "relu"],
    ] as const) {
      const { learningRate, spectrum, network } = forecastOf(name);
      expect(await shownNumber(page, `${side}.rateLimit`)).toBe(learningRate.limit);
      expect(await shownNumber(page, `${side}.kappaNngp`)).toBe(spectrum.nngp.kappa);
      expect(await shownNumber(page, `${side}.kappaNtk`)).toBe(spectrum.ntk.kappa);
      expect(await shownNumber(page, `${side}.parameters`)).toBe(network.parameters);
    }
    // a count has all its digits, an accuracy is in percent
    const shown = (name: string) => page.locator(`[data-name="${name}"]`).textContent();
    expect(await shown("first.parameters")).toBe(
      forecastOf("tanh").network.parameters.toLocaleString("en-US"),
    );
    expect(await shown("second.testAccuracy")).toMatch(/%$/);
    await checkExports(page, "Their training");
    await expect.poll(() => page.url()).toContain("with=relu");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("opens files without a server, and says what is wrong with one", async () => {
    const server = await plainServer("/lab/");
    try {
      const { page, problems } = await watchedPage(lab.browser);
      await page.goto(`${server.url}#/runs`);
      const chooser = page.locator("input[type=file]").first();
      await chooser.setInputFiles(join(runs(), "tanh", "kernels.npz"));
      await expect.poll(() => page.locator('.viewer td[data-value="ntk"]').count()).toBe(1);
      writeFileSync(join(lab.folder, "bad.npz"), "this is no zip");
      await chooser.setInputFiles(join(lab.folder, "bad.npz"));
      await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/bad\.npz/);
      // two forecasts of one's own, without a folder each
      await page.locator("input[type=file]").nth(1).setInputFiles(runs());
      await page.getByRole("button", { name: /relu/ }).click();
      await page.locator('[data-field="with"]').selectOption({ index: 1 });
      await waitForNumber(
        page,
        "second.rateLimit",
        (value) => value === forecastOf("tanh").learningRate.limit,
      );
      expect(problems).toEqual([]);
      await page.context().close();
    } finally {
      await server.close();
    }
  });

  test("takes files that are dropped, one after the other", async () => {
    const { page, problems } = await lab.visit("#/runs");
    const drop = (name: string) =>
      dropFiles(page, [{ name: "forecast.json", bytes: readFileSync(join(runs(), name, "forecast.json")) }]);
    await drop("tanh");
    await expect.poll(() => page.locator(".run-text").textContent()).toContain('"kind": "forecast"');
    expect(await page.locator(".drop-zone.over").count()).toBe(0);
    await dropFiles(page, [
      { name: "kernels.npz", bytes: readFileSync(join(runs(), "relu", "kernels.npz")) },
    ]);
    await expect.poll(() => page.locator('.viewer td[data-value="ntk"]').count()).toBe(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test.each([
    ["run=tanh&with=nope", /no other run nope with a forecast to compare tanh with/],
    ["run=tanh&with=tanh", /no other run tanh/],
    ["run=tanh&file=nope.svg", /tanh has no file nope\.svg/],
    ["run=tanh&study=nope", /tanh has no study nope/],
    ["run=nope", /There is no run nope in /],
  ])("says what of the address %s is not there", async (query, text) => {
    const { page, problems } = await lab.visit(`#/runs?${query}`);
    await expect.poll(() => page.getByRole("alert").allTextContents()).toEqual([expect.stringMatching(text)]);
    // what is there is shown all the same
    if (query !== "run=nope") await page.locator("iframe").waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("says that a run is gone", async () => {
    const { page } = await lab.visit("#/runs?run=relu&file=signal.svg");
    await expect.poll(() => page.locator("img.run-picture").count()).toBe(1);
    rmSync(join(runs(), "relu", "depth.svg"));
    await page.getByRole("button", { name: /^depth.svg/ }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/no such file/);
    await page.context().close();
  });

  test("fits a phone in both themes", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await lab.visit("#/runs?run=tanh&with=relu&file=kernels.npz", {
        viewport: { width: 390, height: 844 },
        colorScheme,
      });
      await waitForNumber(page, "first.rateLimit", Number.isFinite);
      await expectWidthBelow(page, 390);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });
});
