/**
 * What gamma does to a shallow network of N units: mean, spread, and the expected squared error they make.
 * @module
 */
import { ForetrainError, isForetrainError } from "../errors.js";
import type { Matrix } from "../numeric/matrix.js";
import { toEndInPieces } from "../numeric/ode.js";
import { breathe, type LongWork } from "../progress.js";
import { type ExpansionOrder, expansionOrder } from "./expansion-order.js";
import { type ShallowLimit, shallowLimit, shallowVariance } from "./limit.js";
import {
  meanFieldFlowSteps,
  type ShallowExpansion,
  type ShallowProblem,
  shallowExpansionSteps,
} from "./particle-expansion.js";
import { isCentred } from "./shallow.js";

export interface GammaForecastInput extends LongWork {
  readonly problem: ShallowProblem;
  /** N */
  readonly units: number;
  /** each from 1/2 to 1 */
  readonly gammas: readonly number[];
  /** targets [m] of `problem.testX`; their errors are then summed up too */
  readonly testY?: Float64Array | undefined;
  /** most corrections Q^j that are computed, default 3; where more count, the mean is the flow that has them all */
  readonly corrections?: number | undefined;
  /** also the noise of SGD's samples, default true; false for full-batch training */
  readonly noise?: boolean | undefined;
}

/** Squared errors, means over points. */
export interface ErrorParts {
  /** squared bias, (y - mean)^2 */
  readonly bias: number;
  /** N^(1 - 2 gamma) Var K_t; null where there is no limit */
  readonly initialization: number | null;
  /** Sigma_t / N; null without noise or limit */
  readonly samples: number | null;
  /** the sum of what is there: the expected squared error of one network */
  readonly total: number;
}

/** Outputs at points: expectation and variance over networks. */
export interface GammaOutputs {
  /** [points] at every time */
  readonly mean: readonly Float64Array[];
  /** null where there is no limit */
  readonly variance: readonly Float64Array[] | null;
  /** null without targets */
  readonly errors: readonly ErrorParts[] | null;
}

/** What is forecast at one gamma. */
export interface GammaPoint {
  readonly gamma: number;
  /** N^(gamma - 1) */
  readonly eps: number;
  readonly order: ExpansionOrder;
  /** corrections that are in the mean; Infinity: all, by the flow at eps */
  readonly counted: number;
  /** largest |eps^j Q^j| at the last time over all points, j = 1, 2, ...; empty where there is no expansion */
  readonly termSizes: readonly number[];
  readonly train: GammaOutputs;
  readonly test: GammaOutputs | null;
}

/** Forecasts for a list of gammas (paper E). */
export interface GammaForecast {
  readonly units: number;
  readonly times: readonly number[];
  /** E C = 0: only then there is a limit with spread; otherwise the mean alone, by the flow at eps */
  readonly centred: boolean;
  readonly limit: ShallowLimit | null;
  readonly expansion: ShallowExpansion | null;
  /** why there are no corrections, for activations that are not smooth; the mean is then the flow wherever they would count */
  readonly refusal: string | null;
  readonly gammas: readonly GammaPoint[];
}

const DEFAULT_CORRECTIONS = 3;

/** h + sum_j eps^j Q^j over the first `count` corrections. */
function partialSum(
  terms: readonly (readonly Float64Array[])[],
  count: number,
  eps: number,
  time: number,
): Float64Array {
  const out = Float64Array.from(terms[0]![time]!);
  for (let j = 1; j <= count; j++) {
    const term = terms[j]![time]!;
    for (let i = 0; i < out.length; i++) out[i]! += eps ** j * term[i]!;
  }
  return out;
}

const average = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

function errorParts(
  targets: Float64Array,
  mean: Float64Array,
  variance: Float64Array | null,
  noise: Float64Array | null,
  units: number,
  gamma: number,
): ErrorParts {
  const bias = average(mean.map((value, i) => (targets[i]! - value) ** 2));
  const initialization = variance === null ? null : average(shallowVariance(variance, null, units, gamma));
  const samples = noise === null ? null : average(noise) / units;
  return { bias, initialization, samples, total: bias + (initialization ?? 0) + (samples ?? 0) };
}

/**
 * The forecast at each gamma. Mean: h + eps Q^1 + ... with the nu - 1 corrections that stand above the random term, or the flow with
 * all of them where that is more than `corrections` (gamma = 1: the mean-field limit). Spread: N^(1 - 2 gamma) Var K_t + Sigma_t / N,
 * leading order for gamma < 1; at gamma = 1 it is of the right order in N, not exact.
 *
 * What is left out: of the mean the next term, eps^(counted + 1) Q^(counted + 1), which `termSizes` lists, and the mean effect of the
 * fluctuations, of order N^-gamma at most (1 / N for odd activations and inner laws symmetric about 0); of the variance a share of order
 * eps, because units move while they train: up to 0.4 eps in the tests' problems, the largest at gamma = 1, and of order 1 / N.
 *
 * With E C != 0 wide networks have no limit: the mean is then the flow at eps = N^(gamma - 1) from its own start, and there is no
 * spread.
 * @throws ERR_DOMAIN for gamma outside [1/2, 1], N < 1, times that are not finite; ERR_SHAPE, ERR_UNAVAILABLE as `shallowLimit`
 * @see paper E, full expansion and variance
 */
export async function gammaForecast(input: GammaForecastInput): Promise<GammaForecast> {
  const { problem, units, gammas, testY, corrections = DEFAULT_CORRECTIONS, noise = true } = input;
  const { signal, onProgress } = input;
  const { times, x, y, testX } = problem;
  const orders = gammas.map(expansionOrder);
  checkNumbers(input);
  const centred = isCentred(problem.network);
  const steps = gammas.length + 2;
  const report = (done: number) =>
    onProgress?.({ label: "normalize", done, total: steps, unit: "solutions" });
  report(0);
  await breathe(signal);
  const limit = centred ? await shallowLimit(problem, { noise, signal }) : null;
  report(1);
  await breathe(signal);
  // what counts at no gamma is not computed, but for one term more: it tells how much is left out
  const wanted = orders.map(({ deterministic }) => deterministic).filter((count) => count <= corrections);
  const { expansion, refusal } = centred
    ? await expansionOf(problem, Math.min(corrections, Math.max(0, ...wanted) + 1), signal)
    : { expansion: null, refusal: null };
  const available = (expansion?.train.length ?? 0) - 1;
  report(2);
  const points: GammaPoint[] = [];
  for (const [g, gamma] of gammas.entries()) {
    await breathe(signal);
    const order = orders[g]!;
    const eps = units ** (gamma - 1);
    const bySum = expansion !== null && order.deterministic <= available;
    const flow = bySum ? null : await toEndInPieces(meanFieldFlowSteps(problem, eps), signal);
    const means = (side: "train" | "test") =>
      times.map((_, t) =>
        bySum ? partialSum(expansion[side]!, order.deterministic, eps, t) : flow![side]![t]!,
      );
    const outputs = (
      side: "train" | "test",
      targets: Float64Array | undefined,
      points: Matrix,
    ): GammaOutputs => {
      const mean = means(side);
      const spread = limit?.[`${side}Variance`] ?? null;
      const samples = limit?.[`${side}Noise`] ?? null;
      const variance =
        spread?.map((at, t) => shallowVariance(at, samples?.[t] ?? null, units, gamma)) ?? null;
      if (targets !== undefined && targets.length !== points.shape[0]) {
        throw new ForetrainError(
          "ERR_SHAPE",
          `gammaForecast: there are ${targets.length} test targets, expected ${points.shape[0]}, one for each row of testX`,
          { argument: "testY", got: targets.length, expected: points.shape[0] },
        );
      }
      const errors =
        targets === undefined
          ? null
          : mean.map((at, t) =>
              errorParts(targets, at, spread?.[t] ?? null, samples?.[t] ?? null, units, gamma),
            );
      return { mean, variance, errors };
    };
    const last = times.length - 1;
    points.push({
      gamma,
      eps,
      order,
      counted: bySum ? order.deterministic : Number.POSITIVE_INFINITY,
      termSizes:
        expansion === null || gamma === 1
          ? []
          : expansion.train.slice(1).map((term, k) => {
              const values = [...term[last]!, ...(expansion.test?.[k + 1]?.[last] ?? [])];
              return eps ** (k + 1) * Math.max(...values.map(Math.abs));
            }),
      train: outputs("train", y, x),
      test: testX === undefined ? null : outputs("test", testY, testX),
    });
    report(g + 3);
  }
  return { units, times, centred, limit, expansion, refusal, gammas: points };
}

/** The expansion, or its first term where the activation has no further ones. */
async function expansionOf(problem: ShallowProblem, corrections: number, signal: AbortSignal | undefined) {
  const upTo = (count: number) => toEndInPieces(shallowExpansionSteps(problem, count), signal);
  try {
    return { expansion: await upTo(corrections), refusal: null };
  } catch (error) {
    if (corrections === 0 || !isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
    return { expansion: await upTo(0), refusal: error.message };
  }
}

function checkNumbers({ units, problem, corrections = 0 }: GammaForecastInput): void {
  const fail = (argument: string, got: unknown, expected: string) => {
    throw new ForetrainError("ERR_DOMAIN", `gammaForecast: ${argument} is ${got}, expected ${expected}`, {
      argument,
      got,
      expected,
    });
  };
  if (!(Number.isInteger(units) && units >= 1)) fail("units", units, "a whole number >= 1");
  if (!(Number.isInteger(corrections) && corrections >= 0 && corrections <= 12))
    fail("corrections", corrections, "a whole number from 0 to 12");
  problem.times.forEach((time, i) => {
    if (!(Number.isFinite(time) && time >= 0)) fail(`times[${i}]`, time, "a finite number >= 0");
  });
}
