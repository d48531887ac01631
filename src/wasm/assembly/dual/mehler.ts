/**
 * Smooth activations without a closed form, by Mehler's formula from per-sample Hermite coefficients.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { signBit } from "../math/bits";
import { constant, hasTangent, rowFeature } from "../pairs/sides";

/** Below this v = 1 - c the deficits are summed on their own; above, differences lose two bits at most. */
const NEAR: f64 = 0.25;

/** Where the features begin: x, r, theta / 2, A / 2, M, a_0, then coefficients and bases. */
const HEAD: usize = 6;

/** First of the stages among the constants. */
const STAGES: usize = 7;

/** v, D and Dd of four vectors. */
const scratch = memory.data(12 * 16, 16);

// @ts-ignore: decorator
@inline
function count(constants: usize, i: usize): i32 {
  return <i32>load<f64>(constants + 8 * i);
}

/**
 * With k_j = m j + 1 (m = 2 for odd phi - phi(0), 1 otherwise), y = c^m, a_k the Hermite coefficients of
 * phi(s z) - phi(0) and P_j = a_k b_k / (s s') at k = k_j:
 *   U = sum_j P_j y^j,  T = phi(0)-terms + a_0 b_0 + s s' c U,  Td = sum_j k_j P_j y^j = U + m y dU/dy.
 * Far pairs: D = M + M' - a_0 b_0 - s s' c U, M = sum_k a_k^2 / 2, and Dd = (A + A') / 2 - Td.
 * Close pairs, without cancellation, from S_i = sum_{j > i} P_j, S'_i = sum_{j > i} k_j P_j:
 *   D = |a - b|^2 / 2 + s s' (v S_{-1} + c (1 - y) sum_i S_i y^i),
 *   Dd = |a' - b'|^2 / 2 + (1 - y) sum_i S'_i y^i, a'_k the coefficients of phi'.
 * The squared distances are sums over orthonormal bases of the samples' coefficient vectors, a few terms.
 * Then g' = Td g + Dd (theta + theta') / 2 + (A - A')(theta - theta') / 4, and as through a dense layer.
 *
 * A series starts at the term that its own y needs: stages (J_s, t_s), ascending: J_s terms do for |y| <= t_s. Pairs of
 * a block with a smaller y forget what they summed before their own stage, so that the result of a pair does not
 * depend on its neighbours.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), theta / 2, A / 2, M, a_0, J coefficients a_k / s (their limits
 * for s = 0), then the coordinates of a and of a' in the bases, over sqrt(2).
 * Constants: weight, tangentK / weight, m, J, sizes of both bases, number of stages, then J_s and t_s of each.
 */
export function mehler<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const weight = constant<T>(constants, 0);
  const ratio = constant<T>(constants, 1);
  const odd = count(constants, 2) == 2;
  const stages = count(constants, 6);
  const zero = splat<T>(0);
  const one = splat<T>(1);
  for (let o: usize = 0; o < bytes; ) {
    // four vectors at once hide the latency of the sums; at the end one vector, four times
    const step: usize = bytes - o >= 64 ? 16 : 0;
    let allNear = true;
    let anyNear = false;
    for (let i: usize = 0; i < 4; i++) {
      const at = o + i * step;
      const d = v128.load(from + at);
      const difference = v128.sub<T>(rowFeature<T, R>(rows, at), v128.load(cols + at));
      const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, at), v128.load(cols + colStride + at));
      const gap = v128.pmax<T>(nmadd<T>(difference, difference, d), zero);
      const v = v128.pmin<T>(v128.mul<T>(gap, scale), splat<T>(2));
      const near = v128.lt<T>(v, splat<T>(NEAR));
      const any = v128.any_true(near);
      anyNear = anyNear || any;
      allNear = allNear && any && v128.all_true<i32>(near);
      v128.store(scratch + 16 * i, v);
    }
    if (!allNear) {
      far<T, R, N>(o, step, odd, stages, rows, rowStride, cols, colStride, constants);
    }
    if (anyNear) {
      close<T, R, N>(o, step, 0, odd, rows, rowStride, cols, colStride, constants);
      if (step != 0) close<T, R, N>(o, step, 2, odd, rows, rowStride, cols, colStride, constants);
    }
    const last: usize = step == 0 ? 1 : 4;
    for (let i: usize = 0; i < last; i++) {
      const at = o + i * step;
      const result = v128.mul<T>(weight, v128.pmax<T>(v128.load(scratch + 64 + 16 * i), zero));
      if (hasTangent<N>()) {
        const deficit = v128.load(scratch + 128 + 16 * i);
        const g = v128.load(from + field + at);
        const s = rowFeature<T, R>(rows + 2 * rowStride, at);
        const t = v128.load(cols + 2 * colStride + at);
        const p = rowFeature<T, R>(rows + 3 * rowStride, at);
        const q = v128.load(cols + 3 * colStride + at);
        const slope = v128.sub<T>(v128.add<T>(p, q), deficit);
        let sum = madd<T>(slope, g, v128.mul<T>(deficit, v128.add<T>(s, t)));
        sum = madd<T>(v128.sub<T>(p, q), v128.sub<T>(s, t), sum);
        v128.store(to + field + at, madd<T>(ratio, result, v128.mul<T>(weight, sum)));
      }
      v128.store(to + at, result);
    }
    o += step == 0 ? 16 : 64;
  }
}

/** The argument of the series; 0 for close pairs, which do not use it. */
// @ts-ignore: decorator
@inline
function farArgument<T>(i: usize, odd: bool): v128 {
  const v = v128.load(scratch + 16 * i);
  const c = v128.andnot(v128.sub<T>(splat<T>(1), v), v128.lt<T>(v, splat<T>(NEAR)));
  return odd ? v128.mul<T>(c, c) : c;
}

// @ts-ignore: decorator
@inline
function beyond<T>(y: v128, limit: v128): v128 {
  return v128.gt<T>(v128.andnot(y, signBit<T>()), limit);
}

/** D and Dd of pairs that are not close; others get numbers that nobody reads. */
function far<T, R, N>(
  o: usize, step: usize, odd: bool, stages: i32,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const y0 = farArgument<T>(0, odd);
  const y1 = farArgument<T>(1, odd);
  const y2 = farArgument<T>(2, odd);
  const y3 = farArgument<T>(3, odd);
  let stage = stages - 1;
  while (stage > 0) {
    const limit = constant<T>(constants, STAGES + 2 * (stage - 1) + 1);
    if (v128.any_true(v128.or(
      v128.or(beyond<T>(y0, limit), beyond<T>(y1, limit)), v128.or(beyond<T>(y2, limit), beyond<T>(y3, limit)),
    ))) break;
    stage--;
  }
  let u0 = splat<T>(0), u1 = u0, u2 = u0, u3 = u0;
  let w0 = u0, w1 = u0, w2 = u0, w3 = u0;
  let j = count(constants, STAGES + 2 * stage) - 1;
  for (let first = true; stage >= 0; stage--, first = false) {
    if (!first) {
      const limit = constant<T>(constants, STAGES + 2 * stage + 1);
      const k0 = beyond<T>(y0, limit), k1 = beyond<T>(y1, limit), k2 = beyond<T>(y2, limit), k3 = beyond<T>(y3, limit);
      u0 = v128.and(u0, k0); u1 = v128.and(u1, k1); u2 = v128.and(u2, k2); u3 = v128.and(u3, k3);
      if (hasTangent<N>()) {
        w0 = v128.and(w0, k0); w1 = v128.and(w1, k1); w2 = v128.and(w2, k2); w3 = v128.and(w3, k3);
      }
    }
    const end = stage > 0 ? count(constants, STAGES + 2 * (stage - 1)) : 0;
    let a = rows + (HEAD + <usize>j) * rowStride;
    let b = cols + (HEAD + <usize>j) * colStride + o;
    for (; j >= end; j--) {
      if (hasTangent<N>()) {
        w0 = madd<T>(w0, y0, u0); w1 = madd<T>(w1, y1, u1); w2 = madd<T>(w2, y2, u2); w3 = madd<T>(w3, y3, u3);
      }
      u0 = madd<T>(u0, y0, v128.mul<T>(rowFeature<T, R>(a, o), v128.load(b)));
      u1 = madd<T>(u1, y1, v128.mul<T>(rowFeature<T, R>(a, o + step), v128.load(b + step)));
      u2 = madd<T>(u2, y2, v128.mul<T>(rowFeature<T, R>(a, o + 2 * step), v128.load(b + 2 * step)));
      u3 = madd<T>(u3, y3, v128.mul<T>(rowFeature<T, R>(a, o + 3 * step), v128.load(b + 3 * step)));
      a -= rowStride;
      b -= colStride;
    }
  }
  endFar<T, R, N>(0, o, odd, y0, u0, w0, rows, rowStride, cols, colStride);
  endFar<T, R, N>(1, o + step, odd, y1, u1, w1, rows, rowStride, cols, colStride);
  endFar<T, R, N>(2, o + 2 * step, odd, y2, u2, w2, rows, rowStride, cols, colStride);
  endFar<T, R, N>(3, o + 3 * step, odd, y3, u3, w3, rows, rowStride, cols, colStride);
}

// @ts-ignore: decorator
@inline
function endFar<T, R, N>(
  i: usize, at: usize, odd: bool, y: v128, u: v128, w: v128,
  rows: usize, rowStride: usize, cols: usize, colStride: usize,
): void {
  const c = v128.sub<T>(splat<T>(1), v128.load(scratch + 16 * i));
  const product = v128.mul<T>(rowFeature<T, R>(rows, at), v128.load(cols + at));
  const scale = v128.add<T>(product, product);
  const constantPart = v128.mul<T>(rowFeature<T, R>(rows + 5 * rowStride, at), v128.load(cols + 5 * colStride + at));
  const spread = v128.add<T>(rowFeature<T, R>(rows + 4 * rowStride, at), v128.load(cols + 4 * colStride + at));
  v128.store(scratch + 64 + 16 * i, nmadd<T>(v128.mul<T>(scale, c), u, v128.sub<T>(spread, constantPart)));
  if (hasTangent<N>()) {
    const slope = madd<T>(v128.mul<T>(splat<T>(odd ? 2 : 1), y), w, u);
    const mean = v128.add<T>(rowFeature<T, R>(rows + 3 * rowStride, at), v128.load(cols + 3 * colStride + at));
    v128.store(scratch + 128 + 16 * i, v128.sub<T>(mean, slope));
  }
}

/** D and Dd of the close pairs of two vectors, from the i-th of the block. */
function close<T, R, N>(
  o: usize, step: usize, i: usize, odd: bool,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const one = splat<T>(1);
  const zero = splat<T>(0);
  const p = o + i * step;
  const q = p + step;
  const slot = scratch + 16 * i;
  const v0 = v128.load(slot);
  const v1 = v128.load(slot + 16);
  const near0 = v128.lt<T>(v0, splat<T>(NEAR));
  const near1 = v128.lt<T>(v1, splat<T>(NEAR));
  if (!v128.any_true(v128.or(near0, near1))) return;
  const c0 = v128.sub<T>(one, v0);
  const c1 = v128.sub<T>(one, v1);
  const y0 = odd ? v128.mul<T>(c0, c0) : c0;
  const y1 = odd ? v128.mul<T>(c1, c1) : c1;
  const terms = count(constants, 3);
  let s0 = zero, s1 = zero, h0 = zero, h1 = zero;
  let r0 = zero, r1 = zero, e0 = zero, e1 = zero;
  const m: f64 = odd ? 2 : 1;
  let order = splat<T>(m * <f64>(terms - 1) + 1);
  const by = splat<T>(m);
  let a = rows + (HEAD + <usize>terms - 1) * rowStride;
  let b = cols + (HEAD + <usize>terms - 1) * colStride;
  for (let j = terms - 1; j > 0; j--) {
    const x0 = v128.mul<T>(rowFeature<T, R>(a, p), v128.load(b + p));
    const x1 = v128.mul<T>(rowFeature<T, R>(a, q), v128.load(b + q));
    s0 = v128.add<T>(s0, x0);
    s1 = v128.add<T>(s1, x1);
    h0 = madd<T>(h0, y0, s0);
    h1 = madd<T>(h1, y1, s1);
    if (hasTangent<N>()) {
      r0 = madd<T>(order, x0, r0);
      r1 = madd<T>(order, x1, r1);
      e0 = madd<T>(e0, y0, r0);
      e1 = madd<T>(e1, y1, r1);
      order = v128.sub<T>(order, by);
    }
    a -= rowStride;
    b -= colStride;
  }
  s0 = madd<T>(rowFeature<T, R>(a, p), v128.load(b + p), s0);
  s1 = madd<T>(rowFeature<T, R>(a, q), v128.load(b + q), s1);
  const drop0 = odd ? madd<T>(v0, c0, v0) : v0;
  const drop1 = odd ? madd<T>(v1, c1, v1) : v1;
  const x0 = v128.mul<T>(rowFeature<T, R>(rows, p), v128.load(cols + p));
  const x1 = v128.mul<T>(rowFeature<T, R>(rows, q), v128.load(cols + q));
  s0 = madd<T>(v128.mul<T>(c0, drop0), h0, v128.mul<T>(v0, s0));
  s1 = madd<T>(v128.mul<T>(c1, drop1), h1, v128.mul<T>(v1, s1));
  let d0 = v128.mul<T>(v128.add<T>(x0, x0), s0);
  let d1 = v128.mul<T>(v128.add<T>(x1, x1), s1);
  a = rows + (HEAD + <usize>terms) * rowStride;
  b = cols + (HEAD + <usize>terms) * colStride;
  for (let f = count(constants, 4); f > 0; f--) {
    const z0 = v128.sub<T>(rowFeature<T, R>(a, p), v128.load(b + p));
    const z1 = v128.sub<T>(rowFeature<T, R>(a, q), v128.load(b + q));
    d0 = madd<T>(z0, z0, d0);
    d1 = madd<T>(z1, z1, d1);
    a += rowStride;
    b += colStride;
  }
  // the second first: with step 0 both are the same vector, and the block's first slot is the one that counts
  v128.store(slot + 80, v128.bitselect(d1, v128.load(slot + 80), near1));
  v128.store(slot + 64, v128.bitselect(d0, v128.load(slot + 64), near0));
  if (hasTangent<N>()) {
    d0 = v128.mul<T>(drop0, e0);
    d1 = v128.mul<T>(drop1, e1);
    for (let f = count(constants, 5); f > 0; f--) {
      const z0 = v128.sub<T>(rowFeature<T, R>(a, p), v128.load(b + p));
      const z1 = v128.sub<T>(rowFeature<T, R>(a, q), v128.load(b + q));
      d0 = madd<T>(z0, z0, d0);
      d1 = madd<T>(z1, z1, d1);
      a += rowStride;
      b += colStride;
    }
    v128.store(slot + 144, v128.bitselect(d1, v128.load(slot + 144), near1));
    v128.store(slot + 128, v128.bitselect(d0, v128.load(slot + 128), near0));
  }
}
