/**
 * Spread of the outputs that noise in the updates causes, in the linear model (paper A, first order).
 *
 *   d theta = -grad L dt + s dW,     t = learning rate x steps
 *
 * The mean is that of training without noise. With Theta = U diag(lambda) U^T and p = U^T Theta(X, x):
 *
 *   Cov f_t(X) = s^2 U diag( n (1 - e^{-2 lambda t / n}) / 2 ) U^T          ends at s^2 n / 2 whatever the kernel
 *   Var f_t(x) = s^2 [ t (Theta(x, x) - sum p^2 / lambda) + sum n p^2 (1 - e^{-2 lambda t / n}) / (2 lambda^2) ]
 *
 * Outside the span of the training gradients the weights diffuse, and the variance grows with t. Gradient descent with
 * steps eta has noise of variance s^2 eta in every step, so that small steps give the same.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { matmul } from "../../numeric/linalg/index.js";
import type { Matrix } from "../../numeric/matrix.js";
import { type Clock, checkClock } from "../../trainability/index.js";
import { expectShape, type SpectralModel } from "../model.js";

/** Kernels, size of the noise and times of `noiseVariance`. */
export interface NoiseVarianceInput {
  /** s >= 0 */
  readonly noise: number;
  /** kernel between test and train points [m, n] and its diagonal among the test points [m] */
  readonly test?: { readonly train: Matrix; readonly diagonal: Float64Array } | undefined;
}

/** What noise in the weights adds to variances and losses of the linear model. */
export interface NoiseVariance {
  readonly clock: Clock;
  /** [n] */
  readonly train: Float64Array;
  /** [m]; Infinity after infinite training where the weights diffuse; null without test points */
  readonly test: Float64Array | null;
}

/** Clocks at which the noise of the weights is known. */
export type NoiseClock = Exclude<Clock, { kind: "momentumFlow" }>;

/** Variance, per s^2, that noise has given to the weight along a mode with rate lambda / n. */
export function weightVariance(lambda: number, n: number, clock: NoiseClock): number {
  const a = lambda / n;
  if (clock.kind === "flow") {
    if (a === 0) return clock.time;
    return -Math.expm1(-2 * a * clock.time) / (2 * a);
  }
  const { learningRate: eta, steps } = clock;
  if (a === 0) return eta * steps;
  const x = eta * a;
  if (x === 2) return eta * steps;
  if (steps === 0) return 0;
  // (1 - (1 - x)^(2 k)) / (x (2 - x)) steps of variance eta, also where 1 - x rounds to 1
  const rate = x < 1 ? Math.log1p(-x) : Math.log(x - 1);
  return (-eta * Math.expm1(2 * steps * rate)) / (x * (2 - x));
}

/**
 * Variance of every output at every clock; all outputs of the network have the same.
 * Theory notes A2.2.
 * @throws ERR_DOMAIN for negative noise, and for clocks with momentum; ERR_SHAPE for kernels that do not fit
 */
export function noiseVariance(
  model: SpectralModel,
  { noise, test }: NoiseVarianceInput,
  clocks: readonly Clock[],
): NoiseVariance[] {
  if (!(noise >= 0 && Number.isFinite(noise))) {
    throw new ForetrainError("ERR_DOMAIN", `noiseVariance: noise is ${noise}, expected a number >= 0`, {
      argument: "noise",
      got: noise,
    });
  }
  const { samples: n, values, vectors } = model;
  if (test !== undefined) {
    expectShape("noiseVariance", "test.train", test.train, -1, n);
    if (test.diagonal.length !== test.train.shape[0]) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `noiseVariance: test.diagonal has ${test.diagonal.length} numbers, expected ${test.train.shape[0]}`,
        { argument: "test.diagonal", got: test.diagonal.length, expected: test.train.shape[0] },
      );
    }
  }
  const modes = test === undefined ? null : matmul(test.train, vectors).data; // p, [m, n]
  return clocks.map((clock) => {
    checkClock(clock, "noiseVariance");
    if (clock.kind === "momentumFlow" || (clock.kind === "gd" && (clock.momentum ?? 0) !== 0)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        "noiseVariance: momentum is not 0; the variance with momentum is not known here, leave momentum out",
        { argument: "momentum", got: clock.momentum, expected: 0 },
      );
    }
    const spreads = values.map((lambda) => weightVariance(lambda, n, clock));
    const flat = weightVariance(0, n, clock);
    const train = Float64Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < n; k++) {
        if (values[k]! > 0) sum += vectors.data[i * n + k]! ** 2 * values[k]! * spreads[k]!;
      }
      return noise ** 2 * sum;
    });
    const at =
      modes === null
        ? null
        : Float64Array.from(test!.diagonal, (diagonal, i) => {
            let [outside, inside] = [diagonal, 0];
            for (let k = 0; k < n; k++) {
              if (values[k]! <= 0) continue;
              const share = modes[i * n + k]! ** 2 / values[k]!;
              outside -= share;
              inside += share * spreads[k]!;
            }
            if (noise === 0) return 0; // also after infinite time
            // what rounding leaves of a test point in the span of the training gradients is no diffusion
            const diffusing = outside > 1e-12 * n * diagonal ? outside : 0;
            return noise ** 2 * ((diffusing === 0 ? 0 : flat * diffusing) + inside);
          });
    return { clock, train, test: at };
  });
}
