/**
 * The SIMD operations of activations against the closed-form duals, pair by pair, for both builds and precisions.
 */
import { describe, expect, it } from "vitest";
import { type Activation, activation, prepareDual } from "../../../src/activations/index.js";
import { computeKernel } from "../../../src/kernels/index.js";
import type { Operation } from "../../../src/kernels/simd/instructions.js";
import { lowerActivation } from "../../../src/kernels/simd/lower-activation.js";
import type { Layer, Network } from "../../../src/network/index.js";
import { matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";
import { openOperations, type PairInputs } from "./operation-module.js";

const READOUT = { weight: 1.7, tangentK: 0.9 };
const N = 2000;

interface Case {
  readonly name: string;
  readonly parameters?: Record<string, number | readonly number[]>;
  /** largest variance that the test draws */
  readonly high?: number;
}
const CASES: readonly Case[] = [
  { name: "relu" },
  { name: "leakyRelu", parameters: { slope: 0.2 } },
  { name: "abs" },
  { name: "erf" },
  { name: "erf", parameters: { a: 1.3, b: 0.7, c: 0.4 } },
  { name: "gelu" },
  { name: "sin", high: 30 },
  { name: "sin", parameters: { a: 1.2, b: 0.8, c: 0.6 }, high: 30 },
  { name: "cos", high: 30 },
  { name: "rbf", parameters: { gamma: 0.7 }, high: 30 },
  { name: "exp", parameters: { a: 0.8, b: 0.5 }, high: 8 },
  { name: "gaussian", parameters: { a: 1.1, b: -0.6 } },
  { name: "gaussian", parameters: { a: 1, b: 0.02 }, high: 8 },
  { name: "gabor" },
  { name: "expNormalized", parameters: { gamma: 1.4, shift: -0.3 } },
  { name: "sign" },
  { name: "heaviside" },
  { name: "polynomial", parameters: { coefficients: [0.3, -0.8, 0.2, 0.1] }, high: 20 },
  { name: "polynomial", parameters: { coefficients: [2] } },
  ...[1, 2, 4].map((degree) => ({ name: "monomial", parameters: { degree }, high: 20 })),
  ...[3, 8, 16].map((degree) => ({ name: "hermite", parameters: { degree }, high: 2 })),
  ...[0, 1, 2, 3, 5].map((degree) => ({ name: "rectifiedMonomial", parameters: { degree } })),
];
const TITLE = CASES.map((c) => ({ title: activation(c.name, c.parameters ?? {}).label, ...c }));

interface Draw {
  readonly q1: Float64Array;
  readonly q2: Float64Array;
  readonly d: Float64Array;
  /** 1 - c */
  readonly v: Float64Array;
}

/**
 * Pairs of all angles. Every other one has equal variances and may be close, down to 1 - c = 10^-`decades`; the others have
 * 1 - c > 0.02, because the rounding of two different variances moves c itself.
 */
function draw(seed: number, high: number, decades: number): Draw {
  const rng = createRng(seed);
  const q1 = new Float64Array(N);
  const q2 = new Float64Array(N);
  const d = new Float64Array(N);
  const v = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    const s1 = Math.sqrt(high * 10 ** (-3 * rng.uniform()));
    const equal = i % 2 === 0;
    const s2 = equal ? s1 : s1 / (1 + 3 * rng.uniform());
    const close = equal && rng.uniform() < 0.5;
    v[i] = close ? 10 ** (-decades * rng.uniform()) : 0.02 + 1.98 * rng.uniform();
    q1[i] = s1 * s1;
    q2[i] = s2 * s2;
    d[i] = 0.5 * (s1 - s2) ** 2 + s1 * s2 * v[i]!;
  }
  return { q1, q2, d, v };
}

interface Expected {
  readonly d: Float64Array;
  readonly g: Float64Array;
  /** what errors are measured by: d itself for close pairs, the mean variance for obtuse ones; for g the size of its terms */
  readonly dSize: Float64Array;
  readonly gSize: Float64Array;
}

interface Inputs extends PairInputs {
  readonly operation: Operation;
  /** ntk diagonals of both sides */
  readonly theta: readonly [Float64Array, Float64Array];
}

function inputsOf(a: Activation, { q1, q2, d }: Draw, tangent: boolean): Inputs {
  const rng = createRng(99);
  const map = prepareDual(a, q1, q2, { derivative: tangent });
  const t1 = q1.map((q) => q * (0.5 + 3 * rng.uniform()));
  const t2 = q2.map((q, i) => (q === q1[i] ? t1[i]! : q * (0.5 + 3 * rng.uniform())));
  // g of the size of d, with an independent part
  const g = tangent ? d.map((x) => x * rng.uniform()) : null;
  const [rows, cols] = [
    { q: q1, t: tangent ? t1 : null },
    { q: q2, t: tangent ? t2 : null },
  ];
  const lowered = lowerActivation(a, map, { rows, cols }, READOUT, "float64")!;
  return {
    d,
    g,
    rows: lowered.features.map((f) => q1.map((_, i) => f(rows, i, "rows"))),
    cols: lowered.features.map((f) => q2.map((_, i) => f(cols, i, "cols"))),
    operation: lowered.operation,
    constants: lowered.constants,
    extra: lowered.extra ?? [0, 0],
    theta: [t1, t2],
  };
}

function expected(a: Activation, { q1, q2, d, v }: Draw, inputs: Inputs): Expected {
  const { weight, tangentK } = READOUT;
  const dual = a.closedDual!;
  const count = d.length;
  const out = new Float64Array(4);
  const [dOut, g, dSize, gSize] = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < count; i++) {
    const [x, y] = [q1[i]!, q2[i]!];
    dual.pair(x, y, (x + y) / 2 - d[i]!, d[i]!, out);
    const [, slope, deficit, slopeDeficit] = out as unknown as [number, number, number, number];
    dOut[i] = weight * deficit;
    dSize[i] = weight * (v[i]! < 1 ? deficit : (dual.second(x) + dual.second(y)) / 2);
    if (inputs.g === null) continue;
    const [t1, t2] = [inputs.theta[0][i]!, inputs.theta[1][i]!];
    const turn = (dual.derivativeSecond(x) - dual.derivativeSecond(y)) * (t1 - t2);
    const kept = slope * inputs.g[i]!;
    const lost = (slopeDeficit * (t1 + t2)) / 2;
    g[i] = weight * (kept + lost + turn / 4) + tangentK * deficit;
    gSize[i] = weight * (Math.abs(kept) + Math.abs(lost) + Math.abs(turn) / 4) + tangentK * Math.abs(deficit);
  }
  return { d: dOut, g, dSize, gSize };
}

function isContinuous(a: Activation): boolean {
  return a.breakPoints.every(({ order }) => order > 0);
}

function worst(got: Float64Array, want: Float64Array, size: Float64Array): number {
  let error = 0;
  for (let i = 0; i < got.length; i++) {
    if (got[i] === want[i]) continue; // also where the size is 0
    const e = Math.abs(got[i]! - want[i]!) / size[i]!;
    if (!(e <= error)) error = e;
  }
  return error;
}

describe.each(["simd", "relaxed"] as const)("duals in deficits, %s build", (variant) => {
  const module = openOperations(variant);
  const run = it.skipIf(module === null);

  // measured: up to 2e-14, from the rounding of sqrt(q), which moves the gap of pairs with 1 - c > 0.02 by up to 50 ulp
  run.each(TITLE)(
    "$title: float64 agrees with the closed form at all angles to 4e-14",
    ({ name, parameters, high }) => {
      const a = activation(name, parameters ?? {});
      const pairs = draw(11, high ?? 100, 25);
      const inputs = inputsOf(a, pairs, isContinuous(a));
      const want = expected(a, pairs, inputs);
      const got = module!.run(inputs.operation, 64, inputs);
      expect(worst(got.d, want.d, want.dSize)).toBeLessThan(4e-14);
      if (isContinuous(a)) expect(worst(got.g, want.g, want.gSize)).toBeLessThan(4e-14);
    },
  );

  // float32 has 5.4e8 times the rounding of float64; 4e-14 of that would be 2e-5
  run.each(TITLE)(
    "$title: float32 agrees with the closed form at all angles to 1e-5",
    ({ name, parameters, high }) => {
      const a = activation(name, parameters ?? {});
      const pairs = draw(12, high ?? 100, 8);
      const inputs = inputsOf(a, pairs, isContinuous(a));
      const want = expected(a, pairs, inputs);
      const got = module!.run(inputs.operation, 32, inputs);
      expect(worst(got.d, want.d, want.dSize)).toBeLessThan(1e-5);
      if (isContinuous(a)) expect(worst(got.g, want.g, want.gSize)).toBeLessThan(1e-5);
    },
  );

  run.each(TITLE)(
    "$title: equal samples have no deficit, and those without variance the one of the closed form",
    ({ name, parameters }) => {
      const a = activation(name, parameters ?? {});
      const q1 = Float64Array.of(1.3, 0, 0, 2);
      const q2 = Float64Array.of(1.3, 0, 2, 0);
      const pairs = { q1, q2, d: Float64Array.of(0, 0, 1, 1), v: Float64Array.of(0, 0, 1, 1) };
      const inputs = inputsOf(a, pairs, isContinuous(a));
      const want = expected(a, pairs, inputs);
      const got = module!.run(inputs.operation, 64, inputs);
      expect(got.d[0]).toBe(0);
      for (let i = 0; i < 4; i++) {
        expect(Math.abs(got.d[i]! - want.d[i]!), `d of pair ${i}`).toBeLessThanOrEqual(1e-14 * want.d[i]!);
        if (!isContinuous(a)) continue;
        expect(Math.abs(got.g[i]! - want.g[i]!), `g of pair ${i}`).toBeLessThanOrEqual(
          1e-14 * want.gSize[i]!,
        );
      }
    },
  );

  run("step functions have no tangent kernel: theirs is NaN", () => {
    const a = activation("sign", {});
    const inputs = inputsOf(a, draw(1, 2, 3), false);
    expect(module!.run("step", 64, { ...inputs, g: inputs.d }).g.every(Number.isNaN)).toBe(true);
  });
});

it.each(TITLE)(
  "$title: a network of three such layers has the kernels of the reference backend",
  async ({ name, parameters }) => {
    const a = activation(name, parameters ?? {});
    // variances stay near 1 whatever the activation; one length of all samples, as x^5 spreads others beyond the engine
    const weightVariance = 0.9 / a.closedDual!.second(1);
    const layer: Layer[] = [
      { kind: "dense", units: 8, weightVariance, biasVariance: 0.1 },
      { kind: "activation", name, ...parameters } as Layer,
    ];
    const network: Network = {
      foretrain: 1,
      input: [7],
      layers: [...layer, ...layer, ...layer, { kind: "dense", units: 1 }],
    };
    const rng = createRng(3);
    const x = matrix(
      9,
      7,
      Float64Array.from({ length: 63 }, () => rng.normal()),
    );
    for (let i = 0; i < 9; i++) {
      const row = x.data.subarray(7 * i, 7 * i + 7);
      const length = Math.hypot(...row);
      for (let j = 0; j < 7; j++) row[j]! *= Math.sqrt(7) / length;
    }
    const get = isContinuous(a)
      ? (["nngp", "ntk", "nngpGap", "ntkGap"] as const)
      : (["nngp", "nngpGap"] as const);
    const exact = await computeKernel(network, x, null, { get: [...get], backend: "reference" });
    const fast = await computeKernel(network, x, null, { get: [...get], backend: "simd" });
    for (const key of get) {
      const [p, q] = [fast[key]!.data, exact[key]!.data];
      const scale = Math.max(...exact[key === "ntk" || key === "ntkGap" ? "ntk" : "nngp"]!.data);
      for (let i = 0; i < q.length; i++) {
        expect(Math.abs(p[i]! - q[i]!) / scale, `${key} ${i}`).toBeLessThan(1e-13);
      }
    }
  },
);
