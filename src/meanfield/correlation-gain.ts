/**
 * The mean squared gain of differences, m(q, c) = E[(phi(u) - phi(v))^2] / (2 q (1 - c)), at one q and many angles
 * theta = acos c.
 * @module
 */
import { type Activation, hermiteExpansion, type PairMap, prepareDual } from "../activations/index.js";
import { meanSquaredSlope, PAIR_EFFORT } from "./moments.js";

/** Of E[phi(u) phi(v)], relative to E[phi^2], where pairs are computed one by one. */
const DUAL_TOLERANCE = 1e-11;
/** Of E[(phi - phi(0))^2] and of E[phi'^2] = m(q, 1), which is the greatest m. */
const SERIES_TOLERANCE = 1e-9;
/** Longer series cost more than another way to the dual. */
const MOST_TERMS = 384;

const HALF_PI = Math.PI / 2;

/** theta of sample j of `degree` + 1 Chebyshev points over [0, pi / 2]; the last one is theta = 0. */
function thetaOf(j: number, degree: number): number {
  return j === degree ? 0 : (HALF_PI / 2) * (1 + Math.cos((Math.PI * j) / degree));
}

/** m(q, .) at the Chebyshev points of `degree`. */
export type GainSampler = (q: number, degree: number) => Float64Array;

/**
 * m at Chebyshev points in theta, to 1e-9 of m(q, 1).
 *
 * A smooth phi without a closed dual is expanded in Hermite polynomials: with b_k the squares of its coefficients,
 * q (1 - c) m = sum_k b_k (1 - c^k), hence q m = sum_j (sum_{k > j} b_k) c^j, one polynomial in c for all angles.
 * Where that series is long (large q), and for other phi, pairs are computed one by one.
 */
export function gainSampler(activation: Activation): GainSampler {
  const expandable = activation.closedDual === null && activation.breakPoints.length === 0;
  // series grow longer with q: beyond one that was too long no other is tried
  // the search for a degree asks for one q again and again
  let [lastQ, lastMap]: [number, PairMap | null] = [Number.NaN, null];
  const mapAt = (q: number): PairMap => {
    if (lastMap === null || q !== lastQ) [lastQ, lastMap] = [q, pairsAt(activation, q)];
    return lastMap;
  };
  let longFrom = expandable ? Number.POSITIVE_INFINITY : 0;
  return (q, degree) => {
    if (q < longFrom) {
      const samples = fromSeries(activation, q, degree);
      if (samples !== null) return samples;
      longFrom = q;
    }
    return fromPairs(activation, mapAt(q), q, degree);
  };
}

function fromSeries(activation: Activation, q: number, degree: number): Float64Array | null {
  const { rest, terms, tail, derivativeTail } = hermiteExpansion(activation, q, {
    maxTerms: MOST_TERMS,
    tolerance: SERIES_TOLERANCE,
  });
  if (tail > SERIES_TOLERANCE || derivativeTail > SERIES_TOLERANCE) return null;
  const samples = new Float64Array(degree + 1);
  for (let j = 0; j <= degree; j++) {
    const c = Math.cos(thetaOf(j, degree));
    let sum = 0;
    for (let k = terms; k >= 1; k--) sum = sum * c + rest[k]!;
    samples[j] = sum / q;
  }
  return samples;
}

function pairsAt(activation: Activation, q: number): PairMap {
  const variance = Float64Array.of(q);
  return prepareDual(activation, variance, variance, {
    derivative: false,
    tolerance: DUAL_TOLERANCE,
    effort: PAIR_EFFORT,
  });
}

function fromPairs(activation: Activation, pair: PairMap, q: number, degree: number): Float64Array {
  const out = new Float64Array(4);
  const samples = new Float64Array(degree + 1);
  samples[degree] = meanSquaredSlope(activation, q);
  for (let j = 0; j < degree; j++) {
    const theta = thetaOf(j, degree);
    const half = Math.sin(theta / 2);
    const deficit = 2 * half * half;
    pair.pair(0, 0, q * Math.cos(theta), q * deficit, out);
    samples[j] = out[2]! / (q * deficit);
  }
  return samples;
}
