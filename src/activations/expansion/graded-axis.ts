/**
 * The axis along which duals at large variance are smooth: log(1 + K u), u = 1 - |c| or its root.
 *
 * An activation that turns within a distance of 1 has duals that turn where 1 - |c| is about 1 / q, and again at 1 - |c|
 * of about 1. On a logarithmic axis both are equally wide: the length of a Chebyshev series grows like log q.
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";

/** x in [-1, 1] for v = 1 - |c| in [0, 1]: x = 2 log B / top - 1, B = 1 + rate u, top = log(1 + rate). */
export interface GradedAxis {
  /** u = sqrt(v), in which duals of functions with a break at 0 are smooth; u = v otherwise */
  readonly root: boolean;
  readonly rate: number;
  readonly top: number;
}

/** @param ratio  the largest standard deviation over the distance within which phi is smooth */
export function gradedAxis(root: boolean, ratio: number): GradedAxis {
  const rate = root ? Math.max(0.5, 1.5 * ratio) : Math.max(0.5, 2 * ratio * ratio);
  return { root, rate, top: Math.log1p(rate) };
}

/** B at v = 1 - |c|. */
export function gradedBase({ root, rate }: GradedAxis, v: number): number {
  return 1 + rate * (root ? Math.sqrt(v) : v);
}

/** x in [-1, 1]. */
export function gradedPosition({ top }: GradedAxis, base: number): number {
  return (2 * Math.log(base)) / top - 1;
}

/** log B at the Chebyshev points of the first kind, descending. */
export function gradedNodes({ top }: GradedAxis, count: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, m) => 0.5 * top * (1 + Math.cos((Math.PI * (m + 0.5)) / count)),
  );
}

/** v at log B = t. */
export function deficitAt({ root, rate }: GradedAxis, t: number): number {
  const u = Math.expm1(t) / rate;
  return root ? u * u : u;
}

/** Angle with 1 - cos = v in [0, 1]. */
export function angleOf(v: number): number {
  return 2 * Math.asin(Math.sqrt(0.5 * v));
}

/** Chebyshev coefficients of the interpolant through values at {@link gradedNodes}, as a matrix [coefficient][node]. */
export function chebyshevMatrix(count: number): Float64Array {
  const out = new Float64Array(count * count);
  for (let k = 0; k < count; k++) {
    for (let m = 0; m < count; m++) {
      const angle = (k * (2 * m + 1)) % (4 * count);
      out[k * count + m] = ((k === 0 ? 1 : 2) / count) * Math.cos((Math.PI * angle) / (2 * count));
    }
  }
  return out;
}

/**
 * Matrix [node][node] that turns values of f B^p at the nodes into B^r (1 / v) int_0^v f dv' there: the mean of a
 * derivative in c towards c = 1, each with a power of the base that makes it flat.
 */
export function meanMatrix(axis: GradedAxis, count: number, p: number, r: number): Float64Array {
  const nodes = gradedNodes(axis, count);
  const chebyshev = chebyshevMatrix(count);
  const { nodes: points, weights } = gaussLegendre(Math.ceil(0.5 * count) + 16);
  const out = new Float64Array(count * count);
  const polynomials = new Float64Array(count);
  for (let m = 0; m < count; m++) {
    const t = nodes[m]!;
    polynomials.fill(0);
    let mass = 0;
    for (let i = 0; i < points.length; i++) {
      const s = 0.5 * t * (1 + points[i]!);
      // dv up to a factor; the mean divides by the same integral of 1
      const measure = weights[i]! * Math.exp(s) * (axis.root ? Math.expm1(s) : 1);
      mass += measure;
      const share = measure * Math.exp(-p * s);
      const x = (2 * s) / axis.top - 1;
      let previous = 1;
      let current = x;
      polynomials[0] = polynomials[0]! + share;
      for (let k = 1; k < count; k++) {
        polynomials[k] = polynomials[k]! + share * current;
        [previous, current] = [current, 2 * x * current - previous];
      }
    }
    const factor = Math.exp(r * t) / mass;
    for (let k = 0; k < count; k++) {
      const share = factor * polynomials[k]!;
      for (let l = 0; l < count; l++) {
        out[m * count + l] = out[m * count + l]! + share * chebyshev[k * count + l]!;
      }
    }
  }
  return out;
}
