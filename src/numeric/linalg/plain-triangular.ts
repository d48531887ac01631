/**
 * Cholesky factorization and triangular solves in plain TypeScript, blocked: nearly all work is in products, which take
 * the best implementation for their size.
 * @module
 */
import { gemm } from "./dispatch.js";
import { view } from "./plain-gemm.js";

const BLOCK = 64; // the unblocked part is BLOCK / n of the work; 64 x 64 doubles = 32 KiB

/**
 * Lower Cholesky factor of the lower triangle of l [n, n], in place; entries above the diagonal are overwritten in blocks.
 * Returns -1, or the index of the first pivot that is not above its floor, with the pivot in `floors` at that index.
 */
export function plainFactor(l: Float64Array, n: number, floors: Float64Array): number {
  for (let k0 = 0; k0 < n; k0 += BLOCK) {
    const k1 = Math.min(n, k0 + BLOCK);
    for (let j = k0; j < k1; j++) {
      const rowJ = j * n;
      let pivot = l[rowJ + j]!;
      for (let p = k0; p < j; p++) pivot -= l[rowJ + p]! * l[rowJ + p]!;
      if (!(pivot > floors[j]!)) {
        floors[j] = pivot;
        return j;
      }
      const root = Math.sqrt(pivot);
      l[rowJ + j] = root;
      const inverse = 1 / root;
      for (let i = j + 1; i < k1; i++) {
        const rowI = i * n;
        let sum = l[rowI + j]!;
        for (let p = k0; p < j; p++) sum -= l[rowI + p]! * l[rowJ + p]!;
        l[rowI + j] = sum * inverse;
      }
    }
    // panel below the diagonal block: L21 = A21 L11^-T, four rows at a time so that the dot products overlap
    let i = k1;
    for (; i + 4 <= n; i += 4) panelRows4(l, n, i, k0, k1);
    for (; i < n; i++) panelRow(l, n, i, k0, k1);
    const rest = n - k1;
    const panel = k1 * n + k0;
    gemm(rest, rest, k1 - k0, -1, view(l, panel, n), view(l, panel, n, true), l, k1 * n + k1, n, "lower");
  }
  return -1;
}

function panelRow(l: Float64Array, n: number, i: number, k0: number, k1: number): void {
  const row = i * n;
  for (let j = k0; j < k1; j++) {
    const rowJ = j * n;
    let sum = l[row + j]!;
    for (let p = k0; p < j; p++) sum -= l[row + p]! * l[rowJ + p]!;
    l[row + j] = sum / l[rowJ + j]!;
  }
}

function panelRows4(l: Float64Array, n: number, i: number, k0: number, k1: number): void {
  const r0 = i * n;
  const r1 = r0 + n;
  const r2 = r1 + n;
  const r3 = r2 + n;
  for (let j = k0; j < k1; j++) {
    const rowJ = j * n;
    let s0 = l[r0 + j]!;
    let s1 = l[r1 + j]!;
    let s2 = l[r2 + j]!;
    let s3 = l[r3 + j]!;
    for (let p = k0; p < j; p++) {
      const x = l[rowJ + p]!;
      s0 -= l[r0 + p]! * x;
      s1 -= l[r1 + p]! * x;
      s2 -= l[r2 + p]! * x;
      s3 -= l[r3 + p]! * x;
    }
    const d = l[rowJ + j]!;
    l[r0 + j] = s0 / d;
    l[r1 + j] = s1 / d;
    l[r2 + j] = s2 / d;
    l[r3 + j] = s3 / d;
  }
}

/** L X = B (or L^T X = B) in place for x [n, k]. */
export function plainSolve(t: Float64Array, x: Float64Array, n: number, k: number, transpose: boolean): void {
  if (transpose) {
    for (let k1 = n; k1 > 0; k1 -= BLOCK) {
      const k0 = Math.max(0, k1 - BLOCK);
      for (let j = k1 - 1; j >= k0; j--) {
        scaleRow(x, j * k, k, 1 / t[j * n + j]!);
        for (let i = k0; i < j; i++) addRow(x, i * k, j * k, k, -t[j * n + i]!);
      }
      gemm(k0, k, k1 - k0, -1, view(t, k0 * n, n, true), view(x, k0 * k, k), x, 0, k);
    }
  } else {
    for (let k0 = 0; k0 < n; k0 += BLOCK) {
      const k1 = Math.min(n, k0 + BLOCK);
      for (let i = k0; i < k1; i++) {
        for (let j = k0; j < i; j++) addRow(x, i * k, j * k, k, -t[i * n + j]!);
        scaleRow(x, i * k, k, 1 / t[i * n + i]!);
      }
      gemm(n - k1, k, k1 - k0, -1, view(t, k1 * n + k0, n), view(x, k0 * k, k), x, k1 * k, k);
    }
  }
}

function scaleRow(x: Float64Array, at: number, length: number, factor: number): void {
  for (let c = 0; c < length; c++) x[at + c]! *= factor;
}

function addRow(x: Float64Array, to: number, from: number, length: number, factor: number): void {
  for (let c = 0; c < length; c++) x[to + c]! += factor * x[from + c]!;
}
