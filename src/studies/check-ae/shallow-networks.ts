/**
 * Real shallow networks against the predicted spread: rows E4 to E6.
 * @module
 */
import { shallowLimit } from "../../normalization/index.js";
import { type Estimate, logLogFit } from "../../numeric/statistics/index.js";
import type { CheckWork } from "../check-work.js";
import { absolute, type Check } from "../checks.js";
import { allPoints, POINTS } from "../paper-e/ensembles.js";
import { CENTRED, planeProblem, SHIFTED } from "../paper-e/plane-problem.js";
import { sgdParts } from "../paper-e/sgd-in-parts.js";
import { growthWithEps } from "../paper-e/spread-at-eps.js";
import { meanOfPoints, pairParts, type SpreadParts, varianceAt } from "../paper-e/spread-in-parts.js";

/** A share of a variance that is of second order in the fluctuations, times N (study E.variance). */
const SECOND_ORDER = 0.7;
/** What the motion of the units adds to Var K^eps with centred inner weights, as a share over eps^2: most at any point by `growthWithEps`. */
const MOTION = { earlier: 0.35, later: 1.9 };
/** Steps of full batches. */
const STEP = 0.1;

/** Variances over those predicted: each point's row, and one of their mean, whose standard error is smaller. */
function varianceRows(
  subject: { readonly id: string; readonly quantity: string; readonly source: string },
  parts: SpreadParts,
  predicted: readonly number[],
  rest: number,
): Check[] {
  const row = (at: string, { value, error }: Estimate) =>
    absolute({ ...subject, quantity: `${subject.quantity}, ${at}` }, value, 1, 4 * error + rest);
  return [
    ...predicted.map((scale, i) =>
      row(i < POINTS - 1 ? `point ${i + 1}` : "test point", varianceAt(parts, i, scale)),
    ),
    row("mean of the points", meanOfPoints(parts, predicted)),
  ];
}

/** Variances of real networks at t = 3: full batches in 30 steps, then SGD. */
export async function shallowVariances(work: CheckWork): Promise<Check[]> {
  const time = 3;
  const full = { units: 1000, gammas: [0.6], time, timeStep: STEP, starts: 3200, pairs: 100 };
  const [gamma] = full.gammas as [number];
  const steps = await shallowLimit(planeProblem(CENTRED, [time]), { timeStep: STEP });
  const carried = allPoints(steps.trainVariance[0]!, steps.testVariance![0]!);
  const sgd = { network: SHIFTED, units: 200, gamma: 0.8, time, starts: 5000, runs: 600 };
  const eps = sgd.units ** (sgd.gamma - 1);
  const shifted = await shallowLimit(planeProblem(SHIFTED, [time]), { noise: true });
  const samples = allPoints(shifted.trainNoise![0]!, shifted.testNoise![0]!);
  const [growth] = await growthWithEps(SHIFTED, [eps], { time, timeStep: STEP }, work.signal);
  const starts = allPoints(shifted.trainVariance[0]!, shifted.testVariance![0]!).map(
    (value, i) => sgd.units ** (1 - 2 * sgd.gamma) * value * growth![i]!,
  );
  const [fullParts] = await pairParts(full, work);
  return [
    ...varianceRows(
      {
        id: "E4",
        quantity: `gamma = ${gamma}, N = ${full.units}: Var over networks / (N^(1 - 2 gamma) Var K_3), 30 steps of ${STEP}, ${full.starts} starts and ${full.pairs} trained pairs`,
        source: `paper E, spread; 4 standard errors, ${MOTION.later} eps^2 for the motion of the units and ${SECOND_ORDER} / N for the second order in the fluctuations`,
      },
      fullParts!,
      carried.map((value) => full.units ** (1 - 2 * gamma) * value),
      MOTION.later * full.units ** (2 * gamma - 2) + SECOND_ORDER / full.units,
    ),
    ...varianceRows(
      {
        id: "E6",
        quantity: `SGD, gamma = ${sgd.gamma}, N = ${sgd.units}: Var over networks / (N^(1 - 2 gamma) Var K_3 at eps = N^(gamma - 1) + Sigma_3 / N), ${sgd.starts} starts and ${sgd.runs} trained networks`,
        source:
          "paper E, spread with SGD's noise; 4 standard errors, and 5 % for what the motion of the units changes of Sigma",
      },
      await sgdParts(sgd, work),
      starts.map((value, i) => value + samples[i]! / sgd.units),
      0.05,
    ),
  ];
}

/** How the variance falls with N. */
export async function shallowSlopes(work: CheckWork): Promise<Check[]> {
  const gammas = [0.6, 0.7];
  // what training adds is known worse the narrower the networks
  const widths = [100, 400, 1600];
  const pairs = [160, 80, 30];
  const starts = 3000;
  const variances: Estimate[][] = gammas.map(() => []);
  for (const [w, units] of widths.entries()) {
    // networks of one width have nothing in common with those of another
    const own = { ...work, seed: work.seed + units };
    const parts = await pairParts({ units, gammas, time: 1, timeStep: STEP, starts, pairs: pairs[w]! }, own);
    for (const [g, of] of parts.entries()) variances[g]!.push(meanOfPoints(of));
  }
  const range = Math.log(widths.at(-1)! / widths[0]!);
  return gammas.map((gamma, g) => {
    const { slope, slopeError } = logLogFit(widths, variances[g]!)!;
    const rest = SECOND_ORDER / widths[0]! + MOTION.earlier * widths[0]! ** (2 * gamma - 2);
    return absolute(
      {
        id: "E5",
        quantity: `gamma = ${gamma}: slope of Var over N, ${widths.join(", ")}, ${starts} starts and ${pairs.join(", ")} trained pairs`,
        source: `paper E, spread: N^(1 - 2 gamma); ${(4 * slopeError).toPrecision(2)}, 4 standard errors, and ${(rest / range).toPrecision(2)}: ${SECOND_ORDER} / N for the second order in the fluctuations and ${MOTION.earlier} eps^2 for the motion of the units, at the smallest N, over the range of log N`,
      },
      slope,
      1 - 2 * gamma,
      4 * slopeError + rest / range,
    );
  });
}
