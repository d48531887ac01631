/**
 * Samples and targets in the arithmetic of training, and what a network makes of them.
 * @module
 */
import { crc32 } from "../../data/crc32.js";
import { ForetrainError } from "../../errors.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import type { GradientEngine, TrainingDtype } from "../gradient-engine.js";
import { type Loss, lossAt } from "../loss.js";
import { type FiniteModel, samplesOf, targetsOf } from "../model.js";
import type { FloatArray } from "../parameters.js";
import type { Rows } from "./batches.js";

/** What a network is trained or tested on. */
export interface TrainingSplit {
  /** [n, ...input] */
  readonly x: NdArray;
  /** targets [n, ...output]; rows that sum to 1 with `crossEntropy`, -1 and 1 with `logistic` */
  readonly y: NdArray;
  /** [n] classes, for accuracies; none without. A network with one output has two classes: 1 where it is above 0 */
  readonly labels?: ArrayLike<number> | null | undefined;
}

/** A split, checked, in the arithmetic of training. */
export interface LoadedSplit {
  readonly x: FloatArray;
  readonly y: FloatArray;
  readonly labels: ArrayLike<number> | null;
  readonly samples: number;
  /** in float64, for what is measured */
  readonly targets: Float64Array;
}

/** How close to 1 rows of targets sum, as float32 data do. */
const ROW_SUM = 1e-5;

function inDtype(data: Float64Array, dtype: TrainingDtype): FloatArray {
  return dtype === "float64" ? data : Float32Array.from(data);
}

/**
 * @throws ERR_SHAPE for arrays that do not fit the network or each other; ERR_DATA for numbers that are not finite, targets of cross
 *   entropy that are no probabilities, and labels that are no classes
 */
export function loadSplit(
  model: FiniteModel,
  split: TrainingSplit,
  loss: Loss,
  dtype: TrainingDtype,
  where: string,
): LoadedSplit {
  const { data, samples } = samplesOf(model, split.x, where);
  const fail = (
    problem: string,
    expected: string,
    details: Readonly<Record<string, unknown>> = {},
  ): never => {
    throw new ForetrainError("ERR_DATA", `${where}: ${problem}, expected ${expected}`, {
      argument: where,
      ...details,
    });
  };
  if (samples === 0) fail("there are no samples", "at least one");
  const targets = targetsOf(model, split.y, samples, where);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) fail(`x has ${data[bad]} at index ${bad}`, "finite numbers", { index: bad });
  const classes = model.outputShape.at(-1)!;
  if (loss === "crossEntropy") {
    for (let at = 0; at < targets.length; at += classes) {
      const row = targets.subarray(at, at + classes);
      const sum = row.reduce((a, b) => a + b, 0);
      if (row.some((p) => p < 0) || Math.abs(sum - 1) > ROW_SUM) {
        fail(
          `row ${at / classes} of y sums to ${sum}`,
          "probabilities that sum to 1, as crossEntropy needs them (one-hot rows)",
          {
            index: at / classes,
          },
        );
      }
    }
  }
  if (loss === "logistic") {
    const wrong = targets.findIndex((value) => Math.abs(value) !== 1);
    if (wrong >= 0) {
      fail(`y has ${targets[wrong]} at index ${wrong}`, "-1 or 1, as logistic needs them (`signTargets`)", {
        index: wrong,
      });
    }
  }
  const labels = split.labels ?? null;
  if (labels !== null) {
    const told = Math.max(2, classes);
    if (labels.length !== samples)
      fail(`there are ${labels.length} labels for ${samples} samples`, "one for each");
    for (let i = 0; i < samples; i++) {
      const label = labels[i]!;
      if (!(Number.isInteger(label) && label >= 0 && label < told)) {
        fail(`label ${i} is ${label}`, `a whole number from 0 to ${told - 1}`, { index: i });
      }
    }
  }
  return { x: inDtype(data, dtype), y: inDtype(targets, dtype), labels, samples, targets };
}

/** A number that tells one data set from another, labels among it. */
export function checksumOf(splits: readonly (TrainingSplit | null)[], probe: NdArray | null = null): number {
  let sum = 0;
  const add = (data: ArrayBufferView) => {
    sum = crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), sum);
  };
  for (const split of splits) {
    if (split === null) continue;
    add(split.x.data);
    add(split.y.data);
    if (split.labels !== undefined && split.labels !== null) add(Float64Array.from(split.labels));
  }
  if (probe !== null) add(probe.data);
  return sum;
}

/** Loss of outputs that are all zero: what a loss is compared with when it begins at nearly nothing. */
export function lossOfNothing({ targets, samples }: LoadedSplit, loss: Loss, model: FiniteModel): number {
  return lossAt(loss, [null], targets, samples, model.outputShape.at(-1)!).value;
}

/** Outputs of the first `samples` rows of x batch by batch, in float64; dropout is the identity. */
function* outputsOf(engine: GradientEngine, x: FloatArray, samples: number) {
  const { model, batch } = engine;
  const inputSize = sizeOf(model.inputShape);
  const outputSize = sizeOf(model.outputShape);
  for (let from = 0; from < samples; from += batch) {
    const count = Math.min(batch, samples - from);
    const rows = x.subarray(from * inputSize, (from + count) * inputSize);
    const outputs = Float64Array.from(engine.outputs(rows, count).subarray(0, count * outputSize));
    yield { from, count, outputs };
  }
}

/** The class of row i: the index of the largest of the first `classes` outputs, the first of equal ones; of one output its sign. */
function largestAt(outputs: Float64Array, i: number, outputSize: number, classes: number): number {
  let best = classes === 1 && outputs[i * outputSize]! > 0 ? 1 : 0;
  for (let c = 1; c < classes; c++) {
    if (outputs[i * outputSize + c]! > outputs[i * outputSize + best]!) best = c;
  }
  return best;
}

/** Loss and accuracy of a network on a split; outputs and classes where they are wanted. */
export interface Measured {
  readonly loss: number;
  readonly accuracy: number | null;
  readonly outputs: Float64Array | null;
  /** [samples] */
  readonly classes: Uint8Array | null;
}

/** The network on all of a split; dropout is the identity. */
export function measureSplit(
  engine: GradientEngine,
  split: LoadedSplit,
  keep: { readonly outputs: boolean; readonly classes: boolean },
): Measured {
  const { model, loss } = engine;
  const outputSize = sizeOf(model.outputShape);
  const classes = model.outputShape.at(-1)!;
  const { samples, labels, targets } = split;
  const kept = keep.outputs ? new Float64Array(samples * outputSize) : null;
  const said = keep.classes ? new Uint8Array(samples) : null;
  let total = 0;
  let right = 0;
  for (const { from, count, outputs } of outputsOf(engine, split.x, samples)) {
    kept?.set(outputs, from * outputSize);
    const y = targets.subarray(from * outputSize, (from + count) * outputSize);
    total += lossAt(loss, [outputs], y, samples, classes).value;
    if (labels === null && said === null) continue;
    for (let i = 0; i < count; i++) {
      const best = largestAt(outputs, i, outputSize, classes);
      if (said !== null) said[from + i] = best;
      if (best === labels?.[from + i]) right++;
    }
  }
  return { loss: total, accuracy: labels === null ? null : right / samples, outputs: kept, classes: said };
}

/** The class of the largest output for every row of x. [samples] */
export function classesAt(engine: GradientEngine, x: FloatArray, samples: number): Uint8Array {
  const outputSize = sizeOf(engine.model.outputShape);
  const classes = engine.model.outputShape.at(-1)!;
  const out = new Uint8Array(samples);
  for (const { from, count, outputs } of outputsOf(engine, x, samples)) {
    for (let i = 0; i < count; i++) out[from + i] = largestAt(outputs, i, outputSize, classes);
  }
  return out;
}

/** Samples without targets, checked, in the arithmetic of training. */
export function loadProbe(
  model: FiniteModel,
  x: NdArray,
  dtype: TrainingDtype,
  where: string,
): { readonly x: FloatArray; readonly samples: number } {
  const { data, samples } = samplesOf(model, x, where);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0 && samples > 0) return { x: inDtype(data, dtype), samples };
  const problem = samples === 0 ? "there are no samples" : `x has ${data[bad]} at index ${bad}`;
  throw new ForetrainError("ERR_DATA", `${where}: ${problem}, expected samples of finite numbers`, {
    argument: where,
    ...(bad < 0 ? {} : { index: bad }),
  });
}

/** Gradients of the mean loss over any rows, larger than the engine's batch or not. */
export function rowGradients(
  engine: GradientEngine,
  split: LoadedSplit,
): (
  rows: Rows,
  masks: Parameters<GradientEngine["lossGradient"]>[3],
) => { readonly value: number; readonly gradient: FloatArray } {
  const { model, batch } = engine;
  const inputSize = sizeOf(model.inputShape);
  const outputSize = sizeOf(model.outputShape);
  const like = (length: number): FloatArray =>
    split.x instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  let staged: { readonly x: FloatArray; readonly y: FloatArray } | null = null;
  let sum: Float64Array | null = null;
  const part = (rows: Rows, first: number, count: number) => {
    if (!(rows instanceof Uint32Array)) {
      const from = rows.from + first;
      return {
        x: split.x.subarray(from * inputSize, (from + count) * inputSize),
        y: split.y.subarray(from * outputSize, (from + count) * outputSize),
      };
    }
    staged ??= { x: like(batch * inputSize), y: like(batch * outputSize) };
    for (let i = 0; i < count; i++) {
      const row = rows[first + i]!;
      staged.x.set(split.x.subarray(row * inputSize, (row + 1) * inputSize), i * inputSize);
      staged.y.set(split.y.subarray(row * outputSize, (row + 1) * outputSize), i * outputSize);
    }
    return staged;
  };
  return (rows, masks) => {
    const count = rows instanceof Uint32Array ? rows.length : rows.count;
    if (count <= batch) {
      const { x, y } = part(rows, 0, count);
      return { value: engine.lossGradient(x, y, count, masks), gradient: engine.gradient };
    }
    sum ??= new Float64Array(engine.gradient.length);
    sum.fill(0);
    let value = 0;
    for (let first = 0; first < count; first += batch) {
      const size = Math.min(batch, count - first);
      const { x, y } = part(rows, first, size);
      const share = size / count;
      value += share * engine.lossGradient(x, y, size, masks);
      for (let i = 0; i < sum.length; i++) sum[i]! += share * engine.gradient[i]!;
    }
    return { value, gradient: sum };
  };
}
