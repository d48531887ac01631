/**
 * Synthetic regression problems of one output, by seed: small enough for theories of single networks.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { NdArray } from "../numeric/matrix.js";
import { createRng, type Rng } from "../numeric/random.js";

export const REGRESSION_NAMES = ["sine", "autoregressive"] as const;
/** Names of synthetic regression problems. */
export type RegressionName = (typeof REGRESSION_NAMES)[number];

/** Numbers of samples and inputs of a regression problem, and its seed. */
export interface RegressionOptions {
  /** numbers of samples, >= 1 and >= 0 */
  readonly train: number;
  readonly test: number;
  /** numbers in one input, >= 1 */
  readonly inputs: number;
  readonly seed: number;
}

/** Inputs [n, inputs] and targets [n, 1]. */
export interface RegressionProblem {
  readonly train: { readonly x: NdArray<Float64Array>; readonly y: NdArray<Float64Array> };
  readonly test: { readonly x: NdArray<Float64Array>; readonly y: NdArray<Float64Array> };
}

/** Standard deviation of the noise in the targets of `sine`. */
const LABEL_NOISE = 0.1;
/** x_t = 1.5 x_(t-1) - 0.8 x_(t-2) + e_t: damped oscillations with a period of some 11 steps. */
const AUTOREGRESSION = [1.5, -0.8] as const;
/** its stationary variance at unit e: (1 - b) / ((1 + b) ((1 - b)^2 - a^2)) */
const STATIONARY_VARIANCE = (() => {
  const [a, b] = AUTOREGRESSION;
  return (1 - b) / ((1 + b) * ((1 - b) ** 2 - a ** 2));
})();
const BURN_IN = 200;

function sine(rng: Rng, count: number, inputs: number, noisy: boolean): RegressionProblem["train"] {
  const x = new Float64Array(count * inputs);
  const y = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < inputs; k++) {
      const value = inputs === 1 ? 4 * rng.uniform() - 2 : rng.normal();
      x[i * inputs + k] = value;
      sum += value;
    }
    y[i] = Math.sin((2 * sum) / Math.sqrt(inputs)) + (noisy ? LABEL_NOISE * rng.normal() : 0);
  }
  return { x: { data: x, shape: [count, inputs] }, y: { data: y, shape: [count, 1] } };
}

function autoregressive(rng: Rng, count: number, inputs: number): RegressionProblem["train"] {
  const length = BURN_IN + count * (inputs + 1);
  const series = new Float64Array(length);
  const scale = 1 / Math.sqrt(STATIONARY_VARIANCE);
  for (let t = 0; t < length; t++) {
    series[t] =
      AUTOREGRESSION[0] * (series[t - 1] ?? 0) +
      AUTOREGRESSION[1] * (series[t - 2] ?? 0) +
      scale * rng.normal();
  }
  const x = new Float64Array(count * inputs);
  const y = new Float64Array(count);
  // windows do not overlap
  for (let i = 0; i < count; i++) {
    const from = BURN_IN + i * (inputs + 1);
    x.set(series.subarray(from, from + inputs), i * inputs);
    y[i] = series[from + inputs]!;
  }
  return { x: { data: x, shape: [count, inputs] }, y: { data: y, shape: [count, 1] } };
}

/**
 * A problem by name. `sine`: y = sin(2 sum x / sqrt(inputs)), x uniform in [-2, 2] (one input) or standard normal, with noise of deviation
 * 0.1 in the train targets. `autoregressive`: windows of a stationary series x_t = 1.5 x_(t-1) - 0.8 x_(t-2) + e_t of unit variance, the
 * target is what follows the window.
 * @throws ERR_SPEC for an unknown name; ERR_DOMAIN for numbers of samples or inputs that make no sense
 */
export function regressionProblem(name: RegressionName, options: RegressionOptions): RegressionProblem {
  const { train, test, inputs, seed } = options;
  for (const [argument, got, least] of [
    ["train", train, 1],
    ["test", test, 0],
    ["inputs", inputs, 1],
  ] as const) {
    if (!(Number.isSafeInteger(got) && got >= least)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `regressionProblem: ${argument} is ${got}, expected a whole number >= ${least}`,
        { argument, got, expected: least },
      );
    }
  }
  const rng = createRng(seed).fork(`regression ${name}`);
  switch (name) {
    case "sine":
      return {
        train: sine(rng.fork("train"), train, inputs, true),
        test: sine(rng.fork("test"), test, inputs, false),
      };
    case "autoregressive":
      return {
        train: autoregressive(rng.fork("train"), train, inputs),
        test: autoregressive(rng.fork("test"), test, inputs),
      };
    default:
      throw new ForetrainError(
        "ERR_SPEC",
        `regressionProblem: name is ${JSON.stringify(name)}, expected ${REGRESSION_NAMES.join(" or ")}`,
        { argument: "name", got: name, expected: REGRESSION_NAMES },
      );
  }
}
