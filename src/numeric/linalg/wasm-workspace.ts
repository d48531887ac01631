/**
 * The eigen-solver's workspace in the memory of the WebAssembly module: nothing is copied between its steps.
 * @module
 */

import type { Call } from "./board.js";
import type { GemmFunction, View } from "./implementation.js";
import { view } from "./plain-gemm.js";
import { REGION } from "./shared-work.js";
import type { Steps } from "./steps.js";
import { openTeam, type Team } from "./team.js";
import type { Tridiagonal } from "./tridiagonal.js";
import { type LinearAlgebraMemory, openLinearAlgebra } from "./wasm-memory.js";
import { cutTriangle, type Product, runInTurn, type Workspace } from "./workspace.js";

const DOUBLE = 8;
const PANEL = 32; // columns of the reduction whose updates of the trailing matrix are delayed; 16 to 64 differ by some per cent
const SLICE = 1e8; // entries of the trailing matrix read between two steps: some tens of milliseconds

/** Numbers that the reduction of a matrix with rows of `stride` numbers allocates, at most. */
export function reductionMemory(stride: number): number {
  return 4 * PANEL * stride + 3 * stride + 2 * PANEL + 64;
}

/** A row stride >= n: rows start at cache lines, and not all at the same place of the cache. */
export function paddedStride(n: number): number {
  const lines = Math.ceil(n / 8);
  return 8 * (lines % 64 === 0 ? lines + 1 : lines);
}

const address = ({ data, offset }: View) => data.byteOffset + offset * DOUBLE;

function gemmArguments([m, n, k, alpha, a, b, c, cOffset, cStride, region = "full"]: Product) {
  return [
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
  ] as const;
}

const gemmCall = (product: Product): Call => ({ routine: "dgemm", args: gemmArguments(product) });

/** Room for `length` numbers in `count` allocations; null where there is no WebAssembly SIMD or not so much memory. */
export function wasmWorkspace(length: number, count: number): Workspace | null {
  const memory = openLinearAlgebra(workspaceBytes(length, count));
  return memory === null ? null : workspaceIn(memory, null);
}

function workspaceBytes(length: number, count: number): number {
  return (length + 8 * count) * DOUBLE;
}

/** Room for `length` numbers in `count` allocations, with threads; null where they cannot share so much memory. */
export function teamWorkspace(length: number, count: number, threads: number): Workspace | null {
  const team = openTeam(workspaceBytes(length, count), threads);
  return team === null ? null : workspaceIn(team, team);
}

/** A workspace in the free memory of an instance, with the threads of a team. */
function workspaceIn(memory: LinearAlgebraMemory, team: Team | null): Workspace {
  const { exports, start, scratch } = memory;
  const { buffer } = exports.memory;
  let next = start;
  const allocate = (size: number): Float64Array => {
    const at = next;
    next += Math.ceil(size / 8) * 64;
    return new Float64Array(buffer, at, size);
  };
  const lanes = team?.threads ?? 1;
  const gemm: GemmFunction = (...product) => exports.dgemm(...gemmArguments(product), scratch);
  const products = (parts: readonly (readonly Product[])[]) => {
    if (team === null || parts.length < 2) runInTurn(parts, gemm);
    else team.run(parts.map((part) => part.map(gemmCall)));
  };
  return {
    lanes,
    products,
    allocate,
    mark: () => next,
    release: (mark) => {
      next = mark;
    },
    gemm,
    *tridiagonalize(a: Float64Array, n: number, stride: number): Steps<Tridiagonal> {
      const mark = next;
      const [diagonal, offDiagonal, tau] = [allocate(n), allocate(n), allocate(n)];
      const pairs = allocate(2 * PANEL * stride);
      const swapped = allocate(2 * PANEL * stride);
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
            pairs.byteOffset,
            coefficients,
          );
          yield 1 - ((n - k0 - from) / n) ** 3;
        }
        exports.pairPanel(n, a.byteOffset, row, k0, size, PANEL, pairs.byteOffset, swapped.byteOffset);
        const k1 = k0 + size;
        products(
          cutTriangle(n - k1, lanes, "upper").map(([from, to]): Product[] => {
            const at = k1 + from;
            const [left, right] = [view(pairs, at, stride, true), view(swapped, at, stride)];
            const c = at * stride + at;
            // rows from .. to from their diagonal on: the block on the diagonal, then what is right of it
            return [
              [to - from, to - from, 2 * size, -1, left, right, a, c, stride, "upper"],
              [
                to - from,
                n - k1 - to,
                2 * size,
                -1,
                left,
                view(swapped, k1 + to, stride),
                a,
                c + to - from,
                stride,
              ],
            ];
          }),
        );
      }
      const count = Math.max(0, n - 1);
      const reduced = {
        diagonal: Float64Array.from(diagonal),
        offDiagonal: Float64Array.from(offDiagonal.subarray(0, count)),
        tau: Float64Array.from(tau.subarray(0, count)),
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
