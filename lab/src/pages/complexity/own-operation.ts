/**
 * What the worker makes of a file of predictions of one's own.
 * @module
 */
import {
  ForetrainError,
  type LearningCurve,
  type PredictionRun,
  predictionRunFromArrays,
  predictionRunFromCsv,
  readNpz,
  recordLearningCurve,
} from "foretrain";
import type { OperationWork } from "../../engine/protocol.js";

/** A file of predictions: its name and what is in it. */
export interface OwnFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface OwnReading {
  readonly name: string;
  readonly curve: LearningCurve;
  readonly trainBits: readonly number[] | null;
}

function readRun({ name, bytes }: OwnFile): PredictionRun {
  const isArchive = /\.npz$/i.test(name) || (bytes[0] === 0x50 && bytes[1] === 0x4b); // "PK", a zip
  const run = isArchive
    ? predictionRunFromArrays(readNpz(bytes, name), name)
    : predictionRunFromCsv(new TextDecoder().decode(bytes), name);
  if (run.explainers.length > 0) return run;
  throw new ForetrainError(
    "ERR_DATA",
    `${name}: has no simple model to explain the network with; expected ${isArchive ? "an array explainer_NAME [n]" : "a column explainer:NAME"} with the predictions of, for example, logistic regression for the same samples`,
    { argument: name },
  );
}

/** A training run from anywhere, as `foretrain complexity --predictions` measures it. */
export async function ownRun(file: OwnFile, { signal, onProgress }: OperationWork): Promise<OwnReading> {
  const { name } = file;
  onProgress?.({ label: `reading ${name}`, done: 0, total: 0, unit: "steps" });
  const run = readRun(file);
  const { labels, explainers, classes, steps } = run;
  const recorder = recordLearningCurve({ labels, explainers, classes });
  const trained =
    run.train === null ? null : recordLearningCurve({ labels: run.train.labels, explainers: [], classes });
  for (const [t, step] of steps.entries()) {
    recorder.add(step, run.predictions[t]!);
    trained?.add(step, run.train!.predictions[t]!);
    onProgress?.({ label: `measuring ${name}`, done: t + 1, total: steps.length, unit: "steps" });
    // between two steps the worker hears that it is cancelled
    await new Promise((go) => setTimeout(go, 0));
    signal?.throwIfAborted();
  }
  return {
    name,
    curve: recorder.result(),
    trainBits: trained === null ? null : trained.result().network.map(({ value }) => value),
  };
}
