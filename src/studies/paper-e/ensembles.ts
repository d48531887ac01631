/**
 * Ensembles of real shallow networks on the portable problem, as pieces of studies.
 * @module
 */

import { activationOf } from "../../network/index.js";
import { type ShallowNetwork, shallowKernels, trainShallowEnsemble } from "../../normalization/index.js";
import { averageOf, centralMoments, type Estimate } from "../../numeric/statistics/index.js";
import type { StudyContext } from "../study.js";
import { CENTRED, planeProblem, SHIFTED } from "./plane-problem.js";

/** Inner weights N(0, I), or N((0.7, -0.4), I); outer weights 2 with probability 1/3, else -1. */
export const NETWORKS: Readonly<Record<string, ShallowNetwork>> = { centred: CENTRED, shifted: SHIFTED };
/** Four training points, one further. */
export const POINTS = 5;

// a type, not an interface: plain JSON for the keys of pieces
export type EnsembleInput = {
  readonly network: string;
  readonly units: number;
  readonly gamma: number;
  readonly runs: number;
  readonly times: readonly number[];
  readonly batch: string;
  /** time of a step; null: 1 / N */
  readonly timeStep: number | null;
  readonly seed: number;
};

export type EnsembleOutputs = EnsembleInput & {
  /** [time][point][run], training points first */
  readonly outputs: readonly (readonly (readonly number[])[])[];
};

/** Trains the ensembles, each a piece that survives Ctrl-C. */
export async function ensembles(
  inputs: readonly EnsembleInput[],
  { values, threads, signal }: StudyContext,
): Promise<EnsembleOutputs[]> {
  const outputs = await values(
    {
      name: "ensembles",
      version: 1,
      unit: "ensembles",
      compute: async ({ network, units, gamma, runs, times, batch, timeStep, seed }: EnsembleInput) => {
        const { x, y, testX } = planeProblem(NETWORKS[network]!);
        const [trained] = await trainShallowEnsemble({
          network: NETWORKS[network]!,
          cases: [{ units, gamma }],
          runs,
          seed,
          x,
          y,
          testX,
          times,
          batch: batch as "sgd" | "full",
          timeStep: timeStep ?? undefined,
          threads,
          signal,
        });
        return times.map((_, t) =>
          Array.from({ length: POINTS }, (_, point) => {
            const all = point < 4 ? trained!.train[t]! : trained!.test![t]!;
            const columns = all.shape[1];
            return Array.from({ length: runs }, (_, run) => all.data[run * columns + (point % 4)]!);
          }),
        );
      },
    },
    inputs,
  );
  return inputs.map((input, i) => ({ ...input, outputs: outputs[i]! }));
}

/** The training points' outputs, then the further one's. */
export const allPoints = (train: ArrayLike<number>, test: ArrayLike<number>) => [
  ...Array.from(train),
  ...Array.from(test),
];

/** Mean over the points of the squared distance of each run from the mean of the runs. */
function meanSquares(points: readonly (readonly number[])[]): Float64Array {
  const runs = points[0]!.length;
  const means = points.map(averageOf);
  return Float64Array.from(
    { length: runs },
    (_, run) => points.reduce((sum, values, i) => sum + (values[run]! - means[i]!) ** 2, 0) / points.length,
  );
}

/**
 * Mean over the points of the variance over runs, with its standard error: the sum of squares over the points is one number for each
 * run, so that its scatter knows how the points go together.
 */
export function meanVariance(points: readonly (readonly number[])[], scale = 1): Estimate {
  return unbiased(meanSquares(points), scale);
}

/** By how much the mean variance is larger than that of `control`, the same runs seen otherwise: what they share has no part in the error. */
export function meanVarianceBeyond(
  points: readonly (readonly number[])[],
  control: readonly (readonly number[])[],
): Estimate {
  const known = meanSquares(control);
  return unbiased(
    meanSquares(points).map((value, run) => value - known[run]!),
    1,
  );
}

function unbiased(squares: Float64Array, scale: number): Estimate {
  const { mean, second } = centralMoments(squares);
  const runs = squares.length;
  const factor = (scale * runs) / (runs - 1);
  return { value: mean * factor, error: Math.sqrt(second / runs) * factor };
}

/** What full batches of a given time step do to each run in the linear theory, from its own initial outputs: [point][run]. */
export function linearOutputs(
  network: ShallowNetwork,
  start: readonly (readonly number[])[],
  time: number,
  timeStep: number,
): number[][] {
  const { particles, x, y, testX } = planeProblem(network);
  const activation = activationOf(network.activation);
  const a = shallowKernels(activation, particles, x, null).training.data;
  const b = shallowKernels(activation, particles, testX!, x).training.data;
  const out = start.map((values) => [...values]);
  const m = y.length;
  const steps = Math.round(time / timeStep);
  for (let run = 0; run < out[0]!.length; run++) {
    for (let step = 0; step < steps; step++) {
      const residual = Array.from(y, (target, j) => target - out[j]![run]!);
      for (let i = 0; i < POINTS; i++) {
        let change = 0;
        for (let j = 0; j < m; j++) change += (i < m ? a[i * m + j]! : b[j]!) * residual[j]!;
        out[i]![run]! += (timeStep / m) * change;
      }
    }
  }
  return out;
}
