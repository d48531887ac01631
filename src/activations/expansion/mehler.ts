/**
 * Dual activation by Mehler's formula from per-sample Hermite coefficients.
 * @module
 */
import { gap } from "../closed/covariance.js";
import type { HermiteExpansion } from "./hermite-expansion.js";

/**
 * Writes `[T, Td, D]` of two samples: T = sum_k a_k b_k c^k, Td = sum_k a'_k b'_k c^k and
 * D = sum_k [(a_k - b_k)^2 / 2 + a_k b_k (1 - c^k)], every term of which is >= 0 for equal samples: no cancellation.
 */
export function mehlerPair(
  u: HermiteExpansion,
  v: HermiteExpansion,
  k: number,
  d: number,
  out: Float64Array,
): void {
  const scale = Math.sqrt(u.q * v.q);
  const a = u.values;
  const b = v.values;
  const a1 = u.slopes;
  const b1 = v.slopes;
  const terms = Math.min(u.terms, v.terms);
  const miss = scale > 0 ? Math.min(gap(u.q, v.q, d) / scale, 2) : 1; // 1 - c
  let c = scale > 0 ? k / scale : 0;
  if (c > 0.5) c = 1 - miss;
  else if (c < -1) c = -1;
  let dual = 0;
  let slope = 0;
  let deficit = 0;
  let power = 1; // c^k
  let drop = 0; // 1 - c^k
  for (let m = 0; m < terms; m++) {
    const x = a[m]!;
    const y = b[m]!;
    const product = x * y;
    const difference = x - y;
    dual += product * power;
    deficit += 0.5 * difference * difference + product * drop;
    slope += a1[m]! * b1[m]! * power;
    drop += power * miss;
    power *= c;
  }
  for (let m = terms; m < u.terms; m++) deficit += 0.5 * a[m]! * a[m]!;
  for (let m = terms; m < v.terms; m++) deficit += 0.5 * b[m]! * b[m]!;
  // phi = centre + rest: E phi phi = centre^2 + centre (a_0 + b_0) + E rest rest
  out[0] = dual + u.centre * (u.centre + a[0]! + b[0]!);
  out[1] = slope;
  out[2] = Math.max(deficit, 0);
}
