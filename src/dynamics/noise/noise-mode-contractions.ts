/**
 * Contractions of the derivatives in the basis of modes with the linear model's moments, at one time.
 *
 * Matrices are row-major; row i is an output of a sample, training rows first; e, e' are directions of the basis.
 * @module
 */
import { type LinearState, linearState, type ModeBasis } from "./noise-modes.js";
import type { ModeTensors } from "./noise-tensors.js";

export interface ModeProblem {
  readonly basis: ModeBasis;
  readonly tensors: ModeTensors;
  /** g_0 on the training rows [n] */
  readonly residual: Float64Array;
  readonly rows: number;
  /** divides the loss */
  readonly samples: number;
  readonly order: 2 | 3;
}

/** What both the systems and the outputs contract, at one time. */
export interface Contracted extends LinearState {
  /** (H_i m)_e [rows, R] */
  readonly hm: Float64Array;
  /** m.H_i m [rows] */
  readonly mhm: Float64Array;
}

export function contractedAt(
  { basis, tensors, residual, rows }: ModeProblem,
  t: number,
  upTo = rows,
): Contracted {
  const state = linearState(basis, residual, t);
  const r = basis.size;
  const { mean } = state;
  const hm = new Float64Array(upTo * r);
  const mhm = new Float64Array(upTo);
  const h = tensors.hessian;
  for (let i = 0; i < upTo; i++) {
    for (let e = 0; e < r; e++) {
      let sum = 0;
      for (let k = 0; k < r; k++) sum += h[(i * r + e) * r + k]! * mean[k]!;
      hm[i * r + e] = sum;
      mhm[i]! += sum * mean[e]!;
    }
  }
  return { ...state, hm, mhm };
}

/** out_(ie) = sum_le' K_(ie)(le') w_le', for `rows` rows; w [n R]. */
export function overlapTimes(overlaps: Float64Array, w: Float64Array, rows: number, r: number): Float64Array {
  const width = w.length;
  const out = new Float64Array(rows * r);
  for (let ie = 0; ie < out.length; ie++) {
    let sum = 0;
    for (let k = 0, at = ie * width; k < width; k++) sum += overlaps[at + k]! * w[k]!;
    out[ie] = sum;
  }
  return out;
}

/** (H_i mu_1)_e [rows, R] from x and, unless null, the overlaps' part of W. */
export function hessianTimesFirst(
  { basis, tensors, rows }: ModeProblem,
  x: Float64Array,
  overlapped: Float64Array | null,
  upTo = rows,
): Float64Array {
  const r = basis.size;
  const h = tensors.hessian;
  const out = new Float64Array(upTo * r);
  for (let ie = 0; ie < out.length; ie++) {
    let sum = overlapped === null ? 0 : -overlapped[ie]!;
    for (let k = 0; k < r; k++) sum += h[ie * r + k]! * x[k]!;
    out[ie] = sum;
  }
  return out;
}

/** sum += DF_1(m) mu_1 in the basis, times the number of samples. */
export function addDriftTimesFirst(
  problem: ModeProblem,
  at: Contracted,
  x: Float64Array,
  hx: Float64Array,
  sum: Float64Array,
) {
  const { size: r, gradients: g } = problem.basis;
  const n = problem.residual.length;
  for (let i = 0; i < n; i++) {
    let [gx, mhx] = [0, 0];
    for (let e = 0; e < r; e++) {
      gx += g[i * r + e]! * x[e]!;
      mhx += at.mean[e]! * hx[i * r + e]!;
    }
    for (let e = 0; e < r; e++) {
      sum[e]! += at.residual[i]! * hx[i * r + e]! + at.hm[i * r + e]! * gx + g[i * r + e]! * mhx;
    }
  }
}

/** T_i[u, v, .] for diagonal or rank-one weights: sum_ee' weight(e, e') T_iee'p [R]. */
export function contractThird(
  third: Float64Array,
  i: number,
  r: number,
  left: Float64Array,
  right: Float64Array,
): Float64Array {
  const out = new Float64Array(r);
  for (let e = 0; e < r; e++) {
    if (left[e] === 0) continue;
    for (let f = 0; f < r; f++) {
      const weight = left[e]! * right[f]!;
      const at = ((i * r + e) * r + f) * r;
      for (let p = 0; p < r; p++) out[p]! += weight * third[at + p]!;
    }
  }
  return out;
}

/** sum_e c_e T_ieep [R] */
export function contractThirdDiagonal(
  third: Float64Array,
  i: number,
  r: number,
  c: Float64Array | null,
): Float64Array {
  const out = new Float64Array(r);
  for (let e = 0; e < r; e++) {
    const weight = c === null ? 1 : c[e]!;
    const at = ((i * r + e) * r + e) * r;
    for (let p = 0; p < r; p++) out[p]! += weight * third[at + p]!;
  }
  return out;
}

/** The flat traces of one group. */
export function groupOf({ basis, tensors, residual, rows }: ModeProblem, group: number) {
  const { hessian, product, third } = tensors.flat;
  const part = (all: Float64Array | null, size: number) =>
    all === null ? null : all.subarray(group * size, (group + 1) * size);
  return {
    hessian: part(hessian, rows)!,
    product: part(product, rows * residual.length),
    third: part(third, rows * basis.size),
  };
}
