/**
 * Dual activation by Mehler's formula from per-sample Hermite coefficients.
 * @module
 */
import { gap } from "../closed/covariance.js";
import type { HermiteExpansion } from "./hermite-expansion.js";

const NEAR = 0.5; // above this correlation D and Dd are summed on their own; below, the differences lose at most one bit
const NEGLIGIBLE = 1e-17; // what may be left of E phi'^2
const DEAD = 1e-16; // what may be left of c^k a_k b_k against a deficit
const STRIDE = 8; // terms between two looks at what is left

/**
 * Writes `[T, Td, D, Dd]` of two samples: T = sum_k a_k b_k c^k, Td = sum_k a'_k b'_k c^k and
 * D = sum_k [(a_k - b_k)^2 / 2 + a_k b_k (1 - c^k)], every term of which is >= 0 for equal samples: no cancellation.
 * Dd is the same sum of a'_k, b'_k.
 */
export function mehlerPair(
  u: HermiteExpansion,
  v: HermiteExpansion,
  k: number,
  d: number,
  out: Float64Array,
): void {
  if (u.odd !== null && v.odd !== null) oddPair(u, v, k, d, out);
  else generalPair(u, v, k, d, out);
}

function generalPair(
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
  const c = scale > 0 ? Math.max(-1, k / scale) : 0;
  let dual = 0;
  let slope = 0;
  let power = 1; // c^k
  if (c < NEAR) {
    // the share of what is left in E phi^2 is less than in E phi'^2
    const least = NEGLIGIBLE * (u.slopeSecond + v.slopeSecond);
    for (let m = 0; m < terms; ) {
      const stop = Math.min(m + STRIDE, terms);
      for (; m < stop; m++) {
        dual += a[m]! * b[m]! * power;
        slope += a1[m]! * b1[m]! * power;
        power *= c;
      }
      if (Math.abs(power) * (u.slopeRest[m]! + v.slopeRest[m]!) <= least) break;
    }
    out[2] = Math.max(0, 0.5 * (u.spread + v.spread) - dual);
    out[3] = Math.max(0, 0.5 * (u.slopeSecond + v.slopeSecond) - slope);
  } else {
    const miss = Math.min(gap(u.q, v.q, k, d) / scale, 1); // 1 - c
    const near = 1 - miss;
    let deficit = 0;
    let slopeDeficit = 0;
    let drop = 0; // 1 - c^k
    let m = 0;
    while (m < terms) {
      const stop = Math.min(m + STRIDE, terms);
      for (; m < stop; m++) {
        const x = a[m]!;
        const y = b[m]!;
        const product = x * y;
        const difference = x - y;
        dual += product * power;
        deficit += 0.5 * difference * difference + product * drop;
        const x1 = a1[m]!;
        const y1 = b1[m]!;
        const slopeProduct = x1 * y1;
        const slopeDifference = x1 - y1;
        slope += slopeProduct * power;
        slopeDeficit += 0.5 * slopeDifference * slopeDifference + slopeProduct * drop;
        drop += power * miss;
        power *= near;
      }
      if (
        power * (u.rest[m]! + v.rest[m]!) <= DEAD * deficit &&
        power * (u.slopeRest[m]! + v.slopeRest[m]!) <= DEAD * slopeDeficit
      ) {
        break;
      }
    }
    // beyond, c^k = 0 or one series has ended: (a - b)^2 / 2 + a b = (a^2 + b^2) / 2
    out[2] = Math.max(deficit + 0.5 * (u.rest[m]! + v.rest[m]!), 0);
    out[3] = Math.max(slopeDeficit + 0.5 * (u.slopeRest[m]! + v.slopeRest[m]!), 0);
  }
  // phi = centre + rest: E phi phi = centre^2 + centre (a_0 + b_0) + E rest rest
  out[0] = dual + u.centre * (u.centre + a[0]! + b[0]!);
  out[1] = slope;
}

/** As {@link generalPair} for odd phi - phi(0): powers of c^2. */
function oddPair(u: HermiteExpansion, v: HermiteExpansion, k: number, d: number, out: Float64Array): void {
  const scale = Math.sqrt(u.q * v.q);
  const a = u.odd!.values;
  const b = v.odd!.values;
  const a1 = u.odd!.slopes;
  const b1 = v.odd!.slopes;
  const terms = Math.min(a.length, b.length);
  let c = Math.max(-1, k / scale);
  const direct = c < NEAR;
  const miss = direct ? 1 - c : Math.min(gap(u.q, v.q, k, d) / scale, 1); // 1 - c
  if (!direct) c = 1 - miss;
  const square = c * c;
  let dual = 0;
  let slope = 0;
  let power = 1; // c^{2 m}
  let m = 0;
  if (direct) {
    const least = NEGLIGIBLE * (u.slopeSecond + v.slopeSecond);
    while (m < terms) {
      const stop = Math.min(m + STRIDE, terms);
      for (; m < stop; m++) {
        dual += a[m]! * b[m]! * power;
        slope += a1[m]! * b1[m]! * power;
        power *= square;
      }
      if (power * (u.odd!.slopeRest[m]! + v.odd!.slopeRest[m]!) <= least) break;
    }
    dual *= c;
    out[0] = dual + u.centre * u.centre;
    out[1] = slope;
    out[2] = Math.max(0.5 * (u.spread + v.spread) - dual, 0);
    out[3] = Math.max(0.5 * (u.slopeSecond + v.slopeSecond) - slope, 0);
    return;
  }
  const squareMiss = miss * (1 + c); // 1 - c^2
  let deficit = 0;
  let slopeDeficit = 0;
  let drop = miss; // 1 - c^{2 m + 1}
  let slopeDrop = 0; // 1 - c^{2 m}
  while (m < terms) {
    const stop = Math.min(m + STRIDE, terms);
    for (; m < stop; m++) {
      const x = a[m]!;
      const y = b[m]!;
      const product = x * y;
      const difference = x - y;
      dual += product * power;
      deficit += 0.5 * difference * difference + product * drop;
      const x1 = a1[m]!;
      const y1 = b1[m]!;
      const slopeProduct = x1 * y1;
      const slopeDifference = x1 - y1;
      slope += slopeProduct * power;
      slopeDeficit += 0.5 * slopeDifference * slopeDifference + slopeProduct * slopeDrop;
      drop += c * power * squareMiss;
      slopeDrop += power * squareMiss;
      power *= square;
    }
    if (
      power * (u.odd!.rest[m]! + v.odd!.rest[m]!) <= DEAD * deficit &&
      power * (u.odd!.slopeRest[m]! + v.odd!.slopeRest[m]!) <= DEAD * slopeDeficit
    ) {
      break;
    }
  }
  dual *= c;
  deficit += 0.5 * (u.odd!.rest[m]! + v.odd!.rest[m]!);
  slopeDeficit += 0.5 * (u.odd!.slopeRest[m]! + v.odd!.slopeRest[m]!);
  out[0] = dual + u.centre * u.centre;
  out[1] = slope;
  out[2] = Math.max(deficit, 0);
  out[3] = Math.max(slopeDeficit, 0);
}
