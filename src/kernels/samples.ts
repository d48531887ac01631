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
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) {
      const at = Math.floor(i / features);
      throw new ForetrainError(
        "ERR_DATA",
        `${caller}: sample ${at} of ${name} holds ${data[i]} (value ${i % features} of ${features}), expected finite numbers; remove or repair the sample`,
        { argument: name, sample: at, got: data[i] },
      );
    }
  }
  return { count, features, data };
}
