/**
 * The variance over networks as that of the linear theory from their own starts, and what networks have beyond it: two parts, each with
 * samples of its own.
 *
 * The linear theory makes outputs c_t of a network's start g_0 and, with SGD, of its samples. A trained network is near them, so that
 *
 *   Var h_t = Var c_t + (Var h_t - Var c_t).
 *
 * The first part needs no training and is known well from many networks; the second is small and needs few. Nothing of the theory is
 * taken for granted: with other c_t the sum would be the same, and its standard error larger.
 * @module
 */
import { type ShallowNetwork, trainShallowEnsemble } from "../../normalization/index.js";
import type { Law } from "../../numeric/law.js";
import { averageOf, type Estimate, meanOf } from "../../numeric/statistics/index.js";
import type { CheckWork } from "../check-work.js";
import { allPoints, linearOutputs, POINTS } from "./ensembles.js";
import { CENTRED, planeProblem } from "./plane-problem.js";

/** Squares whose means are the two parts of the variance, [point][sample]. */
export interface SpreadParts {
  readonly linear: readonly Float64Array[];
  readonly beyond: readonly Float64Array[];
}

/** The variance at one point over `scale`. */
export function varianceAt({ linear, beyond }: SpreadParts, point: number, scale = 1): Estimate {
  return sum(meanOf(linear[point]!), meanOf(beyond[point]!), scale);
}

/** The mean over the points of the variance over `scales`; its error knows how the points of a network go together. */
export function meanOfPoints({ linear, beyond }: SpreadParts, scales?: readonly number[]): Estimate {
  const mean = (points: readonly Float64Array[]) =>
    meanOf(
      points[0]!.map((_, run) => averageOf(points.map((values, i) => values[run]! / (scales?.[i] ?? 1)))),
    );
  return sum(mean(linear), mean(beyond), 1);
}

function sum(a: Estimate, b: Estimate, scale: number): Estimate {
  return { value: (a.value + b.value) / scale, error: Math.hypot(a.error, b.error) / scale };
}

/** Squared distances from the mean of all, whose mean is the unbiased variance. */
export function squaresOf(values: readonly number[]): Float64Array {
  const mean = averageOf(values);
  const unbiased = values.length / (values.length - 1);
  return Float64Array.from(values, (value) => unbiased * (value - mean) ** 2);
}

export interface EnsembleCase {
  readonly network: ShallowNetwork;
  readonly units: number;
  /** with the same draws at each */
  readonly gammas: readonly number[];
  readonly runs: number;
  readonly firstRun: number;
  readonly times: readonly number[];
  /** of full batches; missing: SGD, one sample a step */
  readonly timeStep?: number;
}

/** Outputs of real networks, [gamma][time][point][run]. */
export async function ensembleOutputs(
  { gammas, units, ...rest }: EnsembleCase,
  { seed, threads, signal }: CheckWork,
): Promise<number[][][][]> {
  const { x, y, testX } = planeProblem(rest.network);
  const cases = gammas.map((gamma) => ({ units, gamma }));
  const batch = rest.timeStep === undefined ? "sgd" : "full";
  const trained = await trainShallowEnsemble({ ...rest, cases, seed, x, y, testX, batch, threads, signal });
  return trained.map(({ train, test }) =>
    rest.times.map((_, t) => {
      const of = Array.from({ length: rest.runs }, (_, run) =>
        allPoints(train[t]!.data.subarray(run * (POINTS - 1), (run + 1) * (POINTS - 1)), [
          test![t]!.data[run]!,
        ]),
      );
      return Array.from({ length: POINTS }, (_, point) => of.map((all) => all[point]!));
    }),
  );
}

/** Pairs of networks of `units` units trained with full batches at every gamma, with the same draws at each. */
export interface PairCase {
  readonly units: number;
  readonly gammas: readonly number[];
  readonly time: number;
  readonly timeStep: number;
  /** networks that are drawn only */
  readonly starts: number;
  /** pairs of networks that are trained */
  readonly pairs: number;
}

const negated = (law: Law): Law => {
  if (law.kind !== "discrete") throw new TypeError(`a discrete law is needed, not ${law.kind}`);
  return { ...law, values: law.values.map((value) => -value) };
};

/**
 * Networks with -C for C. Inner weights are symmetric about 0 and tanh is odd, so that the network of (-C, W) is that of (C, -W), which
 * is as likely as (C, W). In a pair g_0 has both signs and the kernel is one, so that what is even in g_0 has no part in the error.
 */
const MIRRORED: ShallowNetwork = { ...CENTRED, outer: negated(CENTRED.outer) };

/** c_t less its mean, which is what becomes of a start at 0: E C = 0. */
function carried(start: readonly (readonly number[])[], { time, timeStep }: PairCase): number[][] {
  const rest = linearOutputs(
    CENTRED,
    start.map(() => [0]),
    time,
    timeStep,
  );
  return linearOutputs(CENTRED, start, time, timeStep).map((values, point) =>
    values.map((value) => value - rest[point]![0]!),
  );
}

/** Both parts at each gamma, for the network with centred inner weights. */
export async function pairParts(of: PairCase, work: CheckWork): Promise<SpreadParts[]> {
  const { units, gammas, time, timeStep, pairs } = of;
  const first = gammas[0]!;
  const only = { units, network: CENTRED, gammas: [first], firstRun: pairs, runs: of.starts };
  const [drawn] = await ensembleOutputs({ ...only, times: [0], timeStep }, work);
  const squares = carried(drawn![0]!, of).map((values) => Float64Array.from(values, (v) => v ** 2));
  const both = { units, gammas, timeStep, firstRun: 0, runs: pairs, times: [0, time] };
  const trained = await ensembleOutputs({ ...both, network: CENTRED }, work);
  const mirrored = await ensembleOutputs({ ...both, network: MIRRORED }, work);
  return gammas.map((gamma, g) => ({
    // the same draws at every gamma: g_0 differs by a factor
    linear: squares.map((values) => values.map((value) => units ** (2 * (first - gamma)) * value)),
    beyond: carried(trained[g]![0]!, of).map((row, point) => {
      const [plus, minus] = [trained[g]![1]![point]!, mirrored[g]![1]![point]!];
      const even = squaresOf(row.map((_, pair) => (plus[pair]! + minus[pair]!) / 2));
      return even.map((square, pair) => square + ((plus[pair]! - minus[pair]!) / 2) ** 2 - row[pair]! ** 2);
    }),
  }));
}
