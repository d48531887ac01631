/**
 * The limit of wide shallow networks, and the leading spread around it.
 *
 *   h_t(X) = (I - e^{-alpha A t / M}) Y          mean
 *   K_t = G - A(., X) A^{-1} (I - e^{-alpha A t / M}) G(X)          how the random initial output G is carried along
 *   Var g ~ N^(1 - 2 gamma) Var K_t + Sigma_t / N          spread over initializations, and over the draws of SGD
 *
 * Source: paper E, limit, Gaussian term, variance.
 * @module
 */
import { initializationModes, meanOutputs, outputCovariance, spectralModel } from "../dynamics/index.js";
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { odeSteps, toEndInPieces } from "../numeric/ode.js";
import type { LongWork } from "../progress.js";
import type { Clock } from "../trainability/index.js";
import { shallowKernels } from "./kernels.js";
import type { ShallowProblem } from "./particle-expansion.js";
import { activationOfShallow, requireCentred } from "./shallow.js";

/** Limit, variances and covariances of outputs as N grows (paper E). */
export interface ShallowLimit {
  readonly times: readonly number[];
  /** h at every time, on the training points [M] and the further ones [m] */
  readonly train: readonly Float64Array[];
  readonly test: readonly Float64Array[] | null;
  /** Var K_t at the points */
  readonly trainVariance: readonly Float64Array[];
  readonly testVariance: readonly Float64Array[] | null;
  /** diagonal of Sigma_t; null unless asked for */
  readonly trainNoise: readonly Float64Array[] | null;
  readonly testNoise: readonly Float64Array[] | null;
}

export interface ShallowLimitOptions extends LongWork {
  /** also Sigma_t, the covariance that comes from SGD's random samples; O((M + m)^2) state. Default false */
  readonly noise?: boolean | undefined;
  /** full batches whose steps stand for this much time, as `timeStep` of `trainShallow`, instead of the flow; not with `noise` */
  readonly timeStep?: number | undefined;
}

/**
 * The limit at the problem's times; Infinity is allowed without `noise`. With `timeStep` d the exponentials above are the powers
 * (I - alpha d A / M)^{t / d} of full-batch steps, times rounded to whole steps.
 * Theory notes E1.1, E3.1.
 * @throws ERR_SHAPE for targets that are not one for each row of x; ERR_DOMAIN for a `timeStep` that is not positive or comes with `noise`
 */
export async function shallowLimit(
  problem: ShallowProblem,
  { noise = false, timeStep, ...work }: ShallowLimitOptions = {},
): Promise<ShallowLimit> {
  const { network, particles, x, y, testX, alpha = 1, times } = problem;
  const activation = activationOfShallow(network, "shallowLimit");
  requireCentred(network, "shallowLimit");
  if (y.length !== x.shape[0]) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `shallowLimit: y has ${y.length} numbers, expected ${x.shape[0]}, one for each row of x`,
      { argument: "y", got: y.length, expected: x.shape[0] },
    );
  }
  if (timeStep !== undefined && !(timeStep > 0 && !noise)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `shallowLimit: timeStep is ${timeStep}${noise ? " with noise" : ""}, expected a number > 0 without noise: SGD's samples are drawn 1 / N apart`,
      { argument: "timeStep", got: timeStep },
    );
  }
  const ofTrain = shallowKernels(activation, particles, x, null);
  const between = testX === undefined ? null : shallowKernels(activation, particles, testX, x);
  const ofTest = testX === undefined ? null : shallowKernels(activation, particles, testX, null);
  const model = await spectralModel(ofTrain.training, work);
  const modes = initializationModes(model, {
    nngpTrain: ofTrain.initial,
    testTrain: between?.training ?? null,
    nngpTestTrain: between?.initial ?? null,
    nngpTest: ofTest?.initial ?? null,
  });
  const clocks = times.map(
    (t): Clock =>
      timeStep === undefined
        ? { kind: "flow", time: alpha * t }
        : { kind: "gd", learningRate: alpha * timeStep, steps: Math.round(t / timeStep) },
  );
  const means = [
    ...meanOutputs(model, { targets: matrix(y.length, 1, y), testTrain: between?.training ?? null }, clocks),
  ];
  const spreads = clocks.map((clock) => outputCovariance(modes, clock));
  const sigma = noise
    ? await samplingNoise(ofTrain.training, between?.training ?? null, y, alpha, times, work.signal)
    : null;
  const m = y.length;
  return {
    times,
    train: means.map((at) => at.train.data),
    test: testX === undefined ? null : means.map((at) => at.test!.data),
    trainVariance: spreads.map((at) => at.train as Float64Array),
    testVariance: testX === undefined ? null : spreads.map((at) => at.test as Float64Array),
    trainNoise: sigma?.map((all) => all.slice(0, m)) ?? null,
    testNoise: testX === undefined ? null : (sigma?.map((all) => all.slice(m)) ?? null),
  };
}

/**
 * Diagonal of Sigma_t over all points, from
 *
 *   dSigma/dt = -(alpha / M) (A_X Sigma + Sigma A_X^T) + alpha^2 [ A(., X) diag(r^2) A(X, .) / M - A(., X) r r^T A(X, .) / M^2 ],   r = Y - h_t
 *
 * Theory notes E3.1, O2.
 */
async function samplingNoise(
  train: Matrix,
  testTrain: Matrix | null,
  y: Float64Array,
  alpha: number,
  times: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float64Array[]> {
  const m = y.length;
  const all = m + (testTrain?.shape[0] ?? 0);
  const a = new Float64Array(all * m); // A(., X)
  a.set(train.data);
  if (testTrain !== null) a.set(testTrain.data, m * m);
  const slope = (_: number, state: Float64Array, out: Float64Array) => {
    const h = state.subarray(0, m);
    const sigma = state.subarray(m);
    out.fill(0);
    const weighted = new Float64Array(all * m);
    const drift = new Float64Array(all);
    for (let i = 0; i < all; i++) {
      for (let j = 0; j < m; j++) {
        const r = y[j]! - h[j]!;
        weighted[i * m + j] = a[i * m + j]! * r;
        drift[i]! += weighted[i * m + j]!;
      }
    }
    for (let i = 0; i < m; i++) out[i] = (alpha / m) * drift[i]!;
    for (let i = 0; i < all; i++) {
      for (let k = 0; k <= i; k++) {
        let [decay, gain] = [0, 0];
        for (let j = 0; j < m; j++) {
          decay += a[i * m + j]! * sigma[j * all + k]! + a[k * m + j]! * sigma[i * all + j]!;
          gain += weighted[i * m + j]! * weighted[k * m + j]!;
        }
        const value = (-alpha / m) * decay + alpha ** 2 * (gain / m - (drift[i]! * drift[k]!) / m ** 2);
        out[m + i * all + k] = value;
        out[m + k * all + i] = value;
      }
    }
  };
  const states = await toEndInPieces(odeSteps(slope, new Float64Array(m + all * all), times), signal);
  return states.map((state) =>
    Float64Array.from({ length: all }, (_, i) => Math.max(0, state[m + i * all + i]!)),
  );
}

/** N^(1 - 2 gamma) Var K_t + Sigma_t / N, the predicted variance of a network of N units. Theory notes E3.1. */
export function shallowVariance(
  variance: Float64Array,
  noise: Float64Array | null,
  units: number,
  gamma: number,
): Float64Array {
  const factor = units ** (1 - 2 * gamma);
  return variance.map((value, i) => factor * value + (noise === null ? 0 : noise[i]! / units));
}
