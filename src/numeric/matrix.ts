/**
 * Dense arrays as plain data over typed arrays: they survive `postMessage`, and npz holds them as they are.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** A dense float64 matrix, row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly shape: readonly [rows: number, cols: number];
}

/** The element types that npz files and data sets hold. */
export type NumericArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A dense array of any rank, C order (last index fastest). */
export interface NdArray<T extends NumericArray = NumericArray> {
  readonly data: T;
  readonly shape: readonly number[];
  /** of an array of texts, as `readNpy` reads one: `data` are indices into these, which are different and sorted by code unit */
  readonly texts?: readonly string[];
}

/** A `rows` x `cols` matrix, of zeros unless `data` is given (taken as it is, not copied). */
export function matrix(rows: number, cols: number, data?: Float64Array): Matrix {
  if (data !== undefined && data.length !== rows * cols) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `matrix: data has ${data.length} numbers, expected ${rows} x ${cols} = ${rows * cols}`,
      { argument: "data", got: data.length, expected: rows * cols },
    );
  }
  return { data: data ?? new Float64Array(rows * cols), shape: [rows, cols] };
}

/** Matrix from rows of equal length. */
export function matrixFromRows(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  const out = matrix(rows.length, cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `matrixFromRows: row ${i} has ${row.length} numbers, expected ${cols} as in row 0`,
        { argument: "rows", got: row.length, expected: cols },
      );
    }
    out.data.set(row, i * cols);
  });
  return out;
}

/** A new matrix with rows and columns exchanged. */
export function transpose(a: Matrix): Matrix {
  const [n, m] = a.shape;
  const out = matrix(m, n);
  const TILE = 32; // 32 x 32 doubles = 8 KiB: source and target tiles stay in L1
  for (let i0 = 0; i0 < n; i0 += TILE) {
    const i1 = Math.min(n, i0 + TILE);
    for (let j0 = 0; j0 < m; j0 += TILE) {
      const j1 = Math.min(m, j0 + TILE);
      for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) out.data[j * n + i] = a.data[i * m + j];
    }
  }
  return out;
}

/** The number of elements of a shape: 1 for a scalar's `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The rows at `indices` of the first axis, in that order, in the type of the array. */
export function takeRows({ data, shape }: NdArray, indices: ArrayLike<number>): NdArray {
  const [, ...rest] = shape;
  const size = sizeOf(rest);
  const SameType = data.constructor as new (length: number) => typeof data;
  const out = new SameType(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * size;
    out.set(data.subarray(from, from + size), i * size);
  }
  return { data: out, shape: [indices.length, ...rest] };
}
