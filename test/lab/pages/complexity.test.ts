import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeNpz } from "../../../src/data/index.js";
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

const lab = useLab("complexity-page");

/** A short training: some seconds on a busy machine. */
const SHORT = "#/complexity?train=200&epochs=40&noise=0.1&width=16";

describe.skipIf(chromiumPath === null)("the page Complexity", () => {
  test("trains in the browser to the very numbers of the command that it copies", async () => {
    const { page, problems } = await lab.visit(SHORT, { permissions: ["clipboard-read", "clipboard-write"] });
    await waitForNumber(page, "information", Number.isFinite);
    await page.getByRole("button", { name: /copy as/ }).click();
    await page.getByRole("menuitem", { name: "command" }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain("foretrain complexity");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const { code, stderr } = await foretrain(
      lab.folder,
      ...shellWords(copied).slice(1),
      "--out",
      "run",
      "--quiet",
    );
    expect(code, stderr).toBe(0);
    const { curve, trainLoss } = JSON.parse(readFileSync(join(lab.folder, "run", "results.json"), "utf8"));
    expect(await shownNumber(page, "step")).toBe(curve.steps.at(-1));
    expect(await shownNumber(page, "testAccuracy")).toBeWithinRelative(curve.accuracy.at(-1), 1e-9);
    expect(await shownNumber(page, "trainLoss")).toBeWithinRelative(trainLoss.at(-1), 1e-9);
    expect(await shownNumber(page, "information")).toBeWithinRelative(curve.network.at(-1).value, 1e-9);
    const { explained, information } = curve.explainers[0];
    expect(await shownNumber(page, "explained")).toBeWithinRelative(explained.at(-1).value, 1e-9);
    expect(await shownNumber(page, "simple")).toBeWithinRelative(information.value, 1e-9);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("shows other times by keys and slider, and its address keeps the time", async () => {
    const { page, problems } = await lab.visit(SHORT);
    await waitForNumber(page, "information", Number.isFinite);
    const last = await shownNumber(page, "step");
    const picture = () =>
      page.locator(".boundary canvas").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const atEnd = await picture();
    await page.locator("h1").click();
    await page.keyboard.press(",");
    await waitForNumber(page, "step", (step) => step < last);
    await page.locator('[data-field="t"]').fill("0");
    await waitForNumber(page, "step", (step) => step === 0);
    expect(await picture()).not.toBe(atEnd);
    await expect.poll(() => page.url()).toContain("t=0");
    // playing goes on to the end by itself
    await page.locator("h1").click();
    await page.keyboard.press(" ");
    await waitForNumber(page, "step", (step) => step === last);
    expect(await picture()).toBe(atEnd);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("shows a long training as it goes, and lets it be cancelled", async () => {
    const { page, problems } = await lab.visit("#/complexity?train=1000&epochs=5000&width=256&depth=4");
    const early = await waitForNumber(page, "step", Number.isFinite);
    await waitForNumber(page, "step", (step) => step > early);
    expect(await shownNumber(page, "information")).toBeNaN();
    await page.getByRole("button", { name: "cancel" }).first().click();
    await expect.poll(() => page.getByRole("button", { name: "cancel" }).count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("says where a training diverges what the command says", async () => {
    const { page } = await lab.visit(
      "#/complexity?train=200&epochs=40&rate=10&width=512&activation=relu&k=6",
    );
    await expect
      .poll(() => page.getByRole("alert").first().textContent(), { timeout: 30_000 })
      .toMatch(/diverged at step/);
    await page.context().close();
  });

  test("exports both figures", async () => {
    const { page } = await lab.visit(SHORT);
    await waitForNumber(page, "information", Number.isFinite);
    for (const title of [/Decision boundary/, /What the simple model explains/])
      await checkExports(page, title);
    await page.context().close();
  });

  test("measures a file of one's own, npz and CSV, and says what is wrong with others", async () => {
    const { page, problems } = await lab.visit(SHORT);
    // 40 samples: at step 5 the network is the simple model, at step 9 it knows all
    const labels = Array.from({ length: 40 }, (_, i) => i % 2);
    const simple = labels.map((label, i) => (i % 5 === 0 ? 1 - label : label));
    const bytes = (list: readonly number[]) => ({ data: Uint8Array.from(list), shape: [list.length] });
    writeFileSync(
      join(lab.folder, "own.npz"),
      writeNpz({
        labels: bytes(labels),
        steps: { data: Float64Array.of(0, 5, 9), shape: [3] },
        predictions: {
          data: Uint8Array.from([...labels.map(() => 0), ...simple, ...labels]),
          shape: [3, 40],
        },
        explainer_linear: bytes(simple),
      }),
    );
    const header = "label,step:0,step:5,step:9,explainer:linear";
    const lines = labels.map((label, i) => [label, 0, simple[i], label, simple[i]].join(","));
    writeFileSync(join(lab.folder, "own.csv"), `${[header, ...lines].join("\n")}\n`);
    writeFileSync(join(lab.folder, "bad.csv"), "label,other\n0,1\n");
    for (const name of ["own.npz", "own.csv"]) {
      await page.setInputFiles("input[type=file]", join(lab.folder, name));
      const figure = page.locator("figure").filter({ has: page.locator("h2", { hasText: name }) });
      await figure.getByRole("button", { name: "table" }).click();
      const cells = figure.locator("tbody tr").nth(2).locator("td");
      await expect.poll(() => cells.first().getAttribute("data-value")).toBe("9");
      const run = await foretrain(lab.folder, "complexity", "--predictions", name, "--json");
      expect(run.code, run.stderr).toBe(0);
      const curve = JSON.parse(run.stdout);
      expect(Number(await cells.nth(2).getAttribute("data-value"))).toBeWithinRelative(
        curve.network[2].value,
        1e-9,
      );
      expect(Number(await cells.nth(4).getAttribute("data-value"))).toBeWithinRelative(
        curve.explainers[0].explained[2].value,
        1e-9,
      );
      await checkExports(page, name);
      await figure.getByRole("button", { name: "table" }).click();
    }
    await page.setInputFiles("input[type=file]", join(lab.folder, "bad.csv"));
    await expect
      .poll(() => page.locator(".own-run [role=alert]").textContent())
      .toMatch(/bad.csv: has no column "step:NUMBER"/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("fits a phone in both themes", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await lab.visit(SHORT, {
        viewport: { width: 390, height: 844 },
        colorScheme,
      });
      await waitForNumber(page, "information", Number.isFinite);
      await expectWidthBelow(page, 390);
      expect(problems).toEqual([]);
      await page.context().close();
    }
  });
});
