/**
 * Kernels that all outputs share, [n, n], and kernels between all pairs of outputs, [n, n, k, k], as matrices; outputs as the
 * unknowns of either.
 *
 * Unknown i k + a is output a of sample i, so that K[i, j, a, b] (the axes of `empiricalKernels` with `traceAxes: []`) stands in row
 * i k + a and column j k + b.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix, type NdArray, sizeOf } from "../numeric/matrix.js";

/** A train kernel as a matrix. */
export interface TrainMatrix {
  readonly kernel: Matrix;
  /** n */
  readonly samples: number;
  /** k of a kernel between all pairs of outputs; null where all outputs share it */
  readonly outputs: number | null;
}

const wide = ({ data }: NdArray): Float64Array =>
  data instanceof Float64Array ? data : Float64Array.from(data);

function refuse(caller: string, argument: string, got: readonly number[], expected: string): never {
  throw new ForetrainError(
    "ERR_SHAPE",
    `${caller}: ${argument} has shape [${got.join(", ")}], expected ${expected}`,
    { argument, got, expected },
  );
}

/** [m, n, k, k] as [m k, n k]. */
function flatten(array: NdArray): Matrix {
  const [m, n, k] = array.shape as readonly [number, number, number, number];
  const data = wide(array);
  const out = matrix(m * k, n * k);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let a = 0; a < k; a++) {
        const from = ((i * n + j) * k + a) * k;
        out.data.set(data.subarray(from, from + k), (i * k + a) * n * k + j * k);
      }
    }
  }
  return out;
}

/** @throws ERR_SHAPE unless it is [n, n] or [n, n, k, k] with as many numbers */
export function trainMatrix(caller: string, array: NdArray): TrainMatrix {
  const { shape, data } = array;
  const [n = 0, columns, k = 1, last = 1] = shape;
  const fits = (shape.length === 2 || shape.length === 4) && n === columns && k === last;
  if (!fits || sizeOf(shape) !== data.length) {
    refuse(
      caller,
      "the train kernel",
      shape,
      `[n, n] with its ${fits ? sizeOf(shape) : "n^2"} numbers, where all outputs share it, or [n, n, k, k] between all pairs of outputs, as empiricalKernels gives with traceAxes: []`,
    );
  }
  if (sizeOf(shape) === 0) refuse(caller, "the train kernel", shape, "at least one train sample");
  return shape.length === 4
    ? { kernel: flatten(array), samples: n, outputs: k }
    : { kernel: matrix(n, n, wide(array)), samples: n, outputs: null };
}

/** A kernel between test and train points, as the train kernel's kind has it. @throws ERR_SHAPE */
export function crossMatrix(
  caller: string,
  { samples: n, outputs: k }: Omit<TrainMatrix, "kernel">,
  array: NdArray,
): Matrix {
  const { shape } = array;
  const expected = k === null ? [shape[0]!, n] : [shape[0]!, n, k, k];
  if (shape.length !== expected.length || expected.some((side, i) => side !== shape[i])) {
    const text = k === null ? `[m, ${n}]` : `[m, ${n}, ${k}, ${k}]`;
    refuse(caller, "testTrain", shape, `${text}, test against train points, as the train kernel`);
  }
  return k === null ? matrix(shape[0]!, n, wide(array)) : flatten(array);
}

/** Outputs [n, networks k] as unknowns: [n k, networks] of a kernel between outputs, themselves where it is shared. */
export function toUnknowns(x: Matrix, outputs: number | null): Matrix {
  if (outputs === null) return x;
  const [n, columns] = x.shape;
  const networks = columns / outputs;
  if (networks === 1) return matrix(n * outputs, 1, x.data);
  const out = matrix(n * outputs, networks);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < networks; d++) {
      for (let a = 0; a < outputs; a++) {
        out.data[(i * outputs + a) * networks + d] = x.data[i * columns + d * outputs + a]!;
      }
    }
  }
  return out;
}

/** The inverse of {@link toUnknowns}. */
export function fromUnknowns(x: Matrix, outputs: number | null): Matrix {
  if (outputs === null) return x;
  const [rows, networks] = x.shape;
  const [n, columns] = [rows / outputs, networks * outputs];
  if (networks === 1) return matrix(n, outputs, x.data);
  const out = matrix(n, columns);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < networks; d++) {
      for (let a = 0; a < outputs; a++) {
        out.data[i * columns + d * outputs + a] = x.data[(i * outputs + a) * networks + d]!;
      }
    }
  }
  return out;
}

/** Throws `ERR_UNAVAILABLE` for kernels between outputs, where what is asked needs one kernel for all. */
export function requireShared(caller: string, { outputs }: Omit<TrainMatrix, "kernel">): void {
  if (outputs === null) return;
  throw new ForetrainError(
    "ERR_UNAVAILABLE",
    `${caller}: the train kernel couples the ${outputs} outputs, expected one that all outputs share, [n, n]; kernels [n, n, k, k] are for spectralModel, meanOutputs, modeEnergies, lossOutputs and predict without covariance`,
    { argument: "kernel", got: outputs },
  );
}
