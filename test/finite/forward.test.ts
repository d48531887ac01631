import { describe, expect, test } from "vitest";
import { applyModel, empiricalKernels, finiteModel, initialParameters } from "../../src/finite/index.js";
import { passOf } from "../../src/finite/model.js";
import { parseNetwork } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { estimateKernels } from "../support/finite-network.js";
import { NETWORKS, samplesFor } from "./networks.js";

describe("outputs of random networks", () => {
  test.each(Object.keys(NETWORKS))("have the moments of networks in plain loops: %s", (name) => {
    const net = NETWORKS[name]!;
    const model = finiteModel(net);
    const x = samplesFor(net, 2, 1);
    const draws = 600;
    const oracle = estimateKernels(net, x, { draws: 600, seed: 77 }).nngp;
    const positions = model.outputShape.slice(0, -1).reduce((a, b) => a * b, 1);
    const sum = new Float64Array(4 * positions ** 2);
    const squares = new Float64Array(sum.length);
    for (let seed = 0; seed < draws; seed++) {
      const theta = initialParameters(model, { seed });
      const { data } = empiricalKernels(model, theta, x, null, { get: ["nngp"] }).nngp!;
      data.forEach((value, i) => {
        sum[i]! += value / draws;
        squares[i]! += value ** 2 / draws;
      });
    }
    // the oracle's layout of positions is [h, h', w, w']: compare what does not depend on it, the sorted entries
    const sorted = (values: Float64Array, errors: Float64Array) =>
      [...values].map((value, i) => [value, errors[i]!] as const).sort((a, b) => a[0] - b[0]);
    const own = sorted(
      sum,
      sum.map((mean, i) => Math.sqrt((squares[i]! - mean ** 2) / draws)),
    );
    const other = sorted(oracle.mean, oracle.stderr);
    own.forEach(([value, error], i) => {
      // 4 standard errors of the difference
      expect(Math.abs(value - other[i]![0])).toBeLessThan(4 * Math.hypot(error, other[i]![1]));
    });
  });

  test("are the same for the same seed, layer by layer", () => {
    const short = finiteModel(NETWORKS["dense layers, tanh"]!);
    expect(initialParameters(short, { seed: 5 })).toEqual(initialParameters(short, { seed: 5 }));
    expect(initialParameters(short, { seed: 5 })).not.toEqual(initialParameters(short, { seed: 6 }));
  });
});

describe("dropout", () => {
  const net = parseNetwork({
    foretrain: 1,
    input: [3],
    layers: [
      { kind: "dense", units: 400 },
      { kind: "dropout", keepRate: 0.8 },
      { kind: "activation", name: "identity" },
      { kind: "dense", units: 1 },
    ],
  });
  const model = finiteModel(net);
  const theta = initialParameters(model, { seed: 1 });
  const x = samplesFor(net, 2, 1);

  test("is the identity at prediction", () => {
    const without = finiteModel({ ...net, layers: net.layers.filter(({ kind }) => kind !== "dropout") });
    // the paths in the names of the tensors differ, hence the streams; the vectors have the same layout
    expect(applyModel(model, theta, x)).toEqual(applyModel(without, theta, x));
  });

  test("keeps the mean over masks, and drops its share of units", () => {
    const clean = applyModel(model, theta, x).data;
    const rng = createRng(9);
    const draws = 4000;
    let [sum, squares] = [0, 0];
    for (let d = 0; d < draws; d++) {
      const { output } = passOf(model, [theta], x.data, 2, { masks: rng.fork("mask", d) });
      sum += output[0]![0]! / draws;
      squares += output[0]![0]! ** 2 / draws;
    }
    const error = Math.sqrt((squares - sum ** 2) / draws);
    expect(error).toBeGreaterThan(0);
    expect(Math.abs(sum - clean[0]!)).toBeLessThan(4 * error);
  });
});
