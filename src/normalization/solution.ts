/**
 * A shallow problem solved once for all gammas and widths: neither h, Q^j, Var K nor Sigma depends on them. What is forecast at
 * one gamma and one N is then a sum of few terms.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { toEndInPieces } from "../numeric/ode.js";
import type { SettledSteps } from "../numeric/ode-halved.js";
import { averageOf } from "../numeric/statistics/index.js";
import { breathe, type LongWork } from "../progress.js";
import { type ExpansionOrder, expansionOrder } from "./expansion-order.js";
import { type ShallowLimit, shallowLimit, shallowVariance } from "./limit.js";
import {
  noCorrections,
  type ShallowExpansion,
  type ShallowProblem,
  shallowExpansionSteps,
} from "./particle-expansion.js";
import { type GammaFlow, meanFieldFlowSteps } from "./particle-flow.js";
import { isCentred } from "./shallow.js";

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
  /** of a flow through the kinks of the activation: its steps, and the error of the mean, measured with steps of twice the length */
  readonly evenSteps: SettledSteps | null;
  /** largest |eps^j Q^j| at the last time over all points, j = 1, 2, ...; empty where there is no expansion */
  readonly termSizes: readonly number[];
  readonly train: GammaOutputs;
  readonly test: GammaOutputs | null;
}

/** What depends neither on gamma nor on N. */
export interface ShallowSolution {
  readonly times: readonly number[];
  /** E C = 0: only then there is a limit with spread; otherwise the mean alone, by the flow at eps */
  readonly centred: boolean;
  readonly limit: ShallowLimit | null;
  readonly expansion: ShallowExpansion | null;
  /** why there are no corrections, for activations that are not smooth, in a sentence without its end; the mean is then the flow wherever they would count */
  readonly refusal: string | null;
}

export interface ShallowSolutionOptions extends LongWork {
  /** corrections Q^j that are computed, default 3 */
  readonly corrections?: number | undefined;
  /** also the noise of SGD's samples, default true; false for full-batch training */
  readonly noise?: boolean | undefined;
}

/**
 * Limit and expansion. With E C != 0 there is neither.
 * @throws ERR_SHAPE, ERR_UNAVAILABLE as `shallowLimit`
 */
export async function shallowSolution(
  problem: ShallowProblem,
  { corrections = DEFAULT_CORRECTIONS, noise = true, signal, onProgress }: ShallowSolutionOptions = {},
): Promise<ShallowSolution> {
  const centred = isCentred(problem.network);
  const report = (done: number) => onProgress?.({ label: "normalize", done, total: 2, unit: "solutions" });
  const limit = centred ? await shallowLimit(problem, { noise, signal }) : null;
  report(1);
  await breathe(signal);
  const { expansion, refusal } = centred
    ? await expansionOf(problem, corrections, signal)
    : { expansion: null, refusal: null };
  report(2);
  return { times: problem.times, centred, limit, expansion, refusal };
}

/** `meanFieldFlow` at eps = N^(gamma - 1), which can be stopped; its progress is in time of training. */
export function gammaFlow(
  problem: ShallowProblem,
  units: number,
  gamma: number,
  { signal, onProgress }: LongWork = {},
): Promise<GammaFlow> {
  const total = problem.times.at(-1) ?? 0;
  const label = `flow at gamma ${gamma}`;
  const report = (done: number) => onProgress?.({ label, done, total, unit: "t" });
  return toEndInPieces(meanFieldFlowSteps(problem, units ** (gamma - 1), report), signal);
}

/** Whether more corrections count at this gamma than the solution has, so that its mean is a flow. */
export function gammaNeedsFlow({ expansion }: ShallowSolution, gamma: number): boolean {
  return expansion === null || expansionOrder(gamma).deterministic > expansion.train.length - 1;
}

/** Largest |eps^j Q^j| over all points at a time, j = 1, 2, ... */
export function termSizes({ train, test }: ShallowExpansion, eps: number, time: number): number[] {
  return train.slice(1).map((term, k) => {
    const values = [...term[time]!, ...(test?.[k + 1]?.[time] ?? [])];
    return eps ** (k + 1) * Math.max(...values.map(Math.abs));
  });
}

/** What rounding leaves of a term, as a share of the largest outputs. */
const ROUNDING = 1e-15;

/**
 * Sizes below which `termSizes` are rounding, j = 1, 2, ...: eps^j 1e-15 max |h| over all points and times. Terms that vanish by symmetry,
 * such as the odd ones of odd activations, come out below it, and seldom as 0.
 */
export function termRounding({ train, test }: ShallowExpansion, eps: number): number[] {
  const outputs = Math.max(
    ...[...train[0]!, ...(test?.[0] ?? [])].map((at) =>
      at.reduce((most, h) => Math.max(most, Math.abs(h)), 0),
    ),
  );
  return train.slice(1).map((_, k) => eps ** (k + 1) * ROUNDING * outputs);
}

/** What `gammaPoint` sums up. */
export interface GammaPointInput {
  readonly units: number;
  readonly gamma: number;
  /** targets [M] */
  readonly y: Float64Array;
  /** targets of the further points [m]; their errors are then summed up too */
  readonly testY?: Float64Array | undefined;
  /** where `gammaNeedsFlow` */
  readonly flow?: GammaFlow | null | undefined;
}

/**
 * The forecast at one gamma and N out of the solution: microseconds for some hundred numbers.
 * @throws ERR_DOMAIN for gamma outside [1/2, 1], and where a flow is needed and not there; ERR_SHAPE for targets that do not fit
 */
export function gammaPoint(solution: ShallowSolution, input: GammaPointInput): GammaPoint {
  const { times, limit, expansion } = solution;
  const { units, gamma, y, testY, flow = null } = input;
  const order = expansionOrder(gamma);
  const eps = units ** (gamma - 1);
  const bySum = !gammaNeedsFlow(solution, gamma);
  if (!bySum && flow === null) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `gammaPoint: at gamma ${gamma} more corrections count than the solution has, expected the flow of gammaFlow(problem, ${units}, ${gamma})`,
      { argument: "flow", got: null },
    );
  }
  const outputs = (side: "train" | "test", targets: Float64Array | undefined): GammaOutputs => {
    const mean = times.map((_, t) =>
      bySum ? partialSum(expansion![side]!, order.deterministic, eps, t) : flow![side]![t]!,
    );
    const spread = limit?.[`${side}Variance`] ?? null;
    const samples = limit?.[`${side}Noise`] ?? null;
    const variance = spread?.map((at, t) => shallowVariance(at, samples?.[t] ?? null, units, gamma)) ?? null;
    const points = mean[0]?.length ?? 0;
    if (targets !== undefined && times.length > 0 && targets.length !== points) {
      const argument = side === "test" ? "testY" : "y";
      throw new ForetrainError(
        "ERR_SHAPE",
        `gammaForecast: there are ${targets.length} ${side} targets, expected ${points}, one for each row of ${side === "test" ? "testX" : "x"}`,
        { argument, got: targets.length, expected: points },
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
  const hasTest = (bySum ? expansion!.test : flow!.test) !== null;
  return {
    gamma,
    eps,
    order,
    counted: bySum ? order.deterministic : Number.POSITIVE_INFINITY,
    evenSteps: bySum ? null : flow!.evenSteps,
    termSizes: expansion === null || gamma === 1 ? [] : termSizes(expansion, eps, times.length - 1),
    train: outputs("train", y),
    test: hasTest ? outputs("test", testY) : null,
  };
}

/** Most corrections that are computed where nothing is said. */
export const DEFAULT_CORRECTIONS = 3;

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

function errorParts(
  targets: Float64Array,
  mean: Float64Array,
  variance: Float64Array | null,
  noise: Float64Array | null,
  units: number,
  gamma: number,
): ErrorParts {
  const bias = averageOf(mean.map((value, i) => (targets[i]! - value) ** 2));
  const initialization = variance === null ? null : averageOf(shallowVariance(variance, null, units, gamma));
  const samples = noise === null ? null : averageOf(noise) / units;
  return { bias, initialization, samples, total: bias + (initialization ?? 0) + (samples ?? 0) };
}

/** The expansion, or its first term where the activation has no further ones. */
async function expansionOf(problem: ShallowProblem, corrections: number, signal: AbortSignal | undefined) {
  const refusal = corrections > 0 ? noCorrections(problem.network) : null;
  const steps = shallowExpansionSteps(problem, refusal === null ? corrections : 0);
  return { expansion: await toEndInPieces(steps, signal), refusal };
}
