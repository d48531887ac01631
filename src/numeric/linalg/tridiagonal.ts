/**
 * Householder reduction of a symmetric matrix to tridiagonal form and the way back for the eigenvectors.
 *
 * The row-major upper triangle is used throughout: row j from the diagonal on is contiguous, so reflectors, the symmetric
 * matrix-vector product and the rank-2b updates all run over contiguous memory.
 * @module
 */
import { gemm } from "./dispatch.js";
import type { Steps } from "./steps.js";

const PANEL = 32; // columns whose updates are delayed and then applied as one product of depth 2 x 32

/** `a = Q T Q^T`: T = tridiag(offDiagonal, diagonal, offDiagonal), Q = H_0 H_1 ... H_{n-3}, H_j = I - tau_j v_j v_j^T. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** [n - 1] (empty for n < 2) */
  readonly offDiagonal: Float64Array;
  /** row j holds v_j from column j + 1 on, v_j[j + 1] = 1; n rows of `stride` numbers */
  readonly reflectors: Float64Array;
  readonly stride: number;
  readonly tau: Float64Array;
}

/**
 * Reduces a symmetric matrix, n rows of `stride` numbers, whose upper triangle is read; `a` is overwritten. 4/3 n^3 flops.
 */
export function* tridiagonalize(a: Float64Array, n: number, stride: number): Steps<Tridiagonal> {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const tau = new Float64Array(Math.max(0, n - 1));
  const w = new Float64Array(PANEL * n); // row i: the vector w of reflector k0 + i
  const vw = new Float64Array(PANEL);
  const vv = new Float64Array(PANEL);
  for (let k0 = 0; k0 < n; k0 += PANEL) {
    const k1 = Math.min(n, k0 + PANEL);
    for (let j = k0; j < k1; j++) {
      const row = j * stride;
      // bring row j up to date with the reflectors of this panel
      for (let p = k0; p < j; p++) {
        const v = p * stride;
        const u = (p - k0) * n;
        const vj = a[v + j]!;
        const uj = w[u + j]!;
        for (let c = j; c < n; c++) a[row + c]! -= vj * w[u + c]! + uj * a[v + c]!;
      }
      diagonal[j] = a[row + j]!;
      if (j >= n - 1) continue;
      const t = reflect(a, row + j + 1, n - j - 1, offDiagonal, j);
      tau[j] = t;
      const to = (j - k0) * n;
      w.fill(0, to, to + n);
      if (t === 0) continue;
      symmetricProduct(a, n, stride, j + 1, row, w, to);
      for (let p = k0; p < j; p++) {
        vv[p - k0] = dot(a, p * stride + j + 1, a, row + j + 1, n - j - 1);
        vw[p - k0] = dot(w, (p - k0) * n + j + 1, a, row + j + 1, n - j - 1);
      }
      for (let p = k0; p < j; p++) {
        const v = p * stride;
        const u = (p - k0) * n;
        const alpha = vw[p - k0]!;
        const beta = vv[p - k0]!;
        for (let c = j + 1; c < n; c++) w[to + c]! -= alpha * a[v + c]! + beta * w[u + c]!;
      }
      for (let c = j + 1; c < n; c++) w[to + c]! *= t;
      const half = -0.5 * t * dot(w, to + j + 1, a, row + j + 1, n - j - 1);
      for (let c = j + 1; c < n; c++) w[to + c]! += half * a[row + c]!;
      if (j % 8 === 7) yield 1 - ((n - j) / n) ** 3;
    }
    const rest = n - k1;
    const at = k1 * stride + k1;
    const v = { data: a, offset: k0 * stride + k1, rowStride: stride, colStride: 1 };
    const u = { data: w, offset: k1, rowStride: n, colStride: 1 };
    const vT = { ...v, rowStride: 1, colStride: stride };
    const uT = { ...u, rowStride: 1, colStride: n };
    gemm(rest, rest, k1 - k0, -1, vT, u, a, at, stride, "upper");
    gemm(rest, rest, k1 - k0, -1, uT, v, a, at, stride, "upper");
    yield 1 - ((n - k1) / n) ** 3;
  }
  return { diagonal, offDiagonal, reflectors: a, stride, tau };
}

/**
 * Makes the Householder vector of x = a[at .. at + length): H x = beta e_1, H = I - tau v v^T, v[0] = 1.
 * x becomes v, `beta[slot]` the new first entry; returns tau (0 when x is a multiple of e_1 already).
 */
function reflect(a: Float64Array, at: number, length: number, beta: Float64Array, slot: number): number {
  let tail = 0;
  let scale = 0;
  for (let c = 1; c < length; c++) scale = Math.max(scale, Math.abs(a[at + c]!));
  const head = a[at]!;
  if (scale === 0) {
    beta[slot] = head;
    a[at] = 1;
    return 0;
  }
  scale = Math.max(scale, Math.abs(head)); // scaled, so that squares neither overflow nor vanish
  for (let c = 1; c < length; c++) tail += (a[at + c]! / scale) ** 2;
  const h = head / scale;
  const norm = scale * Math.sqrt(h * h + tail);
  const b = head >= 0 ? -norm : norm;
  const first = head - b;
  for (let c = 1; c < length; c++) a[at + c]! /= first;
  a[at] = 1;
  beta[slot] = b;
  return -first / b;
}

/** w[to + i] = sum_j A_ij v_j over i, j >= start, A from its upper triangle, v in row `v` of the same array. */
function symmetricProduct(
  a: Float64Array,
  n: number,
  stride: number,
  start: number,
  v: number,
  w: Float64Array,
  to: number,
): void {
  let i = start;
  for (; i + 2 <= n; i += 2) {
    // two rows at a time: w is read and written half as often
    const r0 = i * stride;
    const r1 = r0 + stride;
    const v0 = a[v + i]!;
    const v1 = a[v + i + 1]!;
    let s0 = a[r0 + i]! * v0 + a[r0 + i + 1]! * v1;
    let s1 = a[r0 + i + 1]! * v0 + a[r1 + i + 1]! * v1;
    for (let c = i + 2; c < n; c++) {
      const x0 = a[r0 + c]!;
      const x1 = a[r1 + c]!;
      const vc = a[v + c]!;
      s0 += x0 * vc;
      s1 += x1 * vc;
      w[to + c]! += x0 * v0 + x1 * v1;
    }
    w[to + i]! += s0;
    w[to + i + 1]! += s1;
  }
  if (i < n) w[to + i]! += a[i * stride + i]! * a[v + i]!;
}

function dot(x: Float64Array, xAt: number, y: Float64Array, yAt: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    s0 += x[xAt + i]! * y[yAt + i]!;
    s1 += x[xAt + i + 1]! * y[yAt + i + 1]!;
  }
  return i < length ? s0 + s1 + x[xAt + i]! * y[yAt + i]! : s0 + s1;
}
