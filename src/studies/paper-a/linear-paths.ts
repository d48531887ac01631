/**
 * Noise in the linear model of a network: simulated in the space of the weights, and in closed form.
 * @module
 */
import { regressionProblem } from "../../data/index.js";
import { linearNoise } from "../../dynamics/index.js";
import { applyModel, finiteModel, initialParameters, jacobian } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { breathe } from "../../progress.js";

export const [TRAIN, TEST] = [5, 2];
const INPUTS = 3;
const RATE = 0.25;
/** steps after which paths are looked at */
export const STEPS = [8, 16, 32, 64, 128, 192, 256, 320, 384];
export const TIMES = STEPS.map((steps) => RATE * steps);

/** A random network of one hidden layer, with 5 train and 2 test points. */
function problemOf(width: number, seed: number) {
  const model = finiteModel(
    network(
      input([INPUTS]),
      dense(width, { weightVariance: 1, biasVariance: 1 }),
      activationLayer("tanh"),
      dense(1, { weightVariance: 1 }),
    ),
  );
  const { train, test } = regressionProblem("sine", { train: TRAIN, test: TEST, inputs: INPUTS, seed });
  return { model, parameters: initialParameters(model, { seed }), ...train, testX: test.x, testY: test.y };
}

const stacked = (a: NdArray<Float64Array>, b: NdArray<Float64Array>): NdArray<Float64Array> => ({
  data: Float64Array.of(...a.data, ...b.data),
  shape: [a.shape[0]! + b.shape[0]!, ...a.shape.slice(1)],
});

/** Sums over paths at one time. */
export interface LinearSample {
  readonly mean: number[];
  readonly meanError: number[];
  readonly variance: number[];
  readonly varianceError: number[];
  /** 1/n |f - y|^2 on the train points, and on the test points */
  readonly loss: readonly [number, number];
  readonly lossError: readonly [number, number];
}

export type LinearWalk = {
  readonly noise: number;
  readonly width: number;
  readonly paths: number;
  readonly seed: number;
};

/** Noisy gradient descent on f_0 + J w in the space of the weights. */
export async function linearWalk(
  { noise, width, paths, seed }: LinearWalk,
  signal: AbortSignal | undefined,
): Promise<LinearSample[]> {
  const problem = problemOf(width, seed);
  const { model, parameters, x, y, testX, testY } = problem;
  const points = stacked(x, testX);
  const targets = [...y.data, ...testY.data];
  const start = applyModel(model, parameters, points).data;
  const j = jacobian(model, parameters, points).data;
  const [rows, count] = [TRAIN + TEST, model.parameterCount];
  const rng = createRng(seed).fork(`linear model, s = ${noise}`);
  const sums = STEPS.map(() =>
    Array.from({ length: 3 }, () => new Float64Array(rows)).concat(
      Array.from({ length: 2 }, () => new Float64Array(2)),
    ),
  );
  const quiet: Float64Array[] = [];
  const xi = new Float64Array(count);
  const push = new Float64Array(TRAIN);
  const spread = noise * Math.sqrt(RATE);
  const outputs = (w: Float64Array, upTo: number) => {
    const out = new Float64Array(upTo);
    for (let i = 0; i < upTo; i++) {
      let sum = start[i]!;
      for (let k = 0; k < count; k++) sum += j[i * count + k]! * w[k]!;
      out[i] = sum;
    }
    return out;
  };
  for (let path = -1; path < paths; path++) {
    if (path % 50 === 0) await breathe(signal);
    // the first path is that without noise
    const stream = path < 0 ? null : rng.fork("path", path);
    const w = new Float64Array(count);
    let done = 0;
    for (const [at, until] of STEPS.entries()) {
      for (; done < until; done++) {
        outputs(w, TRAIN).forEach((f, i) => {
          push[i] = (-RATE * (f - targets[i]!)) / TRAIN;
        });
        stream?.normals(xi);
        for (let k = 0; k < count; k++) {
          let step = stream === null ? 0 : spread * xi[k]!;
          for (let i = 0; i < TRAIN; i++) step += push[i]! * j[i * count + k]!;
          w[k]! += step;
        }
      }
      const f = outputs(w, rows);
      if (path < 0) {
        quiet.push(f);
        continue;
      }
      const [one, two, four, loss, square] = sums[at]!;
      const losses = [0, 0];
      f.forEach((value, i) => {
        const d = value - quiet[at]![i]!;
        one![i]! += d;
        two![i]! += d ** 2;
        four![i]! += d ** 4;
        losses[i < TRAIN ? 0 : 1]! += (value - targets[i]!) ** 2 / (i < TRAIN ? TRAIN : TEST);
      });
      losses.forEach((value, k) => {
        loss![k]! += value;
        square![k]! += value ** 2;
      });
    }
  }
  const error = (mean: number, square: number) => Math.sqrt(Math.max(0, square - mean ** 2) / (paths - 1));
  return sums.map((all, at) => {
    const [one, two, four, loss, square] = all.map((sum) => Array.from(sum, (value) => value / paths));
    return {
      mean: one!.map((d, i) => quiet[at]![i]! + d),
      meanError: one!.map((d, i) => error(d, two![i]!)),
      variance: two!.map((v, i) => v - one![i]! ** 2),
      varianceError: two!.map((v, i) => error(v, four![i]!)),
      loss: [loss![0]!, loss![1]!],
      lossError: [error(loss![0]!, square![0]!), error(loss![1]!, square![1]!)],
    };
  });
}

/** The closed form for the same steps, and in the limit of small ones. */
export async function linearTheory(noise: number, width: number, seed: number) {
  const problem = { ...problemOf(width, seed), noise };
  const steps = STEPS.map((count) => ({ kind: "gd", learningRate: RATE, steps: count }) as const);
  const flow = TIMES.map((time) => ({ kind: "flow", time }) as const);
  const rows = TRAIN + TEST;
  const read = async (clocks: typeof steps | typeof flow) =>
    (await linearNoise({ ...problem, clocks })).map(({ mean, covariance, loss }) => ({
      mean: Array.from(mean),
      variance: Array.from(mean, (_, i) => covariance.data[i * (rows + 1)]!),
      train: 2 * loss,
    }));
  const late = await read([2000, 4000, 6000].map((time) => ({ kind: "flow", time }) as const));
  const [end] = await linearNoise({ ...problem, clocks: [{ kind: "flow", time: 1e6 }] });
  return {
    steps: await read(steps),
    flow: await read(flow),
    late: late.map(({ variance }) => variance),
    floor: 2 * end!.loss,
  };
}
