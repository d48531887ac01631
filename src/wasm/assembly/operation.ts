/**
 * Single operations on pairs, for their tests; not part of the package. The row side has a value for each entry.
 * @module
 */
import { operate } from "./pairs/operations";
import { Entries, NoTangent, Tangent } from "./pairs/sides";

/** The first byte of the memory that the host may use. */
export function heapBase(): usize {
  return __heap_base;
}

export function operate64(
  tangent: bool, operation: i32, bytes: usize, to: usize, from: usize, other: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  if (tangent) {
    operate<f64, Entries, Tangent>(operation, bytes, to, from, other, field, rows, rowStride, cols, colStride, constants, extra);
  } else {
    operate<f64, Entries, NoTangent>(operation, bytes, to, from, other, field, rows, rowStride, cols, colStride, constants, extra);
  }
}

export function operate32(
  tangent: bool, operation: i32, bytes: usize, to: usize, from: usize, other: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  if (tangent) {
    operate<f32, Entries, Tangent>(operation, bytes, to, from, other, field, rows, rowStride, cols, colStride, constants, extra);
  } else {
    operate<f32, Entries, NoTangent>(operation, bytes, to, from, other, field, rows, rowStride, cols, colStride, constants, extra);
  }
}
