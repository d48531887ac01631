/**
 * Td and T of one pair as functions of the standard deviations and the angle, by the method that suits the breaks of phi.
 * @module
 */
import type { Activation } from "../activation.js";
import { type HermiteExpansion, hermiteExpansion } from "./hermite-expansion.js";
import { splitPairMean } from "./pair-quadrature.js";
import { type PairFunction, polarMean, polarOrder, polarReach } from "./polar.js";

/** Td(s1, s2, theta), and the largest error relative to E phi'^2 that its evaluations admitted so far. */
export interface SlopeSource {
  slope(s1: number, s2: number, theta: number): number;
  error(): number;
}

const MAX_TERMS = 4096;
const LONG_SERIES = 1024; // beyond it polar quadrature is cheaper than the coefficients
const QUADRATURE_ERROR = 1e-13; // rules are refined until they settle at 3e-14

export function slopeSource(a: Activation, tolerance: number): SlopeSource {
  const { derivative } = a;
  if (derivative === null) return mehlerSource(a, tolerance, null);
  const mean = pairMean(a, (u, v) => derivative(u) * derivative(v));
  if (a.breakPoints.length === 0) return mehlerSource(a, tolerance, mean);
  return { slope: mean, error: () => QUADRATURE_ERROR };
}

/** T(s1, s2, theta) by quadrature. */
export function valueMean(a: Activation, s1: number, s2: number, theta: number): number {
  return pairMean(a, (u, v) => a.value(u) * a.value(v))(s1, s2, theta);
}

function pairMean(a: Activation, F: PairFunction): (s1: number, s2: number, theta: number) => number {
  const points = a.breakPoints.map((b) => b.at);
  const { growth } = a;
  const rate =
    growth.kind === "exponential"
      ? growth.rate
      : growth.kind === "gaussian" || growth.kind === "subgaussian"
        ? Number.POSITIVE_INFINITY
        : 0;
  if (points.every((x) => x === 0) && rate < Number.POSITIVE_INFINITY) {
    const orders = new Map<number, number>();
    return (s1, s2, theta) => {
      // one rule for all standard deviations within half an octave
      const octave = Math.ceil(2 * Math.log2(Math.max(s1, s2, 1e-3)));
      const s = 2 ** (octave / 2);
      const reach = polarReach(rate, s);
      let order = orders.get(octave);
      if (order === undefined) {
        order = polarOrder(F, s, reach);
        orders.set(octave, order);
      }
      return polarMean(F, s1, s2, theta, order, reach);
    };
  }
  return (s1, s2, theta) => {
    const half = Math.sin(0.5 * theta);
    const k = s1 * s2 * Math.cos(theta);
    const d = 0.5 * (s1 - s2) ** 2 + 2 * s1 * s2 * half * half;
    return splitPairMean(F, points, s1 * s1, s2 * s2, k, d, Math.min(38, 10 + 2 * rate * Math.max(s1, s2)));
  };
}

/** Hermite coefficients of phi'; `otherwise` takes over for variances whose series is too long. */
function mehlerSource(a: Activation, tolerance: number, otherwise: SlopeSource["slope"] | null): SlopeSource {
  const known = new Map<number, HermiteExpansion>();
  let error = 0;
  const maxTerms = otherwise === null ? MAX_TERMS : LONG_SERIES;
  const expand = (s: number): HermiteExpansion => {
    let e = known.get(s);
    if (e === undefined) {
      e = hermiteExpansion(a, s * s, { maxTerms, tolerance });
      known.set(s, e);
      if (complete(e) || otherwise === null) {
        error = Math.max(error, e.tail, Math.max(e.derivativeTail, 0));
      } else {
        error = Math.max(error, QUADRATURE_ERROR);
      }
    }
    return e;
  };
  const complete = (e: HermiteExpansion): boolean => e.tail <= tolerance && !(e.derivativeTail > tolerance);
  return {
    slope(s1, s2, theta) {
      const e1 = expand(s1);
      const e2 = expand(s2);
      if (otherwise !== null && !(complete(e1) && complete(e2))) return otherwise(s1, s2, theta);
      const u = e1.slopes;
      const v = e2.slopes;
      const c = Math.cos(theta);
      let power = 1;
      let sum = 0;
      for (let k = 0; k < Math.min(u.length, v.length); k++) {
        sum += u[k]! * v[k]! * power;
        power *= c;
        if (Math.abs(power) < 1e-18) break;
      }
      return sum;
    },
    error: () => error,
  };
}
