import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { curveContents } from "../../../lab/src/pages/complexity/curve-data.js";
import { shareAtEnd, shareUntilThere } from "../../../lab/src/pages/complexity/shares.js";
import { type LearningCurve, recordLearningCurve } from "../../../src/complexity/index.js";
import { writeNpz } from "../../../src/data/index.js";
import { foretrain } from "../../cli/foretrain.js";
import { chromiumPath } from "../../support/browser.js";
import {
  checkExports,
  dropFiles,
  expectWidthBelow,
  shellWords,
  shownNumber,
  useLab,
  waitForNumber,
} from "../../support/lab.js";

const lab = useLab("complexity-page");

/** A short training: some seconds on a busy machine. */
const SHORT = "#/complexity?train=200&epochs=40&noise=0.1&width=16";

describe("files of the figure of a learning curve", () => {
  const labels = Array.from({ length: 200 }, (_, i) => i % 2);
  const simple = labels.map((label, i) => (i % 5 === 0 ? 1 - label : label));
  const recorder = recordLearningCurve({ labels, explainers: [{ name: "linear", predictions: simple }] });
  recorder.add(
    0,
    labels.map(() => 0),
  );
  recorder.add(5, simple);
  recorder.add(9, labels);
  const curve = recorder.result();
  const known = curve.explainers[0]!.information.value;
  const { csv, arrays } = curveContents(curve, [0, 0.25, 1], "own");

  test("CSV has a column for everything that is drawn", () => {
    const { columns, rows } = csv!();
    const table = [...rows];
    const column = (name: string) => table.map((row) => row[columns.indexOf(name)]);
    expect(column("I(F;Y) on train samples, bits")).toEqual([0, 0.25, 1]);
    expect(column("I(linear;Y) bits")).toEqual([known, known, known]);
    expect(column("T0 of linear, step")).toEqual([5, 5, 5]);
    // at step 0 the network knows nothing, of which there is no share
    const [none, all, last] = column("mu(F;linear)/I(F;Y)");
    expect(none).toBeNull();
    expect(all).toBeCloseTo(1, 12);
    expect(last).toBeCloseTo(known, 12);
    const { columns: without } = curveContents(curve, null, "own").csv!();
    expect(without).not.toContain("I(F;Y) on train samples, bits");
  });

  test("npz has an array for everything that is drawn, NaN where there is no value", () => {
    const made = arrays!();
    const numbers = (name: string) => Array.from(made[name]!.data as Float64Array);
    expect(numbers("network_train")).toEqual([0, 0.25, 1]);
    expect(numbers("information_linear")).toEqual([known]);
    expect(numbers("phase_end_linear")).toEqual([5]);
    expect(numbers("share_linear")).toEqual([Number.NaN, expect.closeTo(1, 12), expect.closeTo(known, 12)]);
  });
});

describe("what is said of shares", () => {
  const curveOf = (network: readonly [number, number], least: number, step: number) => {
    const known = { value: network[1], error: 0.01 };
    return {
      steps: [0, 100],
      network: [{ value: network[0], error: 0.02 }, known],
      explainers: [
        {
          name: "linear",
          explained: [
            { value: least * network[0], error: 0.01 },
            { value: 0.3, error: 0.01 },
          ],
          statements: { explained: { value: least, error: 0.1, step }, learned: null, retained: null },
        },
      ],
    } as unknown as LearningCurve;
  };
  const said = (curve: LearningCurve) => shareUntilThere(curve, curve.explainers[0]!);

  test("has no share of what an untrained network has by chance", () => {
    const text = said(curveOf([0.025, 0.6], -1.757, 0));
    expect(text).toContain("cannot be said");
    expect(text).toContain("0.025 ± 0.02 bits");
    expect(text).not.toContain("%");
  });

  test("has the least share else, none below 0", () => {
    expect(said(curveOf([0.025, 0.6], 0.913, 100))).toBe(
      ", which explains at least 91.3 % of it up to there",
    );
    expect(said(curveOf([0.025, 0.6], 0.8, 0))).toContain("at least 80.0 %");
    expect(said(curveOf([0.025, 0.6], -0.2, 100))).toBe(
      ", which explains nothing of what the network knows at step 100",
    );
  });

  test("has none at the end of a network that knows next to nothing", () => {
    const [much, little] = [curveOf([0, 0.6], 1, 100), curveOf([0, 0.03], 1, 100)];
    expect(shareAtEnd(much, much.explainers[0]!)).toBe(
      "At the end it explains 50.0 % of what the network knows",
    );
    expect(shareAtEnd(little, little.explainers[0]!)).toContain("too little for a share of it to be known");
  });
});

describe.skipIf(chromiumPath === null)("the page Complexity", () => {
  test.each([1280, 390])(
    "covers no drawing while it computes, %i px wide, and says what will stand in an empty one",
    async (width) => {
      const { page, problems } = await lab.visit("#/complexity?epochs=8000", {
        viewport: { width, height: 900 },
      });
      await page.locator("figure .task-status").first().waitFor();
      const figure = page.locator("figure").filter({ hasText: "Decision boundary" });
      await figure.locator(".boundary").waitFor();
      const [status, drawing, cancel] = await Promise.all(
        [".task-status", ".boundary", ".task-status button"].map((of) => figure.locator(of).boundingBox()),
      );
      const isApart = status!.y + status!.height <= drawing!.y || status!.y >= drawing!.y + drawing!.height;
      expect(isApart, JSON.stringify({ status, drawing })).toBe(true);
      expect(cancel!.x + cancel!.width).toBeLessThanOrEqual(status!.x + status!.width);
      expect(await page.locator(".curve-waits").textContent()).toContain("the curves then stand here");
      await figure.getByRole("button", { name: "cancel" }).click();
      await expect
        .poll(() => page.locator(".curve-waits").textContent())
        .toBe("The training was ended before there was anything to measure.");
      expect(problems).toEqual([]);
      await page.context().close();
    },
  );

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

  test("takes a file that is dropped, shows how far it is, and lets it be cancelled", async () => {
    const { page, problems } = await lab.visit(SHORT);
    await waitForNumber(page, "information", Number.isFinite);
    // so large that its reading and measuring take seconds, and squeezed, so that it is dropped at once
    const [samples, steps] = [100_000, 240];
    const labels = Uint8Array.from({ length: samples }, (_, i) => i % 2);
    const plain = writeNpz({
      labels: { data: labels, shape: [samples] },
      steps: { data: Float64Array.from({ length: steps }, (_, t) => t), shape: [steps] },
      predictions: {
        data: Uint8Array.from({ length: samples * steps }, (_, i) => (i % 3 === 0 ? 1 : i % 2)),
        shape: [steps, samples],
      },
      explainer_linear: { data: labels, shape: [samples] },
    });
    const large = zipSync(unzipSync(plain));
    await dropFiles(page, [{ name: "large.npz", bytes: large }]);
    const status = page.locator(".own-run [role=status]");
    await expect.poll(() => status.textContent(), { interval: 20 }).toMatch(/(reading|measuring) large\.npz/);
    await status.getByRole("button", { name: "cancel" }).click();
    await expect.poll(() => status.count()).toBe(0);
    expect(await page.locator(".own-run figure").count()).toBe(0);

    const csv = "label,step:0,step:5,explainer:linear\n0,0,0,0\n1,0,1,1\n0,0,0,0\n1,0,1,1\n";
    await dropFiles(page, [{ name: "small.csv", bytes: new TextEncoder().encode(csv) }]);
    const figure = page.locator(".own-run figure");
    await expect.poll(() => figure.locator("h2").textContent()).toBe("small.csv");
    expect(await page.locator(".drop-zone.over").count()).toBe(0);
    // a zip that is cut names its file
    await dropFiles(page, [{ name: "cut.npz", bytes: large.slice(0, 500) }]);
    await expect.poll(() => page.locator(".own-run [role=alert]").textContent()).toMatch(/cut\.npz/);
    await dropFiles(page, [{ name: "text.npz", bytes: new TextEncoder().encode("no zip") }]);
    await expect
      .poll(() => page.locator(".own-run [role=alert]").textContent())
      .toMatch(/text\.npz: is no zip archive/);
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
