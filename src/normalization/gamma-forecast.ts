/**
 * What gamma does to a shallow network of N units: mean, spread, and the expected squared error they make.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { breathe, type LongWork } from "../progress.js";
import { expansionOrder } from "./expansion-order.js";
import type { ShallowProblem } from "./particle-expansion.js";
import {
  DEFAULT_CORRECTIONS,
  type GammaPoint,
  gammaFlow,
  gammaNeedsFlow,
  gammaPoint,
  type ShallowSolution,
  shallowSolution,
} from "./solution.js";

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

/** Forecasts for a list of gammas (paper E). */
export interface GammaForecast extends ShallowSolution {
  readonly units: number;
  readonly gammas: readonly GammaPoint[];
}

/**
 * The forecast at each gamma. Mean: h + eps Q^1 + ... with the nu - 1 corrections that stand above the random term, or the flow with
 * all of them where that is more than `corrections` (gamma = 1: the mean-field limit). Spread: N^(1 - 2 gamma) Var K_t + Sigma_t / N,
 * leading order for gamma < 1; at gamma = 1 it is of the right order in N, not exact.
 *
 * What is left out: of the mean the next term, eps^(counted + 1) Q^(counted + 1), which `termSizes` lists, and the mean effect of the
 * fluctuations, of order N^-gamma at most (1 / N for odd activations and inner laws symmetric about 0); of the variance a share of order
 * eps, because units move while they train: up to 0.4 eps in the tests' problems at t = 1, more later (relu at t = 10 and gamma = 1: the
 * variance is twice the predicted one), and a share of order 1 / N.
 *
 * With E C != 0 wide networks have no limit: the mean is then the flow at eps = N^(gamma - 1) from its own start, and there is no
 * spread.
 * Theory notes E2.1, E3.1.
 * @throws ERR_DOMAIN for gamma outside [1/2, 1], N < 1, times that are not finite; ERR_SHAPE, ERR_UNAVAILABLE as `shallowLimit`
 * @see paper E, full expansion and variance
 */
export async function gammaForecast(input: GammaForecastInput): Promise<GammaForecast> {
  const { problem, units, gammas, testY, corrections = DEFAULT_CORRECTIONS, noise = true } = input;
  const { signal, onProgress } = input;
  const orders = gammas.map(expansionOrder);
  checkNumbers(input);
  const steps = gammas.length + 2;
  const report = (done: number) =>
    onProgress?.({ label: "normalize", done, total: steps, unit: "solutions" });
  report(0);
  await breathe(signal);
  // what counts at no gamma is not computed, but for one term more: it tells how much is left out
  const wanted = orders.map(({ deterministic }) => deterministic).filter((count) => count <= corrections);
  const solution = await shallowSolution(problem, {
    corrections: Math.min(corrections, Math.max(0, ...wanted) + 1),
    noise,
    signal,
    onProgress: ({ done }) => report(done),
  });
  const points: GammaPoint[] = [];
  for (const [g, gamma] of gammas.entries()) {
    await breathe(signal);
    const flow = gammaNeedsFlow(solution, gamma)
      ? await gammaFlow(problem, units, gamma, { signal, onProgress })
      : null;
    points.push(gammaPoint(solution, { units, gamma, y: problem.y, testY, flow }));
    report(g + 3);
  }
  return { ...solution, units, gammas: points };
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
