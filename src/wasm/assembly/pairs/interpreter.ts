/**
 * Runs a lowered program over a tile of pairs, chunk by chunk of a row, so that a chunk goes through all layers in L1.
 *
 * The host writes one `frame` of 32-bit words (the order below and in src/kernels/simd/vector-engine.ts) and the program:
 * instructions of 8 words: operation, slot written, slots read (two), table, constant, extra (two).
 * @module
 */
import { ALIGNED_END, ALIGNED_FIRST, operateAligned } from "./aligned";
import { finish } from "./elementwise";
import { operate } from "./operations";
import { hasTangent, NoTangent, OneSample, Tangent } from "./sides";

// @ts-ignore: decorator
@inline
function word(frame: usize, i: usize): usize {
  return <usize>load<u32>(frame + 4 * i);
}

// words of a frame
const CODE = 0;
const CODE_END = 1;
const CONSTANTS = 2;
/** tables of per-sample features, [table][sample], of rows and of columns, and the bytes between two tables */
const ROW_TABLES = 3;
const ROW_STRIDE = 4;
const COL_TABLES = 5;
const COL_STRIDE = 6;
/** scratch: slots of `2 * FIELD` bytes, d and g */
const SLOTS = 7;
const FIELD = 8;
/** d of the inputs, rows GRAM_WIDTH bytes apart */
const GRAM = 9;
const GRAM_WIDTH = 10;
/** f64 results, rows of the tile's width; 0 where not wanted */
const NNGP = 11;
const NTK = 12;
const NNGP_GAP = 13;
const NTK_GAP = 14;
/** slot of the result; tables of q / 2 and theta / 2 of the output */
const OUTPUT = 15;
const HALF_Q = 16;
const HALF_THETA = 17;
/** entries of a chunk */
const CHUNK = 18;
/** g of carried states, as GRAM has their d; 0 where there are none */
const GRAM_TANGENT = 19;

// operations on the tile's carried states
const RESUME = 10;
const CARRY = 11;

// @ts-ignore: decorator
@inline
function runChunk<T, N>(
  frame: usize, bytes: usize, gram: usize, gramTangent: usize, rows: usize, cols: usize,
): void {
  const rowStride = word(frame, ROW_STRIDE);
  const colStride = word(frame, COL_STRIDE);
  const slots = word(frame, SLOTS);
  const field = word(frame, FIELD);
  const constants = word(frame, CONSTANTS);
  const end = word(frame, CODE_END);
  for (let at = word(frame, CODE); at < end; at += 32) {
    const to = slots + 2 * field * word(at, 1);
    const a = slots + 2 * field * word(at, 2);
    const b = slots + 2 * field * word(at, 3);
    const p = rows + word(at, 4) * rowStride;
    const q = cols + word(at, 4) * colStride;
    const c = constants + 8 * word(at, 5);
    const operation = load<i32>(at);
    if (operation == RESUME) {
      memory.copy(to, gram, bytes);
      if (hasTangent<N>()) memory.copy(to + field, gramTangent, bytes);
      continue;
    }
    if (operation == CARRY) {
      memory.copy(gram, a, bytes);
      if (hasTangent<N>()) memory.copy(gramTangent, a + field, bytes);
      continue;
    }
    const from = operation == 0 || operation == ALIGNED_FIRST ? gram : a;
    if (operation >= ALIGNED_FIRST && operation < ALIGNED_END) {
      operateAligned<T, N>(operation, bytes, to, from, field, p, rowStride, q, colStride, c);
    } else {
      operate<T, OneSample, N>(operation, bytes, to, from, b, field, p, rowStride, q, colStride, c, at + 24);
    }
  }
}

/**
 * Rows [row, row + m) and columns [col, col + n) of the job; `gram` holds the tile's d. With `triangle`, row i of the
 * tile needs the columns from i on only.
 */
// @ts-ignore: decorator
@inline
function runTile<T, N>(frame: usize, row: i32, m: i32, col: i32, n: i32, triangle: bool): void {
  const size: usize = sizeof<T>();
  const lanes: i32 = 16 / sizeof<T>();
  const chunk = <i32>word(frame, CHUNK);
  const gram = word(frame, GRAM);
  const gramTangent = word(frame, GRAM_TANGENT);
  const gramWidth = word(frame, GRAM_WIDTH);
  const field = word(frame, FIELD);
  const output = word(frame, SLOTS) + 2 * field * word(frame, OUTPUT);
  const rowTables = word(frame, ROW_TABLES) + <usize>row * size;
  const colTables = word(frame, COL_TABLES) + <usize>col * size;
  const rowStride = word(frame, ROW_STRIDE);
  const colStride = word(frame, COL_STRIDE);
  const k = word(frame, NNGP);
  const t = word(frame, NTK);
  const kGap = word(frame, NNGP_GAP);
  const tGap = word(frame, NTK_GAP);
  const halfQ = word(frame, HALF_Q);
  const halfTheta = word(frame, HALF_THETA);
  for (let start: i32 = 0; start < n; start += chunk) {
    const end = min(start + chunk, n);
    const last = triangle ? min(m, end) : m;
    for (let i: i32 = 0; i < last; i++) {
      const j = triangle ? max(start, i & ~(lanes - 1)) : start;
      const count = end - j;
      const rows = rowTables + <usize>i * size;
      const cols = colTables + <usize>j * size;
      const bytes = (<usize>count * size + 15) & ~15;
      const entry = <usize>i * gramWidth + <usize>j * size;
      runChunk<T, N>(frame, bytes, gram + entry, gramTangent + entry, rows, cols);
      const at = (<usize>i * <usize>n + <usize>j) * 8;
      if ((k | kGap) != 0) {
        finish<T>(count, output, rows + halfQ * rowStride, cols + halfQ * colStride, k != 0 ? k + at : 0, kGap != 0 ? kGap + at : 0);
      }
      if ((t | tGap) != 0) {
        finish<T>(
          count, output + field, rows + halfTheta * rowStride, cols + halfTheta * colStride,
          t != 0 ? t + at : 0, tGap != 0 ? tGap + at : 0,
        );
      }
    }
  }
}

export function runTile64(frame: usize, row: i32, m: i32, col: i32, n: i32, triangle: bool, tangent: bool): void {
  if (tangent) runTile<f64, Tangent>(frame, row, m, col, n, triangle);
  else runTile<f64, NoTangent>(frame, row, m, col, n, triangle);
}

export function runTile32(frame: usize, row: i32, m: i32, col: i32, n: i32, triangle: bool, tangent: bool): void {
  if (tangent) runTile<f32, Tangent>(frame, row, m, col, n, triangle);
  else runTile<f32, NoTangent>(frame, row, m, col, n, triangle);
}
