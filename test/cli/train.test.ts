import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../src/data/index.js";
import { type LayerRule, SCHEME_NAMES, type TensorRule } from "../../src/finite/index.js";
import { halfCircles } from "../forecast/sample-data.js";
import { foretrain, startForetrain } from "./foretrain.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-train-"));
  const { train, test: held } = halfCircles({ train: 40, test: 30 });
  const y = (labels: Int32Array) => ({ data: labels, shape: [labels.length] });
  writeFileSync(
    join(folder, "circles.npz"),
    writeNpz({ x_train: train.x, y_train: y(train.y), x_test: held.x, y_test: y(held.y) }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NETWORK = "preset:fcn?depth=2&width=32&activation=tanh";
const run = (...args: string[]) => foretrain(folder, "train", NETWORK, "--data", "circles.npz", ...args);
const arraysIn = (name: string) => readNpz(readFileSync(join(folder, name)));

describe("foretrain train", () => {
  test("help names every initialization", async () => {
    const { code, stdout } = await foretrain(folder, "train", "--help");
    expect(code).toBe(0);
    const [text] = /--init <scheme>[\s\S]*?or\s+FILE\.json/.exec(stdout)!;
    for (const name of SCHEME_NAMES) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test("prints a table and writes a run folder with curves, picture, weights and outputs", async () => {
    const args = ["--steps", "60", "--seeds", "2", "--seed", "5", "--out", "run", "--weights", "--outputs"];
    const { code, stdout } = await run(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/half of the largest stable one, 60 steps, 2 networks/);
    expect(stdout).toMatch(/^ *step +train loss +train accuracy +test loss +test accuracy$/m);
    expect(stdout).toMatch(/^ *60 +\S+ ± \S+/m);
    expect(readdirSync(join(folder, "run")).sort()).toEqual([
      "curves.npz",
      "curves.svg",
      "outputs-seed-5.npz",
      "outputs-seed-6.npz",
      "run.json",
      "train.json",
      "weights-seed-5.npz",
      "weights-seed-6.npz",
    ]);
    const json = JSON.parse(readFileSync(join(folder, "run", "train.json"), "utf8"));
    const curves = arraysIn("run/curves.npz");
    expect([...curves["steps"]!.data]).toEqual(json.steps);
    expect(curves["trainLoss"]!.shape).toEqual([json.steps.length, 2]);
    expect(json.train.loss.mean.at(-1)).toBeLessThan(0.5 * json.train.loss.mean[0]);
    expect(arraysIn("run/weights-seed-5.npz")["layers[0].layers[0].weight"]!.shape).toEqual([2, 32]);
    expect(arraysIn("run/outputs-seed-5.npz")["test"]!.shape).toEqual([json.steps.length, 30, 2]);
    expect(readFileSync(join(folder, "run", "curves.svg"), "utf8")).toMatch(/^<svg .*mean of 2 networks/s);
  });

  test("the same seed trains the same network, by options of every kind", async () => {
    const args = [
      "--epochs",
      "6",
      "--batch",
      "7",
      "--momentum",
      "0.8",
      "--nesterov",
      "--cooldown",
      "0.5",
      "--noise",
      "0.001",
      "--loss",
      "crossEntropy",
    ];
    const all = [
      ...args,
      "--learning-rate",
      "0.2",
      "--init",
      "pytorch",
      "--order",
      "replacement",
      "--dtype",
      "float64",
      "--json",
    ];
    const [a, b] = [JSON.parse((await run(...all)).stdout), JSON.parse((await run(...all)).stdout)];
    expect(a.networks[0].records).toEqual(b.networks[0].records);
    expect(a.recipe).toMatchObject({
      epochs: 6,
      batch: 7,
      momentum: 0.8,
      nesterov: true,
      cooldown: 0.5,
      noise: 0.001,
      initialization: "pytorch",
    });
    expect(a.steps.at(-1)).toBe(36);
    expect(a.train.loss.mean.at(-1)).toBeLessThan(a.train.loss.mean[0]);
  });

  test("a scheme in a file is paper E's network", async () => {
    writeFileSync(
      join(folder, "scheme.json"),
      JSON.stringify({
        layers: [
          { layer: 0, weights: "normal" },
          { layer: -1, weights: { law: "uniform", gamma: 0.7, learningRate: 0.5 } },
        ],
      }),
    );
    const { stdout } = await run("--steps", "1", "--learning-rate", "0.1", "--init", "scheme.json", "--json");
    expect(JSON.parse(stdout).recipe.initialization.layers[1].weights).toEqual({
      law: "uniform",
      gamma: 0.7,
      learningRate: 0.5,
    });
  });

  test("--init normalized takes paper E's law and learning rates from the widths of the network", async () => {
    const deep = ["train", "preset:fcn?depth=3&width=16&activation=tanh", "--data", "circles.npz"];
    const args = [...deep, "--steps", "1", "--learning-rate", "0.1", "--json"];
    const weights = async (init: string) => {
      const { code, stdout, stderr } = await foretrain(folder, ...args, "--init", init);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout).recipe.initialization.layers.map((rule: LayerRule) => rule.weights);
    };
    const [a, b, c] = [0.6, 0.75, 0.9];
    const all = await weights(`normalized:${a},${b},${c}`);
    // the deep follow-up's rule, three layers of 16 units
    const published = [
      1 / (16 ** (1 - 2 * a) * 16 ** (2 - 2 * b) * 16 ** (3 - 2 * c)),
      1 / (16 ** (1 - 2 * a) * 16 ** (1 - 2 * b) * 16 ** (3 - 2 * c)),
      1 / (16 ** (1 - 2 * b) * 16 ** (2 - 2 * c)),
      16 ** -(2 - 2 * c),
    ];
    published.forEach((rate, i) => {
      expect(all[i].learningRate / rate).toBeCloseTo(1, 12);
    });
    expect(all.map(({ gamma, multiplier }: TensorRule) => gamma ?? multiplier)).toEqual([1, a, b, c]);
    expect((await weights("normalized:0.7")).map(({ gamma }: TensorRule) => gamma)).toEqual([
      undefined,
      0.7,
      0.7,
      0.7,
    ]);
    expect((await weights("normalized:0.7")).at(-1)).toMatchObject({ law: "uniform", meanZero: false });
    expect((await weights("normalized:0.7:mean-zero")).at(-1)).toMatchObject({
      law: "uniform",
      meanZero: true,
      gamma: 0.7,
    });
    const refused = async (init: string, message: RegExp) => {
      const { code, stderr } = await foretrain(folder, ...args, "--init", init);
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    };
    await refused("normalized", /--init: got "normalized", expected normalized:GAMMA or/);
    await refused("normalized:0.4", /--init: gamma: got 0.4, expected a number from 1\/2/);
    await refused("normalized:0.6,0.7", /2 gammas for 3 widths/);
  });

  test.each(["SIGKILL", "SIGINT"] as const)(
    "stopped by %s, the same command goes on to the bit",
    async (signal) => {
      const checkpoints = `ckpt-${signal}`;
      const args = [
        "--steps",
        "4000",
        "--batch",
        "5",
        "--learning-rate",
        "0.05",
        "--train",
        "40",
        "--seeds",
        "2",
        "--dtype",
        "float64",
      ];
      const name = `${signal}.out`;
      const child = startForetrain(
        folder,
        "train",
        NETWORK,
        "--data",
        "circles.npz",
        ...args,
        "--checkpoint-seconds",
        "0.05",
        "--checkpoint",
        checkpoints,
        "--out",
        name,
      );
      let stderr = "";
      child.stderr!.on("data", (text) => {
        stderr += text;
      });
      const ended = new Promise((done) => child.once("close", done));
      for (;;) {
        await new Promise((done) => setTimeout(done, 50));
        const files = (() => {
          try {
            return readdirSync(join(folder, checkpoints));
          } catch {
            return [];
          }
        })();
        if (files.includes("seed-0.npz") || child.exitCode !== null) break;
      }
      child.kill(signal);
      await ended;
      expect(readdirSync(folder)).not.toContain(name);
      if (signal === "SIGINT")
        expect(stderr).toMatch(/what is finished stays in ckpt-SIGINT. To go on:\n {2}foretrain train/);
      const resumed = await run(...args, "--checkpoint", checkpoints, "--out", name);
      expect(resumed.code).toBe(0);
      const straight = await run(...args, "--json");
      const [a, b] = [
        JSON.parse(readFileSync(join(folder, name, "train.json"), "utf8")),
        JSON.parse(straight.stdout),
      ];
      expect(a.networks.map((one: { records: unknown }) => one.records)).toEqual(
        b.networks.map((one: { records: unknown }) => one.records),
      );
    },
  );

  test("a learning rate that is too large ends with code 3 and names the largest stable one", async () => {
    const { code, stderr } = await run("--steps", "500", "--learning-rate", "1000", "--out", "diverged");
    expect(code).toBe(3);
    expect(stderr).toMatch(/diverged at step \d+: .* above the largest stable one, 2 \/ lambda_max = /);
    expect(readdirSync(folder)).not.toContain("diverged");
  });

  test.each<[string, string[], RegExp]>([
    ["no number of steps", [], /train.steps: got null, expected steps or epochs, one of the two/],
    [
      "a momentum of 1",
      ["--steps", "5", "--momentum", "1"],
      /train.momentum: got 1, expected a number in \[0, 1\)/,
    ],
    [
      "an initialization that is none",
      ["--steps", "5", "--init", "xavier"],
      /--init: got "xavier", expected FILE.json, normalized:GAMMA or .* or one of declared/,
    ],
    ["draws without a batch", ["--steps", "5", "--order", "replacement"], /train.order: .*give a batch/],
    [
      "a batch of more samples than there are",
      ["--steps", "5", "--batch", "41"],
      /batch: got 41 samples in a step, but there are 40 to train on; expected at most 40/,
    ],
    ["files without a folder", ["--steps", "5", "--weights"], /--weights: needs --out FOLDER/],
    [
      "a record beyond the end",
      ["--steps", "5", "--records", "1,9"],
      /records has 9, expected whole numbers from 0 to 5/,
    ],
    ["steps and epochs", ["--steps", "5", "--epochs", "5"], /cannot be used with/],
  ])("%s is refused with code 2", async (_, args, message) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test("a gamma outside [1/2, 1] and checkpoints of other training are refused", async () => {
    writeFileSync(join(folder, "gamma.json"), JSON.stringify({ weights: { gamma: 0.4 } }));
    const gamma = await run("--steps", "5", "--init", "gamma.json");
    expect([gamma.code, gamma.stderr]).toEqual([
      2,
      expect.stringMatching(/weights.gamma: got 0.4, expected a number from 1\/2/),
    ]);
    await run("--steps", "5", "--checkpoint", "other");
    const other = await run("--steps", "9", "--checkpoint", "other", "--momentum", "0.5");
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringMatching(/other training: momentum is 0 in it and 0.5 now/),
    ]);
  });
});
