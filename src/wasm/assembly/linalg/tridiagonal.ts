/**
 * Householder reduction of a symmetric float64 matrix to tridiagonal form, a panel of columns at a time.
 *
 * Half of the work is one product of the trailing matrix with a vector per column, bound by memory: it reads the upper
 * triangle once, four rows at a time, and takes each entry for both of its places. The other half, the update of the
 * trailing matrix, is one matrix product per panel.
 * @module
 */
import { madd } from "../lanes";
import { dot, dot2, scaleAdd, subtract2 } from "./vectors";

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 3);
}

/** One row of the product: y[0] += sum_c r[c] x[c], y[c] += r[c] x[0] for c > 0; r, x, y start at the diagonal. */
function symmetricRow(n: i32, r: usize, x: usize, y: usize): void {
  const x0 = load<f64>(x);
  let s = load<f64>(r) * x0;
  for (let c: i32 = 1; c < n; c++) {
    const v = load<f64>(at(r, c));
    s += v * load<f64>(at(x, c));
    store<f64>(at(y, c), load<f64>(at(y, c)) + v * x0);
  }
  store<f64>(y, load<f64>(y) + s);
}

/** y += A x for symmetric A [n, n] from its upper triangle; `a` is entry (0, 0). */
export function symmetricProduct(n: i32, a: usize, ld: usize, x: usize, y: usize): void {
  let i: i32 = 0;
  if (n > 0 && (a & 15) != 0) {
    symmetricRow(n, a, x, y); // from here on the rows' parts start at multiples of 16 bytes
    i = 1;
  }
  for (; i + 4 <= n; i += 4) {
    const corner = at(a, i) + <usize>i * ld;
    const xi = at(x, i);
    const yi = at(y, i);
    // the 4 x 4 block on the diagonal
    symmetricRow(4, corner, xi, yi);
    symmetricRow(3, corner + ld + 8, xi + 8, yi + 8);
    symmetricRow(2, corner + 2 * ld + 16, xi + 16, yi + 16);
    symmetricRow(1, corner + 3 * ld + 24, xi + 24, yi + 24);
    const x0 = v128.load64_splat(xi);
    const x1 = v128.load64_splat(xi, 8);
    const x2 = v128.load64_splat(xi, 16);
    const x3 = v128.load64_splat(xi, 24);
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let r0 = corner + 32;
    let r1 = r0 + ld;
    let r2 = r1 + ld;
    let r3 = r2 + ld;
    let px = xi + 32;
    let py = yi + 32;
    let c: i32 = i + 4;
    for (; c + 2 <= n; c += 2) {
      const v = v128.load(px);
      const a0 = v128.load(r0);
      const a1 = v128.load(r1);
      const a2 = v128.load(r2);
      const a3 = v128.load(r3);
      s0 = madd<f64>(a0, v, s0);
      s1 = madd<f64>(a1, v, s1);
      s2 = madd<f64>(a2, v, s2);
      s3 = madd<f64>(a3, v, s3);
      const left = madd<f64>(a1, x1, madd<f64>(a0, x0, v128.load(py)));
      const right = madd<f64>(a3, x3, f64x2.mul(a2, x2));
      v128.store(py, f64x2.add(left, right));
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
      px += 16;
      py += 16;
    }
    let t0 = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
    let t1 = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1);
    let t2 = f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1);
    let t3 = f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1);
    if (c < n) {
      const v = load<f64>(px);
      const a0 = load<f64>(r0);
      const a1 = load<f64>(r1);
      const a2 = load<f64>(r2);
      const a3 = load<f64>(r3);
      t0 += a0 * v;
      t1 += a1 * v;
      t2 += a2 * v;
      t3 += a3 * v;
      store<f64>(
        py,
        load<f64>(py) +
          (a0 * load<f64>(xi) + a1 * load<f64>(xi, 8) + (a2 * load<f64>(xi, 16) + a3 * load<f64>(xi, 24))),
      );
    }
    store<f64>(yi, load<f64>(yi) + t0);
    store<f64>(yi, load<f64>(yi, 8) + t1, 8);
    store<f64>(yi, load<f64>(yi, 16) + t2, 16);
    store<f64>(yi, load<f64>(yi, 24) + t3, 24);
  }
  for (; i < n; i++) symmetricRow(n - i, at(a, i) + <usize>i * ld, at(x, i), at(y, i));
}

/** Householder vector of x: (I - tau v v^T) x = beta e_1, v over x with v[0] = 1; beta to `beta`, returns tau. */
function reflect(n: i32, x: usize, beta: usize): f64 {
  const head = load<f64>(x);
  let scale: f64 = 0;
  for (let c: i32 = 1; c < n; c++) scale = max(scale, abs(load<f64>(at(x, c))));
  store<f64>(x, 1);
  if (scale == 0) {
    store<f64>(beta, head);
    return 0;
  }
  scale = max(scale, abs(head)); // so that squares neither overflow nor vanish
  let tail: f64 = 0;
  for (let c: i32 = 1; c < n; c++) {
    const t = load<f64>(at(x, c)) / scale;
    tail += t * t;
  }
  const h = head / scale;
  const norm = scale * sqrt(h * h + tail);
  const b = head >= 0 ? -norm : norm;
  const first = head - b;
  for (let c: i32 = 1; c < n; c++) store<f64>(at(x, c), load<f64>(at(x, c)) / first);
  store<f64>(beta, b);
  return -first / b;
}

/**
 * Columns k0 + from .. k0 + to of the panel that starts at k0. On return row j of `a` holds the reflector from column
 * j + 1 on. `pairs` [2 panel, n] with row stride ld: the vectors w of the panel in its second half.
 */
export function reduceColumns(
  n: i32,
  a: usize,
  ld: usize,
  k0: i32,
  from: i32,
  to: i32,
  panel: i32,
  diagonal: usize,
  offDiagonal: usize,
  tau: usize,
  pairs: usize,
  coefficients: usize,
): void {
  const ws = pairs + <usize>panel * ld;
  for (let q = from; q < to; q++) {
    const j = k0 + q;
    const row = a + <usize>j * ld;
    for (let p: i32 = 0; p < q; p++) {
      const v = at(a + <usize>(k0 + p) * ld, j);
      const w = at(ws + <usize>p * ld, j);
      subtract2(n - j, load<f64>(v), w, load<f64>(w), v, at(row, j));
    }
    store<f64>(at(diagonal, j), load<f64>(at(row, j)));
    if (j >= n - 1) continue;
    const m = n - j - 1;
    const v = at(row, j + 1);
    const t = reflect(m, v, at(offDiagonal, j));
    store<f64>(at(tau, j), t);
    const wRow = ws + <usize>q * ld;
    memory.fill(wRow, 0, <usize>n << 3);
    if (t == 0) continue;
    const w = at(wRow, j + 1);
    symmetricProduct(m, at(a + <usize>(j + 1) * ld, j + 1), ld, v, w);
    for (let p: i32 = 0; p < q; p++) {
      const out = at(coefficients, 2 * p);
      dot2(m, at(a + <usize>(k0 + p) * ld, j + 1), at(ws + <usize>p * ld, j + 1), v, out, out + 8);
    }
    for (let p: i32 = 0; p < q; p++) {
      const c = at(coefficients, 2 * p);
      subtract2(
        m,
        load<f64>(c, 8),
        at(a + <usize>(k0 + p) * ld, j + 1),
        load<f64>(c),
        at(ws + <usize>p * ld, j + 1),
        w,
      );
    }
    // w = t w - t^2/2 (w.v) v
    scaleAdd(m, t, w, -0.5 * t * t * dot(m, w, v), v);
  }
}

/**
 * After a panel of `size` columns at k0: makes the rows v_0, w_0, v_1, w_1, ... in `pairs` and w_0, v_0, w_1, v_1, ... in
 * `swapped`, from column k0 + size on, so that the trailing matrix is updated by one product: A -= pairs^T swapped.
 */
export function pairPanel(
  n: i32,
  a: usize,
  ld: usize,
  k0: i32,
  size: i32,
  panel: i32,
  pairs: usize,
  swapped: usize,
): void {
  const k1 = k0 + size;
  if (k1 >= n) return;
  const ws = pairs + <usize>panel * ld;
  const bytes = <usize>(n - k1) << 3;
  for (let p: i32 = 0; p < size; p++) {
    const v = at(a + <usize>(k0 + p) * ld, k1);
    const w = at(ws + <usize>p * ld, k1);
    memory.copy(at(swapped + <usize>(2 * p) * ld, k1), w, bytes);
    memory.copy(at(swapped + <usize>(2 * p + 1) * ld, k1), v, bytes);
  }
  // all w are saved: their rows may be overwritten
  for (let p: i32 = 0; p < size; p++) {
    memory.copy(at(pairs + <usize>(2 * p) * ld, k1), at(swapped + <usize>(2 * p + 1) * ld, k1), bytes);
    memory.copy(at(pairs + <usize>(2 * p + 1) * ld, k1), at(swapped + <usize>(2 * p) * ld, k1), bytes);
  }
}
