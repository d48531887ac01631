/**
 * Checked inputs of a kernel.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { showShape, showValue } from "../network/check.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";

/** Samples as float64 rows. */
export interface SampleSet {
  readonly count: number;
  readonly features: number;
  /** row-major [count, features] */
  readonly data: Float64Array;
}

/** Index of the first value that is not finite, -1 where all are. */
function firstNotFinite(data: Float64Array): number {
  // four sums of x - x, which stay 0 as long as all are finite: no branch for each value
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = data.length - (data.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += data[i]! - data[i]!;
    b += data[i + 1]! - data[i + 1]!;
    c += data[i + 2]! - data[i + 2]!;
    d += data[i + 3]! - data[i + 3]!;
  }
  const start = a + b + c + d === 0 ? end : 0;
  for (let i = start; i < data.length; i++) if (!Number.isFinite(data[i]!)) return i;
  return -1;
}

/**
 * Checks `x` [n, ...input] against the network's input and takes it as float64 (not copied when it is float64).
 * @throws ERR_SHAPE with both shapes, ERR_DATA with the first sample that has a value that is not finite
 */
export function checkSamples(x: NdArray, input: readonly number[], caller: string, name: string): SampleSet {
  const value: unknown = x;
  const { data: numbers, shape } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Partial<NdArray>;
  if (!ArrayBuffer.isView(numbers) || numbers instanceof DataView || !Array.isArray(shape)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: ${name} is ${showValue(value)}, expected { data, shape } with a typed array and [n, ${input.join(", ")}], ` +
        "for example { data: Float64Array.from(values.flat()), shape }",
      { argument: name, expected: "{ data, shape }" },
    );
  }
  const [count = 0, ...sample] = x.shape;
  const features = sizeOf(input);
  const fits = sample.length === input.length && sample.every((side, i) => side === input[i]);
  if (x.shape.length === 0 || !fits) {
    const reshape =
      x.shape.length > 0 && sizeOf(sample) === features
        ? "; the samples have as many values: reshape them, or change the network's input"
        : "";
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: ${name} has shape ${showShape(x.shape)}, the network's input needs [n, ${input.join(", ")}]${reshape}`,
      { argument: name, got: x.shape, expected: input },
    );
  }
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    throw new ForetrainError("ERR_SHAPE", `${caller}: ${name} has ${count} samples, expected at least 1`, {
      argument: name,
      got: x.shape,
    });
  }
  if (x.data.length !== count * features) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: ${name} has ${x.data.length} values, its shape ${showShape(x.shape)} needs ${count * features}`,
      { argument: name, got: x.data.length, expected: count * features },
    );
  }
  const data = x.data instanceof Float64Array ? x.data : Float64Array.from(x.data);
  const wrong = firstNotFinite(data);
  if (wrong >= 0) {
    const at = Math.floor(wrong / features);
    throw new ForetrainError(
      "ERR_DATA",
      `${caller}: sample ${at} of ${name} holds ${data[wrong]} (value ${wrong % features} of ${features}), expected finite numbers; remove or repair the sample`,
      { argument: name, sample: at, got: data[wrong] },
    );
  }
  return { count, features, data };
}
