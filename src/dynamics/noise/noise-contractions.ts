/**
 * The terms of the moment system of noisy training: contractions of the outputs' derivatives with moments.
 *
 * Notation: row i is an output of a sample, j_i its gradient [P], H_i its Hessian [P, P], T_i its third derivative; n is the number
 * of training samples; m and C are mean and covariance of the linear model's weights, S the covariance of w_0 with w_1.
 * Matrices are row-major [P, P]. Theory notes A3.1, A3.2, A4.1.
 * @module
 */
import type { OutputDerivatives } from "./output-derivatives.js";

export interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  readonly mu1: Float64Array;
  readonly cross: Float64Array;
  readonly mu2: Float64Array;
  readonly order: 1 | 2 | 3;
}

export interface Contractions {
  readonly parameters: number;
  /** A = J^T J / n */
  readonly curvature: Float64Array;
  /** b = J^T g_0 / n */
  readonly slope: Float64Array;
  /** out = A v */
  apply(v: Float64Array, out: Float64Array): void;
  /** out += M v for a symmetric M */
  addProduct(m: Float64Array, v: Float64Array, out: Float64Array): void;
  /** DF_1(m) = 1/n sum [ r_i H_i + (H_i m) j_i^T + j_i (H_i m)^T ], r = g_0 + J m */
  driftSlope(mean: Float64Array): Float64Array;
  /** out += E F_1 = 1/n sum [ r_i H_i m + H_i C j_i + j_i (m.H_i m + tr H_i C) / 2 ] */
  addFirst(mean: Float64Array, covariance: Float64Array, out: Float64Array): void;
  /** out = A S + S A + C DF_1 */
  crossSlope(s: Float64Array, covariance: Float64Array, driftSlope: Float64Array, out: Float64Array): void;
  /** out += 1/n sum [ H_i S^T j_i + H_i S j_i + j_i tr(H_i S) ] */
  addCurvature(s: Float64Array, out: Float64Array): void;
  /** out += E F_2 */
  addSecond(mean: Float64Array, covariance: Float64Array, out: Float64Array): void;
  outputTerms(moments: Moments): Float64Array[];
  /** j C j */
  variance(covariance: Float64Array): Float64Array;
  /** j (S + S^T) j + 2 j C H m */
  varianceCorrection(moments: Moments): Float64Array;
  hessianTrace(moments: Moments): number[];
}

/** `residual` is g_0 on the training rows, which come first; `samples` their number of samples. */
export function contractionsOf(
  { rows, parameters: p, value, first, second, third }: OutputDerivatives,
  residual: Float64Array,
  samples: number,
): Contractions {
  const n = residual.length;
  const j = (i: number) => first.subarray(i * p, (i + 1) * p);
  const h = (i: number) => second.subarray(i * p * p, (i + 1) * p * p);
  const dot = (a: Float64Array, b: Float64Array) => {
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
    return sum;
  };
  const add = (scale: number, v: Float64Array, out: Float64Array) => {
    for (let k = 0; k < v.length; k++) out[k]! += scale * v[k]!;
  };
  const times = (m: Float64Array, v: Float64Array): Float64Array => {
    const out = new Float64Array(p);
    for (let a = 0; a < p; a++) out[a] = dot(m.subarray(a * p, (a + 1) * p), v);
    return out;
  };
  const timesTransposed = (m: Float64Array, v: Float64Array): Float64Array => {
    const out = new Float64Array(p);
    for (let a = 0; a < p; a++) add(v[a]!, m.subarray(a * p, (a + 1) * p), out);
    return out;
  };
  const product = (a: Float64Array, b: Float64Array, out: Float64Array, scale = 1) => {
    for (let r = 0; r < p; r++) {
      const to = out.subarray(r * p, (r + 1) * p);
      for (let k = 0; k < p; k++) add(scale * a[r * p + k]!, b.subarray(k * p, (k + 1) * p), to);
    }
  };
  /** tr(M H) for symmetric H */
  const trace = (hessian: Float64Array, m: Float64Array) => dot(hessian, m);
  const diagonal = (m: Float64Array) => {
    let sum = 0;
    for (let a = 0; a < p; a++) sum += m[a * p + a]!;
    return sum;
  };
  /** T_i [M, .] = sum_ab T_abc M_ab */
  const contract = (i: number, m: Float64Array): Float64Array => {
    const out = new Float64Array(p);
    const base = i * p ** 3;
    for (let ab = 0; ab < p * p; ab++) {
      const weight = m[ab]!;
      if (weight === 0) continue;
      add(weight, third!.subarray(base + ab * p, base + (ab + 1) * p), out);
    }
    return out;
  };
  const outer = (a: Float64Array, b: Float64Array): Float64Array => {
    const out = new Float64Array(p * p);
    for (let r = 0; r < p; r++) add(a[r]!, b, out.subarray(r * p, (r + 1) * p));
    return out;
  };
  const residualAt = (i: number, mean: Float64Array) => residual[i]! + dot(j(i), mean);

  const curvature = new Float64Array(p * p);
  const slope = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    add(1 / samples, outer(j(i), j(i)), curvature);
    add(residual[i]! / samples, j(i), slope);
  }

  return {
    parameters: p,
    curvature,
    slope,
    apply: (v, out) => out.set(times(curvature, v)),
    addProduct: (m, v, out) => add(1, times(m, v), out),
    driftSlope(mean) {
      const out = new Float64Array(p * p);
      for (let i = 0; i < n; i++) {
        const hm = times(h(i), mean);
        add(residualAt(i, mean) / samples, h(i), out);
        add(1 / samples, outer(hm, j(i)), out);
        add(1 / samples, outer(j(i), hm), out);
      }
      return out;
    },
    addFirst(mean, covariance, out) {
      for (let i = 0; i < n; i++) {
        const hm = times(h(i), mean);
        add(residualAt(i, mean) / samples, hm, out);
        add(1 / samples, times(h(i), times(covariance, j(i))), out);
        add((dot(mean, hm) + trace(h(i), covariance)) / (2 * samples), j(i), out);
      }
    },
    crossSlope(s, covariance, driftSlope, out) {
      out.fill(0);
      product(curvature, s, out);
      product(s, curvature, out);
      product(covariance, driftSlope, out);
    },
    addCurvature(s, out) {
      for (let i = 0; i < n; i++) {
        const both = timesTransposed(s, j(i));
        add(1, times(s, j(i)), both);
        add(1 / samples, times(h(i), both), out);
        add(trace(h(i), s) / samples, j(i), out);
      }
    },
    addSecond(mean, covariance, out) {
      const meanSquare = outer(mean, mean);
      for (let i = 0; i < n; i++) {
        const hm = times(h(i), mean);
        const second = dot(mean, hm) + trace(h(i), covariance);
        // E[ H w (w.H w) ] / 2
        add(second / (2 * samples), hm, out);
        add(1 / samples, times(h(i), times(covariance, hm)), out);
        // E[ (g + j.w) T[w, w, .] ] / 2
        const r = residualAt(i, mean) / (2 * samples);
        const ofMean = contract(i, meanSquare);
        const ofCovariance = contract(i, covariance);
        add(r, ofMean, out);
        add(r, ofCovariance, out);
        add(1 / samples, contract(i, outer(mean, times(covariance, j(i)))), out);
        // E[ j T[w, w, w] ] / 6
        add((dot(ofMean, mean) + 3 * dot(ofCovariance, mean)) / (6 * samples), j(i), out);
      }
    },
    outputTerms({ mean, covariance, mu1, cross, mu2, order }) {
      const terms = Array.from({ length: order }, () => new Float64Array(rows));
      for (let i = 0; i < rows; i++) {
        terms[0]![i] = value[i]! + dot(j(i), mean);
        if (order === 1) continue;
        const hm = times(h(i), mean);
        terms[1]![i] = dot(j(i), mu1) + (dot(mean, hm) + trace(h(i), covariance)) / 2;
        if (order === 2) continue;
        const ofMean = dot(contract(i, outer(mean, mean)), mean);
        const ofCovariance = dot(contract(i, covariance), mean);
        terms[2]![i] = dot(j(i), mu2) + dot(hm, mu1) + trace(h(i), cross) + (ofMean + 3 * ofCovariance) / 6;
      }
      return terms;
    },
    variance: (covariance) =>
      Float64Array.from({ length: rows }, (_, i) => dot(j(i), times(covariance, j(i)))),
    varianceCorrection: ({ mean, covariance, cross }) =>
      Float64Array.from(
        { length: rows },
        (_, i) => 2 * dot(j(i), times(cross, j(i))) + 2 * dot(times(covariance, j(i)), times(h(i), mean)),
      ),
    hessianTrace({ mean, covariance, mu1, order }) {
      const terms = new Array<number>(order).fill(0);
      for (let i = 0; i < n; i++) {
        terms[0]! += dot(j(i), j(i)) / samples;
        if (order === 1) continue;
        const hm = times(h(i), mean);
        const r = residualAt(i, mean);
        const traceH = diagonal(h(i));
        terms[1]! += (2 * dot(j(i), hm) + r * traceH) / samples;
        if (order === 2) continue;
        const identity = new Float64Array(p * p);
        for (let a = 0; a < p; a++) identity[a * p + a] = 1;
        const traceT = contract(i, identity);
        const squareH = new Float64Array(p * p);
        product(h(i), h(i), squareH);
        const second = (dot(mean, hm) + trace(h(i), covariance)) / 2;
        terms[2]! +=
          (dot(hm, hm) +
            trace(squareH, covariance) +
            dot(j(i), contract(i, outer(mean, mean))) +
            dot(j(i), contract(i, covariance)) +
            2 * dot(j(i), times(h(i), mu1)) +
            r * dot(traceT, mean) +
            dot(times(covariance, j(i)), traceT) +
            (dot(j(i), mu1) + second) * traceH) /
          samples;
      }
      return terms;
    },
  };
}
