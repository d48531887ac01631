import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../src/data/index.js";
import { sampleEmpiricalKernels } from "../../src/finite/index.js";
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
const x = { data: createRng(1).normals(new Float64Array(60)), shape: [10, 6] };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretrain-empirical-"));
  writeFileSync(join(folder, "net.json"), JSON.stringify(spec));
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
});
