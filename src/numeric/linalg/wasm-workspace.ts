/**
 * The eigen-solver's workspace in the memory of the WebAssembly module: nothing is copied between its steps.
 * @module
 */
import type { View } from "./implementation.js";
import type { Steps, Tridiagonal } from "./tridiagonal.js";
import { openLinearAlgebra } from "./wasm-memory.js";
import type { Workspace } from "./workspace.js";

const DOUBLE = 8;
const PANEL = 32; // columns of the reduction whose updates of the trailing matrix are delayed; 16 to 64 differ by some per cent
const SLICE = 1e8; // entries of the trailing matrix read between two steps: some tens of milliseconds
const REGION = { full: 0, lower: 1, upper: 2 } as const;

/** Numbers that the reduction of a matrix with rows of `stride` numbers allocates, at most. */
export function reductionMemory(stride: number): number {
  return 4 * PANEL * stride + 3 * stride + 2 * PANEL + 64;
}

/** A row stride >= n: rows start at cache lines, and not all at the same place of the cache. */
export function paddedStride(n: number): number {
  const lines = Math.ceil(n / 8);
  return 8 * (lines % 64 === 0 ? lines + 1 : lines);
}

/** Room for `length` numbers in `count` allocations; null where there is no WebAssembly SIMD or not so much memory. */
export function wasmWorkspace(length: number, count: number): Workspace | null {
  const memory = openLinearAlgebra((length + 8 * count) * DOUBLE);
  if (memory === null) return null;
  const { exports, start, scratch } = memory;
  const { buffer } = exports.memory;
  let next = start;
  const allocate = (size: number): Float64Array => {
    const at = next;
    next += Math.ceil(size / 8) * 64;
    return new Float64Array(buffer, at, size);
  };
  const address = ({ data, offset }: View) => data.byteOffset + offset * DOUBLE;
  return {
    allocate,
    mark: () => next,
    release: (mark) => {
      next = mark;
    },
    gemm: (m, n, k, alpha, a, b, c, cOffset, cStride, region = "full") =>
      exports.dgemm(
        m,
        n,
        k,
        alpha,
        address(a),
        a.rowStride * DOUBLE,
        a.colStride * DOUBLE,
        address(b),
        b.rowStride * DOUBLE,
        b.colStride * DOUBLE,
        c.byteOffset + cOffset * DOUBLE,
        cStride * DOUBLE,
        REGION[region],
        scratch,
      ),
    *tridiagonalize(a: Float64Array, n: number, stride: number): Steps<Tridiagonal> {
      const mark = next;
      const [diagonal, offDiagonal, tau] = [allocate(n), allocate(n), allocate(n)];
      const pairs = allocate(2 * PANEL * stride).byteOffset;
      const swapped = allocate(2 * PANEL * stride).byteOffset;
      const coefficients = allocate(2 * PANEL).byteOffset;
      const row = stride * DOUBLE;
      for (let k0 = 0; k0 < n; k0 += PANEL) {
        const size = Math.min(PANEL, n - k0);
        const step = Math.max(1, Math.floor(SLICE / (n - k0) ** 2));
        for (let from = 0; from < size; from += step) {
          exports.reduceColumns(
            n,
            a.byteOffset,
            row,
            k0,
            from,
            Math.min(size, from + step),
            PANEL,
            diagonal.byteOffset,
            offDiagonal.byteOffset,
            tau.byteOffset,
            pairs,
            coefficients,
          );
          yield 1 - ((n - k0 - from) / n) ** 3;
        }
        exports.updateTrailing(n, a.byteOffset, row, k0, size, PANEL, pairs, swapped, scratch);
      }
      const count = Math.max(0, n - 1);
      const reduced = {
        diagonal: diagonal.slice(),
        offDiagonal: offDiagonal.slice(0, count),
        tau: tau.slice(0, count),
        reflectors: a,
        stride,
      };
      next = mark;
      return reduced;
    },
    symmetricProduct(a, n, stride, x, y) {
      y.fill(0, 0, n);
      exports.symmetricProduct(n, a.byteOffset, stride * DOUBLE, x.byteOffset, y.byteOffset);
    },
    projectOut(rows, stride, count, x) {
      const mark = next;
      const coefficients = allocate(count + 2).byteOffset;
      exports.projectOut(count, x.length, rows.byteOffset, stride * DOUBLE, x.byteOffset, coefficients);
      next = mark;
    },
    close: () => memory.close(),
  };
}
