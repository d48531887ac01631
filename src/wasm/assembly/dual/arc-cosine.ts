/**
 * Step functions and rectified monomials x^n for x > 0, else 0: arc-cosine kernels of any order.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { acosOfDeficit, foldDeficit, sineMinusArcOfDeficit } from "../math/acos";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { pairGap, storePair } from "./smooth";

const PI: f64 = 3.141592653589793;

/** 1 - c; 1 where a sample has no variance. `rows` and `cols` point to s / sqrt(2), 1 / s (0 for s = 0). */
// @ts-ignore: decorator
@inline
function correlationDeficit<T, R>(
  d: v128, o: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize,
): v128 {
  const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
  const gap = pairGap<T>(d, rowFeature<T, R>(rows, o), v128.load(cols + o));
  const v = v128.pmin<T>(v128.mul<T>(gap, scale), splat<T>(2));
  return v128.bitselect(splat<T>(1), v, v128.eq<T>(scale, splat<T>(0)));
}

/**
 * sign, heaviside and the rectified monomial of degree 0: D = slope t, t = acos(c), and half of E phi^2 of the other
 * where a sample has no variance. There is no derivative kernel: g' is NaN.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), weight E phi^2 / 2. Constant: weight slope.
 */
export function step<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const slope = constant<T>(constants, 0);
  const zero = splat<T>(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const v = correlationDeficit<T, R>(v128.load(from + o), o, rows, rowStride, cols, colStride);
    const near = acosOfDeficit<T>(foldDeficit<T>(v));
    const angle = v128.bitselect(v128.sub<T>(splat<T>(PI), near), near, v128.gt<T>(v, splat<T>(1)));
    const a = rowFeature<T, R>(rows + 2 * rowStride, o);
    const b = v128.load(cols + 2 * colStride + o);
    const none = v128.or(v128.eq<T>(a, zero), v128.eq<T>(b, zero));
    v128.store(to + o, v128.bitselect(v128.add<T>(a, b), v128.mul<T>(slope, angle), none));
    if (hasTangent<N>()) v128.store(to + field + o, splat<T>(NaN));
  }
}

/**
 * x^n, n >= 1, for x > 0. With v = 1 - c, t = acos(c), by the recursion
 * G_m = (m - 1) N_{m-1} + m c G_{m-1}, N_m = m G_{m-1} + (m - 1) c N_{m-1} from 2 pi G_0 = pi - t,
 * 2 pi G_1 = sin t + (pi - t) c, 2 pi N_1 = pi - t + c sin t, and the drops U, V of G, N from their values at c = 1:
 * D = (p - p')^2 + 2 p p' U_n / second, p = sqrt(E phi^2 / 2), second = E phi^2 at q = 1, and Dd likewise with
 * n^2 U_{n-1} and E phi'^2.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), p sqrt(weight), theta / 2, weight A / 2, and the square root
 * of that. `extra` is n. Constants: 1 / (pi second), n^2 / (pi derivativeSecond), tangentK / weight.
 */
export function rectifiedMonomial<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize, extra: usize,
): void {
  const high = constant<T>(constants, 0);
  const low = constant<T>(constants, 1);
  const ratio = constant<T>(constants, 2);
  const n = load<i32>(extra);
  const zero = splat<T>(0);
  const one = splat<T>(1);
  for (let o: usize = 0; o < bytes; o += 16) {
    const v = correlationDeficit<T, R>(v128.load(from + o), o, rows, rowStride, cols, colStride);
    const folded = foldDeficit<T>(v);
    const obtuse = v128.gt<T>(v, one);
    const c = v128.sub<T>(one, v);
    const near = acosOfDeficit<T>(folded);
    const angle = v128.bitselect(v128.sub<T>(splat<T>(PI), near), near, obtuse);
    const opening = v128.bitselect(near, v128.sub<T>(splat<T>(PI), near), obtuse); // pi - t
    const loss = madd<T>(
      splat<T>(PI),
      v128.pmax<T>(v128.sub<T>(v, one), zero),
      sineMinusArcOfDeficit<T>(folded),
    );
    const sine2 = v128.mul<T>(folded, v128.sub<T>(splat<T>(2), folded));
    const sine = v128.sqrt<T>(sine2);
    // all times 2 pi: order 0 below, order 1 here
    let gLow = opening;
    let uLow = angle;
    let g = madd<T>(opening, c, sine);
    let m = madd<T>(c, sine, opening);
    let u = v128.sub<T>(v128.mul<T>(splat<T>(PI), v), loss);
    let w = nmadd<T>(c, loss, v128.mul<T>(angle, sine2)); // t - sin t cos t
    for (let order = 2; order <= n; order++) {
      const i = v128.splat<T>(<T>order);
      const j = v128.splat<T>(<T>(order - 1));
      const gNext = madd<T>(j, m, v128.mul<T>(v128.mul<T>(i, c), g));
      const uNext = madd<T>(j, w, v128.mul<T>(i, madd<T>(v, g, u)));
      w = madd<T>(i, u, v128.mul<T>(j, madd<T>(v, m, w)));
      m = madd<T>(i, g, v128.mul<T>(v128.mul<T>(j, c), m));
      gLow = g;
      uLow = u;
      g = gNext;
      u = uNext;
    }
    const p = rowFeature<T, R>(rows + 2 * rowStride, o);
    const q = v128.load(cols + 2 * colStride + o);
    const radial = v128.sub<T>(p, q);
    const part = v128.mul<T>(v128.mul<T>(high, v128.mul<T>(p, q)), v128.pmax<T>(u, zero));
    const result = madd<T>(radial, radial, part);
    let steep = zero;
    if (hasTangent<N>()) {
      const a = rowFeature<T, R>(rows + 5 * rowStride, o);
      const b = v128.load(cols + 5 * colStride + o);
      const turn = v128.sub<T>(a, b);
      steep = madd<T>(turn, turn, v128.mul<T>(v128.mul<T>(low, v128.mul<T>(a, b)), v128.pmax<T>(uLow, zero)));
    }
    storePair<T, R, N>(
      from, to, field, o, rows + 3 * rowStride, rowStride, cols + 3 * colStride, colStride, result, steep, ratio,
    );
  }
}
