/**
 * Activations of n numbers: y = phi(x). With `slope` the array x becomes phi'(x), which a backward pass multiplies by; without
 * it x stays. Errors some units in the last place of float32, of the value or of the largest slope.
 * @module
 */
import { madd, splat } from "../lanes";
import { atan } from "../math/atan";
import { signBit } from "../math/bits";
import { erf, erfc } from "../math/erf";
import { exp, expm1 } from "../math/exp";
import { log1p } from "../math/log";
import { cos, sin } from "../math/trigonometric";

// @ts-ignore: decorator
@inline
function bytesOf(n: i32): usize {
  return ((<usize>n + 3) & ~3) << 2;
}

// @ts-ignore: decorator
@inline
function magnitude(x: v128): v128 {
  return v128.andnot(x, signBit<f32>());
}

/** y = max(x, 0); NaN stays. x may be y. */
export function relu(n: i32, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, f32x4.max(v128.load(x + i), zero));
}

/** c = 0 where the rectified y is not positive. */
export function reluBack(n: i32, y: usize, c: usize): void {
  const bytes = bytesOf(n);
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(c + i, v128.and(v128.load(c + i), f32x4.gt(v128.load(y + i), zero)));
  }
}

/** b x for x > 0, else a x; slope `at0` at 0. */
export function piecewiseLinear(n: i32, slope: bool, x: usize, y: usize, a: f32, b: f32, at0: f32): void {
  const bytes = bytesOf(n);
  const zero = f32x4.splat(0);
  const left = f32x4.splat(a);
  const right = f32x4.splat(b);
  const middle = f32x4.splat(at0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const s = v128.bitselect(right, left, f32x4.gt(v, zero));
    v128.store(y + i, f32x4.mul(s, v));
    if (slope) v128.store(x + i, v128.bitselect(middle, s, f32x4.eq(v, zero)));
  }
}

export function tanh(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const two = f32x4.splat(2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const a = magnitude(v);
    const m = expm1<f32>(f32x4.mul(f32x4.splat(-2), a)); // e^(-2|x|) - 1
    const r = f32x4.div(f32x4.splat(1), f32x4.add(two, m));
    const t = f32x4.neg(f32x4.mul(m, r));
    v128.store(y + i, v128.or(t, v128.and(v, signBit<f32>())));
    // 4 e / (1 + e)^2
    if (slope) v128.store(x + i, f32x4.mul(f32x4.mul(f32x4.splat(4), f32x4.add(f32x4.splat(1), m)), f32x4.mul(r, r)));
  }
}

/** 1 / (1 + e^-x) from e = e^-|x| and r = 1 / (1 + e). */
// @ts-ignore: decorator
@inline
function logistic(v: v128, e: v128, r: v128): v128 {
  return v128.bitselect(f32x4.mul(e, r), r, f32x4.lt(v, f32x4.splat(0)));
}

export function sigmoid(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const e = exp<f32>(f32x4.neg(magnitude(v)));
    const r = f32x4.div(one, f32x4.add(one, e));
    v128.store(y + i, logistic(v, e, r));
    if (slope) v128.store(x + i, f32x4.mul(e, f32x4.mul(r, r)));
  }
}

export function silu(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const e = exp<f32>(f32x4.neg(magnitude(v)));
    const r = f32x4.div(one, f32x4.add(one, e));
    const s = logistic(v, e, r);
    v128.store(y + i, f32x4.mul(v, s));
    if (slope) v128.store(x + i, madd<f32>(v, f32x4.mul(e, f32x4.mul(r, r)), s));
  }
}

export function softplus(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const e = exp<f32>(f32x4.neg(magnitude(v)));
    v128.store(y + i, f32x4.add(f32x4.max(v, f32x4.splat(0)), log1p<f32>(e)));
    if (slope) v128.store(x + i, logistic(v, e, f32x4.div(one, f32x4.add(one, e))));
  }
}

export function gelu(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const phi = f32x4.mul(f32x4.splat(0.5), erfc<f32>(f32x4.mul(v, splat<f32>(-0.7071067811865476))));
    v128.store(y + i, f32x4.mul(v, phi));
    if (!slope) continue;
    const density = exp<f32>(f32x4.mul(f32x4.mul(v, v), f32x4.splat(-0.5)));
    v128.store(x + i, madd<f32>(f32x4.mul(v, splat<f32>(0.3989422804014327)), density, phi));
  }
}

/** a erf(b x) + c. */
export function erfOf(n: i32, slope: bool, x: usize, y: usize, a: f64, b: f64, c: f64): void {
  const bytes = bytesOf(n);
  const height = splat<f32>(2 * a * b * 0.5641895835477563); // 1 / sqrt(pi)
  const amplitude = splat<f32>(a);
  const scale = splat<f32>(b);
  const shift = splat<f32>(c);
  for (let i: usize = 0; i < bytes; i += 16) {
    const z = f32x4.mul(scale, v128.load(x + i));
    v128.store(y + i, madd<f32>(amplitude, erf<f32>(z), shift));
    if (slope) v128.store(x + i, f32x4.mul(height, exp<f32>(f32x4.neg(f32x4.mul(z, z)))));
  }
}

/** a sin(b x + c). */
export function sine(n: i32, slope: bool, x: usize, y: usize, a: f64, b: f64, c: f64): void {
  const bytes = bytesOf(n);
  const amplitude = splat<f32>(a);
  const height = splat<f32>(a * b);
  const frequency = splat<f32>(b);
  const phase = splat<f32>(c);
  for (let i: usize = 0; i < bytes; i += 16) {
    const z = madd<f32>(frequency, v128.load(x + i), phase);
    v128.store(y + i, f32x4.mul(amplitude, sin<f32>(z)));
    if (slope) v128.store(x + i, f32x4.mul(height, cos<f32>(z)));
  }
}

/** a e^(b x^2). */
export function gaussian(n: i32, slope: bool, x: usize, y: usize, a: f64, b: f64): void {
  const bytes = bytesOf(n);
  const amplitude = splat<f32>(a);
  const rate = splat<f32>(b);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const z = f32x4.mul(rate, v);
    const value = f32x4.mul(amplitude, exp<f32>(f32x4.mul(z, v)));
    v128.store(y + i, value);
    if (slope) v128.store(x + i, f32x4.mul(f32x4.add(z, z), value));
  }
}

/** a e^(b x). */
export function exponential(n: i32, slope: bool, x: usize, y: usize, a: f64, b: f64): void {
  const bytes = bytesOf(n);
  const amplitude = splat<f32>(a);
  const rate = splat<f32>(b);
  for (let i: usize = 0; i < bytes; i += 16) {
    const value = f32x4.mul(amplitude, exp<f32>(f32x4.mul(rate, v128.load(x + i))));
    v128.store(y + i, value);
    if (slope) v128.store(x + i, f32x4.mul(rate, value));
  }
}

/** right x for x > 0, else left (e^x - 1). */
export function elu(n: i32, slope: bool, x: usize, y: usize, left: f64, right: f64): void {
  const bytes = bytesOf(n);
  const zero = f32x4.splat(0);
  const low = splat<f32>(left);
  const high = splat<f32>(right);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const positive = f32x4.gt(v, zero);
    const below = f32x4.mul(low, expm1<f32>(f32x4.min(v, zero)));
    v128.store(y + i, v128.bitselect(f32x4.mul(high, v), below, positive));
    if (slope) v128.store(x + i, v128.bitselect(high, f32x4.add(below, low), positive));
  }
}

export function softsign(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const fall = f32x4.div(one, f32x4.add(one, magnitude(v)));
    v128.store(y + i, f32x4.mul(v, fall));
    if (slope) v128.store(x + i, f32x4.mul(fall, fall));
  }
}

export function arctan(n: i32, slope: bool, x: usize, y: usize): void {
  const bytes = bytesOf(n);
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    v128.store(y + i, atan<f32>(v));
    if (slope) v128.store(x + i, f32x4.div(one, madd<f32>(v, v, one)));
  }
}
