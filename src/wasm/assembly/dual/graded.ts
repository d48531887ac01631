/**
 * Activations without a closed form from tables over variances: series along the logarithmic axis of
 * src/activations/expansion/graded-axis.ts with coefficients that are sums of products of one number per sample.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { acosOfDeficit } from "../math/acos";
import { log } from "../math/log";
import { constant, hasTangent, rowFeature } from "../pairs/sides";

/** Where the features begin: x, r, theta / 2, A / 2, P, m; then the terms. */
const HEAD: usize = 6;

/** First of the counts of terms among the constants. */
const COUNTS: usize = 17;

/** Of four vectors: v, the base B, the place on the axis, two values, D and Dd. */
const scratch = memory.data(448, 16);
const BASE: usize = 64;
const PLACE: usize = 128;
const FIRST: usize = 192;
const SECOND: usize = 256;
const RESULT: usize = 320;

// @ts-ignore: decorator
@inline
function count(constants: usize, i: usize): usize {
  return <usize>load<f64>(constants + 8 * i);
}

/**
 * With v = 1 - |c|, B = 1 + rate u, u = v or sqrt(v), x = 2 log B / log(1 + rate) - 1, and series
 * f(a, b; x) = sum_m T_m(x) sum_t +-a_mt b_mt: for c >= 0, and for all c where phi - phi(0) is odd,
 *   D = (s - s')^2 R(a, b) + s s' v B^(-h/2) M(a, b; x),
 *   Dd = (s - s')^2 R'(a, b) + jump acos(1 - v) + v B^(-h'/2) M'(a, b; x),
 * where for c < 0 D becomes 2 (P + P') - D. Otherwise, for c < 0, D = P + P' - V(a, b; x) and Dd = A / 2 + A' / 2 - S(a, b; x).
 * With a sample without variance D = P + P' and Dd = A / 2 + A' / 2 - m m'.
 * Then g' = Td g + Dd (theta + theta') / 2 + (A - A')(theta - theta') / 4, and as through a dense layer.
 *
 * Features of both sides: s / sqrt(2), 1 / s (0 for s = 0), theta / 2, A / 2, P = E (phi - phi(0))^2 / 2, m = E phi', then the
 * terms of 2 R, 2 R', M, M', V, S, of the highest m first, for each m those with a plus sign first.
 * Constants: weight, tangentK / weight, 1 for u = sqrt(v), rate, 2 / log(1 + rate), jump, 1 for odd phi, h, h', terms of R with
 * plus and with minus, of R' likewise, numbers of m of M, M', V, S, then the terms of each m with plus and with minus.
 */
export function graded<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const weight = constant<T>(constants, 0);
  const ratio = constant<T>(constants, 1);
  const odd = count(constants, 6) != 0;
  const zero = splat<T>(0);
  for (let o: usize = 0; o < bytes; ) {
    // four vectors at once hide the latency of the sums; at the end one vector, four times
    const step: usize = bytes - o >= 64 ? 16 : 0;
    const far = place<T, R>(o, step, from, rows, rowStride, cols, colStride, constants);
    let terms: usize = HEAD;
    let counts = COUNTS;
    const radial = count(constants, 9) + count(constants, 10);
    const steepRadial = count(constants, 11) + count(constants, 12);
    const direct = odd || far < 2;
    terms += radial + steepRadial;
    terms = series<T, R>(direct, o, step, FIRST, terms, counts, count(constants, 13), rows, rowStride, cols, colStride, constants);
    counts += 2 * count(constants, 13);
    if (hasTangent<N>()) {
      terms = series<T, R>(direct, o, step, SECOND, terms, counts, count(constants, 14), rows, rowStride, cols, colStride, constants);
    }
    counts += 2 * count(constants, 14);
    if (direct) {
      near<T, R, N>(o, step, odd, rows, rowStride, cols, colStride, constants);
    }
    if (!odd && far > 0) {
      terms = series<T, R>(true, o, step, FIRST, terms, counts, count(constants, 15), rows, rowStride, cols, colStride, constants);
      counts += 2 * count(constants, 15);
      if (hasTangent<N>()) {
        series<T, R>(true, o, step, SECOND, terms, counts, count(constants, 16), rows, rowStride, cols, colStride, constants);
      }
      mirror<T, R, N>(o, step, rows, rowStride, cols, colStride);
    }
    const last: usize = step == 0 ? 1 : 4;
    for (let i: usize = 0; i < last; i++) {
      const at = o + i * step;
      const p = rowFeature<T, R>(rows + 3 * rowStride, at);
      const q = v128.load(cols + 3 * colStride + at);
      const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, at), v128.load(cols + colStride + at));
      const none = v128.eq<T>(scale, zero);
      const spread = v128.add<T>(rowFeature<T, R>(rows + 4 * rowStride, at), v128.load(cols + 4 * colStride + at));
      const deficit = v128.bitselect(spread, v128.load(scratch + RESULT + 16 * i), none);
      const result = v128.mul<T>(weight, v128.pmax<T>(deficit, zero));
      if (hasTangent<N>()) {
        const product = v128.mul<T>(rowFeature<T, R>(rows + 5 * rowStride, at), v128.load(cols + 5 * colStride + at));
        const sum = v128.add<T>(p, q);
        const loss = v128.bitselect(v128.sub<T>(sum, product), v128.load(scratch + SECOND + 16 * i), none);
        const g = v128.load(from + field + at);
        const s = rowFeature<T, R>(rows + 2 * rowStride, at);
        const t = v128.load(cols + 2 * colStride + at);
        let turned = madd<T>(v128.sub<T>(sum, loss), g, v128.mul<T>(loss, v128.add<T>(s, t)));
        turned = madd<T>(v128.sub<T>(p, q), v128.sub<T>(s, t), turned);
        v128.store(to + field + at, madd<T>(ratio, result, v128.mul<T>(weight, turned)));
      }
      v128.store(to + at, result);
    }
    o += step == 0 ? 16 : 64;
  }
}

/** v, B and x of a block; 0 where all its pairs have c >= 0, 2 where none has, 1 else. */
function place<T, R>(
  o: usize, step: usize, from: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): i32 {
  const one = splat<T>(1);
  const zero = splat<T>(0);
  const root = count(constants, 2) != 0;
  const rate = constant<T>(constants, 3);
  const stretch = constant<T>(constants, 4);
  let any = false;
  let all = true;
  for (let i: usize = 0; i < 4; i++) {
    const at = o + i * step;
    const difference = v128.sub<T>(rowFeature<T, R>(rows, at), v128.load(cols + at));
    const scale = v128.mul<T>(rowFeature<T, R>(rows + rowStride, at), v128.load(cols + colStride + at));
    const gap = v128.pmax<T>(nmadd<T>(difference, difference, v128.load(from + at)), zero);
    const v = v128.pmin<T>(v128.mul<T>(gap, scale), splat<T>(2));
    const beyond = v128.gt<T>(v, one);
    any = any || v128.any_true(beyond);
    all = all && v128.all_true<i32>(beyond);
    const fold = v128.pmin<T>(v, v128.sub<T>(splat<T>(2), v));
    const base = madd<T>(rate, root ? v128.sqrt<T>(fold) : fold, one);
    v128.store(scratch + 16 * i, v);
    v128.store(scratch + BASE + 16 * i, base);
    v128.store(scratch + PLACE + 16 * i, v128.sub<T>(v128.mul<T>(stretch, log<T>(base)), one));
  }
  return all ? 2 : any ? 1 : 0;
}

/** Values of a series at the block's places, by Clenshaw's recursion; the number of the feature behind its terms. */
function series<T, R>(
  wanted: bool, o: usize, step: usize, into: usize, terms: usize, counts: usize, orders: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): usize {
  if (!wanted) {
    for (let m = 2 * orders; m > 0; m--) terms += count(constants, counts++);
    return terms;
  }
  const zero = splat<T>(0);
  let a = rows + terms * rowStride;
  let b = cols + terms * colStride + o;
  const x0 = v128.load(scratch + PLACE);
  const x1 = v128.load(scratch + PLACE + 16);
  const x2 = v128.load(scratch + PLACE + 32);
  const x3 = v128.load(scratch + PLACE + 48);
  let p0 = zero, p1 = zero, p2 = zero, p3 = zero;
  let q0 = zero, q1 = zero, q2 = zero, q3 = zero;
  for (let m = orders; m > 0; m--) {
    let f0 = zero, f1 = zero, f2 = zero, f3 = zero;
    const plus = count(constants, counts++);
    const minus = count(constants, counts++);
    terms += plus + minus;
    for (let t = plus; t > 0; t--) {
      f0 = madd<T>(rowFeature<T, R>(a, o), v128.load(b), f0);
      f1 = madd<T>(rowFeature<T, R>(a, o + step), v128.load(b + step), f1);
      f2 = madd<T>(rowFeature<T, R>(a, o + 2 * step), v128.load(b + 2 * step), f2);
      f3 = madd<T>(rowFeature<T, R>(a, o + 3 * step), v128.load(b + 3 * step), f3);
      a += rowStride;
      b += colStride;
    }
    for (let t = minus; t > 0; t--) {
      f0 = nmadd<T>(rowFeature<T, R>(a, o), v128.load(b), f0);
      f1 = nmadd<T>(rowFeature<T, R>(a, o + step), v128.load(b + step), f1);
      f2 = nmadd<T>(rowFeature<T, R>(a, o + 2 * step), v128.load(b + 2 * step), f2);
      f3 = nmadd<T>(rowFeature<T, R>(a, o + 3 * step), v128.load(b + 3 * step), f3);
      a += rowStride;
      b += colStride;
    }
    const r0 = madd<T>(x0, p0, v128.sub<T>(f0, q0));
    const r1 = madd<T>(x1, p1, v128.sub<T>(f1, q1));
    const r2 = madd<T>(x2, p2, v128.sub<T>(f2, q2));
    const r3 = madd<T>(x3, p3, v128.sub<T>(f3, q3));
    q0 = p0; q1 = p1; q2 = p2; q3 = p3;
    if (m > 1) {
      p0 = madd<T>(x0, p0, r0); p1 = madd<T>(x1, p1, r1); p2 = madd<T>(x2, p2, r2); p3 = madd<T>(x3, p3, r3);
    } else {
      p0 = r0; p1 = r1; p2 = r2; p3 = r3;
    }
  }
  v128.store(scratch + into, p0);
  v128.store(scratch + into + 16, p1);
  v128.store(scratch + into + 32, p2);
  v128.store(scratch + into + 48, p3);
  return terms;
}

/** B^(-h / 2) for h = 0, 1, 2, 4. */
// @ts-ignore: decorator
@inline
function power<T>(base: v128, halves: usize): v128 {
  const one = splat<T>(1);
  if (halves == 0) return one;
  const root = halves == 1 ? v128.sqrt<T>(base) : base;
  const inverse = v128.div<T>(one, root);
  return halves == 4 ? v128.mul<T>(inverse, inverse) : inverse;
}

/** The sum over terms of a constant series for one vector. */
// @ts-ignore: decorator
@inline
function sum<T, R>(
  at: usize, terms: usize, plus: usize, minus: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize,
): v128 {
  let a = rows + terms * rowStride;
  let b = cols + terms * colStride + at;
  let f = splat<T>(0);
  for (let t = plus; t > 0; t--) {
    f = madd<T>(rowFeature<T, R>(a, at), v128.load(b), f);
    a += rowStride;
    b += colStride;
  }
  for (let t = minus; t > 0; t--) {
    f = nmadd<T>(rowFeature<T, R>(a, at), v128.load(b), f);
    a += rowStride;
    b += colStride;
  }
  return f;
}

/** D and Dd of the pairs with c >= 0, of all where phi is odd; others get numbers that `mirror` replaces. */
function near<T, R, N>(
  o: usize, step: usize, odd: bool, rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const halves = count(constants, 7);
  const steepHalves = count(constants, 8);
  const jump = load<f64>(constants + 40);
  const last: usize = step == 0 ? 1 : 4;
  const radial = count(constants, 9) + count(constants, 10);
  for (let i: usize = 0; i < last; i++) {
    const at = o + i * step;
    const x = rowFeature<T, R>(rows, at);
    const y = v128.load(cols + at);
    const difference = v128.sub<T>(x, y);
    const square = v128.mul<T>(difference, difference);
    const v = v128.load(scratch + 16 * i);
    const rest = v128.sub<T>(splat<T>(2), v);
    const fold = v128.pmin<T>(v, rest);
    const base = v128.load(scratch + BASE + 16 * i);
    const product = v128.mul<T>(x, y);
    const scaled = v128.mul<T>(v128.mul<T>(v128.add<T>(product, product), fold), power<T>(base, halves));
    const spread = sum<T, R>(at, HEAD, count(constants, 9), count(constants, 10), rows, rowStride, cols, colStride);
    let deficit = madd<T>(scaled, v128.load(scratch + FIRST + 16 * i), v128.mul<T>(square, spread));
    if (odd) {
      const whole = v128.add<T>(rowFeature<T, R>(rows + 4 * rowStride, at), v128.load(cols + 4 * colStride + at));
      const other = v128.sub<T>(v128.add<T>(whole, whole), deficit);
      deficit = v128.bitselect(other, deficit, v128.gt<T>(v, splat<T>(1)));
    }
    v128.store(scratch + RESULT + 16 * i, deficit);
    if (hasTangent<N>()) {
      const steep = v128.mul<T>(v128.mul<T>(fold, power<T>(base, steepHalves)), v128.load(scratch + SECOND + 16 * i));
      const turn = sum<T, R>(at, HEAD + radial, count(constants, 11), count(constants, 12), rows, rowStride, cols, colStride);
      let loss = madd<T>(square, turn, steep);
      if (jump != 0) loss = madd<T>(splat<T>(jump), acosOfDeficit<T>(fold), loss);
      v128.store(scratch + SECOND + 16 * i, loss);
      v128.store(scratch + RESULT + 64 + 16 * i, loss);
    }
  }
}

/** D and Dd of the pairs with c < 0 where phi is not odd. */
function mirror<T, R, N>(o: usize, step: usize, rows: usize, rowStride: usize, cols: usize, colStride: usize): void {
  const last: usize = step == 0 ? 1 : 4;
  for (let i: usize = 0; i < last; i++) {
    const at = o + i * step;
    const beyond = v128.gt<T>(v128.load(scratch + 16 * i), splat<T>(1));
    const whole = v128.add<T>(rowFeature<T, R>(rows + 4 * rowStride, at), v128.load(cols + 4 * colStride + at));
    const deficit = v128.sub<T>(whole, v128.load(scratch + FIRST + 16 * i));
    v128.store(scratch + RESULT + 16 * i, v128.bitselect(deficit, v128.load(scratch + RESULT + 16 * i), beyond));
    if (hasTangent<N>()) {
      const mean = v128.add<T>(rowFeature<T, R>(rows + 3 * rowStride, at), v128.load(cols + 3 * colStride + at));
      const loss = v128.sub<T>(mean, v128.load(scratch + SECOND + 16 * i));
      v128.store(scratch + SECOND + 16 * i, v128.bitselect(loss, v128.load(scratch + RESULT + 64 + 16 * i), beyond));
    }
  }
}
