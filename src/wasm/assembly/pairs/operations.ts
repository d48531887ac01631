/**
 * The operations on pairs by number, as in src/kernels/simd/instructions.ts.
 * @module
 */
import { erf } from "../dual/erf";
import { gelu } from "../dual/gelu";
import { graded } from "../dual/graded";
import { mehler } from "../dual/mehler";
import { piecewiseLinear } from "../dual/piecewise-linear";
import { combine, dense, dropout, first, normalize, product } from "./elementwise";
import { operateByEntries } from "./entrywise-operations";

/** Runs one operation on `bytes` of entries; `extra` points to its two words of counts. What the rest is: sides.ts. */
export function operate<T, R, N>(
  operation: i32, bytes: usize, to: usize, from: usize, other: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  switch (operation) {
    case 0: first<T, N>(bytes, from, to, field, constants); break;
    case 1: dense<T, N>(bytes, from, to, field, constants); break;
    case 2: combine<T, N>(bytes, from, other, to, field, constants); break;
    case 3: product<T, R, N>(bytes, from, other, to, field, rows, rowStride, cols, colStride); break;
    case 4: normalize<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride); break;
    case 5: dropout<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 6: piecewiseLinear<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 7: erf<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 8: gelu<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 9: mehler<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 12: graded<T, R, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    default: operateByEntries<T, R, N>(operation, bytes, to, from, field, rows, rowStride, cols, colStride, constants, extra);
  }
}
