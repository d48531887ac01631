/**
 * Triangular solves with many right-hand sides and Cholesky factorization, float64, recursive: both split in halves down to
 * blocks of 32, so that nearly all work is in products.
 * @module
 */
import { madd, nmadd } from "../lanes";
import { FULL, gemm, LOWER } from "./gemm";

const LEAF: i32 = 32;
/** Columns of right-hand sides that are solved together: 4 vectors. */
const STRIP: i32 = 8;

/** Where a problem is cut: the half that is a multiple of the leaves first, so that leaves are full. */
// @ts-ignore: decorator
@inline
export function half(n: i32): i32 {
  return ((n / 2 + LEAF - 1) / LEAF) * LEAF;
}

/** L X = B for n <= 32 rows of 8 columns at x; element (i, p) of L at `l + i * lrs + p * lcs`. */
function solveStrip(n: i32, l: usize, lrs: usize, lcs: usize, x: usize, ldx: usize): void {
  let row = x;
  let j: i32 = 0;
  let lj = l;
  for (; j + 2 <= n; j += 2) {
    const next = row + ldx;
    let a0 = v128.load(row);
    let a1 = v128.load(row, 16);
    let a2 = v128.load(row, 32);
    let a3 = v128.load(row, 48);
    let b0 = v128.load(next);
    let b1 = v128.load(next, 16);
    let b2 = v128.load(next, 32);
    let b3 = v128.load(next, 48);
    let p0 = lj;
    let above = x;
    for (let p: i32 = 0; p < j; p++) {
      const s = v128.load64_splat(p0);
      const t = v128.load64_splat(p0 + lrs);
      let v = v128.load(above);
      a0 = nmadd<f64>(s, v, a0);
      b0 = nmadd<f64>(t, v, b0);
      v = v128.load(above, 16);
      a1 = nmadd<f64>(s, v, a1);
      b1 = nmadd<f64>(t, v, b1);
      v = v128.load(above, 32);
      a2 = nmadd<f64>(s, v, a2);
      b2 = nmadd<f64>(t, v, b2);
      v = v128.load(above, 48);
      a3 = nmadd<f64>(s, v, a3);
      b3 = nmadd<f64>(t, v, b3);
      p0 += lcs;
      above += ldx;
    }
    const d = f64x2.splat(1 / load<f64>(p0));
    a0 = f64x2.mul(a0, d);
    a1 = f64x2.mul(a1, d);
    a2 = f64x2.mul(a2, d);
    a3 = f64x2.mul(a3, d);
    v128.store(row, a0);
    v128.store(row, a1, 16);
    v128.store(row, a2, 32);
    v128.store(row, a3, 48);
    p0 += lrs;
    const s = v128.load64_splat(p0);
    const e = f64x2.splat(1 / load<f64>(p0 + lcs));
    v128.store(next, f64x2.mul(nmadd<f64>(s, a0, b0), e));
    v128.store(next, f64x2.mul(nmadd<f64>(s, a1, b1), e), 16);
    v128.store(next, f64x2.mul(nmadd<f64>(s, a2, b2), e), 32);
    v128.store(next, f64x2.mul(nmadd<f64>(s, a3, b3), e), 48);
    row = next + ldx;
    lj += lrs + lrs;
  }
  if (j < n) {
    let a0 = v128.load(row);
    let a1 = v128.load(row, 16);
    let a2 = v128.load(row, 32);
    let a3 = v128.load(row, 48);
    let p0 = lj;
    let above = x;
    for (let p: i32 = 0; p < j; p++) {
      const s = v128.load64_splat(p0);
      a0 = nmadd<f64>(s, v128.load(above), a0);
      a1 = nmadd<f64>(s, v128.load(above, 16), a1);
      a2 = nmadd<f64>(s, v128.load(above, 32), a2);
      a3 = nmadd<f64>(s, v128.load(above, 48), a3);
      p0 += lcs;
      above += ldx;
    }
    const d = f64x2.splat(1 / load<f64>(p0));
    v128.store(row, f64x2.mul(a0, d));
    v128.store(row, f64x2.mul(a1, d), 16);
    v128.store(row, f64x2.mul(a2, d), 32);
    v128.store(row, f64x2.mul(a3, d), 48);
  }
}

/**
 * L X = B in place for lower triangular L [n, n] and B [n, k] with contiguous columns. Strides may be negative: the
 * transposed system is this one with rows and columns in reverse order.
 */
export function solveLeft(
  n: i32,
  k: i32,
  l: usize,
  lrs: usize,
  lcs: usize,
  x: usize,
  ldx: usize,
  scratch: usize,
): void {
  if (n > LEAF) {
    const top = half(n);
    const x2 = x + <usize>top * ldx;
    solveLeft(top, k, l, lrs, lcs, x, ldx, scratch);
    gemm<f64>(n - top, k, top, -1, l + <usize>top * lrs, lrs, lcs, x, ldx, 8, x2, ldx, FULL, scratch);
    solveLeft(n - top, k, l + <usize>top * (lrs + lcs), lrs, lcs, x2, ldx, scratch);
    return;
  }
  let c: i32 = 0;
  for (; c + STRIP <= k; c += STRIP) solveStrip(n, l, lrs, lcs, x + (<usize>c << 3), ldx);
  if (c < k) {
    const bytes = <usize>(k - c) << 3;
    const from = x + (<usize>c << 3);
    memory.fill(scratch, 0, <usize>n * 64);
    for (let i: i32 = 0; i < n; i++) memory.copy(scratch + <usize>i * 64, from + <usize>i * ldx, bytes);
    solveStrip(n, l, lrs, lcs, scratch, 64);
    for (let i: i32 = 0; i < n; i++) memory.copy(from + <usize>i * ldx, scratch + <usize>i * 64, bytes);
  }
}

/** X L^T = B in place for B [m, n], row-major, both with row stride `ld`; each row by itself, whatever rows are with it. */
export function solveRight(m: i32, n: i32, l: usize, b: usize, ld: usize, scratch: usize): void {
  if (n > LEAF) {
    const left = half(n);
    const at = <usize>left << 3;
    solveRight(m, left, l, b, ld, scratch);
    gemm<f64>(m, n - left, left, -1, b, ld, 8, l + <usize>left * ld, 8, ld, b + at, ld, FULL, scratch);
    solveRight(m, n - left, l + <usize>left * ld + at, b + at, ld, scratch);
    return;
  }
  for (let i: i32 = 0; i < m; i += STRIP) {
    const rows = min(STRIP, m - i);
    const from = b + <usize>i * ld;
    if (rows < STRIP) memory.fill(scratch, 0, <usize>n * 64);
    for (let r: i32 = 0; r < rows; r++) {
      const row = from + <usize>r * ld;
      for (let j: i32 = 0; j < n; j++) {
        store<f64>(scratch + <usize>(j * STRIP + r) * 8, load<f64>(row + (<usize>j << 3)));
      }
    }
    solveStrip(n, l, ld, 8, scratch, 64);
    for (let r: i32 = 0; r < rows; r++) {
      const row = from + <usize>r * ld;
      for (let j: i32 = 0; j < n; j++) {
        store<f64>(row + (<usize>j << 3), load<f64>(scratch + <usize>(j * STRIP + r) * 8));
      }
    }
  }
}

function factorLeaf(n: i32, a: usize, ld: usize, floors: usize): i32 {
  for (let i: i32 = 0; i < n; i++) {
    const ri = a + <usize>i * ld;
    for (let j: i32 = 0; j <= i; j++) {
      const rj = a + <usize>j * ld;
      let sum = f64x2.splat(0);
      let p: i32 = 0;
      for (; p + 2 <= j; p += 2) {
        const at = <usize>p << 3;
        sum = madd<f64>(v128.load(ri + at), v128.load(rj + at), sum);
      }
      let value =
        load<f64>(ri + (<usize>j << 3)) - (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
      if (p < j) value -= load<f64>(ri + (<usize>p << 3)) * load<f64>(rj + (<usize>p << 3));
      if (j < i) {
        store<f64>(ri + (<usize>j << 3), value / load<f64>(rj + (<usize>j << 3)));
      } else {
        if (!(value > load<f64>(floors + (<usize>i << 3)))) {
          store<f64>(floors + (<usize>i << 3), value);
          return i;
        }
        store<f64>(ri + (<usize>i << 3), sqrt(value));
      }
    }
  }
  return -1;
}

/**
 * Lower Cholesky factor in place; entries above the diagonal become scratch. `floors` [n]: smallest pivots that count as
 * positive. Returns -1, or the index of the first pivot that is not above its floor, with the pivot stored in its place.
 */
export function factor(n: i32, a: usize, ld: usize, floors: usize, scratch: usize): i32 {
  if (n <= LEAF) return factorLeaf(n, a, ld, floors);
  const top = half(n);
  const at = <usize>top << 3;
  const failed = factor(top, a, ld, floors, scratch);
  if (failed >= 0) return failed;
  const below = a + <usize>top * ld;
  const rest = n - top;
  solveRight(rest, top, a, below, ld, scratch);
  gemm<f64>(rest, rest, top, -1, below, ld, 8, below, 8, ld, below + at, ld, LOWER, scratch);
  const failedBelow = factor(rest, below + at, ld, floors + at, scratch);
  return failedBelow < 0 ? -1 : top + failedBelow;
}
