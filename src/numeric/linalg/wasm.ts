/**
 * The implementation in the package's own WebAssembly SIMD. Operands live in ordinary arrays and are copied to its memory:
 * whole for factorizations, block by block for products, which therefore have no limit of size.
 * @module
 */
import type { DenseImplementation, Region, View } from "./implementation.js";
import { decompose, eigenMemory } from "./symmetric.js";
import { openTeam } from "./team.js";
import { type LinearAlgebraMemory, openLinearAlgebra } from "./wasm-memory.js";
import { paddedStride, reductionMemory, wasmWorkspace } from "./wasm-workspace.js";

const DOUBLE = 8;
/** Side of the blocks of a product, a multiple of the module's own block of 256 so that sums run in the same order. */
const SIDE = 1024;
/** A solve copies right-hand sides in groups of so many bytes. */
const GROUP_BYTES = 2 ** 28;

/** From this side on more threads pay: below, starting them and waiting for them takes longer than they save. */
const SMALLEST_SHARED = 500;
/** Arrays of the eigen-solver at one time, at most. */
const ALLOCATIONS = 24;

const REGION: Record<Region, number> = { full: 0, lower: 1, upper: 2 };

/** Copies `count` runs of `length` numbers to consecutive runs of `toStride`; one copy where both are contiguous. */
function copyRuns(
  from: Float64Array,
  fromAt: number,
  fromStride: number,
  to: Float64Array,
  toAt: number,
  toStride: number,
  count: number,
  length: number,
): void {
  if (fromStride === length && toStride === length) {
    to.set(from.subarray(fromAt, fromAt + count * length), toAt);
    return;
  }
  for (let i = 0; i < count; i++) {
    const at = fromAt + i * fromStride;
    to.set(from.subarray(at, at + length), toAt + i * toStride);
  }
}

/** Copies a block of a view to `to` in the order in which the view holds it; returns its byte strides there. */
function copyBlock(
  { data, offset, rowStride, colStride }: View,
  row: number,
  col: number,
  rows: number,
  cols: number,
  to: Float64Array,
  toAt: number,
): readonly [rowStride: number, colStride: number] {
  const at = offset + row * rowStride + col * colStride;
  if (colStride === 1) {
    copyRuns(data, at, rowStride, to, toAt, cols, rows, cols);
    return [cols * DOUBLE, DOUBLE];
  }
  if (rowStride !== 1) throw new Error("a view must be contiguous along one of its sides");
  copyRuns(data, at, colStride, to, toAt, rows, cols, rows);
  return [DOUBLE, rows * DOUBLE];
}

function product(
  { exports, start, scratch }: LinearAlgebraMemory,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: View,
  b: View,
  c: Float64Array,
  cOffset: number,
  cStride: number,
  region: Region,
): void {
  const heap = new Float64Array(exports.memory.buffer);
  const mc = Math.min(SIDE, m);
  const nc = Math.min(SIDE, n);
  const kc = Math.min(SIDE, k);
  const aAt = start / DOUBLE;
  const bAt = aAt + mc * kc;
  const cAt = bAt + kc * nc;
  for (let j = 0; j < n; j += SIDE) {
    const cols = Math.min(SIDE, n - j);
    for (let i = 0; i < m; i += SIDE) {
      const rows = Math.min(SIDE, m - i);
      if ((region === "lower" && i < j) || (region === "upper" && i > j)) continue;
      copyRuns(c, cOffset + i * cStride + j, cStride, heap, cAt, cols, rows, cols);
      for (let p = 0; p < k; p += SIDE) {
        const depth = Math.min(SIDE, k - p);
        const [ars, acs] = copyBlock(a, i, p, rows, depth, heap, aAt);
        const [brs, bcs] = copyBlock(b, p, j, depth, cols, heap, bAt);
        exports.dgemm(
          rows,
          cols,
          depth,
          alpha,
          aAt * DOUBLE,
          ars,
          acs,
          bAt * DOUBLE,
          brs,
          bcs,
          cAt * DOUBLE,
          cols * DOUBLE,
          i === j ? REGION[region] : REGION.full,
          scratch,
        );
      }
      copyRuns(heap, cAt, cols, c, cOffset + i * cStride + j, cStride, rows, cols);
    }
  }
}

/** The package's own WebAssembly. Crossovers measured against plain TypeScript, copies included. */
export const embedded: DenseImplementation = {
  name: "WebAssembly SIMD",
  smallest: { gemm: 1500, factor: 6000, solve: 500, eigen: 60 ** 3 },

  gemm(m, n, k, alpha, a, b, c, cOffset, cStride, region = "full") {
    const [mc, nc, kc] = [Math.min(SIDE, m), Math.min(SIDE, n), Math.min(SIDE, k)];
    const memory = openLinearAlgebra((mc * kc + kc * nc + mc * nc) * DOUBLE);
    if (memory === null) return false;
    product(memory, m, n, k, alpha, a, b, c, cOffset, cStride, region);
    memory.close();
    return true;
  },

  factor(_source, l, n, floors) {
    const memory = openLinearAlgebra((n * n + n) * DOUBLE);
    if (memory === null) return "unavailable";
    const { exports, start, scratch } = memory;
    const heap = new Float64Array(exports.memory.buffer);
    const at = start / DOUBLE;
    const floorsAt = at + n * n;
    for (let i = 0; i < n; i++) heap.set(l.subarray(i * n, i * n + i + 1), at + i * n);
    heap.set(floors, floorsAt);
    const failed = exports.dpotrf(n, start, n * DOUBLE, floorsAt * DOUBLE, scratch);
    if (failed < 0) {
      for (let i = 0; i < n; i++) l.set(heap.subarray(at + i * n, at + i * n + i + 1), i * n);
    } else {
      floors[failed] = heap[floorsAt + failed]!;
    }
    memory.close();
    return failed;
  },

  solve(l, x, n, k, transpose) {
    const group = Math.min(k, Math.max(8, Math.floor(GROUP_BYTES / DOUBLE / n)));
    const memory = openLinearAlgebra((n * n + n * group) * DOUBLE);
    if (memory === null) return false;
    const { exports, start, scratch } = memory;
    const heap = new Float64Array(exports.memory.buffer);
    const at = start / DOUBLE;
    const xAt = at + n * n;
    for (let i = 0; i < n; i++) heap.set(l.subarray(i * n, i * n + i + 1), at + i * n);
    for (let c = 0; c < k; c += group) {
      const width = Math.min(group, k - c);
      const row = width * DOUBLE;
      copyRuns(x, c, k, heap, xAt, width, n, width);
      if (transpose) {
        // L^T with rows and columns in reverse order is lower triangular
        const lastL = start + (n * n - 1) * DOUBLE;
        const lastX = xAt * DOUBLE + (n - 1) * row;
        exports.dtrsm(n, width, lastL, -DOUBLE, -n * DOUBLE, lastX, -row, scratch);
      } else {
        exports.dtrsm(n, width, start, n * DOUBLE, DOUBLE, xAt * DOUBLE, row, scratch);
      }
      copyRuns(heap, xAt, width, x, c, k, n, width);
    }
    memory.close();
    return true;
  },

  eigen(a, n, scale, vectors, threads) {
    const stride = paddedStride(n);
    const length = eigenMemory(n, stride, vectors) + reductionMemory(stride);
    const team = threads > 1 && n >= SMALLEST_SHARED ? openTeam(length, ALLOCATIONS, threads) : null;
    const work = team ?? wasmWorkspace(length, ALLOCATIONS);
    return work === null ? null : decompose(work, a, n, stride, scale, vectors);
  },
};
