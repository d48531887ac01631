/**
 * Real shallow networks against the predicted spread: rows E4 to E6.
 * @module
 */
import { type ShallowNetwork, shallowLimit, trainShallowEnsemble } from "../../normalization/index.js";
import { type Estimate, logLogFit, varianceOf } from "../../numeric/statistics/index.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check } from "../checks.js";
import { allPoints, meanVariance, POINTS } from "../paper-e/ensembles.js";
import { CENTRED, planeProblem, SHIFTED } from "../paper-e/plane-problem.js";
import { growthWithEps } from "../paper-e/spread-at-eps.js";

interface Runs {
  readonly network: ShallowNetwork;
  readonly units: number;
  readonly gamma: number;
  readonly runs: number;
  readonly time: number;
  /** full batches of this much time each; missing: SGD, one sample a step */
  readonly timeStep?: number;
}

/** Outputs over random networks at the five points: [point][run]. */
async function outputsOf(
  { network, units, gamma, runs, time, timeStep }: Runs,
  { seed, threads, signal }: CheckWork,
): Promise<number[][]> {
  const { x, y, testX } = planeProblem(network);
  const [trained] = await trainShallowEnsemble({
    ...{ network, cases: [{ units, gamma }], runs, seed, x, y, testX, times: [time], timeStep },
    ...{ batch: timeStep === undefined ? "sgd" : "full", threads, signal },
  });
  const [train, test] = [trained!.train[0]!, trained!.test![0]!];
  return Array.from({ length: POINTS }, (_, point) =>
    Array.from({ length: runs }, (_, run) =>
      point < POINTS - 1 ? train.data[run * (POINTS - 1) + point]! : test.data[run]!,
    ),
  );
}

/** A share of a variance that is of second order in the fluctuations, times N (study E.variance). */
const SECOND_ORDER = 0.7;
/** Steps of full batches. */
const STEP = 0.1;

/** Variances over those predicted: each point's row, and one of their mean, whose standard error is smaller. */
function varianceRows(
  subject: { readonly id: string; readonly quantity: string; readonly source: string },
  outputs: readonly (readonly number[])[],
  predicted: readonly number[],
  rest: number,
): Check[] {
  const scaled = outputs.map((values, i) => values.map((value) => value / Math.sqrt(predicted[i]!)));
  const row = (at: string, { value, error }: Estimate) =>
    absolute({ ...subject, quantity: `${subject.quantity}, ${at}` }, value, 1, 4 * error + rest);
  return [
    ...scaled.map((values, i) => row(i < POINTS - 1 ? `point ${i + 1}` : "test point", varianceOf(values))),
    row("mean of the points", meanVariance(scaled)),
  ];
}

/** Variances of real networks at t = 3: full batches in 30 steps, then SGD. */
export async function shallowVariances(work: CheckWork): Promise<Check[]> {
  const time = 3;
  const full = { network: CENTRED, units: 250, gamma: 0.6, runs: 1200, time, timeStep: STEP };
  const steps = await shallowLimit(planeProblem(CENTRED, [time]), { timeStep: STEP });
  const growth = (network: ShallowNetwork, { units, gamma }: { units: number; gamma: number }) =>
    growthWithEps(network, [units ** (gamma - 1)], { time, timeStep: STEP }, work.signal);
  const first = (
    { units, gamma }: { units: number; gamma: number },
    varK: readonly number[],
    [grown]: readonly (readonly number[])[],
  ) => varK.map((value, i) => units ** (1 - 2 * gamma) * value * grown![i]!);
  const sgd = { network: SHIFTED, units: 200, gamma: 0.8, runs: 600, time };
  const shifted = await shallowLimit(planeProblem(SHIFTED, [time]), { noise: true });
  const samples = allPoints(shifted.trainNoise![0]!, shifted.testNoise![0]!);
  const starts = first(
    sgd,
    allPoints(shifted.trainVariance[0]!, shifted.testVariance![0]!),
    await growth(SHIFTED, sgd),
  );
  return [
    ...varianceRows(
      {
        id: "E4",
        quantity: `gamma = 0.6, N = ${full.units}: Var over ${full.runs} networks / (N^(1 - 2 gamma) Var K_3 at eps = N^(gamma - 1)), both of 30 steps of 0.1`,
        source: `paper E, spread; 4 standard errors of a variance, and ${SECOND_ORDER} / N for the second order in the fluctuations`,
      },
      await outputsOf(full, work),
      first(full, allPoints(steps.trainVariance[0]!, steps.testVariance![0]!), await growth(CENTRED, full)),
      SECOND_ORDER / full.units,
    ),
    ...varianceRows(
      {
        id: "E6",
        quantity: `SGD, gamma = 0.8, N = ${sgd.units}: Var over ${sgd.runs} networks / (N^(1 - 2 gamma) Var K_3 at eps = N^(gamma - 1) + Sigma_3 / N)`,
        source:
          "paper E, spread with SGD's noise; 4 standard errors of a variance, and 5 % for what the motion of the units changes of Sigma",
      },
      await outputsOf(sgd, work),
      starts.map((value, i) => value + samples[i]! / sgd.units),
      0.05,
    ),
  ];
}

/** How the variance falls with N. */
export async function shallowSlopes(work: CheckWork): Promise<Check[]> {
  const rows: Check[] = [];
  const widths = [100, 400, 1600];
  const runs = 500;
  for (const gamma of [0.6, 0.7]) {
    const means: Estimate[] = [];
    for (const units of widths) {
      // networks of one width have nothing in common with those of another
      const own = { ...work, seed: work.seed + units };
      means.push(
        meanVariance(await outputsOf({ network: CENTRED, units, gamma, runs, time: 1, timeStep: STEP }, own)),
      );
    }
    const { slope, slopeError } = logLogFit(widths, means)!;
    rows.push(
      absolute(
        {
          id: "E5",
          quantity: `gamma = ${gamma}: slope of Var over N, ${widths.join(", ")}, ${runs} networks each`,
          source: `paper E, spread: N^(1 - 2 gamma); 4 standard errors, and ${SECOND_ORDER} / N at the smallest N over the range of log N`,
        },
        slope,
        1 - 2 * gamma,
        4 * slopeError + SECOND_ORDER / widths[0]! / Math.log(widths.at(-1)! / widths[0]!),
      ),
    );
  }
  return rows;
}
