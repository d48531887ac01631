/**
 * Training of a network as a piece of a study: its state is kept now and then, so that a crash costs a minute, not the network.
 * @module
 */
import { isForetrainError } from "../errors.js";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type TrainingCheckpoint,
  type TrainNetworkInput,
} from "../finite/index.js";
import type { PieceWork } from "../runs/index.js";

/** What `trainNetwork` and what builds on it are to be given. */
export type Keeping = Pick<
  TrainNetworkInput,
  "resume" | "onCheckpoint" | "checkpointSeconds" | "signal" | "onProgress"
>;

/** From where to where a piece trains. */
export interface TrainingSpan {
  /** the last step */
  readonly to: number;
  /** where another piece ended; missing: the piece begins with the initial weights */
  readonly from?: TrainingCheckpoint | undefined;
}

/** The checkpoint that a draft holds; null where there is none, or a damaged one. */
async function checkpointOf({ draft }: PieceWork): Promise<TrainingCheckpoint | null> {
  const bytes = (await draft?.read()) ?? null;
  try {
    return bytes === null ? null : decodeCheckpoint(bytes, "a kept network");
  } catch (error) {
    if (isForetrainError(error, "ERR_DATA")) return null;
    throw error;
  }
}

/**
 * Calls `train` so that it goes on from the draft of the piece, to the bit as if it had never stopped, and keeps its state there. Reports the
 * steps of the piece, first those that the draft had left.
 * @throws what `train` throws
 */
export async function trainKept<T>(
  { to, from }: TrainingSpan,
  work: PieceWork,
  train: (keeping: Keeping) => Promise<T>,
): Promise<T> {
  const { draft, signal, onProgress } = work;
  const begin = from?.step ?? 0;
  const report = (step: number) =>
    onProgress?.({ label: "training", done: step - begin, total: to - begin, unit: "steps" });
  const run = (resume: TrainingCheckpoint | undefined) => {
    report(resume?.step ?? begin);
    return train({
      ...{ signal, resume, checkpointSeconds: draft?.seconds },
      onProgress: ({ done }) => report(done),
      onCheckpoint:
        draft &&
        (async (checkpoint) => {
          // the end is kept as the result
          if (checkpoint.step < to) await draft.write(encodeCheckpoint(checkpoint));
        }),
    });
  };
  const left = await checkpointOf(work);
  try {
    return await run(left ?? from);
  } catch (error) {
    // a draft of other training, as changed sources leave it: what fails without it fails again
    if (left !== null && isForetrainError(error, "ERR_SPEC")) return run(from);
    throw error;
  }
}
