/**
 * Operations that cost so much for each entry that spreading the row side's features over the entries first is cheap:
 * they are compiled for R = Entries only.
 * @module
 */
import { rectifiedMonomial, step } from "../dual/arc-cosine";
import { exponential, expNormalized } from "../dual/exponential";
import { gabor } from "../dual/gabor";
import { gaussian } from "../dual/gaussian";
import { polynomial } from "../dual/polynomial";
import { trigonometric } from "../dual/trigonometric";
import { Entries, rowFeature } from "./sides";

const FIRST = 16;
const POLYNOMIAL = 23;
/** feature tables of each operation; a polynomial of degree n has 2 n more */
const TABLES = memory.data<u8>([4, 3, 5, 5, 4, 3, 6, 5]);
/** at most: degree 16 */
const TABLES_MAX: i32 = 37;
/** bytes of entries done at a time */
const BLOCK: usize = 2048;
const SPREAD = memory.data(37 * 2048, 16);

function dual<T, N>(
  operation: i32, bytes: usize, to: usize, from: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  switch (operation - FIRST) {
    case 0: trigonometric<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 1: exponential<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 2: gaussian<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 3: gabor<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 4: expNormalized<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 5: step<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 6: rectifiedMonomial<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants, extra); break;
    case 7: polynomial<T, Entries, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants, extra); break;
    default: unreachable();
  }
}

/** Runs one of these operations on `bytes` of entries; arguments as of `operate`. */
export function operateByEntries<T, R, N>(
  operation: i32, bytes: usize, to: usize, from: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  let tables = <i32>load<u8>(TABLES + <usize>(operation - FIRST));
  if (operation == POLYNOMIAL) tables += 2 * load<i32>(extra);
  if (tables > TABLES_MAX) unreachable();
  for (let b: usize = 0; b < bytes; b += BLOCK) {
    const length = min(BLOCK, bytes - b);
    for (let i = 0; i < tables; i++) {
      const table = rows + <usize>i * rowStride;
      const block = SPREAD + <usize>i * BLOCK;
      for (let o: usize = 0; o < length; o += 16) v128.store(block + o, rowFeature<T, R>(table, b + o));
    }
    dual<T, N>(operation, length, to + b, from + b, field, SPREAD, BLOCK, cols + b, colStride, constants, extra);
  }
}
