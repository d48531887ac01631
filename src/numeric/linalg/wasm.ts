/**
 * The implementation in the package's own WebAssembly SIMD. Operands live in ordinary arrays and are copied to its memory:
 * whole for factorizations, block by block for products, which therefore have no limit of size.
 * @module
 */
import type { DenseImplementation, Region, View } from "./implementation.js";
import {
  factorShared,
  loneProduct,
  REGION,
  type RunProduct,
  type SolveArguments,
  solveUnits,
  teamProduct,
} from "./shared-work.js";
import { decompose, eigenMemory } from "./symmetric.js";
import { openTeam, type Team, teamIsReady } from "./team.js";
import { type LinearAlgebraMemory, openLinearAlgebra } from "./wasm-memory.js";
import { paddedStride, reductionMemory, teamWorkspace, wasmWorkspace } from "./wasm-workspace.js";

const DOUBLE = 8;
/** Side of the blocks of a product, a multiple of the module's own block of 256 so that sums run in the same order. */
const SIDE = 1024;
/** The same with threads: while this one copies a block the others wait, and copies are 1 / side of the work. */
const SHARED_SIDE = 3072;
/** A solve copies right-hand sides in groups of so many bytes. */
const GROUP_BYTES = 2 ** 28;

/** Multiplications from which more threads pay, where they must be started (some 40 ms) and where they are at hand. */
const SMALLEST_SHARED = 5e8;
const SMALLEST_READY = 5e7;
/** The same for the eigen-decomposition, by its side. */
const SMALLEST_EIGEN = 500;
/** Arrays of the eigen-solver at one time, at most. */
const ALLOCATIONS = 24;

/** Threads for a problem of so many multiplications; null where one alone is as fast. */
function teamFor(multiplications: number, bytes: number, threads: number): Team | null {
  if (multiplications < (teamIsReady() ? SMALLEST_READY : SMALLEST_SHARED)) return null;
  return openTeam(bytes, threads);
}

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
  { exports, start }: LinearAlgebraMemory,
  run: RunProduct,
  side: number,
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
  const mc = Math.min(side, m);
  const nc = Math.min(side, n);
  const kc = Math.min(side, k);
  const aAt = start / DOUBLE;
  const bAt = aAt + mc * kc;
  const cAt = bAt + kc * nc;
  for (let j = 0; j < n; j += side) {
    const cols = Math.min(side, n - j);
    for (let i = 0; i < m; i += side) {
      const rows = Math.min(side, m - i);
      if ((region === "lower" && i < j) || (region === "upper" && i > j)) continue;
      copyRuns(c, cOffset + i * cStride + j, cStride, heap, cAt, cols, rows, cols);
      for (let p = 0; p < k; p += side) {
        const depth = Math.min(side, k - p);
        const [ars, acs] = copyBlock(a, i, p, rows, depth, heap, aAt);
        const [brs, bcs] = copyBlock(b, p, j, depth, cols, heap, bAt);
        const inside = i === j ? REGION[region] : REGION.full;
        const [aBytes, bBytes, cBytes] = [aAt * DOUBLE, bAt * DOUBLE, cAt * DOUBLE];
        run(rows, cols, depth, alpha, aBytes, ars, acs, bBytes, brs, bcs, cBytes, cols * DOUBLE, inside);
      }
      copyRuns(heap, cAt, cols, c, cOffset + i * cStride + j, cStride, rows, cols);
    }
  }
}

/** The package's own WebAssembly. Crossovers measured against plain TypeScript, copies included. */
export const embedded: DenseImplementation = {
  name: "WebAssembly SIMD",
  smallest: { gemm: 1500, factor: 6000, solve: 500, eigen: 60 ** 3 },

  gemm(m, n, k, alpha, a, b, c, cOffset, cStride, region = "full", threads = 1) {
    const bytes = (side: number) => {
      const [mc, nc, kc] = [Math.min(side, m), Math.min(side, n), Math.min(side, k)];
      return (mc * kc + kc * nc + mc * nc) * DOUBLE;
    };
    const team = teamFor(m * n * k, bytes(SHARED_SIDE), threads);
    const memory = team ?? openLinearAlgebra(bytes(SIDE));
    if (memory === null) return false;
    const run = team === null ? loneProduct(memory.exports, memory.scratch) : teamProduct(team);
    const side = team === null ? SIDE : SHARED_SIDE;
    try {
      product(memory, run, side, m, n, k, alpha, a, b, c, cOffset, cStride, region);
    } finally {
      memory.close();
    }
    return true;
  },

  factor(_source, l, n, floors, threads) {
    const bytes = (n * n + n) * DOUBLE;
    const team = teamFor(n ** 3 / 6, bytes, threads);
    const memory = team ?? openLinearAlgebra(bytes);
    if (memory === null) return "unavailable";
    const { exports, start, scratch } = memory;
    const heap = new Float64Array(exports.memory.buffer);
    const at = start / DOUBLE;
    const floorsAt = at + n * n;
    for (let i = 0; i < n; i++) heap.set(l.subarray(i * n, i * n + i + 1), at + i * n);
    heap.set(floors, floorsAt);
    const [row, floorsBytes] = [n * DOUBLE, floorsAt * DOUBLE];
    const failed =
      team === null
        ? exports.dpotrf(n, start, row, floorsBytes, scratch)
        : factorShared(team, n, start, row, floorsBytes);
    if (failed < 0) {
      for (let i = 0; i < n; i++) l.set(heap.subarray(at + i * n, at + i * n + i + 1), i * n);
    } else {
      floors[failed] = heap[floorsAt + failed]!;
    }
    memory.close();
    return failed;
  },

  solve(l, x, n, k, transpose, threads) {
    const group = Math.min(k, Math.max(8, Math.floor(GROUP_BYTES / DOUBLE / n)));
    const bytes = (n * n + n * group) * DOUBLE;
    const team = teamFor((n * n * k) / 2, bytes, threads);
    const memory = team ?? openLinearAlgebra(bytes);
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
      const xBytes = xAt * DOUBLE;
      // L^T with rows and columns in reverse order is lower triangular
      const args: SolveArguments = transpose
        ? [n, width, start + (n * n - 1) * DOUBLE, -DOUBLE, -n * DOUBLE, xBytes + (n - 1) * row, -row]
        : [n, width, start, n * DOUBLE, DOUBLE, xBytes, row];
      if (team === null) exports.dtrsm(...args, scratch);
      else team.run(solveUnits(args, threads));
      copyRuns(heap, xAt, width, x, c, k, n, width);
    }
    memory.close();
    return true;
  },

  eigen(a, n, scale, vectors, threads) {
    const stride = paddedStride(n);
    const length = eigenMemory(n, stride, vectors) + reductionMemory(stride);
    const shared = n >= SMALLEST_EIGEN ? teamWorkspace(length, ALLOCATIONS, threads) : null;
    const work = shared ?? wasmWorkspace(length, ALLOCATIONS);
    return work === null ? null : decompose(work, a, n, stride, scale, vectors);
  },
};
