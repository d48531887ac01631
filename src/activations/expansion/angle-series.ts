/**
 * Chebyshev series on [0, pi] in the angle theta = acos(c) between two pre-activations.
 *
 * In theta, not c: the dual of a kinked phi is smooth in theta up to theta = 0 (relu: sin t + (pi - t) cos t), while in c
 * it has a branch point at 1.
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";

/** f(theta) = sum_m coefficients[m] T_m(1 - 2 theta / pi). */
export interface AngleSeries {
  readonly coefficients: Float64Array;
  /** of the interpolant before coefficients below rounding were dropped */
  readonly degree: number;
  /** size of the first neglected coefficients relative to the largest value */
  readonly tail: number;
}

/** theta of Chebyshev point m of `degree` + 1 (points of extrema, both ends included). */
export function anglePoint(m: number, degree: number): number {
  return 0.5 * Math.PI * (1 - Math.cos((Math.PI * m) / degree));
}

/** Coefficients of the interpolant through `values` at the points {@link anglePoint}. */
export function angleCoefficients(values: ArrayLike<number>): Float64Array {
  const n = values.length - 1;
  const cosines = new Float64Array(2 * n);
  for (let j = 0; j < 2 * n; j++) cosines[j] = Math.cos((Math.PI * j) / n);
  const out = new Float64Array(n + 1);
  for (let m = 0; m <= n; m++) {
    let sum = 0.5 * (values[0]! + (m % 2 === 0 ? 1 : -1) * values[n]!);
    for (let j = 1; j < n; j++) sum += values[j]! * cosines[(m * j) % (2 * n)]!;
    out[m] = (sum * 2) / n;
  }
  out[0] = out[0]! / 2;
  out[n] = out[n]! / 2;
  return out;
}

/** Clenshaw's recursion. */
export function evaluateAngleSeries(c: Float64Array, theta: number): number {
  const x = 1 - (2 / Math.PI) * theta;
  const twice = 2 * x;
  let b1 = 0;
  let b2 = 0;
  for (let m = c.length - 1; m >= 1; m--) {
    const b = c[m]! + twice * b1 - b2;
    b2 = b1;
    b1 = b;
  }
  return c[0]! + x * b1 - b2;
}

const RELATIVE = 2e-15; // where the coefficients have reached rounding

/** Series of f, doubling the degree from 16 until the last coefficients are below rounding or `maxDegree` is reached. */
export function angleSeries(f: (theta: number) => number, maxDegree = 512): AngleSeries {
  let values = new Float64Array(0);
  for (let degree = 16; ; degree *= 2) {
    const next = new Float64Array(degree + 1);
    for (let m = 0; m <= degree; m++) {
      next[m] = values.length > 0 && m % 2 === 0 ? values[m / 2]! : f(anglePoint(m, degree));
    }
    values = next;
    const coefficients = angleCoefficients(values);
    const size = values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
    let tail = 0;
    for (let m = Math.floor(0.85 * degree); m <= degree; m++)
      tail = Math.max(tail, Math.abs(coefficients[m]!));
    const relative = size > 0 ? tail / size : 0;
    if (relative <= 3e-14 || degree >= maxDegree || !(relative < Number.POSITIVE_INFINITY)) {
      let end = coefficients.length;
      while (end > 1 && Math.abs(coefficients[end - 1]!) <= RELATIVE * size) end--;
      return { coefficients: coefficients.slice(0, end), degree, tail: relative };
    }
  }
}

/**
 * Mean of f over correlations between cos(theta) and 1, (1 / (1 - c)) int_c^1 f dc', as a series of the given degree.
 * With f = Td at fixed variances it turns dT/dk = Td into T(1) - T(c) = s1 s2 (1 - c) mean, without cancellation.
 */
export function averageToOne(f: Float64Array, degree: number): Float64Array {
  const values = new Float64Array(degree + 1);
  // exact for f; the sine under the integral is a polynomial of degree 30 to rounding
  const rule = gaussLegendre(Math.ceil((f.length + 30) / 2));
  for (let m = 0; m <= degree; m++) {
    const theta = anglePoint(m, degree);
    if (theta === 0) {
      values[m] = evaluateAngleSeries(f, 0);
      continue;
    }
    let sum = 0;
    for (let i = 0; i < rule.nodes.length; i++) {
      const t = 0.5 * theta * (1 + rule.nodes[i]!);
      sum += rule.weights[i]! * Math.sin(t) * evaluateAngleSeries(f, t);
    }
    const half = Math.sin(0.5 * theta);
    values[m] = (0.25 * theta * sum) / (half * half);
  }
  return angleCoefficients(values);
}
