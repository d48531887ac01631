/**
 * A network and its linear model trained side by side, along one path of noise.
 *
 *   network       theta_(k+1) = theta_k - h grad L(theta_k) + s sqrt(h) xi_k
 *   linear model  w_(k+1) = w_k - (h / n) J^T (f_0 + J w_k - y) + s sqrt(h) xi_k,   f_t^(1) = f_0 + J w,   the same xi_k
 * @module
 */
import { regressionProblem } from "../../data/index.js";
import { lazyExpansion, lazyFlow, sumOfTerms } from "../../dynamics/index.js";
import { applyModel, finiteModel, initialParameters, jacobian, lossGradient } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { gaussHermite } from "../../numeric/quadrature/index.js";
import { createRng, type Rng } from "../../numeric/random.js";
import { breathe } from "../../progress.js";
import type { NoisyProblem } from "./portable-network.js";

/** Time of one step of gradient descent. */
export const STEP = 0.05;
/** steps after which outputs are compared */
export const STEPS = [1, 2, 4, 8, 16, 32, 64] as const;
export const TIMES = STEPS.map((steps) => STEP * steps);
export const [TRAIN, TEST] = [8, 5];

export type PartingCase = {
  readonly activation: "tanh" | "relu";
  readonly depth: number;
  readonly width: number;
  readonly network: number;
  readonly seed: number;
};

/**
 * Problem of a network of `depth` hidden layers with normal weights; inputs depend on the seed only. Targets are those of the sine plus
 * the outputs at the start: all networks learn the same residuals, as if from outputs 0.
 */
export function partingProblem({ activation, depth, width, network: index, seed }: PartingCase) {
  const hidden = Array.from({ length: depth }, () => [
    dense(width, { weightVariance: 1, biasVariance: 1 }),
    activationLayer(activation),
  ]);
  const model = finiteModel(network(input([1]), ...hidden.flat(), dense(1, { weightVariance: 1 })));
  const rng = createRng(seed).fork(`${activation}, ${depth} layers, width ${width}`, index);
  const { train, test } = regressionProblem("sine", { train: TRAIN, test: TEST, inputs: 1, seed });
  const parameters = initialParameters(model, { seed: rng });
  const start = applyModel(model, parameters, train.x).data;
  const y = { data: train.y.data.map((target, i) => target + start[i]!), shape: train.y.shape };
  return { model, parameters, x: train.x, y, testX: test.x, noise: rng.fork("noise") };
}

const stacked = (a: NdArray<Float64Array>, b: NdArray<Float64Array>): NdArray<Float64Array> => ({
  data: Float64Array.of(...a.data, ...b.data),
  shape: [a.shape[0]! + b.shape[0]!, ...a.shape.slice(1)],
});

/** Outputs of both after some steps, train rows then test rows. */
export interface Outputs {
  readonly network: Float64Array;
  readonly linear: Float64Array;
}

/** Trains both for every strength of noise, all along the same xi, and looks at them after `steps`: [noise][look]. */
export async function sideBySide(
  { model, parameters, x, y, testX }: NoisyProblem,
  noises: readonly number[],
  stream: Rng,
  {
    signal,
    steps = STEPS,
  }: { readonly signal?: AbortSignal | undefined; readonly steps?: readonly number[] } = {},
): Promise<Outputs[][]> {
  const points = stacked(x, testX);
  const [n, rows, count] = [x.shape[0]!, points.shape[0]!, model.parameterCount];
  const start = applyModel(model, parameters, points).data;
  const j = jacobian(model, parameters, points).data;
  // w = s B + J^T c: all of the linear model that outputs see is J B, one for every strength, and c
  const kernel = Array.from({ length: rows }, (_, a) =>
    Float64Array.from({ length: n }, (_, b) => along(j, a * count, j, b * count, count)),
  );
  const brownian = new Float64Array(rows);
  const linear = ({ noise, c }: { noise: number; c: Float64Array }) =>
    start.map((f, i) => f + noise * brownian[i]! + along(kernel[i]!, 0, c, 0, n));
  const both = noises.map((noise) => ({
    noise,
    theta: parameters.slice(),
    c: new Float64Array(n),
    found: [] as Outputs[],
  }));
  const xi = noises.some((noise) => noise > 0) ? new Float64Array(count) : null;
  let done = 0;
  for (const until of steps) {
    for (; done < until; done++) {
      await breathe(signal);
      if (xi !== null) stream.normals(xi);
      for (const one of both) {
        const { noise, theta, c } = one;
        const f = linear(one);
        for (let i = 0; i < n; i++) c[i]! -= (STEP * (f[i]! - y.data[i]!)) / n;
        const { gradient } = lossGradient(model, theta, x, y);
        const spread = noise * Math.sqrt(STEP);
        for (let k = 0; k < count; k++) {
          theta[k]! += (xi === null ? 0 : spread * xi[k]!) - STEP * gradient[k]!;
        }
      }
      if (xi === null) continue;
      for (let i = 0; i < rows; i++) brownian[i]! += Math.sqrt(STEP) * along(j, i * count, xi, 0, count);
    }
    for (const one of both) {
      one.found.push({ network: applyModel(model, one.theta, points).data, linear: linear(one) });
    }
  }
  return both.map(({ found }) => found);
}

/** Sum of `count` products, from `i` in `a` and from `k` in `b`. */
function along(a: Float64Array, i: number, b: Float64Array, k: number, count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += a[i + at]! * b[k + at]!;
  return sum;
}

const meanSquare = (values: Float64Array) => values.reduce((sum, v) => sum + v * v, 0) / values.length;

/** Mean square over points of what the linear model misses, [noise][time]. */
export async function partingOf(
  input: PartingCase & { readonly noises: readonly number[] },
  how: Parameters<typeof sideBySide>[3] = {},
): Promise<number[][]> {
  const { noise, ...problem } = partingProblem(input);
  const outputs = await sideBySide(problem, input.noises, noise, how);
  return outputs.map((at) =>
    at.map(({ network, linear }) => meanSquare(network.map((f, i) => f - linear[i]!))),
  );
}

/** Mean square over points of what orders 1, 2, 3 of gradient flow without noise miss at a time. */
export function ordersOf(input: PartingCase & { readonly time: number }): number[] {
  const { noise: _, ...problem } = partingProblem(input);
  const common = { ...problem, times: [input.time], tolerance: 1e-9 };
  const flow = lazyFlow(common);
  const expansion = lazyExpansion({ ...common, order: 3 });
  const exact = Float64Array.of(...flow.train[0]!, ...flow.test![0]!);
  return [1, 2, 3].map((order) => {
    const sums = Float64Array.of(
      ...sumOfTerms(expansion.start.train, expansion.train, 0, 1, order),
      ...sumOfTerms(expansion.start.test!, expansion.test!, 0, 1, order),
    );
    return meanSquare(exact.map((f, i) => f - sums[i]!));
  });
}

/**
 * Mean square over networks and points of what noise alone adds in one step of time h to a tanh network of one hidden layer:
 * xi^T H xi s^2 h / 2 has variance s^4 h^2 |H|^2 / 2 and mean s^2 h tr H / 2 over xi; over networks, with q = 1 + x^2 and z ~ N(0, q),
 *
 *   s^4 h^2 [ 3/4 q^2 E tanh''(z)^2 + q E tanh'(z)^2 ]     at every width, up to the next order in s^2 h q
 */
export function firstStepLaw(noise: number, seed: number): number {
  const { train, test } = regressionProblem("sine", { train: TRAIN, test: TEST, inputs: 1, seed });
  const { nodes, weights } = gaussHermite(200);
  const at = (x: number) => {
    const q = 1 + x * x;
    let sum = 0;
    nodes.forEach((node, i) => {
      const t = Math.tanh(Math.sqrt(q) * node);
      const slope = 1 - t * t;
      sum += weights[i]! * (0.75 * (2 * q * t * slope) ** 2 + q * slope ** 2);
    });
    return sum;
  };
  const points = [...train.x.data, ...test.x.data];
  return (noise ** 4 * STEP ** 2 * points.reduce((sum, x) => sum + at(x), 0)) / points.length;
}
