/**
 * Ensembles of real shallow networks, trained on all threads.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { type Estimate, meanOf, varianceOf } from "../numeric/statistics/index.js";
import { hardwareThreads, spread, workerPool } from "../threads/index.js";
import { type EnsembleJob, openEnsemble, pieceOf, piecesOfCase } from "./ensemble-task.js";
import { activationOfShallow, requireGamma } from "./shallow.js";
import type { ShallowTraining } from "./training.js";

/** Widths and exponents of `trainShallowEnsemble`, and how many networks of each. */
export interface ShallowEnsembleOptions extends Omit<ShallowTraining, "units" | "gamma" | "seed"> {
  /** widths and exponents, each with its own networks */
  readonly cases: readonly { readonly units: number; readonly gamma: number }[];
  /** networks of each case */
  readonly runs: number;
  /** number of the first of them in a longer ensemble that is trained part by part, default 0 */
  readonly firstRun?: number | undefined;
  readonly seed: number;
  /** default: all cores */
  readonly threads?: number | undefined;
}

/** The networks of one case. */
export interface ShallowEnsemble {
  readonly units: number;
  readonly gamma: number;
  /** outputs at every time, [runs, M] and [runs, m] */
  readonly train: readonly Matrix[];
  readonly test: readonly Matrix[] | null;
}

/** Work below this many products of units, samples, inputs and steps is not worth a thread. */
const ALONE = 2e7;

/**
 * Trains `runs` networks of each case. Network i of each case begins with the same random numbers (`createRng(seed).fork("run", i)`,
 * i from `firstRun` on), and the result has the same bits for any number of threads.
 * @throws as `trainShallow`; ERR_DOMAIN for runs < 1
 */
export async function trainShallowEnsemble(
  options: ShallowEnsembleOptions,
): Promise<readonly ShallowEnsemble[]> {
  const {
    network,
    cases,
    runs,
    firstRun = 0,
    seed,
    alpha = 1,
    batch = "sgd",
    timeStep,
    x,
    y,
    testX,
    times,
  } = options;
  const { signal, onProgress } = options;
  const where = "trainShallowEnsemble";
  activationOfShallow(network, where);
  for (const { gamma } of cases) requireGamma(gamma, where);
  if (!(Number.isInteger(runs) && runs >= 1)) {
    throw new ForetrainError("ERR_DOMAIN", `${where}: runs is ${runs}, expected a whole number >= 1`, {
      argument: "runs",
      got: runs,
    });
  }
  const job: EnsembleJob = {
    network,
    cases,
    runs,
    firstRun,
    seed,
    alpha,
    batch,
    timeStep: timeStep ?? null,
    x: x.data,
    y,
    testX: testX?.data ?? null,
    times,
  };
  const count = cases.length * piecesOfCase(runs);
  const [m, more] = [y.length, testX?.shape[0] ?? 0];
  const results = cases.map(() => ({
    train: times.map(() => matrix(runs, m)),
    test: times.map(() => matrix(runs, more)),
  }));
  const steps = (units: number) => (times.at(-1) ?? 0) / (timeStep ?? 1 / units);
  const work = cases.reduce(
    (sum, { units }) => sum + runs * units * steps(units) * network.inner.length * (batch === "full" ? m : 1),
    0,
  );
  const threads = Math.min(options.threads ?? (work < ALONE ? 1 : hardwareThreads()), count);
  await spread<Float64Array>({
    task: "shallow",
    payload: job,
    count,
    run: openEnsemble(job),
    receive: (index, value) => {
      const { at, from, to } = pieceOf(job, index);
      const { train, test } = results[at]!;
      let place = 0;
      for (let run = from; run < to; run++) {
        times.forEach((_, t) => {
          train[t]!.data.set(value.subarray(place, place + m), run * m);
          place += m;
          test[t]!.data.set(value.subarray(place, place + more), run * more);
          place += more;
        });
      }
    },
    threads,
    pool: threads > 1 ? workerPool() : null,
    label: "networks",
    unit: "pieces",
    strict: options.threads !== undefined,
    signal,
    onProgress,
  });
  return results.map(({ train, test }, i) => ({
    ...cases[i]!,
    train,
    test: testX === undefined ? null : test,
  }));
}

/** Mean and variance of each column over the rows, with standard errors. */
export function columnStatistics({ data, shape: [rows, columns] }: Matrix): {
  readonly mean: readonly Estimate[];
  readonly variance: readonly Estimate[];
} {
  const lists = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]!),
  );
  return { mean: lists.map(meanOf), variance: lists.map(varianceOf) };
}
