import { describe, expect, test } from "vitest";
import { activation, activationCatalogue } from "../../src/activations/index.js";
import { computeKernel, computeKernelArrays } from "../../src/kernels/index.js";
import { signalPropagation } from "../../src/meanfield/index.js";
import * as n from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";

const { dense, conv, erf, relu, network, input, repeat, residual } = n;

/** Rows with the given Gram matrix (of inner products divided by their number of features): its Cholesky factor. */
function rowsOfGram(gram: readonly (readonly number[])[], features: number): Float64Array {
  const count = gram.length;
  const rows = new Float64Array(count * features);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = gram[i]![j]! * features;
      for (let f = 0; f < j; f++) rest -= rows[i * features + f]! * rows[j * features + f]!;
      rows[i * features + j] = i === j ? Math.sqrt(rest) : rest / rows[j * features + j]!;
    }
  }
  return rows;
}

/** Two inputs whose positions all have the same statistics. */
const start = {
  meanSquare: 0.8,
  otherMeanSquares: [1.3],
  correlations: [0.35],
  positions: { own: 0.2, pairs: [0.1] },
  tangent: true,
} as const;

function images(shape: readonly number[]) {
  const positions = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  const channels = shape.at(-1)!;
  const q = [start.meanSquare, start.otherMeanSquares[0]];
  const gram = Array.from({ length: 2 * positions }, (_, a) =>
    Array.from({ length: 2 * positions }, (_, b) => {
      const [i, j] = [Math.floor(a / positions), Math.floor(b / positions)];
      const same = a % positions === b % positions;
      const c =
        i === j ? (same ? 1 : start.positions.own) : same ? start.correlations[0] : start.positions.pairs[0];
      return c * Math.sqrt(q[i]! * q[j]!);
    }),
  );
  return { data: rowsOfGram(gram, channels), shape: [2, ...shape] };
}

/** Largest difference of the scalar reading and the kernel of a network, relative to the largest entry. */
async function difference(net: n.Network, get: readonly ("nngp" | "ntk")[] = ["nngp", "ntk"]) {
  const kernel = await computeKernelArrays(net, images(net.input), null, { get: [...get] });
  const read = signalPropagation(net, start);
  const last = read.q.length - 1;
  const scalar = {
    nngp: [
      read.q[last]!,
      read.correlations[0]![last]! * Math.sqrt(read.q[last]! * read.others[0]![last]!),
      read.others[0]![last]!,
    ],
    ntk: [read.tangent!.own[last]!, read.tangent!.pairs[0]![last]!, Number.NaN],
  };
  let worst = 0;
  for (const name of get) {
    const { data, shape } = kernel[name];
    const perPair = data.length / 4;
    const side = shape.length === 2 ? 1 : Math.round(Math.sqrt(perPair));
    // theta of the second input: that of the first plus what the gap says
    if (name === "ntk") {
      scalar.ntk[2] = 2 * (read.tangent!.gaps[0]![last]! + scalar.ntk[1]!) - scalar.ntk[0]!;
    }
    const scale = Math.max(1e-300, ...data.map(Math.abs));
    for (const [entry, pair] of [
      [0, 0],
      [1, 1],
      [3, 2],
    ] as const) {
      // the first position with itself, and in one dimension all the others with themselves
      const at = shape.length > 4 ? [0] : Array.from({ length: side }, (_, p) => p * side + p);
      for (const p of at) {
        worst = Math.max(worst, Math.abs(data[entry * perPair + p]! - scalar[name][pair]!) / scale);
      }
    }
  }
  return worst;
}

const w = { weightVariance: 1.4, biasVariance: 0.1 };
const ring = { ...w, padding: "circular" as const };
const POSITIONS = 4;

/** Networks on vectors and on rings, one for each kind of layer and each way to merge. */
const networks: Record<string, readonly [n.NetworkInput, ...n.Layer[]]> = {
  dense: [input([3]), dense(1, w), erf(), dense(1, w), erf(), dense(1)],
  standard: [input([3], { parameterization: "standard" }), dense(7, w), relu(), dense(5, w)],
  repeat: [input([3]), repeat(5, dense(1, w), erf()), dense(1)],
  serial: [input([3]), n.serial(dense(1, w), n.identity(), relu()), dense(1, w)],
  residual: [input([3]), dense(1, w), repeat(4, residual(erf(), dense(1, w))), relu(), dense(1)],
  "residual with a shortcut": [
    input([3]),
    dense(1, w),
    n.residualWithShortcut([relu(), dense(1, w)], [dense(1, { weightVariance: 0.5 })]),
    erf(),
    dense(1),
  ],
  "parallel sum": [
    input([3]),
    dense(1, w),
    n.parallel("sum", [[erf(), dense(1, w)], [relu(), dense(1, w)], []]),
    erf(),
    dense(1),
  ],
  "parallel product": [
    input([3]),
    n.parallel("product", [[dense(1, w), erf()], [dense(1, w)], [dense(1, { weightVariance: 2 }), relu()]]),
    dense(1, w),
    erf(),
    dense(1),
  ],
  "parallel concat": [
    input([3]),
    n.parallel("concat", [[dense(1, w)], [dense(3, { weightVariance: 0.3 })]]),
    relu(),
    dense(1, w),
    erf(),
    dense(1),
  ],
  layerNorm: [input([3]), dense(1, w), n.layerNorm(), erf(), dense(1, w), n.layerNorm(), relu(), dense(1)],
  "residual before layerNorm": [
    input([3]),
    dense(1, w),
    repeat(3, residual(n.layerNorm(), relu(), dense(1, w))),
    dense(1),
  ],
  dropout: [input([3]), dense(1, w), erf(), n.dropout(0.7), dense(1, w), relu(), n.dropout(0.9), dense(1, w)],
  conv: [input([POSITIONS, 16]), conv(1, [3], ring), erf(), conv(1, [3], ring), erf(), conv(1, [3], ring)],
  "strided conv": [
    input([POSITIONS, 16]),
    conv(1, [3], ring),
    relu(),
    conv(1, [3], { ...ring, strides: [2] }),
    n.flatten(),
    dense(1, w),
  ],
  "per-position dense": [input([POSITIONS, 16]), dense(2, w), erf(), dense(2, w), n.flatten(), dense(1)],
  flatten: [input([POSITIONS, 16]), conv(1, [3], ring), erf(), n.flatten(), dense(1, w), relu(), dense(1)],
  "flatten first": [input([POSITIONS, 16]), n.flatten(), dense(1, w), erf(), dense(1)],
  globalAvgPool: [input([POSITIONS, 16]), conv(1, [3], ring), erf(), n.globalAvgPool(), dense(1, w)],
  globalSumPool: [input([POSITIONS, 16]), conv(1, [3], ring), n.globalSumPool(), relu(), dense(1, w)],
  "global pool of images": [input([2, 2, 16]), conv(1, [1, 1], ring), erf(), n.globalAvgPool(), dense(1, w)],
  avgPool: [
    input([POSITIONS, 16]),
    conv(1, [3], ring),
    erf(),
    n.avgPool([2], { strides: [2] }),
    conv(1, [1], ring),
    relu(),
    n.globalAvgPool(),
    dense(1),
  ],
  sumPool: [
    input([POSITIONS, 16]),
    conv(1, [3], ring),
    n.sumPool([2], { strides: [2] }),
    erf(),
    n.flatten(),
    dense(1, w),
  ],
  "overlapping pools": [
    input([POSITIONS, 16]),
    conv(1, [3], ring),
    erf(),
    n.avgPool([3], { padding: "circular" }),
    conv(1, [3], ring),
    n.globalAvgPool(),
    dense(1),
  ],
  "dropout before a pool": [
    input([POSITIONS, 16]),
    conv(1, [3], ring),
    relu(),
    n.dropout(0.6),
    n.globalAvgPool(),
    dense(1, w),
  ],
  "residual of convolutions": [
    input([POSITIONS, 16]),
    conv(1, [3], ring),
    repeat(3, residual(relu(), conv(1, [3], ring))),
    n.layerNorm(),
    erf(),
    n.globalAvgPool(),
    dense(1, w),
  ],
};

describe("the scalar reading agrees with the kernel engine on two inputs", () => {
  // every layer rounds a few times; the entries of both are of one size
  const TOLERANCE = 1e-12;

  test.each(Object.entries(networks))("after every layer: %s", async (_, [from, ...layers]) => {
    for (let depth = 1; depth <= layers.length; depth++) {
      const worst = await difference(network(from, ...layers.slice(0, depth)));
      expect(worst, `${depth} layers`).toBeLessThan(TOLERANCE);
    }
  });

  test("the matrix of networks has every kind of layer that infinite width has", () => {
    const kinds = new Set<string>();
    const collect = (layers: readonly n.Layer[]): void => {
      for (const layer of layers) {
        kinds.add(layer.kind);
        if (layer.kind === "serial" || layer.kind === "repeat" || layer.kind === "residual") {
          collect(layer.layers);
        }
        if (layer.kind === "parallel") layer.branches.forEach(collect);
      }
    };
    for (const [, ...layers] of Object.values(networks)) collect(layers);
    const finiteOnly = ["maxPool", "zeroPad", "batchNorm"];
    expect([...kinds, ...finiteOnly].sort()).toEqual([...n.layerKinds].sort());
  });

  test("two layers of every activation of the catalogue", async () => {
    let seen = 0;
    const needed = {
      coefficients: [0.1, 0.5, 0, -0.1],
      degree: 3,
      real: 0.7,
      positive: 0.7,
      "non-negative": 0.7,
      expression: "x*tanh(x)",
    };
    for (const { name, parameters } of activationCatalogue) {
      const given = Object.fromEntries(
        parameters.filter((p) => p.default === null).map((p) => [p.key, needed[p.domain]]),
      );
      const phi = activation(name, given);
      if (phi.growth.kind === "unbounded-at-point") continue;
      const layer = n.activationLayer(name, given);
      // growing activations (exp, monomials) stay small in the second layer
      const small = { weightVariance: 0.3, biasVariance: 0.05 };
      const net = network(input([3]), dense(1, small), layer, dense(1, small), layer, dense(1, w));
      const jumps = phi.breakPoints.some(({ order }) => order === 0);
      const worst = await difference(net, jumps ? ["nngp"] : ["nngp", "ntk"]);
      // what the numerical duals of two preparations leave, each 1e-12 of E phi^2
      expect(worst, name).toBeLessThan(phi.closedDual === null ? 4e-12 : TOLERANCE);
      seen++;
    }
    expect(seen).toBeGreaterThan(25);
  });

  test("entries of a whole network are those of its first layers", () => {
    const [from, ...layers] = networks["residual with a shortcut"]!;
    const whole = signalPropagation(network(from, ...layers), { ...start, every: "layer" });
    expect(whole.at).toEqual([...layers.map((_, i) => `layers[${i}]`), "output"]);
    for (let depth = 1; depth <= layers.length; depth++) {
      const part = signalPropagation(network(from, ...layers.slice(0, depth)), start);
      expect(part.q.at(-1)).toBe(whole.q[depth]);
      expect(part.deficits[0]!.at(-1)).toBe(whole.deficits[0]![depth]);
      expect(part.tangent!.own.at(-1)).toBe(whole.tangent!.own[depth]);
    }
  });

  test("random inputs, which have no such statistics, are read as their means on a network of vectors", async () => {
    const x = createRng(3).normals(new Float64Array(2 * 6));
    const dot = (i: number, j: number) => {
      let sum = 0;
      for (let f = 0; f < 6; f++) sum += x[6 * i + f]! * x[6 * j + f]!;
      return sum / 6;
    };
    const net = network(input([6]), dense(1, w), repeat(3, residual(n.tanh(), dense(1, w))), dense(1));
    const { nngp, ntk } = await computeKernel(net, { data: x, shape: [2, 6] });
    const read = signalPropagation(net, {
      meanSquare: dot(0, 0),
      otherMeanSquares: [dot(1, 1)],
      correlations: [dot(0, 1) / Math.sqrt(dot(0, 0) * dot(1, 1))],
      tangent: true,
    });
    expect(read.q.at(-1)!).toBeWithinRelative(nngp.data[0]!, 1e-12);
    expect(read.tangent!.own.at(-1)!).toBeWithinRelative(ntk.data[0]!, 1e-12);
    expect(read.tangent!.pairs[0]!.at(-1)!).toBeWithinRelative(ntk.data[1]!, 1e-11);
  });
});
