/**
 * From raw features to the float64 inputs that kernels read.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import type { Dataset } from "./dataset.js";
import { failData } from "./problem.js";

/**
 * How inputs are normalized. n_0 is the number of features of a sample.
 *
 * | kind | formula | note |
 * |---|---|---|
 * | `unit` | x sqrt(n_0) / norm(x), so norm(x)^2 = n_0 and q^0 = norm(x)^2 / n_0 = 1 for every sample | paper B; nothing is subtracted; a zero sample has no direction and is an error |
 * | `standardize` | (x - mean) / deviation, per feature of vectors, per channel (last axis) of images; mean and population deviation of the train samples only | a constant feature becomes 0 on train samples: it is centred and not divided |
 * | `none` | x / valueScale | bytes become [0, 1] |
 */
export type Normalization = "unit" | "standardize" | "none";

/** Samples as float64 on a common scale, with what was done to them. */
export interface NormalizedInputs {
  /** [n, ...inputShape] */
  readonly train: NdArray<Float64Array>;
  /** [m, ...inputShape], transformed like the train samples */
  readonly test: NdArray<Float64Array>;
}

const KINDS: readonly Normalization[] = ["unit", "standardize", "none"];

function scaled({ data, shape }: NdArray, factor: number): NdArray<Float64Array> {
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[i]! / factor;
  return { data: out, shape };
}

function unitNorm(name: string, { data, shape }: NdArray): NdArray<Float64Array> {
  const n0 = sizeOf(shape.slice(1));
  const out = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += n0) {
    let largest = 0;
    for (let j = start; j < start + n0; j++) largest = Math.max(largest, Math.abs(data[j]!));
    const sample = start / n0;
    if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) {
      const problem = largest === 0 ? "is all zeros: it has no direction" : "is not finite";
      failData(
        name,
        `sample ${sample} ${problem}`,
        'remove it, or use the normalization "standardize" or "none"',
        { index: sample, got: largest },
      );
    }
    // divided by the largest first, so that neither 1e200 nor 1e-200 leaves the range when squared
    let sum = 0;
    for (let j = start; j < start + n0; j++) {
      const v = data[j]! / largest;
      out[j] = v;
      sum += v * v;
    }
    const factor = Math.sqrt(n0 / sum);
    for (let j = start; j < start + n0; j++) out[j]! *= factor;
  }
  return { data: out, shape };
}

/** Mean and population standard deviation per group; element i belongs to group i mod groups. Two passes, no cancellation. */
function moments({ data }: NdArray, groups: number): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(groups);
  const deviation = new Float64Array(groups);
  const per = data.length / groups;
  for (let i = 0; i < data.length; i++) mean[i % groups]! += data[i]!;
  for (let g = 0; g < groups; g++) mean[g]! /= per;
  for (let i = 0; i < data.length; i++) deviation[i % groups]! += (data[i]! - mean[i % groups]!) ** 2;
  for (let g = 0; g < groups; g++) deviation[g] = Math.sqrt(deviation[g]! / per);
  return { mean, deviation };
}

/** A deviation below this share of the mean is rounding of a constant: eps times a margin for the sum of n terms. */
const CONSTANT = 2 ** -44;

function standardize(train: NdArray, test: NdArray): NormalizedInputs {
  const sampleShape = train.shape.slice(1);
  const groups = sampleShape.length === 1 ? sampleShape[0]! : sampleShape.at(-1)!;
  const { mean, deviation } = moments(train, groups);
  const divisor = deviation.map((s, g) => (s > CONSTANT * Math.abs(mean[g]!) ? s : 1));
  const apply = ({ data, shape }: NdArray): NdArray<Float64Array> => {
    const out = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const g = i % groups;
      out[i] = (data[i]! - mean[g]!) / divisor[g]!;
    }
    return { data: out, shape };
  };
  return { train: apply(train), test: apply(test) };
}

/**
 * The normalized inputs of a data set, usually of a subset.
 *
 * @throws ForetrainError `ERR_DATA` for a zero sample under `unit`, `ERR_SPEC` for an unknown kind
 */
export function normalizeInputs(
  set: Pick<Dataset, "name" | "valueScale" | "train" | "test">,
  kind: Normalization,
): NormalizedInputs {
  switch (kind) {
    case "unit":
      return {
        train: unitNorm(`${set.name} train`, set.train.x),
        test: unitNorm(`${set.name} test`, set.test.x),
      };
    case "standardize":
      if (set.train.y.length === 0) failData(`${set.name} train`, "has no samples", "expected at least one");
      return standardize(set.train.x, set.test.x);
    case "none":
      return { train: scaled(set.train.x, set.valueScale), test: scaled(set.test.x, set.valueScale) };
    default:
      throw new ForetrainError(
        "ERR_SPEC",
        `normalization: got ${JSON.stringify(kind)}, expected one of ${KINDS.map((k) => `"${k}"`).join(", ")}`,
        { argument: "normalization", got: kind, expected: KINDS },
      );
  }
}
