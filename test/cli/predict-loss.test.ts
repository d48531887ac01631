import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../src/data/index.js";
import { evidence, spectralModel } from "../../src/dynamics/index.js";
import { computeKernel } from "../../src/kernels/index.js";
import { preset } from "../../src/network/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { foretrain } from "./foretrain.js";

const [N, M, D] = [12, 5, 4];
const samples = (n: number, seed: number) => {
  const x = { data: createRng(seed).normals(new Float64Array(n * D)), shape: [n, D] };
  return { x, y: Int32Array.from({ length: n }, (_, i) => (x.data[i * D]! > 0 ? 1 : 0)) };
};
const [train, held] = [samples(N, 1), samples(M, 2)];
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-predict-loss-"));
  for (const [name, { x, y }] of [
    ["train", train],
    ["test", held],
  ] as const)
    writeFileSync(join(folder, `${name}.npz`), writeNpz({ x, y: { data: y, shape: [y.length] } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NETWORK = "preset:fcn?depth=2&activation=erf";
const run = (...args: string[]) =>
  foretrain(
    folder,
    "predict",
    NETWORK,
    "--train",
    "train.npz",
    "--test",
    "test.npz",
    "--out",
    "p.npz",
    ...args,
  );
const kernelOf = async () => {
  const { ntk } = await computeKernel(
    preset("fcn", { depth: 2, activation: "erf", input: [D], classes: 2 }),
    train.x,
    null,
    { get: ["ntk"] },
  );
  return ntk;
};

describe("foretrain predict under cross entropy", () => {
  test("writes the outputs of one network that starts at 0: its classes are antisymmetric, its loss falls", async () => {
    const { code, stdout, stderr } = await run("--loss", "crossEntropy", "--time", "0,10,1000", "--json");
    expect(code, stderr).toBe(0);
    const { mean, std, covariance } = readNpz(readFileSync(join(folder, "p.npz")));
    expect(mean!.shape).toEqual([3, M, 2]);
    expect([std, covariance]).toEqual([undefined, undefined]);
    const f = mean!.data as Float64Array;
    // softmax sees differences only, and both classes start alike: f_1 = -f_0
    for (let i = 0; i < f.length; i += 2) expect(f[i]! + f[i + 1]!).toBeCloseTo(0, 6);
    const { scores, loss } = JSON.parse(stdout) as { scores: { loss: number }[]; loss: string };
    expect(loss).toBe("crossEntropy");
    expect(scores[0]!.loss).toBeCloseTo(Math.log(2), 12);
    expect(scores[1]!.loss).toBeLessThan(Math.log(2));
  });

  test("--draws gives mean and spread over networks; steps and momentum agree with their flow when they are small", async () => {
    await run("--loss", "crossEntropy", "--time", "5", "--draws", "30", "--seed", "4");
    const { mean, std } = readNpz(readFileSync(join(folder, "p.npz")));
    expect([mean!.shape, std!.shape]).toEqual([
      [1, M, 2],
      [1, M, 2],
    ]);
    expect(Math.min(...(std!.data as Float64Array))).toBeGreaterThan(0);

    const outputs = async (...args: string[]) => {
      expect((await run("--loss", "crossEntropy", ...args)).code).toBe(0);
      return Array.from(readNpz(readFileSync(join(folder, "p.npz")))["mean"]!.data as Float64Array);
    };
    const flow = await outputs("--time", "5");
    // with momentum m the effective learning rate is 1 / (1 - m) times as large; both are of first order in the step
    const plain = await outputs("--learning-rate", "0.005", "--steps", "1000");
    const heavy = await outputs("--learning-rate", "0.0025", "--momentum", "0.5", "--steps", "1000");
    for (const [i, x] of flow.entries()) {
      expect(Math.abs(plain[i]! - x)).toBeLessThan(5e-3);
      expect(Math.abs(heavy[i]! - x)).toBeLessThan(1e-2);
    }
  });

  test.each([
    [["--loss", "crossEntropy"], /--time: got inf .*grow for ever.*expected finite times/],
    [["--loss", "crossEntropy", "--time", "5,1"], /ascending/],
    [["--loss", "crossEntropy", "--time", "5", "--draws", "1"], /--draws: got 1, expected at least 2/],
    [["--draws", "4"], /--draws: is for --loss crossEntropy/],
    [["--momentum", "0.9"], /--momentum: needs --learning-rate and --steps/],
    [["--momentum", "1", "--learning-rate", "1", "--steps", "2"], /expected a number in \[0, 1\)/],
  ] as const)("%j is a usage error", async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("foretrain predict --diag-reg", () => {
  test.each(["leaveOneOut", "likelihood"] as const)(
    "%s takes the best ridge of the train samples",
    async (rule) => {
      const { stdout, code } = await run("--diag-reg", rule, "--json");
      expect(code).toBe(0);
      const { ridge, conditioning } = JSON.parse(stdout) as {
        ridge: { ridge: number; noise: number };
        conditioning: { ridge: number };
      };
      const targets = matrix(
        N,
        2,
        Float64Array.from({ length: 2 * N }, (_, i) => (train.y[i >> 1] === (i & 1) ? 0.5 : -0.5)),
      );
      const list = evidence(await spectralModel(await kernelOf()), { targets });
      const value = (item: (typeof list)[number]) =>
        rule === "likelihood" ? -item.logMarginalLikelihood : item.leaveOneOutLoss;
      const best = list.reduce((a, b) => (value(b) < value(a) ? b : a));
      expect(ridge.ridge).toBe(best.ridge);
      expect(Math.abs(conditioning.ridge - best.noise)).toBeLessThanOrEqual(1e-9 * best.noise);
    },
  );
});
