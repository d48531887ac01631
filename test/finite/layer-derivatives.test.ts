/**
 * Derivatives of every kind of layer to order 3, forward and backward, against finite differences that are extrapolated to
 * step 0, and against each other.
 */
import { describe, expect, test } from "vitest";
import { activation, activationNames } from "../../src/activations/index.js";
import { gradientVisitor, zeroGradients } from "../../src/finite/contractions.js";
import {
  applyModel,
  type FiniteModel,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  type Loss,
  lossGradient,
} from "../../src/finite/index.js";
import { passOf } from "../../src/finite/model.js";
import { type Layer, type Network, parseNetwork } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { samplesFor } from "./networks.js";

/** Relative to the largest entry: what the differences below are good to, rounding and truncation being in balance. */
const CLOSE = 1e-7;
/** Largest step: of analytic functions, and where it must stay on one side of a kink. */
const SMOOTH = 0.64;
const KINKED = 0.08;
const LEVELS = 10;

type Curve = (t: number) => Float64Array;

const STENCILS: Readonly<Record<number, readonly (readonly [at: number, weight: number])[]>> = {
  1: [
    [1, 0.5],
    [-1, -0.5],
  ],
  2: [
    [1, 1],
    [0, -2],
    [-1, 1],
  ],
  3: [
    [2, 0.5],
    [1, -1],
    [-1, 1],
    [-2, -0.5],
  ],
};

const furthest = (a: Float64Array, b: Float64Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

/**
 * Derivative of order 1, 2 or 3 of a curve at 0 by Ridders' method: central differences with steps that shrink by sqrt 2,
 * extrapolated in h^2 (Neville's scheme), and of all extrapolations the one that differs least from its two parents.
 */
function derivative(curve: Curve, order: number, step: number): Float64Array {
  let best = new Float64Array(0);
  let bestError = Number.POSITIVE_INFINITY;
  let above: Float64Array[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const h = step / 2 ** (level / 2);
    const first = new Float64Array(curve(0).length);
    for (const [at, weight] of STENCILS[order]!) {
      curve(at * h).forEach((value, i) => {
        first[i]! += (weight * value) / h ** order;
      });
    }
    const row = [first];
    for (let column = 1; column <= level; column++) {
      const [left, parent] = [row[column - 1]!, above[column - 1]!];
      const next = left.map((value, i) => value + (value - parent[i]!) / (2 ** column - 1));
      row.push(next);
      const error = Math.max(furthest(next, left), furthest(next, parent));
      if (error < bestError) [best, bestError] = [next, error];
    }
    above = row;
  }
  return best;
}

function expectClose(actual: Float64Array, expected: Float64Array, tolerance = CLOSE): void {
  const size = Math.max(...expected.map(Math.abs), 1e-3);
  let worst = 0;
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value);
    worst = error > worst || Number.isNaN(error) ? error : worst;
  });
  expect(worst / size).toBeLessThan(tolerance);
}

interface Case {
  readonly model: FiniteModel;
  readonly theta: Float64Array;
  /** of length 1 */
  readonly v: Float64Array;
  readonly x: { readonly data: Float64Array; readonly shape: number[] };
  /** cotangent of the outputs */
  readonly weights: Float64Array;
  readonly masked: boolean;
}

const SAMPLES = 2;

/** Running statistics are constants of a network: directions leave them where they are. */
function withoutStatistics({ tensors }: FiniteModel, v: Float64Array): Float64Array {
  for (const { role, offset, size } of tensors) {
    if (role === "mean" || role === "variance") v.fill(0, offset, offset + size);
  }
  return v;
}

function setUp(network: Network, seed: number): Case {
  const model = finiteModel(network);
  const unit = (at: number, length: number) => {
    const v = createRng(at).normals(new Float64Array(length));
    const size = Math.hypot(...v);
    return v.map((value) => value / size);
  };
  const outputs = model.outputShape.reduce((a, b) => a * b, 1);
  return {
    model,
    theta: initialParameters(model, { seed }),
    v: withoutStatistics(model, unit(seed + 1, model.parameterCount)),
    x: samplesFor(network, SAMPLES, seed + 2),
    weights: unit(seed + 3, SAMPLES * outputs),
    masked: JSON.stringify(network).includes("dropout"),
  };
}

/** Taylor coefficients 0 .. order at theta along v: of the outputs, and of the gradient of weights . outputs. */
function series({ model, theta, v, x, weights, masked }: Case, order: number, at = theta) {
  const jet = [at, v, null, null].slice(0, order + 1);
  // the same masks in every pass
  const masks = masked ? createRng(5) : null;
  const pass = passOf(model, jet, x.data, SAMPLES, { reverse: true, masks });
  const gradient = zeroGradients(order, model.parameterCount);
  pass.backward([weights, null, null, null].slice(0, order + 1), gradientVisitor(gradient));
  const outputs = pass.output.map((a) => a ?? new Float64Array(weights.length));
  return { outputs, gradient };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Everything of one case. */
function checkDerivatives(job: Case, step: number): void {
  const { theta, v, weights } = job;
  const { outputs, gradient } = series(job, 3);
  const at = (t: number) => theta.map((value, i) => value + t * v[i]!);
  const known = new Map<number, ReturnType<typeof series>>();
  const curve = (t: number) => {
    const there = known.get(t) ?? series(job, 0, at(t));
    known.set(t, there);
    return there;
  };
  const factorials = [1, 1, 2, 6];
  for (const order of [1, 2, 3]) {
    const times = (a: Float64Array) => a.map((value) => value * factorials[order]!);
    expectClose(
      times(outputs[order]!),
      derivative((t) => curve(t).outputs[0]!, order, step),
    );
    expectClose(
      times(gradient[order]!),
      derivative((t) => curve(t).gradient[0]!, order, step),
    );
    // the gradient along v is the slope of the outputs: g_k . v = (k + 1) f_(k + 1), to rounding
    const [left, right] = [dot(gradient[order - 1]!, v), order * dot(outputs[order]!, weights)];
    expect(Math.abs(left - right)).toBeLessThan(1e-12 * (1 + Math.abs(right)));
  }
  // the gradient is one of the outputs' in every direction, not only along v
  const other = withoutStatistics(
    job.model,
    theta.map((_, i) => Math.cos(7 * i + 1) / Math.sqrt(theta.length)),
  );
  const along = { ...job, v: other };
  const slope = series(along, 1);
  expect(Math.abs(dot(slope.outputs[1]!, weights) - dot(gradient[0]!, other))).toBeLessThan(1e-12);
  // Hessians are symmetric: u . H v = v . H u
  const [uHv, vHu] = [dot(other, gradient[1]!), dot(v, slope.gradient[1]!)];
  expect(Math.abs(uHv - vHu)).toBeLessThan(1e-12 * (1 + Math.abs(uHv)));
}

const dense = (units: number, rest: Partial<Layer> = {}): Layer =>
  ({ kind: "dense", units, weightVariance: 1.5, biasVariance: 0.3, ...rest }) as Layer;
const conv = (filter: readonly number[], rest: object = {}): Layer =>
  ({ kind: "conv", channels: 3, filter, weightVariance: 1.5, biasVariance: 0.3, ...rest }) as Layer;
const tanh: Layer = { kind: "activation", name: "tanh" };
const net = (input: readonly number[], layers: readonly Layer[], rest: object = {}): Network =>
  parseNetwork({ foretrain: 1, input, layers, ...rest });

/** The layer between others that vary with parameters before and after it. */
const line = (...layers: Layer[]) =>
  net([7, 2], [conv([1]), tanh, ...layers, tanh, { kind: "flatten" }, dense(2)]);
const image = (...layers: Layer[]) =>
  net([5, 4, 2], [conv([1, 1]), tanh, ...layers, tanh, { kind: "flatten" }, dense(2)]);
const vector = (...layers: Layer[]) => net([3], [dense(4), tanh, ...layers, dense(2)]);

const PADDINGS = ["same", "valid", "circular"] as const;
const LAYERS: Readonly<Record<string, Network>> = {
  "dense with bias": vector(dense(3), tanh),
  "dense without bias": net(
    [3],
    [dense(4, { biasVariance: 0 } as Partial<Layer>), tanh, dense(2, { biasVariance: 0 } as Partial<Layer>)],
  ),
  "dense, standard parameterization": net([3], [dense(4), tanh, dense(2)], { parameterization: "standard" }),
  "dense at every position": net([3, 2], [dense(4), tanh, dense(3), tanh, { kind: "flatten" }, dense(2)]),
  "conv, standard parameterization": net([5, 2], [conv([3]), tanh, conv([2])], {
    parameterization: "standard",
  }),
  "conv without bias": line(conv([3], { biasVariance: 0 })),
  ...Object.fromEntries(
    PADDINGS.flatMap((padding) => [
      [`1-D conv, ${padding}`, line(conv([3], { padding }))],
      [`1-D conv, ${padding}, stride 2`, line(conv([3], { padding, strides: [2] }))],
      [`2-D conv, ${padding}`, image(conv([3, 2], { padding }))],
      [`2-D conv, ${padding}, strides 2, 1`, image(conv([2, 3], { padding, strides: [2, 1] }))],
      [`avgPool, ${padding}, strides`, image({ kind: "avgPool", window: [2, 3], strides: [2, 1], padding })],
      [`sumPool, ${padding}`, line({ kind: "sumPool", window: [2], padding })],
    ]),
  ),
  "avgPool, same, normalized edges": image({
    kind: "avgPool",
    window: [3, 3],
    padding: "same",
    normalizeEdges: true,
  }),
  flatten: image({ kind: "flatten" }, dense(3)),
  globalAvgPool: image({ kind: "globalAvgPool" }),
  globalSumPool: line({ kind: "globalSumPool" }),
  "layerNorm over channels": image({ kind: "layerNorm" }),
  "layerNorm over positions and channels": image({ kind: "layerNorm", axes: [1, 2, 3] }),
  "layerNorm over one axis of positions": image({ kind: "layerNorm", axes: [2] }),
  "layerNorm of vectors": vector({ kind: "layerNorm" }, tanh),
  "batchNorm in evaluation": image({ kind: "batchNorm" }),
  // a dropout that keeps all makes it a pass of training
  "batchNorm in training": image({ kind: "dropout", keepRate: 1 }, { kind: "batchNorm", epsilon: 0.1 }),
  "batchNorm of vectors in training": vector(
    { kind: "dropout", keepRate: 1 },
    { kind: "batchNorm", epsilon: 0.5 },
    tanh,
  ),
  identity: vector({ kind: "identity" }),
  "dropout with masks": vector({ kind: "dropout", keepRate: 0.7 }, dense(4), tanh, {
    kind: "dropout",
    keepRate: 0.5,
  }),
  serial: vector({ kind: "serial", layers: [dense(3), tanh] }),
  repeat: vector({ kind: "repeat", times: 3, layers: [dense(4), tanh] }),
  "residual with identity": vector({ kind: "residual", layers: [dense(4), tanh] }),
  "residual with a shortcut": vector({ kind: "residual", layers: [dense(3), tanh], shortcut: [dense(3)] }),
  "parallel sum": vector({
    kind: "parallel",
    merge: "sum",
    branches: [[dense(3)], [tanh, dense(3)], [dense(3), tanh]],
  }),
  "parallel product": vector({
    kind: "parallel",
    merge: "product",
    branches: [[dense(3)], [tanh, dense(3)], [dense(3), tanh]],
  }),
  "parallel concat of channels": image({
    kind: "parallel",
    merge: "concat",
    branches: [[conv([2, 1])], [tanh]],
  }),
  "parallel concat of positions": image({
    kind: "parallel",
    merge: "concat",
    axis: 1,
    branches: [[conv([2, 1])], [tanh]],
  }),
};

/** Whose units stand on a linear piece. */
const PIECES: Readonly<Record<string, Network>> = {
  maxPool: image({ kind: "maxPool", window: [2, 2], strides: [2, 2] }),
  "maxPool, same, overlapping": image({ kind: "maxPool", window: [3, 2], strides: [2, 1], padding: "same" }),
  "maxPool, circular, 1-D": line({ kind: "maxPool", window: [3], strides: [2], padding: "circular" }),
  zeroPad: image({ kind: "zeroPad", margin: [1, 2] }),
};

describe("derivatives to order 3, by jets and back, agree with differences and with each other", () => {
  test.each(Object.keys(LAYERS))("%s", (name) => {
    checkDerivatives(setUp(LAYERS[name]!, 21), SMOOTH);
  });

  test.each(Object.keys(PIECES))("%s, on the piece where the units stand", (name) => {
    // a seed at which no maximum moves within the step
    checkDerivatives(setUp(PIECES[name]!, 22), KINKED);
  });

  test("the lists have every kind of layer", () => {
    const kinds = new Set(
      [
        ...JSON.stringify([...Object.values(LAYERS), ...Object.values(PIECES)]).matchAll(/"kind":"(\w+)"/g),
      ].map(([, kind]) => kind),
    );
    expect([...kinds].sort()).toEqual([
      "activation",
      "avgPool",
      "batchNorm",
      "conv",
      "dense",
      "dropout",
      "flatten",
      "globalAvgPool",
      "globalSumPool",
      "identity",
      "layerNorm",
      "maxPool",
      "parallel",
      "repeat",
      "residual",
      "serial",
      "sumPool",
      "zeroPad",
    ]);
  });
});

/** Parameters of activations that need some, or that are more telling than their defaults. */
const PARAMETERS: Readonly<Record<string, Record<string, unknown>>> = {
  expression: { expression: "x*tanh(x)" },
  abRelu: { a: 0.3, b: 1.2 },
  sin: { a: 1.1, b: 0.9, c: 0.3 },
  monomial: { degree: 3 },
  rectifiedMonomial: { degree: 2 },
  polynomial: { coefficients: [0.5, 1, -0.4, 0.2] },
  hermite: { degree: 3 },
};

const functions = activationNames()
  .map((name) => activation(name, PARAMETERS[name]))
  .filter(({ kernelOnly }) => !kernelOnly);
const jumps = functions.filter(
  ({ breakPoints, name }) => breakPoints.some(({ order }) => order === 0) && name !== "reciprocal",
);
const kinked = functions.filter((phi) => phi.breakPoints.length > 0 && !jumps.includes(phi));
const smooth = functions.filter(({ breakPoints }) => breakPoints.length === 0);

const withActivation = ({ name, parameters }: (typeof functions)[number]) =>
  net(
    [3],
    [
      dense(4),
      { kind: "activation", name, ...parameters } as Layer,
      dense(3),
      { kind: "activation", name, ...parameters } as Layer,
      dense(2),
    ],
  );

describe("derivatives of activations to order 3", () => {
  test.each(smooth.map((phi) => [phi.label, phi] as const))("%s", (_, phi) => {
    checkDerivatives(setUp(withActivation(phi), 31), SMOOTH);
  });

  test.each(kinked.map((phi) => [phi.label, phi] as const))(
    "%s, on the piece where the units stand",
    (_, phi) => {
      checkDerivatives(setUp(withActivation(phi), 31), KINKED);
    },
  );

  test("the lists have the whole catalogue but jumps, which have no gradient, and kernels without a function", () => {
    expect(jumps.map(({ name }) => name)).toEqual(["sign", "heaviside"]);
    expect(smooth.length + kinked.length).toBe(functions.length - 2);
    expect(functions.length).toBe(activationNames().length - 1);
  });
});

describe("the losses", () => {
  test.each(["squared", "crossEntropy", "logistic"] as const)(
    "gradient, Hessian and value agree, %s",
    (loss: Loss) => {
      const job = setUp(LAYERS["2-D conv, same"]!, 41);
      const { model, theta, v, x } = job;
      const shape = [SAMPLES, ...model.outputShape];
      const y = { data: Float64Array.of(0.8, 0.2, 0.3, 0.7), shape };
      const at = (t: number) =>
        lossGradient(
          model,
          theta.map((value, i) => value + t * v[i]!),
          x,
          y,
          { loss },
        );
      const { gradient } = at(0);
      const slope = derivative((t) => Float64Array.of(at(t).value), 1, SMOOTH);
      expectClose(Float64Array.of(dot(gradient, v)), slope);
      const product = hessianVectorProduct(model, theta, x, y, v, { loss });
      expectClose(
        product,
        derivative((t) => at(t).gradient, 1, SMOOTH),
      );
    },
  );
});

describe("the Jacobian", () => {
  test.each(["2-D conv, circular, strides 2, 1", "residual with a shortcut", "parallel product"])(
    "has the slope of every output in every parameter: %s",
    (name) => {
      const { model, theta, x } = setUp(LAYERS[name]!, 51);
      const { data, shape } = jacobian(model, theta, x);
      for (let p = 0; p < shape[1]; p++) {
        const curve = (t: number) => {
          const at = Float64Array.from(theta);
          at[p]! += t;
          return applyModel(model, at, x).data;
        };
        const column = Float64Array.from({ length: shape[0] }, (_, r) => data[r * shape[1] + p]!);
        expectClose(column, derivative(curve, 1, SMOOTH));
      }
    },
  );
});
