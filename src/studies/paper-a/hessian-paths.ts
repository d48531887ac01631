/**
 * Curvature of the loss and test error along noisy training of shallow tanh networks: simulated, and by the expansion.
 * @module
 */
import { regressionProblem } from "../../data/index.js";
import { type NoisyOutputs, noiseExpansion } from "../../dynamics/index.js";
import { finiteModel, hessianExtremes, initialParameters } from "../../finite/index.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { breathe } from "../../progress.js";
import { type NoisyProblem, portableProblem, shallowTanh } from "./portable-network.js";
import { tanhPaths } from "./tanh-paths.js";

/** Which network, on which data. Plain JSON data. */
export type HessianCase = {
  readonly data: "hand" | "sine";
  readonly units: number;
  /** of the initial weights; null: those written by hand, 4 units */
  readonly weights: number | null;
};

/** The network at its initial weights, with the test targets where there are some. */
export function hessianProblem({ data, units, weights }: HessianCase): NoisyProblem & {
  readonly testY: Float64Array | null;
} {
  const hand = portableProblem();
  const model = weights === null ? hand.model : finiteModel(shallowTanh(units));
  const parameters = weights === null ? hand.parameters : initialParameters(model, { seed: weights });
  if (data === "hand") return { ...hand, model, parameters, testY: null };
  const { train, test } = regressionProblem("sine", { train: 6, test: 4, inputs: 1, seed: 0 });
  return { model, parameters, ...train, testX: test.x, testY: test.y.data };
}

export type HessianWalk = {
  readonly of: HessianCase;
  readonly noise: number;
  readonly eps: number;
  readonly times: readonly number[];
  readonly pairs: number;
  /** pairs along which lambda_max is taken too */
  readonly spectra: number;
  /** of the Euler method */
  readonly step: number;
  readonly seed: number;
};

export interface HessianAt {
  /** without noise */
  readonly quietTrace: number;
  /** what noise adds to tr hess L */
  readonly trace: number;
  readonly traceError: number;
  readonly quietLargest: number | null;
  /** E lambda_max */
  readonly largest: number | null;
  readonly largestError: number | null;
  /** 1/m sum (f - y)^2 on the test points, without noise */
  readonly quietTest: number | null;
  /** what noise adds to its expectation, with the standard error over pairs */
  readonly test: Estimate | null;
}

/** Pairs of opposite paths against the path without noise. */
export async function hessianWalk(
  { of, noise, eps, times, pairs, spectra, step, seed }: HessianWalk,
  signal?: AbortSignal,
): Promise<HessianAt[]> {
  const problem = hessianProblem(of);
  const { model, parameters, x, y, testX, testY } = problem;
  const common = {
    ...{ theta: parameters, x: x.data, y: y.data, testX: testX.data },
    ...{ eps, step, times, seed, signal },
  };
  const visited = times.map((): Float64Array[] => []);
  const paths = await tanhPaths({
    ...common,
    ...{ noise, pairs, trace: true, testY },
    visit: (pair, at, theta) => {
      if (pair < spectra) visited[at]!.push(theta);
    },
  });
  const rest: Float64Array[] = [];
  if (spectra > 0) {
    await tanhPaths({
      ...common,
      ...{ noise: 0, pairs: 1 },
      visit: (_, at, theta) => {
        rest[at] = theta;
      },
    });
  }
  const largestOf = async (theta: Float64Array) => (await hessianExtremes(model, theta, x, y)).largest.value;
  const out: HessianAt[] = [];
  const train = x.shape[0]!;
  for (const [at, { quiet, quietTrace, ...path }] of paths.entries()) {
    const largest: number[] = [];
    for (const theta of visited[at]!) {
      await breathe(signal);
      largest.push(await largestOf(theta));
    }
    const spread = largest.length > 1 ? meanOf(largest) : null;
    out.push({
      quietTrace,
      trace: path.trace,
      traceError: path.traceError,
      quietLargest: rest[at] === undefined ? null : await largestOf(rest[at]),
      largest: spread?.value ?? null,
      largestError: spread?.error ?? null,
      quietTest:
        testY === null
          ? null
          : testY.reduce((sum, target, k) => sum + (quiet[train + k]! - target) ** 2, 0) / testY.length,
      test: path.testLoss,
    });
  }
  return out;
}

export interface HessianTheory {
  /** E tr hess L to eps^2 */
  readonly trace: number;
  /** its part from noise: all of it is eps^2 */
  readonly effect: number;
  /** the test error by orders 1 to 3, variance to eps */
  readonly test: number | null;
  /** the same by orders 1 and 2 */
  readonly testTo2: number | null;
}

/** Orders 1 to 3 at eps = 1. */
export async function hessianTheory(
  of: HessianCase,
  noise: number,
  times: readonly number[],
): Promise<HessianTheory[]> {
  const { testY, ...problem } = hessianProblem(of);
  const noisy = await noiseExpansion({ ...problem, noise, order: 3, times });
  const quiet = await noiseExpansion({ ...problem, noise: 0, order: 3, times });
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const train = problem.x.shape[0]!;
  const testError = ({ terms, variance, varianceCorrection }: NoisyOutputs, order: number) =>
    testY === null
      ? null
      : sum(
          Array.from(testY, (target, k) => {
            const i = train + k;
            const mean = sum(terms.slice(0, order).map((term) => term[i]!));
            return (mean - target) ** 2 + variance[i]! + (varianceCorrection?.[i] ?? 0);
          }),
        ) / testY.length;
  return noisy.map((at, k) => ({
    trace: sum(at.hessianTrace),
    effect: sum(at.hessianTrace) - sum(quiet[k]!.hessianTrace),
    test: testError(at, 3),
    testTo2: testError(at, 2),
  }));
}
