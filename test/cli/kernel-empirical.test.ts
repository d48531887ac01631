import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../src/data/index.js";
import {
  empiricalKernels,
  encodeCheckpoint,
  encodeWeights,
  initialParameters,
  relativeDistance,
  sampleEmpiricalKernels,
  type TrainingCheckpoint,
  trainNetwork,
} from "../../src/finite/index.js";
import { computeKernelArrays } from "../../src/kernels/index.js";
import { parseNetwork } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { foretrain } from "./foretrain.js";

let folder = "";
const variances = { weightVariance: 1.8, biasVariance: 0.1 };
const spec = {
  foretrain: 1,
  input: [6],
  layers: [
    { kind: "dense", units: 32, ...variances },
    { kind: "activation", name: "erf" },
    { kind: "dense", units: 1, ...variances },
  ],
};
const twoOutputs = {
  ...spec,
  layers: [...spec.layers.slice(0, 2), { kind: "dense", units: 2, ...variances }],
};
const x = { data: createRng(1).normals(new Float64Array(60)), shape: [10, 6] };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-empirical-"));
  writeFileSync(join(folder, "net.json"), JSON.stringify(spec));
  writeFileSync(join(folder, "two.json"), JSON.stringify(twoOutputs));
  writeFileSync(join(folder, "x.npz"), writeNpz({ x }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  foretrain(folder, "kernel", "net.json", "--x", "x.npz", "--empirical", ...args);

describe("foretrain kernel --empirical", () => {
  test("writes mean, deviation and distances of the library, and reports them beside infinite width", async () => {
    const args = ["--seeds", "6", "--seed", "3", "--out", "k.npz", "--json", "--threads", "1"];
    const { code, stdout } = await run(...args);
    expect(code).toBe(0);
    const net = parseNetwork(spec);
    const reference = await computeKernelArrays(net, x, null, { get: ["nngp", "ntk"] });
    const sample = await sampleEmpiricalKernels(net, x, null, { networks: 6, seed: 3, reference });
    const written = readNpz(readFileSync(join(folder, "k.npz")));
    for (const name of ["nngp", "ntk"] as const) {
      expect(written[name]).toEqual(sample[name]!.mean);
      expect(written[`${name}Deviation`]).toEqual(sample[name]!.deviation);
      expect(written[`${name}Distances`]!.data).toEqual(sample[name]!.distances);
    }
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ networks: 6, seed: 3, parameters: 6 * 32 + 32 + 32 + 1 });
    const distances = [...sample.ntk!.distances!];
    const mean = distances.reduce((a, b) => a + b) / 6;
    expect(report.kernels.ntk.distance.mean).toBeCloseTo(mean, 13);
    // averaging over networks comes nearer, as far as its noise says
    expect(report.kernels.ntk.distanceOfMean).toBeLessThan(mean);
    expect(report.kernels.ntk.noiseOfMean).toBeLessThan(mean);
  });

  test("prints a table without a file, and the plan with --dry-run", async () => {
    const table = await run("--seeds", "3", "--get", "ntk");
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/3 networks of 257 parameters beside infinite width/);
    expect(table.stdout).toMatch(/^ntk +0\.\d+ +0\.\d+ \+- 0\.\d+ +0\.\d+ +0\.\d+$/m);
    const before = readdirSync(folder);
    const { stdout } = await run("--dry-run", "--json");
    const { plan, networks } = JSON.parse(stdout);
    expect(networks).toBe(10);
    expect(plan).toMatchObject({ shape: [10, 10], fits: true, layers: ["outer", "outer"] });
    expect(plan.bytes.result).toBe(2 * 10 * 10 * 8);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("compares with nothing where there is no kernel of infinite width, and says so", async () => {
    const layers = spec.layers.map((layer) => ("name" in layer ? { ...layer, name: "reciprocal" } : layer));
    writeFileSync(join(folder, "reciprocal.json"), JSON.stringify({ ...spec, layers }));
    const args = ["kernel", "reciprocal.json", "--x", "x.npz", "--empirical", "--seeds", "2", "--get", "ntk"];
    const { code, stdout, stderr } = await foretrain(folder, ...args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/no kernel of infinite width to compare with/);
    expect(stdout).toMatch(/^ntk +\S+ +- +- +\S+$/m);
  });

  test("refuses what belongs to kernels of infinite width, and seeds without it, with exit code 2", async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [["--stream", "--out", "a.npz"], /--stream: .*leave it out with --empirical/],
      [["--dtype", "float32"], /--dtype float32: .*leave it out/],
      [["--get", "ntkGap"], /--get: got "ntkGap", expected nngp, ntk or both/],
      [["--memory", "1kB"], /needs .*may be used; the result alone/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run(...args);
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    }
    const alone = await foretrain(
      folder,
      "kernel",
      "net.json",
      "--x",
      "x.npz",
      "--seeds",
      "3",
      "--out",
      "a.npz",
    );
    expect(alone.code).toBe(2);
    expect(alone.stderr).toMatch(/--seeds: .*expected together with --empirical/);
  });

  test("--trace-axes and --diagonal-axes are those of the library", async () => {
    const two = parseNetwork(twoOutputs);
    const cases = [
      [["--trace-axes", "none"], { traceAxes: [] }, [10, 10, 2, 2]],
      [["--trace-axes", "none", "--diagonal-axes", "-1"], { traceAxes: [], diagonalAxes: [-1] }, [10, 10, 2]],
      [["--diagonal-axes", "0"], { diagonalAxes: [0] }, [10]],
    ] as const;
    for (const [args, axes, shape] of cases) {
      const all = ["kernel", "two.json", "--x", "x.npz", "--empirical", "--seeds", "2", "--out", "axes.npz"];
      const { code, stderr } = await foretrain(folder, ...all, ...args);
      expect(stderr).toMatch(/no kernel of infinite width to compare with/);
      expect(code).toBe(0);
      const sample = await sampleEmpiricalKernels(two, x, null, { networks: 2, ...axes });
      const written = readNpz(readFileSync(join(folder, "axes.npz")));
      expect(written["ntk"]).toEqual(sample.ntk!.mean);
      expect(written["ntk"]!.shape).toEqual(shape);
    }
    const wrong = await run("--trace-axes", "7");
    expect(wrong.stderr).toMatch(/traceAxes has 7, expected axes from -2 to 1/);
    expect((await run("--trace-axes", "x")).stderr).toMatch(/"x" is no axis/);
  });

  test("--weights: kernels of a trained network and of its start", async () => {
    const net = parseNetwork(spec);
    const y = { data: createRng(2).normals(new Float64Array(10)), shape: [10, 1] };
    let checkpoint: TrainingCheckpoint | undefined;
    const { model, parameters } = await trainNetwork({
      network: net,
      recipe: { steps: 30, learningRate: 0.2, seed: 4 },
      train: { x, y },
      onCheckpoint: (made) => {
        checkpoint = made;
      },
    });
    const weights = { network: net, initialization: "declared", seed: 4, parameters } as const;
    writeFileSync(join(folder, "w.npz"), encodeWeights(weights));
    writeFileSync(join(folder, "c.npz"), encodeCheckpoint(checkpoint!));
    const end = empiricalKernels(model, parameters, x, null);
    const start = empiricalKernels(model, initialParameters(model, { seed: 4 }), x, null);
    for (const file of ["w.npz", "c.npz"]) {
      const { code, stdout } = await run("--weights", file, "--out", "t.npz", "--json");
      expect(code).toBe(0);
      const written = readNpz(readFileSync(join(folder, "t.npz")));
      expect(written).toEqual({ nngp: end.nngp, nngpStart: start.nngp, ntk: end.ntk, ntkStart: start.ntk });
      const { kernels } = JSON.parse(stdout);
      expect(kernels.ntk.moved).toBeCloseTo(relativeDistance(end.ntk!.data, start.ntk!.data), 13);
      expect(kernels.ntk.moved).toBeGreaterThan(0.001);
      expect(kernels.ntk.distance).toBeGreaterThan(0);
    }
    writeFileSync(join(folder, "s.npz"), encodeWeights({ ...weights, initialization: "standard" }));
    const standard = await run("--weights", "s.npz", "--get", "ntk", "--json");
    expect(standard.stderr).toMatch(
      /that of the declared parameterization, and the weights were trained in another/,
    );
    expect(JSON.parse(standard.stdout).kernels.ntk.distance).toBeNull();
    const table = await run("--weights", "w.npz", "--get", "ntk");
    expect(table.stdout).toMatch(/trained network of 257 parameters in w\.npz, from seed 4/);
    const other = await foretrain(
      folder,
      "kernel",
      "two.json",
      "--x",
      "x.npz",
      "--empirical",
      "--weights",
      "w.npz",
    );
    const cases: readonly (readonly [{ stderr: string; code: number }, RegExp])[] = [
      [other, /--weights: w\.npz holds weights of another network/],
      [
        await run("--weights", "x.npz"),
        /x\.npz: does not say of which network it is; expected weights-seed-N/,
      ],
      [await run("--weights", "none.npz"), /cannot read none\.npz/],
      [await run("--weights", "w.npz", "--seeds", "3"), /--seeds: is of random networks; --weights has one/],
      [
        await foretrain(folder, "kernel", "net.json", "--x", "x.npz", "--weights", "w.npz"),
        /--weights: is of finite networks; expected together with --empirical/,
      ],
    ];
    for (const [{ stderr, code }, message] of cases) {
      expect(stderr).toMatch(message);
      expect(code).not.toBe(0);
    }
  });
});
