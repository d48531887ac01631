import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

// the browser trains by WebAssembly: another library's float32 rounds differently
const blas = process.env["FORETRAIN_BLAS"];
beforeAll(() => {
  process.env["FORETRAIN_BLAS"] = "none";
});
afterAll(() => {
  if (blas === undefined) delete process.env["FORETRAIN_BLAS"];
  else process.env["FORETRAIN_BLAS"] = blas;
});
const lab = useLab("training-page");

/** Two classes, few small images: tenths of a second. */
const SMALL = "#/training?classes=3,8&n=30&m=40&side=7&depth=1&width=64&steps=60";
const NARROW = "#/training?data=sine&points=5&tests=6&units=8&end=2";
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** The words of the command that the page copies. */
async function copiedCommand(page: Page): Promise<string[]> {
  await page.getByRole("button", { name: /copy as/ }).click();
  await page.getByRole("menuitem", { name: "command" }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/^foretrain .*--learning-rate/);
  const text = await page.evaluate(() => navigator.clipboard.readText());
  return shellWords(text).slice(1);
}

const verdictOf = (page: Page) => page.locator('[data-name="verdict"]').getAttribute("data-value");

describe.skipIf(chromiumPath === null)("the page Training", () => {
  test("predicts and trains the very numbers of the command that it copies, on the images that it saves", async () => {
    const { page, problems } = await lab.visit(`${SMALL}&verify=1&nets=2&vsteps=60`, CLIPBOARD);
    await page.locator('[data-name="verdict"]').waitFor({ timeout: 30_000 });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /these images as/ }).click(),
    ]);
    await download.saveAs(join(lab.folder, download.suggestedFilename()));
    const words = await copiedCommand(page);
    const { code, stdout, stderr } = await foretrain(
      lab.folder,
      ...words,
      ...["--out", "run", "--corrections", "0", "--json", "--quiet"],
    );
    expect(code, stderr).toBe(0);
    const { curves, learningRate, verification } = JSON.parse(stdout);
    expect(await shownNumber(page, "step")).toBe(curves.steps.at(-1));
    expect(await shownNumber(page, "limit")).toBeWithinRelative(learningRate.limit, 1e-9);
    expect(await shownNumber(page, "learningRate")).toBeWithinRelative(learningRate.used, 1e-9);
    for (const name of ["trainLoss", "testLoss", "trainAccuracy", "testAccuracy"]) {
      const { measured, predicted, z } = verification.quantities[name];
      expect(await shownNumber(page, name), name).toBeWithinRelative(predicted.mean.at(-1), 1e-9);
      expect(await shownNumber(page, `${name}Trained`), name).toBeWithinRelative(measured.mean.at(-1), 1e-9);
      // NaN on the page where the command has none
      const score = z.at(-1) ?? Number.NaN;
      if (Number.isNaN(score)) expect(await shownNumber(page, `${name}Z`)).toBeNaN();
      else expect(await shownNumber(page, `${name}Z`), name).toBeWithinRelative(score, 1e-6);
    }
    expect(await verdictOf(page)).toBe(verification.kind);
    expect(await page.locator(".verdict").textContent()).toBe(verification.sentence);
    // and theory from the same starts, on which the verdict rests, in the picture and in the table
    const figure = page.locator("figure").filter({ hasText: "Predicted training" });
    expect(await figure.locator("svg").first().textContent()).toContain(
      "theory from the starts of these networks",
    );
    await figure.getByRole("button", { name: "table" }).click();
    const titles = await figure.locator("thead th").allTextContents();
    for (const [title, name] of [
      ["train loss", "trainLoss"],
      ["test accuracy", "testAccuracy"],
    ] as const) {
      const at = titles.indexOf(`${title}, theory from the same starts`);
      const cells = figure.locator(`tbody tr td:nth-child(${at + 1})`);
      const shown = await cells.evaluateAll((all) =>
        all.map((cell) => Number((cell as HTMLElement).dataset["value"])),
      );
      const { mean } = verification.quantities[name].matched;
      expect(shown).toHaveLength(mean.length);
      shown.forEach((value, i) => {
        expect(value, `${title}, record ${i}`).toBeWithinRelative(mean[i], 1e-9);
      });
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("shows the last step of the networks where they are trained for fewer steps than are predicted", async () => {
    const { page, problems } = await lab.visit(`${SMALL}&nets=2&vsteps=20`);
    await waitForNumber(page, "step", (step) => step === 60);
    // also where another step behind it was chosen before
    await page.keyboard.press(",");
    await waitForNumber(page, "step", (step) => step > 20 && step < 60);
    await page.locator("h1").click();
    await page.keyboard.press("v");
    await waitForNumber(page, "trainLossZ", Number.isFinite);
    expect(await shownNumber(page, "step")).toBeLessThanOrEqual(20);
    expect(await shownNumber(page, "trainLossTrained")).toBeGreaterThan(0);
    // the end of the prediction can be chosen, and left
    const slider = page.locator('[data-field="t"]');
    await slider.fill((await slider.getAttribute("max"))!);
    await waitForNumber(page, "step", (step) => step === 60);
    expect(await shownNumber(page, "trainLossTrained")).toBeNaN();
    await page.getByRole("button", { name: "their numbers stand there" }).click();
    await waitForNumber(page, "trainLossTrained", Number.isFinite);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("scrubs by keys and slider, its address keeps the step, and undo brings it back", async () => {
    const { page, problems } = await lab.visit(SMALL);
    await waitForNumber(page, "trainLoss", Number.isFinite);
    const [last, atEnd] = [await shownNumber(page, "step"), await shownNumber(page, "trainLoss")];
    expect(last).toBe(60);
    await page.locator('[data-field="t"]').fill("0");
    await waitForNumber(page, "step", (step) => step === 0);
    expect(await shownNumber(page, "trainLoss")).toBeGreaterThan(atEnd);
    await expect.poll(() => page.url()).toContain("t=0");
    const other = await lab.visit(new URL(page.url()).hash);
    await waitForNumber(other.page, "step", (step) => step === 0);
    await other.page.context().close();
    await page.locator("h1").click();
    await page.keyboard.press(".");
    await waitForNumber(page, "step", (step) => step > 0);
    await page.keyboard.press("z");
    await waitForNumber(page, "step", (step) => step === 0);
    await page.keyboard.press(" ");
    await waitForNumber(page, "step", (step) => step === last);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("trains networks at the key v, again for another width, and says where theory breaks", async () => {
    const { page, problems } = await lab.visit(`${SMALL}&nets=3&rate=0.9`);
    await waitForNumber(page, "trainLoss", Number.isFinite);
    expect(await shownNumber(page, "trainLossTrained")).toBeNaN();
    const predicted = await shownNumber(page, "trainLoss");
    await page.locator("h1").click();
    await page.keyboard.press("v");
    await waitForNumber(page, "trainLossTrained", Number.isFinite);
    await expect.poll(() => page.url()).toContain("verify=1");
    // a handful of units is far from infinitely many
    await page.locator('[data-field="width"][type="text"]').fill("2");
    await expect
      .poll(() => verdictOf(page), { timeout: 30_000 })
      .toMatch(/width-too-small|rate-too-large|diverges/);
    expect(await shownNumber(page, "trainLoss")).toBe(predicted);
    await page.getByRole("button", { name: "hide the networks" }).click();
    await expect.poll(() => page.locator('[data-name="verdict"]').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("shows a long training as it goes, and lets it be cancelled", async () => {
    const { page, problems } = await lab.visit(
      "#/training?classes=3,8&n=30&m=10&side=7&width=1024&steps=20000&vsteps=20000&verify=1&t=0",
    );
    await waitForNumber(page, "trainLossTrained", Number.isFinite);
    expect(await page.locator('[data-name="verdict"]').count()).toBe(0);
    await page.locator(".verify-bar").getByRole("button", { name: "cancel" }).click();
    await expect.poll(() => page.url()).not.toContain("verify=1");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("evolves a narrow network under noise as the command does, with the same simulated paths", async () => {
    const { page, problems } = await lab.visit(`${NARROW}&verify=1&paths=64`, CLIPBOARD);
    await expect
      .poll(() => page.locator('[data-name="paths"]').getAttribute("data-value"), { timeout: 30_000 })
      .toBe("64");
    const { code, stdout, stderr } = await foretrain(
      lab.folder,
      ...(await copiedCommand(page)),
      "--json",
      "--quiet",
    );
    expect(code, stderr).toBe(0);
    const evolution = JSON.parse(stdout);
    const { time, train, test: tested, termSizes, hessianTrace, zScores } = evolution.at.at(-1);
    const expected = {
      time,
      trainLoss: train.loss,
      testLoss: tested.loss,
      order2: termSizes[0],
      hessianTrace: hessianTrace.value,
      hessianNoise: hessianTrace.noiseEffect,
      limit: evolution.largestLearningRate,
      learningRate: evolution.learningRate,
      zMean: zScores.noiseEffect,
      zVariance: zScores.deviation,
    };
    for (const [name, value] of Object.entries(expected)) {
      expect(await shownNumber(page, name), name).toBeWithinRelative(value, 1e-9);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("noise moves the mean from order 2 on only", async () => {
    const { page } = await lab.visit(`${NARROW}&order=1&noise=0.2`);
    await waitForNumber(page, "trainLoss", Number.isFinite);
    expect(await shownNumber(page, "noiseEffect")).toBe(0);
    await page.locator('[data-field="order"][value="2"]').check({ force: true });
    await waitForNumber(page, "noiseEffect", (value) => value > 0);
    await page.context().close();
  });

  test("says what is wrong where it is, in the words of the package", async () => {
    const { page } = await lab.visit("#/training?classes=3,x");
    await expect
      .poll(() => page.locator(".text-control [role=alert]").textContent())
      .toMatch(/classes: got "3,x", expected nothing for all, or at least two different labels/);
    await page.goto(`${lab.url}${NARROW}&step=1.2`);
    await expect
      .poll(() => page.getByRole("alert").first().textContent())
      .toMatch(/learning rate: got .* diverges from .* take a smaller learning rate/);
    await page.context().close();
  });

  test("exports its figures", async () => {
    const { page } = await lab.visit(`${SMALL}&verify=1&nets=2&vsteps=60`);
    await page.locator('[data-name="verdict"]').waitFor({ timeout: 30_000 });
    for (const title of [/Predicted training/, /Where theory breaks/]) await checkExports(page, title);
    await page.goto(`${lab.url}${NARROW}`);
    await waitForNumber(page, "time", Number.isFinite);
    for (const title of [/What the network says/, /Over time/]) await checkExports(page, title);
    await page.context().close();
  });

  test("fits a phone in both themes", async () => {
    const { page, problems } = await lab.visit(SMALL, { viewport: { width: 390, height: 844 } });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const hash of [SMALL, NARROW]) {
        await page.goto(lab.url + hash);
        await waitForNumber(page, "trainLoss", Number.isFinite);
        await expectWidthBelow(page, 390);
      }
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
