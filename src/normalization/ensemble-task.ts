/**
 * One network of an ensemble of shallow ones, trained on whichever thread.
 * @module
 */
import { matrix } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";
import { type PieceRunner, spreadTask } from "../threads/spread.js";
import type { ShallowNetwork } from "./shallow.js";
import { trainShallow } from "./training.js";

/** The job as plain data. */
export interface EnsembleJob {
  readonly network: ShallowNetwork;
  readonly cases: readonly { readonly units: number; readonly gamma: number }[];
  readonly runs: number;
  /** number of the first network */
  readonly firstRun: number;
  readonly seed: number;
  readonly alpha: number;
  readonly batch: "sgd" | "full";
  readonly timeStep: number | null;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly testX: Float64Array | null;
  readonly times: readonly number[];
}

/** Networks in one piece: some milliseconds of work for small ones. */
export const RUNS_A_PIECE = 4;

/** Pieces of a case. */
export const piecesOfCase = (runs: number) => Math.ceil(runs / RUNS_A_PIECE);

/** Which case and runs a piece holds. The widest networks come first when the cases are sorted so. */
export function pieceOf({ runs }: EnsembleJob, index: number) {
  const each = piecesOfCase(runs);
  const from = (index % each) * RUNS_A_PIECE;
  return { at: Math.floor(index / each), from, to: Math.min(runs, from + RUNS_A_PIECE) };
}

/** Outputs of the piece's networks one after another: at every time those on the training points, then the further ones. */
export function openEnsemble(job: EnsembleJob): PieceRunner<Float64Array> {
  const { network, cases, firstRun, seed, alpha, batch, timeStep, times, y } = job;
  const dim = network.inner.length;
  const x = matrix(y.length, dim, job.x);
  const testX = job.testX === null ? undefined : matrix(job.testX.length / dim, dim, job.testX);
  const each = times.length * (y.length + (testX?.shape[0] ?? 0));
  return (index) => {
    const { at, from, to } = pieceOf(job, index);
    const value = new Float64Array((to - from) * each);
    for (let run = from; run < to; run++) {
      const trained = trainShallow({
        ...cases[at]!,
        network,
        alpha,
        batch,
        x,
        y,
        testX,
        times,
        timeStep: timeStep ?? undefined,
        // the same draws at every gamma and width: differences between cases are those of the cases
        seed: createRng(seed).fork("run", firstRun + run),
      });
      let place = (run - from) * each;
      times.forEach((_, t) => {
        for (const outputs of [trained.train[t]!, trained.test?.[t]]) {
          if (outputs === undefined) continue;
          value.set(outputs, place);
          place += outputs.length;
        }
      });
    }
    return { value, transfer: [value.buffer as ArrayBuffer] };
  };
}

export const ensembleTask = spreadTask<EnsembleJob, Float64Array>(openEnsemble);
