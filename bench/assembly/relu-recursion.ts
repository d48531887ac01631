/**
 * The bare recursion of a relu network's nngp and ntk for one row of pairs: what a layer costs at least. It carries
 * correlations where the product carries deficits, knows one activation, and has no network, tiles or checks around it.
 * @module
 */
import { madd, nmadd, splat } from "../../src/wasm/assembly/lanes";
import { acosRoot } from "../../src/wasm/assembly/math/fitted/acos-root";

const PI: f64 = 3.141592653589793;
/** Bytes of pairs that go through all layers together: both kernels and the features of two layers stay in L1. */
const CHUNK: usize = 4096;

/**
 * Pairs of one sample with n others through `layers` layers [relu, dense], in place: nngp k [n], ntk t [n]. With c the
 * correlation, a = acos c and q the variances, per layer
 *
 *   k <- sigma_w^2 sqrt(q q') (sin a + (pi - a) c) / (2 pi) + sigma_b^2,   t <- k + t sigma_w^2 (pi - a) / (2 pi).
 *
 * `row` has for each layer sqrt(q) sigma_w^2 / (2 pi) and 1 / sqrt(q) of the sample; `columns` [n] of sqrt(q), then [n] of
 * 1 / sqrt(q) for each layer. n is a multiple of the number of lanes.
 */
function recursion<T>(
  n: i32, layers: i32, k: usize, t: usize, row: usize, columns: usize, weightVariance: f64, biasVariance: f64,
): void {
  const signBit = v128.splat<T>(<T>-0.0);
  const one = splat<T>(1);
  const two = splat<T>(2);
  const quarter = splat<T>(PI / 2);
  const gain = splat<T>(weightVariance / (2 * PI));
  const bias = splat<T>(biasVariance);
  const bytes = <usize>n * sizeof<T>();
  for (let from: usize = 0; from < bytes; from += CHUNK) {
    const to = min(from + CHUNK, bytes);
    for (let layer: i32 = 0; layer < layers; layer++) {
      const own = row + <usize>(2 * layer) * sizeof<T>();
      const scale = v128.splat<T>(load<T>(own));
      const inverse = v128.splat<T>(load<T>(own + sizeof<T>()));
      const scales = columns + <usize>(2 * layer) * bytes;
      const inverses = scales + bytes;
      for (let at = from; at < to; at += 16) {
        const c = v128.mul<T>(v128.load(k + at), v128.mul<T>(inverse, v128.load(inverses + at)));
        // v = 1 - |c|, never negative; acos c = pi/2 - sign(c) (pi/2 - acos |c|)
        const v = v128.andnot(v128.sub<T>(one, v128.andnot(c, signBit)), signBit);
        const side = nmadd<T>(v128.sqrt<T>(v), acosRoot<T>(v), quarter);
        const opening = v128.add<T>(quarter, v128.xor(side, v128.and(c, signBit))); // pi - a
        const sine = v128.sqrt<T>(v128.mul<T>(v, v128.sub<T>(two, v)));
        const next = madd<T>(
          v128.mul<T>(scale, v128.load(scales + at)),
          madd<T>(opening, c, sine),
          bias,
        );
        v128.store(k + at, next);
        v128.store(t + at, madd<T>(v128.mul<T>(v128.load(t + at), opening), gain, next));
      }
    }
  }
}

export function recursion32(
  n: i32, layers: i32, k: usize, t: usize, row: usize, columns: usize, weightVariance: f64, biasVariance: f64,
): void {
  recursion<f32>(n, layers, k, t, row, columns, weightVariance, biasVariance);
}

export function recursion64(
  n: i32, layers: i32, k: usize, t: usize, row: usize, columns: usize, weightVariance: f64, biasVariance: f64,
): void {
  recursion<f64>(n, layers, k, t, row, columns, weightVariance, biasVariance);
}
