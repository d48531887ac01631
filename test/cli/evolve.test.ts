import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz, regressionFromCsv, writeNpz } from "../../src/data/index.js";
import { noiseExpansion, simulateNoisyTraining } from "../../src/dynamics/index.js";
import { portableNetwork } from "../dynamics/portable-network.js";
import { foretrain } from "./foretrain.js";

let scratch: string;
const NET = "preset:fcn?depth=1&width=30&activation=tanh&weightVariance=1&biasVariance=0.1";

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-evolve-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("foretrain evolve", () => {
  test("predicts a network from a file, simulates it, and writes arrays and a picture", async () => {
    const { x, y, testX } = portableNetwork();
    const data = {
      x_train: x,
      y_train: y,
      x_test: testX,
      y_test: { data: Float64Array.of(-0.2), shape: [1, 1] },
    };
    writeFileSync(join(scratch, "data.npz"), writeNpz(data));
    const layers = [
      { kind: "dense", units: 12, biasVariance: 1 },
      { kind: "activation", name: "tanh" },
      { kind: "dense", units: 1 },
    ];
    writeFileSync(join(scratch, "net.json"), JSON.stringify({ foretrain: 1, input: [1], layers }));
    const run = await foretrain(
      scratch,
      ...["evolve", "net.json", "--data", "data.npz", "--noise", "0.1", "--order", "3", "--times", "0,0.5,1"],
      ...["--simulate", "200", "--simulate-trace", "--out", "e.npz", "--svg", "e.svg", "--json"],
    );
    expect(run.code, run.stderr).toBe(0);
    const result = JSON.parse(run.stdout);
    expect(result.at.map(({ time }: { time: number }) => time)).toEqual([0, 0.5, 1]);
    const [start, , end] = result.at;
    expect(start.train.noiseEffect).toEqual([0, 0, 0, 0]);
    // the network of the file, at weights of seed 0, by the library
    const { finiteModel, initialParameters } = await import("../../src/finite/index.js");
    const { parseNetwork } = await import("../../src/network/index.js");
    const model = finiteModel(parseNetwork({ foretrain: 1, input: [1], layers }));
    const parameters = initialParameters(model, { seed: 0 });
    const common = { model, parameters, x, y, testX, times: [1] };
    const [noisy] = await noiseExpansion({ ...common, noise: 0.1, order: 3 });
    const mean = noisy!.terms[0]!.map((_, i) => noisy!.terms.reduce((sum, term) => sum + term[i]!, 0));
    [...end.train.mean, ...end.test.mean].forEach((value: number, i) => {
      // at another list of times: both to the solver's 1e-10
      expect(Math.abs(value - mean[i]!)).toBeLessThan(1e-8);
    });
    const [paths] = await simulateNoisyTraining({
      ...common,
      noise: 0.1,
      step: result.step,
      pairs: 100,
      seed: 0,
      hessianTrace: true,
    });
    [...end.train.simulated.mean, ...end.test.simulated.mean].forEach((value: number, i) => {
      expect(value).toBeCloseTo(paths!.outputs.mean[i]!, 12);
    });
    expect(end.hessianTrace.simulated.mean).toBeCloseTo(paths!.hessianTrace!.mean, 10);
    // 200 paths do not tell the orders beyond 3
    expect(end.zScores.noiseEffect).toBeLessThan(4);
    expect(end.zScores.deviation).toBeLessThan(4);
    const arrays = readNpz(readFileSync(join(scratch, "e.npz")), "e.npz");
    expect(arrays["train_mean"]!.shape).toEqual([3, 4, 1]);
    expect(arrays["test_simulated_noiseEffectError"]!.shape).toEqual([3, 1, 1]);
    expect(Array.from(arrays["train_mean"]!.data.subarray(8)).map(Number)).toEqual(end.train.mean);
    expect(readFileSync(join(scratch, "e.svg"), "utf8")).toMatch(/^<svg/);
  });

  test("order 1 leaves the mean alone and says so; times are whole steps of a learning rate", async () => {
    const args = [
      "evolve",
      NET,
      "--data",
      "sine",
      "--order",
      "1",
      "--learning-rate",
      "0.3",
      "--times",
      "1,2",
    ];
    const run = await foretrain(scratch, ...args);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/leaves their mean/);
    expect(run.stdout).toMatch(/^\s*0\.9\s+3\s/m);
    expect(run.stdout).toMatch(/^\s*2\.1\s+7\s/m);
    const json = JSON.parse((await foretrain(scratch, ...args, "--json")).stdout);
    expect(json.at[1].test.noiseEffect.every((value: number) => value === 0)).toBe(true);
    expect(json.at[1].test.deviation.every((value: number) => value > 0)).toBe(true);
  });

  test("--batch predicts minibatch SGD at order 1, simulates it, and all files carry it", async () => {
    const linear = { foretrain: 1, input: [1], layers: [{ kind: "dense", units: 1, biasVariance: 1 }] };
    writeFileSync(join(scratch, "linear.json"), JSON.stringify(linear));
    const args = [
      ...["evolve", "linear.json", "--data", "sine", "--train", "6", "--test", "2", "--batch", "2"],
      ...["--learning-rate", "0.3", "--times", "3,9", "--simulate", "600"],
    ];
    const run = await foretrain(scratch, ...args, "--out", "b.npz", "--svg", "b.svg");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/order 1, batches of 2 of 6 with replacement, noise s = 0 /);
    expect(run.stdout).toMatch(/^train 6\s+\S+\s+\S+ ± \S+\s+\S+\s+\S+ ± \S+$/m);
    expect(run.stdout).toMatch(/leave their mean at that of full batches/);
    const { batch, order, noise, at } = JSON.parse((await foretrain(scratch, ...args, "--json")).stdout);
    expect({ batch, order, noise }).toEqual({ batch: 2, order: 1, noise: 0 });
    for (const { train, test: other } of at) {
      for (const { mean, deviation, simulated } of [train, other]) {
        mean.forEach((value: number, i: number) => {
          expect(Math.abs(value - simulated.mean[i])).toBeLessThan(4 * simulated.meanError[i]);
          expect(Math.abs(deviation[i] - simulated.deviation[i])).toBeLessThan(
            4 * simulated.deviationError[i],
          );
        });
      }
    }
    const arrays = readNpz(readFileSync(join(scratch, "b.npz")), "b.npz");
    expect(arrays["batch"]!.data[0]).toBe(2);
    expect(Array.from(arrays["test_std"]!.data as Float64Array)).toEqual([
      ...at[0].test.deviation,
      ...at[1].test.deviation,
    ]);
    expect(arrays["train_simulated_deviation"]!.shape).toEqual([2, 6, 1]);
    const svg = readFileSync(join(scratch, "b.svg"), "utf8");
    for (const text of ["batches of 2", "2 standard deviations", "simulated"]) expect(svg).toContain(text);
  });

  test("--batch needs a learning rate, order 1 and no more samples than there are", async () => {
    const refused = async (...options: string[]) => {
      const run = await foretrain(scratch, "evolve", NET, "--data", "sine", ...options);
      expect(run.code).toBe(2);
      return run.stderr;
    };
    expect(await refused("--batch", "2")).toMatch(/--batch: got 2 without --learning-rate, expected both/);
    expect(await refused("--batch", "2", "--learning-rate", "0.1", "--order", "2")).toMatch(
      /--order: got 2 with --batch, expected 1/,
    );
    expect(await refused("--batch", "9", "--learning-rate", "0.1")).toMatch(
      /--batch: got 9 samples in a step, but there are 8 to train on/,
    );
    expect(await refused("--batch", "0", "--learning-rate", "0.1")).toMatch(/expected a whole number >= 1/);
    // stable for full batches
    const run = await foretrain(
      scratch,
      ...["evolve", NET, "--data", "sine", "--batch", "1", "--learning-rate", "1.9", "--times", "0,20"],
    );
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/the expected train loss grows from .* too large for batches of 1/);
  });

  test("two classes of a file are the targets -1 and 1 of one output", async () => {
    const x = { data: Float64Array.of(1, 0.5, -1, 0.2, 0.3, -0.8, -0.4, 1.1), shape: [4, 2] };
    const y = { data: Int32Array.of(8, 3, 3, 8), shape: [4] };
    writeFileSync(join(scratch, "labels.npz"), writeNpz({ x, y }));
    const run = await foretrain(
      scratch,
      ...["evolve", "preset:fcn?depth=1&width=6&activation=erf", "--data", "labels.npz", "--order", "2"],
      ...["--noise", "0", "--times", "0,200", "--json"],
    );
    expect(run.code, run.stderr).toBe(0);
    const [start, end] = JSON.parse(run.stdout).at;
    expect(start.test).toBeNull();
    const loss = (mean: number[]) =>
      [1, -1, -1, 1].reduce((sum, target, i) => sum + (mean[i]! - target) ** 2 / 8, 0);
    expect(start.train.loss).toBeCloseTo(loss(start.train.mean), 12);
    // the linear model fits 4 points with 24 weights
    expect(end.train.loss).toBeLessThan(start.train.loss);
  });

  test("reads real targets of a csv file: the linear model ends on them", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => [i + 1, (i % 5) ** 2, 0.25 * i + 0.125]);
    const text = `a,b,y\n${rows.map((row) => row.join(",")).join("\n")}\n`;
    writeFileSync(join(scratch, "r.csv"), text);
    const args = [
      ...["evolve", "preset:fcn?depth=1&width=60&activation=erf&biasVariance=1"],
      ...[
        "--data",
        "r.csv",
        "--order",
        "1",
        "--noise",
        "0",
        "--times",
        "0,1e12",
        "--normalization",
        "standardize",
      ],
    ];
    const run = await foretrain(scratch, ...args, "--train", "5", "--test", "3", "--json");
    expect(run.code, run.stderr).toBe(0);
    const [start, end] = JSON.parse(run.stdout).at;
    expect(start.test.mean).toHaveLength(3);
    const table = regressionFromCsv(text, "r.csv")!;
    // 1e12 units of time leave nothing of 5 modes
    const targets = end.train.mean.map((value: number) => Math.round(value * 1e6) / 1e6);
    expect(new Set(targets).size).toBe(5);
    for (const target of targets) expect(Array.from(table.train.y.data)).toContain(target);
    const loss = targets.reduce(
      (sum: number, target: number, i: number) => sum + (start.train.mean[i] - target) ** 2 / 10,
      0,
    );
    expect(start.train.loss).toBeCloseTo(loss, 10);
    const classes = await foretrain(scratch, ...args, "--classes", "0,1");
    expect(classes.code).toBe(2);
    expect(classes.stderr).toMatch(/real numbers; leave --classes out/);
  });

  test.each([
    [
      "kinks at order 2",
      2,
      /relu is not smooth.*Use order 1/,
      [NET.replace("tanh", "relu"), "--data", "sine"],
    ],
    [
      "order 3 of a large network",
      2,
      // before anything of that size is made: the Jacobian alone would be 7.3 GB
      /order 3: \d+ outputs .* derivatives of [\d.]+ [GTP]B, at most 1.1 GB .*fewer.*--memory/,
      [
        NET.replace("width=30", "width=3000").replace("depth=1", "depth=2"),
        "--data",
        "sine",
        "--order",
        "3",
        "--train",
        "100",
      ],
    ],
    [
      "an unstable learning rate",
      3,
      /--learning-rate: got 50, but .* diverges from [\d.]+ on/,
      [NET, "--data", "sine", "--learning-rate", "50"],
    ],
    ["an order that is none", 2, /expected 1, 2 or 3/, [NET, "--data", "sine", "--order", "4"]],
    ["negative noise", 2, /expected a number >= 0/, [NET, "--data", "sine", "--noise=-1"]],
    ["times that descend", 2, /--times: got "2,1".*do not ascend/, [NET, "--data", "sine", "--times", "2,1"]],
    ["an odd number of paths", 2, /--simulate: got 7/, [NET, "--data", "sine", "--simulate", "7"]],
    ["a trace without paths", 2, /needs --simulate/, [NET, "--data", "sine", "--simulate-trace"]],
    ["classes of a function", 2, /leave --classes out/, [NET, "--data", "sine", "--classes", "1,2"]],
    [
      "an unknown data set",
      2,
      /"sinus" is no data set; expected sine or autoregressive, drawn by this command; mnist/,
      [NET, "--data", "sinus"],
    ],
    [
      "several outputs for one target",
      2,
      /gives 3 outputs, the targets of sine have 1/,
      [`${NET}&classes=3`, "--data", "sine"],
    ],
  ])("refuses %s", async (_name, code, words, args) => {
    const before = readdirSync(scratch).sort();
    const run = await foretrain(scratch, "evolve", ...args, "--svg", "never.svg");
    expect(run.stderr).toMatch(words);
    expect(run.stderr).not.toMatch(/at .*\.js:\d+/);
    expect(run.code).toBe(code);
    expect(existsSync(join(scratch, "never.svg"))).toBe(false);
    expect(readdirSync(scratch).sort()).toEqual(before);
  });
});
