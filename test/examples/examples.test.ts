import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseForecastRecipe } from "../../src/forecast/index.js";

const root = resolve(import.meta.dirname, "../..");
const examples = join(root, "examples");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-examples-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (name: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(examples, name), ...args], { cwd: folder, encoding: "utf8" });

describe("the examples", () => {
  test("quickstart ends at a prediction near the target", () => {
    const out = run("quickstart.mjs");
    const [, mean, std] = /time Infinity: mean ([\d.-]+), standard deviation ([\d.-]+)/.exec(out)!;
    expect(Math.abs(Number(mean) - Math.sin(0.8))).toBeLessThan(2 * Number(std));
  });

  test("the MNIST learning curve rises and is where the literature has it", () => {
    const rows = run("mnist-learning-curve.mjs").trim().split("\n").slice(2);
    const table = rows.map((row) => row.trim().split(/\s+/).map(Number));
    expect(table.map(([n]) => n)).toEqual([100, 500, 1000]);
    for (const kernel of [1, 2]) {
      const [a, b, c] = table.map((row) => row[kernel]!) as [number, number, number];
      expect(a).toBeGreaterThan(0.7); // published NNGP with tuned variances: 0.77
      expect(b).toBeGreaterThan(a);
      expect(c).toBeGreaterThan(b);
      expect(c).toBeGreaterThan(0.91); // published: 0.93; relu, depth 3, sigma_w^2 = 2: 0.92
      expect(c).toBeLessThan(0.95);
    }
  });

  test("the published accuracies: the smallest MNIST row agrees", () => {
    const out = run("published-accuracies.mjs", "mnist", "--sizes", "100"); // throws when it ends with 1
    expect(out).toMatch(/^mnist nngp, 100 images +7[5-7]\.\d\d +77\.35 +76\.58/m);
  });

  const cifar = resolve(root, "../shared/data");
  test.skipIf(!existsSync(join(cifar, "cifar-10-batches-bin")))(
    "the published accuracies: few CIFAR-10 images are classified better than by chance",
    () => {
      const args = ["--depths", "3", "--images", "120", "--data-dir", cifar];
      const out = run("published-accuracies.mjs", "cifar10", ...args);
      const [, percent] = /depth 3, 120 images: (\d+\.\d\d)/.exec(out)!;
      expect(Number(percent)).toBeGreaterThan(15); // chance: 10 +- 3
      expect(Number(percent)).toBeLessThan(40); // 2,000 images: 40
    },
  );

  test("the published accuracies: a row that is out of tolerance is named, and the command ends with 1", () => {
    const script = readFileSync(join(examples, "published-accuracies.mjs"), "utf8");
    const spoiled = script.replace("weightVariance: 1.79", "weightVariance: 0.2");
    expect(spoiled).not.toBe(script);
    const path = join(examples, `spoiled-${process.pid}.mjs`); // beside it, so that the package is found
    writeFileSync(path, spoiled);
    try {
      const { status, stdout } = spawnSync(process.execPath, [path, "mnist", "--sizes", "100"], {
        encoding: "utf8",
      });
      expect(status).toBe(1);
      expect(stdout).toMatch(/DIFFERS/);
    } finally {
      rmSync(path);
    }
  });

  test("the phase diagram example writes its picture", () => {
    run("phase-diagram.mjs");
    expect(readdirSync(folder)).toContain("phase-diagram.svg");
  });

  test("the trainability example ends where theory says, and writes its pictures", () => {
    const out = run("trainability.mjs");
    const ends = [
      ...out.matchAll(/^(\S.*?) +(?:ordered|critical|chaotic) +depth +256: kappa (\S+) \(theory (\S+)\)/gm),
    ];
    expect(ends.map(([, name]) => name)).toEqual([
      "ordered",
      "critical",
      "chaotic",
      "flattened",
      "pooled",
      "no dropout",
      "dropout, keeps 0.9",
    ]);
    const kappa = Object.fromEntries(ends.map(([, name, value]) => [name, Number(value)]));
    const theory = Object.fromEntries(ends.map(([, name, , value]) => [name, Number(value)]));
    for (const name of ["critical", "chaotic", "flattened", "pooled", "dropout, keeps 0.9"]) {
      // corrections of order m / l, m d / l with pooling
      expect(kappa[name]! / theory[name]!).toBeGreaterThan(0.9);
      expect(kappa[name]! / theory[name]!).toBeLessThan(1.1);
    }
    expect(kappa["no dropout"]!).toBeGreaterThan(100 * kappa["dropout, keeps 0.9"]!);
    for (const name of ["phases", "pooling", "dropout"]) {
      expect(readdirSync(folder)).toContain(`trainability-${name}.svg`);
    }
  });

  test("the length process example finds the slope, the Cauchy scale, and writes its pictures", () => {
    const out = run("length-process.mjs");
    const [, slope] = /distances shrink like N\^(-\d\.\d+)/.exec(out)!;
    expect(Math.abs(Number(slope) + 0.5)).toBeLessThan(0.1);
    const [, scale] = /Cauchy of scale (\d+\.\d+)/.exec(out)!;
    expect(Math.abs(Number(scale) - 10)).toBeLessThan(4 * 10 * Math.sqrt(2 / 10_000));
    expect(out).toMatch(/tanh at unit scale \(stable\)/);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["length-process.svg", "second-layer.svg"]));
  });

  test("the example of empirical kernels finds the slope, and wide networks nearer to linear", () => {
    const out = run("empirical-vs-infinite.mjs");
    const [, slope] = /distance goes like width\^(-\d\.\d+)/.exec(out)!;
    expect(Math.abs(Number(slope) + 0.5)).toBeLessThan(0.1);
    const pairs = [...out.matchAll(/one network is off by (\d\.\d+), the mean of 20 by (\d\.\d+)/g)];
    expect(pairs).toHaveLength(4);
    for (const [, one, mean] of pairs) expect(Number(mean)).toBeLessThan(Number(one) / 2);
    const missed = [...out.matchAll(/misses (\d+\.\d) %/g)].map(([, percent]) => Number(percent));
    expect(missed[1]).toBeLessThan(missed[0]! / 2);
    expect(out).toMatch(/lambda_max = \d+\.\d+, stable below eta = \d+\.\d+/);
  });

  test("the normalization example: networks as predicted, and less error for larger gamma", () => {
    const out = run("normalization.mjs");
    const rows = [
      ...out.matchAll(
        /^gamma (\S+): output at the first point (\S+) \+- (\S+), trained (\S+) \+- (\S+); expected squared error (\S+)$/gm,
      ),
    ].map((row) => row.slice(1).map(Number));
    expect(rows.map(([gamma]) => gamma)).toEqual([0.5, 0.75, 1]);
    for (const [, mean, spread, trained, deviation] of rows) {
      // 4 standard errors of 40 networks, three digits shown
      expect(Math.abs(trained! - mean!)).toBeLessThan(4 * (spread! / Math.sqrt(40)) + 1e-3);
      // deviation of a normal from 40: relative error 1 / sqrt(80); 10 % for the next order in N
      expect(deviation!).toBeWithinRelative(spread!, 4 / Math.sqrt(80) + 0.1);
    }
    const errors = rows.map((row) => row[5]!);
    expect(errors).toEqual(errors.toSorted((a, b) => b - a));
    // spread goes like N^(1/2 - gamma) until the samples' noise takes over
    expect(rows[2]![2]! / rows[0]![2]!).toBeLessThan(0.5);
  });

  test.each(readdirSync(examples).filter((name) => name.endsWith(".json")))(
    "%s is a valid recipe",
    (name) => {
      expect(existsSync(join(examples, name))).toBe(true);
      parseForecastRecipe(JSON.parse(readFileSync(join(examples, name), "utf8")));
    },
  );
});
