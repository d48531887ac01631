/**
 * The few directions of parameter space that training and the outputs' gradients know, and the linear model in them.
 *
 * E is an orthonormal basis of the span of all gradients j_i, training rows first: in it A = J^T J / n is diagonal with rates
 * a_e (0 for directions that training does not see), every gradient is j_i = sum_e g_ie e, and the linear model's weights have
 *
 *   m(t) = sum_e m_e e,   m_e = -b_e (1 - e^(-a_e t)) / a_e
 *   C(t) = s^2 [ t I + sum_e (c_e - t) e e^T ],   c_e = (1 - e^(-2 a_e t)) / (2 a_e)
 *
 * The complement of E, P - R directions, is flat: no gradient sees it, the weights diffuse there freely.
 * @module
 */
import { eigenSymmetric, matmul } from "../../numeric/linalg/index.js";
import { matrix } from "../../numeric/matrix.js";

export interface ModeBasis {
  /** R, number of directions */
  readonly size: number;
  /** E [R, P], orthonormal rows */
  readonly directions: Float64Array;
  /** a_e >= 0 [R] */
  readonly rates: Float64Array;
  /** g [rows, R] */
  readonly gradients: Float64Array;
  /** b = J^T g_0 / n in the basis [R] */
  readonly slope: Float64Array;
}

/** Directions of gradients shorter than this share of the longest are rounding noise of the others. */
const NEGLIGIBLE = 1e-12;

/**
 * The basis for gradients [rows, P], of which the first `residual.length` belong to the training rows.
 * Cost 4 rows^2 P flops. `samples` divides the loss.
 */
export async function modeBasis(
  gradients: Float64Array,
  parameters: number,
  residual: Float64Array,
  samples: number,
): Promise<ModeBasis> {
  const p = parameters;
  const rows = gradients.length / p;
  const n = residual.length;
  const row = (i: number) => gradients.subarray(i * p, (i + 1) * p);
  let longest = 0;
  for (let i = 0; i < rows; i++) longest = Math.max(longest, norm(row(i)));
  const basis: Float64Array[] = [];
  const joinedBy: number[] = []; // row after which each direction of the test rows came
  /** the part of a gradient outside the basis joins it; orthogonalized twice, which is enough in float64 */
  const join = (i: number) => {
    const rest = Float64Array.from(row(i));
    for (let pass = 0; pass < 2; pass++) {
      for (const e of basis) addScaled(-dot(e, rest), e, rest);
    }
    const length = norm(rest);
    if (!(length > NEGLIGIBLE * longest) || basis.length >= p) return;
    for (let a = 0; a < p; a++) rest[a]! /= length;
    basis.push(rest);
    joinedBy.push(i);
  };
  for (let i = 0; i < n; i++) join(i);
  const seen = basis.length;
  if (seen > 0) await diagonalize(basis, gradients, n, p, samples);
  for (let i = n; i < rows; i++) join(i);
  const size = basis.length;
  const directions = new Float64Array(size * p);
  basis.forEach((e, k) => {
    directions.set(e, k * p);
  });
  const g =
    size === 0
      ? new Float64Array(0)
      : matmul(matrix(rows, p, gradients), matrix(size, p, directions), { transposeB: true }).data;
  // no row sees a direction that a later test row brought: what is there is rounding
  for (let e = seen; e < size; e++) for (let i = 0; i < joinedBy[e]!; i++) g[i * size + e] = 0;
  const rates = new Float64Array(size);
  const slope = new Float64Array(size);
  for (let e = 0; e < seen; e++) {
    for (let i = 0; i < n; i++) {
      rates[e]! += g[i * size + e]! ** 2 / samples;
      slope[e]! += (g[i * size + e]! * residual[i]!) / samples;
    }
  }
  const floor = size * 1e-15 * rates.reduce((a, b) => Math.max(a, b), 0);
  for (let e = 0; e < size; e++) if (!(rates[e]! > floor)) rates[e] = 0;
  return { size, directions, rates, gradients: g, slope };
}

/** Turns the basis so that the curvature A is diagonal in it, in place. */
async function diagonalize(
  basis: Float64Array[],
  gradients: Float64Array,
  n: number,
  p: number,
  samples: number,
): Promise<void> {
  const r = basis.length;
  const all = matrix(r, p);
  basis.forEach((e, k) => {
    all.data.set(e, k * p);
  });
  const g = matmul(matrix(n, p, gradients.subarray(0, n * p)), all, { transposeB: true });
  const curvature = matmul(g, g, { transposeA: true });
  for (let i = 0; i < curvature.data.length; i++) curvature.data[i]! /= samples;
  const { vectors } = await eigenSymmetric(curvature);
  const turned = matmul(vectors!, all, { transposeA: true }).data;
  for (let k = 0; k < r; k++) basis[k] = turned.subarray(k * p, (k + 1) * p);
}

/** m, c (per s^2) and the residuals of the linear model at one time. */
export interface LinearState {
  readonly mean: Float64Array;
  readonly spread: Float64Array;
  readonly residual: Float64Array;
}

/** Fills the state of the linear model at time t; `residual` holds as many training rows as `start`. */
export function linearState(
  { size, rates, slope, gradients }: ModeBasis,
  start: Float64Array,
  t: number,
): LinearState {
  const mean = new Float64Array(size);
  const spread = new Float64Array(size);
  for (let e = 0; e < size; e++) {
    const a = rates[e]!;
    mean[e] = a === 0 ? 0 : (slope[e]! * Math.expm1(-a * t)) / a;
    spread[e] = a === 0 ? t : -Math.expm1(-2 * a * t) / (2 * a);
  }
  const residual = start.map((r, i) => {
    let sum = r;
    for (let e = 0; e < size; e++) sum += gradients[i * size + e]! * mean[e]!;
    return sum;
  });
  return { mean, spread, residual };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

export function addScaled(scale: number, v: Float64Array, out: Float64Array): void {
  for (let k = 0; k < v.length; k++) out[k]! += scale * v[k]!;
}

function norm(v: Float64Array): number {
  return Math.sqrt(dot(v, v));
}
