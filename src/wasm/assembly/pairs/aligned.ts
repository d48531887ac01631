/**
 * Operations on aligned pairs, whose samples lie nearly on one line through 0: states of (x, -x'), called turned, and
 * states with the gap m = s s' - k in place of the deficit d = m + (s - s')^2 / 2, called angular; see
 * src/kernels/aligned-plan.ts. The row side is one sample.
 * @module
 */
import { madd, splat } from "../lanes";
import { acosOfWideDeficit, sineMinusArcOfWideDeficit } from "../math/acos";
import { constant, hasTangent, OneSample, rowFeature } from "./sides";

/**
 * The inputs through a dense layer, from m: g' = tangentK (m + r), r = (s - s')^2 / 2, and d' = weight m, plus weight r
 * where the result is not angular. Constants: weight, tangentK, that weight or 0. Feature: s / sqrt(2).
 */
function first<T, N>(bytes: usize, gram: usize, to: usize, field: usize, rows: usize, cols: usize, constants: usize): void {
  const weight = constant<T>(constants, 0);
  const tangent = constant<T>(constants, 1);
  const spread = constant<T>(constants, 2);
  for (let o: usize = 0; o < bytes; o += 16) {
    const m = v128.load(gram + o);
    const difference = v128.sub<T>(rowFeature<T, OneSample>(rows, o), v128.load(cols + o));
    const r = v128.mul<T>(difference, difference);
    if (hasTangent<N>()) v128.store(to + field + o, v128.mul<T>(tangent, v128.add<T>(m, r)));
    v128.store(to + o, madd<T>(spread, r, v128.mul<T>(weight, m)));
  }
}

/** d' = d + c_0, g' = g + c_1: what the biases of a layer add to a turned state. */
function shift<T, N>(bytes: usize, to: usize, field: usize, constants: usize): void {
  const d = constant<T>(constants, 0);
  const g = constant<T>(constants, 1);
  for (let o: usize = 0; o < bytes; o += 16) {
    v128.store(to + o, v128.add<T>(v128.load(to + o), d));
    if (hasTangent<N>()) v128.store(to + field + o, v128.add<T>(v128.load(to + field + o), g));
  }
}

/**
 * What the bias b of a layer of weight w adds to w m: w b (s - s')^2 / (r r' + w s s' + b), or, turned,
 * b + b (w (q + q') + b) / (r r' + w s s'); r = sqrt(w q + b). Constants: w, b, 1 where turned.
 * Features: s / sqrt(2), r / sqrt(2).
 */
function lift<T>(
  bytes: usize, to: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const weight = constant<T>(constants, 0);
  const bias = constant<T>(constants, 1);
  const turned = load<f64>(constants + 16) != 0;
  const two = splat<T>(2);
  for (let o: usize = 0; o < bytes; o += 16) {
    const x = rowFeature<T, OneSample>(rows, o);
    const y = v128.load(cols + o);
    const roots = v128.mul<T>(two, v128.mul<T>(rowFeature<T, OneSample>(rows + rowStride, o), v128.load(cols + colStride + o)));
    const below = madd<T>(v128.mul<T>(two, weight), v128.mul<T>(x, y), roots);
    let added: v128;
    if (turned) {
      const sum = v128.mul<T>(two, madd<T>(x, x, v128.mul<T>(y, y)));
      const over = v128.mul<T>(bias, madd<T>(weight, sum, bias));
      added = v128.add<T>(bias, v128.div<T>(over, below));
    } else {
      const difference = v128.sub<T>(x, y);
      const over = v128.mul<T>(v128.mul<T>(v128.mul<T>(two, weight), bias), v128.mul<T>(difference, difference));
      added = v128.div<T>(over, v128.add<T>(below, bias));
    }
    v128.store(to + o, v128.add<T>(v128.load(to + o), added));
  }
}

/**
 * Back to the state (d, g) of (x, x'): d + f (s - s')^2 / 2, and where the state is turned, q + q' less that and
 * theta + theta' - g. Constants: f, 1 where turned. Features: s / sqrt(2), q / 2, theta / 2.
 */
function plain<T, N>(
  bytes: usize, to: usize, field: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const fold = constant<T>(constants, 0);
  const turned = load<f64>(constants + 8) != 0;
  for (let o: usize = 0; o < bytes; o += 16) {
    const difference = v128.sub<T>(rowFeature<T, OneSample>(rows, o), v128.load(cols + o));
    let d = madd<T>(fold, v128.mul<T>(difference, difference), v128.load(to + o));
    if (turned) {
      const half = v128.add<T>(rowFeature<T, OneSample>(rows + rowStride, o), v128.load(cols + colStride + o));
      d = v128.sub<T>(v128.add<T>(half, half), d);
      if (hasTangent<N>()) {
        const mean = v128.add<T>(rowFeature<T, OneSample>(rows + 2 * rowStride, o), v128.load(cols + 2 * colStride + o));
        v128.store(to + field + o, v128.sub<T>(v128.add<T>(mean, mean), v128.load(to + field + o)));
      }
    }
    v128.store(to + o, d);
  }
}

/** 1 - c of the state: (d - fold r) / (s s'), 1 for a sample without variance. Features: s / sqrt(2), 1 / s. */
// @ts-ignore: decorator
@inline
function correlationGap<T>(
  d: v128, r: v128, fold: v128, o: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize,
): v128 {
  const scale = v128.mul<T>(rowFeature<T, OneSample>(rows + rowStride, o), v128.load(cols + colStride + o));
  const gap = v128.pmax<T>(v128.sub<T>(d, v128.mul<T>(fold, r)), splat<T>(0));
  const v = v128.pmin<T>(v128.mul<T>(gap, scale), splat<T>(2));
  return v128.bitselect(splat<T>(1), v, v128.eq<T>(scale, splat<T>(0)));
}

/**
 * phi(x) = a min(x, 0) + b max(x, 0) is m x + n |x|, m = (a + b) / 2, n = (b - a) / 2. With t the angle of the state,
 * L = s s' (sin t - t cos t), T = (theta + theta') / 2 - g, and Q = q + q' (2 s s' of an angular state):
 *   D = A_0 Q + A_1 d + A_2 L, G = A_0 (theta + theta') + A_1 g - A_2 t T,
 * (A_0, A_1, A_2) = (0, m^2 + n^2, -2 n^2 / pi), from a turned state (m^2, n^2 - m^2, -2 n^2 / pi), from a turned one to a
 * turned one (n^2, m^2 - n^2, 2 n^2 / pi). Then as through a dense layer, g' = G + ratio times the deficit.
 *
 * Constants: weight A_0, weight A_1, weight A_2, fold (0 for an angular state), what r enters d' with, and the deficit of
 * g' (0, or weight (m^2 + n^2)), ratio. Features: s / sqrt(2), 1 / s, theta / 2.
 */
function piecewise<T, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const a0 = constant<T>(constants, 0);
  const a1 = constant<T>(constants, 1);
  const a2 = constant<T>(constants, 2);
  const fold = constant<T>(constants, 3);
  const spread = constant<T>(constants, 4);
  const tangentSpread = constant<T>(constants, 5);
  const ratio = constant<T>(constants, 6);
  const two = splat<T>(2);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(from + o);
    const x = rowFeature<T, OneSample>(rows, o);
    const y = v128.load(cols + o);
    const difference = v128.sub<T>(x, y);
    const r = v128.mul<T>(difference, difference);
    const v = correlationGap<T>(d, r, fold, o, rows, rowStride, cols, colStride);
    const scale = v128.mul<T>(two, v128.mul<T>(x, y));
    const lost = v128.mul<T>(scale, sineMinusArcOfWideDeficit<T>(v));
    // 2 s s' + 2 r = q + q'
    const opposite = v128.mul<T>(two, madd<T>(fold, r, scale));
    const result = madd<T>(a0, opposite, madd<T>(a1, d, v128.mul<T>(a2, lost)));
    if (hasTangent<N>()) {
      const g = v128.load(from + field + o);
      const mean = v128.add<T>(rowFeature<T, OneSample>(rows + 2 * rowStride, o), v128.load(cols + 2 * colStride + o));
      const angle = v128.mul<T>(a2, acosOfWideDeficit<T>(v));
      const turned = v128.sub<T>(v128.mul<T>(a1, g), v128.mul<T>(angle, v128.sub<T>(mean, g)));
      const sum = madd<T>(a0, v128.add<T>(mean, mean), turned);
      v128.store(to + field + o, madd<T>(ratio, madd<T>(tangentSpread, r, result), sum));
    }
    v128.store(to + o, madd<T>(spread, r, result));
  }
}

/**
 * Step functions: D = c_0 + c_1 t, t the angle of the state. There is no derivative kernel: g' is NaN.
 * Constants: weight c_0, weight c_1, fold (0 for an angular state). Features: s / sqrt(2), 1 / s.
 */
function step<T, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const top = constant<T>(constants, 0);
  const slope = constant<T>(constants, 1);
  const fold = constant<T>(constants, 2);
  for (let o: usize = 0; o < bytes; o += 16) {
    const difference = v128.sub<T>(rowFeature<T, OneSample>(rows, o), v128.load(cols + o));
    const r = v128.mul<T>(difference, difference);
    const v = correlationGap<T>(v128.load(from + o), r, fold, o, rows, rowStride, cols, colStride);
    v128.store(to + o, madd<T>(slope, acosOfWideDeficit<T>(v), top));
    if (hasTangent<N>()) v128.store(to + field + o, splat<T>(NaN));
  }
}

/** Operations 32 to 37, as in src/kernels/simd/instructions.ts. */
export const ALIGNED_FIRST = 32;
export const ALIGNED_END = 38;

/** Runs one of these operations; arguments as of `operate`. */
export function operateAligned<T, N>(
  operation: i32, bytes: usize, to: usize, from: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  switch (operation - ALIGNED_FIRST) {
    case 0: first<T, N>(bytes, from, to, field, rows, cols, constants); break;
    case 1: shift<T, N>(bytes, to, field, constants); break;
    case 2: lift<T>(bytes, to, rows, rowStride, cols, colStride, constants); break;
    case 3: plain<T, N>(bytes, to, field, rows, rowStride, cols, colStride, constants); break;
    case 4: piecewise<T, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    case 5: step<T, N>(bytes, from, to, field, rows, rowStride, cols, colStride, constants); break;
    default: unreachable();
  }
}
