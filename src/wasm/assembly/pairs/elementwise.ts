/**
 * Layers that act on each entry by itself, other than activations, in deficit form.
 * @module
 */
import { madd, splat } from "../lanes";
import { constant, hasTangent, rowFeature } from "./sides";

/**
 * Dense layer: d' = weight d, g' = weight g + tangentK d.
 * Constants: weight, tangentK. No features.
 */
export function dense<T, N>(bytes: usize, from: usize, to: usize, field: usize, constants: usize): void {
  const weight = constant<T>(constants, 0);
  const tangent = constant<T>(constants, 1);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(from + o);
    if (hasTangent<N>()) {
      const g = v128.load(from + field + o);
      v128.store(to + field + o, madd<T>(tangent, d, v128.mul<T>(weight, g)));
    }
    v128.store(to + o, v128.mul<T>(weight, d));
  }
}

/** The inputs through a dense layer: d' = weight d, g' = tangentK d, d from `gram`. Constants: weight, tangentK. */
export function first<T, N>(bytes: usize, gram: usize, to: usize, field: usize, constants: usize): void {
  const weight = constant<T>(constants, 0);
  const tangent = constant<T>(constants, 1);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(gram + o);
    if (hasTangent<N>()) v128.store(to + field + o, v128.mul<T>(tangent, d));
    v128.store(to + o, v128.mul<T>(weight, d));
  }
}

/** Weighted sum of two states (sums of branches, branches side by side along the channels). Constants: both weights. */
export function combine<T, N>(bytes: usize, a: usize, b: usize, to: usize, field: usize, constants: usize): void {
  const p = constant<T>(constants, 0);
  const q = constant<T>(constants, 1);
  for (let o: usize = 0; o < bytes; o += 16) {
    v128.store(to + o, madd<T>(p, v128.load(a + o), v128.mul<T>(q, v128.load(b + o))));
    if (hasTangent<N>()) {
      const at = field + o;
      v128.store(to + at, madd<T>(p, v128.load(a + at), v128.mul<T>(q, v128.load(b + at))));
    }
  }
}

/** (X - X')(q - q') / 4 + (X + X') / 2 d + ((q + q') / 2 - d) e: deficit of the product of X (deficit e) and q (deficit d). */
// @ts-ignore: decorator
@inline
function mixed<T>(x: v128, y: v128, e: v128, p: v128, q: v128, d: v128): v128 {
  // features are halves: (X - X')(q - q') / 4 is the product of the differences of halves
  const k = v128.sub<T>(v128.add<T>(p, q), d);
  const spread = v128.mul<T>(v128.sub<T>(x, y), v128.sub<T>(p, q));
  return madd<T>(k, e, madd<T>(v128.add<T>(x, y), d, spread));
}

/**
 * Product of two independent states. Features of both sides: q_a / 2, q_b / 2, theta_a / 2, theta_b / 2.
 */
export function product<T, R, N>(
  bytes: usize, a: usize, b: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize,
): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    const pa = rowFeature<T, R>(rows, o);
    const pb = rowFeature<T, R>(rows + rowStride, o);
    const qa = v128.load(cols + o);
    const qb = v128.load(cols + colStride + o);
    const da = v128.load(a + o);
    const db = v128.load(b + o);
    if (hasTangent<N>()) {
      const ga = v128.load(a + field + o);
      const gb = v128.load(b + field + o);
      const ta = rowFeature<T, R>(rows + 2 * rowStride, o);
      const tb = rowFeature<T, R>(rows + 3 * rowStride, o);
      const ua = v128.load(cols + 2 * colStride + o);
      const ub = v128.load(cols + 3 * colStride + o);
      v128.store(to + field + o, v128.add<T>(mixed<T>(ta, ua, ga, pb, qb, db), mixed<T>(tb, ub, gb, pa, qa, da)));
    }
    v128.store(to + o, mixed<T>(pa, qa, da, pb, qb, db));
  }
}

/**
 * Normalization by sqrt(v): with r = 1 / sqrt(v), 0 for v = 0,
 * d' = r r' d + (r - r')(q r - q' r') / 2, g' likewise with theta. Never negative: d' is pulled up to 0.
 * Features of both sides: r, q r / 2, theta r / 2.
 */
export function normalize<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize,
): void {
  const zero = splat<T>(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(from + o);
    const r = rowFeature<T, R>(rows, o);
    const s = v128.load(cols + o);
    const scale = v128.mul<T>(r, s);
    const turn = v128.sub<T>(r, s);
    const q = v128.sub<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
    if (hasTangent<N>()) {
      const g = v128.load(from + field + o);
      const t = v128.sub<T>(rowFeature<T, R>(rows + 2 * rowStride, o), v128.load(cols + 2 * colStride + o));
      v128.store(to + field + o, madd<T>(g, scale, v128.mul<T>(turn, t)));
    }
    v128.store(to + o, v128.pmax<T>(madd<T>(d, scale, v128.mul<T>(turn, q)), zero));
  }
}

/**
 * Dropout, two samples with independent masks: d' = d + (1 / keepRate - 1)(q + q') / 2, g' likewise with theta.
 * Constant: 1 / keepRate - 1. Features of both sides: q / 2, theta / 2.
 */
export function dropout<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const extra = constant<T>(constants, 0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const q = v128.add<T>(rowFeature<T, R>(rows, o), v128.load(cols + o));
    v128.store(to + o, madd<T>(extra, q, v128.load(from + o)));
    if (hasTangent<N>()) {
      const t = v128.add<T>(rowFeature<T, R>(rows + rowStride, o), v128.load(cols + colStride + o));
      v128.store(to + field + o, madd<T>(extra, t, v128.load(from + field + o)));
    }
  }
}

/** f64 values of two or four lanes, written at `to`, of which the first `count` entries exist. */
// @ts-ignore: decorator
@inline
function widen<T>(value: v128, to: usize, left: i32): void {
  if (sizeof<T>() == 8) {
    if (left >= 2) v128.store(to, value);
    else v128.store64_lane(to, value, 0);
  } else {
    const low = f64x2.promote_low_f32x4(value);
    if (left >= 2) v128.store(to, low);
    else v128.store64_lane(to, low, 0);
    if (left > 2) {
      const high = f64x2.promote_low_f32x4(i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
      if (left >= 4) v128.store(to + 16, high);
      else v128.store64_lane(to + 16, high, 0);
    }
  }
}

/**
 * Results: k = (q + q') / 2 - d to `value` and d to `gap`, `count` f64 each, where they are not 0. A sample without
 * variance has k = 0 exactly. Features: q / 2 (theta / 2 for the tangent kernel).
 */
export function finish<T>(count: i32, from: usize, row: usize, cols: usize, value: usize, gap: usize): void {
  const lanes: i32 = 16 / sizeof<T>();
  const zero = splat<T>(0);
  const p = sizeof<T>() == 8 ? v128.load64_splat(row) : v128.load32_splat(row);
  const none = v128.eq<T>(p, zero);
  for (let left = count; left > 0; left -= lanes, from += 16, cols += 16) {
    const d = v128.load(from);
    const q = v128.load(cols);
    if (value != 0) {
      const k = v128.sub<T>(v128.add<T>(p, q), d);
      widen<T>(v128.andnot(k, v128.or(none, v128.eq<T>(q, zero))), value, left);
      value += <usize>lanes * 8;
    }
    if (gap != 0) {
      widen<T>(d, gap, left);
      gap += <usize>lanes * 8;
    }
  }
}
