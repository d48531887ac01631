/**
 * Derivatives of the outputs, contracted with the few directions that gradients know and traced over all others.
 *
 * Notation: rows i, l are outputs of samples (training rows first), e, e' directions of the basis E, P_0 = I - E^T E the
 * projection on the flat directions. Nothing here has P x P numbers: H_i e comes from one pass of jets for all rows at once.
 * @module
 */
import { gemm, matmul, view } from "../../numeric/linalg/index.js";
import { matrix } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { breathe, type LongWork } from "../../progress.js";
import { type DerivativePoint, gradientsAlong, outputVariations, rowsOf } from "../gradients-along.js";
import { addScaled, dot, type ModeBasis } from "./noise-modes.js";

/** How traces over the flat directions are taken: exactly, one pass for every parameter, or from random directions. */
export type TraceMethod = "exact" | { readonly probes: number; readonly seed: number };

/** Traces over the flat directions; every group is an estimate of its own, and exact traces are one group. */
export interface FlatTraces {
  readonly groups: number;
  /** tau_i = tr(P_0 H_i) [groups, rows] */
  readonly hessian: Float64Array;
  /** Q_il = tr(P_0 H_i P_0 H_l) [groups, rows, n]; null below order 3 */
  readonly product: Float64Array | null;
  /** theta_ie = sum over flat f of T_i[f, f, e] [groups, rows, R]; null below order 3 */
  readonly third: Float64Array | null;
}

export interface ModeTensors {
  /** h_iee' = e.H_i e' [rows, R, R] */
  readonly hessian: Float64Array;
  /** K_(ie)(le') = (P_0 H_i e).(P_0 H_l e') [rows R, n R]; null below order 3 */
  readonly overlaps: Float64Array | null;
  /** T_i[e, e', e''] [rows, R, R, R]; null below order 3 */
  readonly third: Float64Array | null;
  readonly flat: FlatTraces;
}

export interface TensorPlan {
  readonly order: 2 | 3;
  /** n, number of training rows */
  readonly trainRows: number;
  readonly traces: TraceMethod;
  /** told (e, H_i e for all rows [rows, P]) for every direction, up to a part in the basis */
  readonly onDirection: (e: number, flat: Float64Array) => void;
}

/** Bytes that the contraction holds at once, at most. */
export function bytesOfTensors(order: 2 | 3, rows: number, trainRows: number, parameters: number): number {
  const r = Math.min(rows, parameters);
  // gradients, basis twice while it is turned, one or two buffers
  const common = (3 + order - 1) * rows * parameters + rows * r * r;
  const third = rows * r * parameters + rows * r * trainRows * r + rows * r ** 3;
  return 8 * (order === 2 ? common : common + third);
}

/** Groups of random directions, from which standard errors come. */
const GROUPS = 16;

/** All contractions. Passes: R for h and K, R (R + 1) / 2 for T, and one for every probe or parameter. */
export async function modeTensors(
  point: DerivativePoint,
  basis: ModeBasis,
  { order, trainRows, traces, onDirection }: TensorPlan,
  { signal, onProgress }: LongWork,
): Promise<ModeTensors> {
  const rows = rowsOf(point);
  const p = point.model.parameterCount;
  const r = basis.size;
  const n = trainRows;
  const directions = matrix(r, p, basis.directions);
  const probes = traces === "exact" ? p : traces.probes;
  const pairs = order === 3 ? (r * (r + 1)) / 2 : 0;
  const total = r + pairs + probes;
  let done = 0;
  const step = async () => {
    if (done % 8 === 0) await breathe(signal);
    onProgress?.({ label: "derivatives", done: done++, total, unit: "directions" });
  };
  /** [rows, P] in the basis [rows, R] */
  const inBasis = (a: Float64Array) => matmul(matrix(rows, p, a), directions, { transposeB: true }).data;
  /** takes the part in the basis away from every row */
  const flatten = (a: Float64Array, coordinates: Float64Array) => {
    gemm(rows, p, r, -1, view(coordinates, 0, r), view(basis.directions, 0, p), a, 0, p);
  };

  const buffer = new Float64Array(rows * p);
  const hessian = new Float64Array(rows * r * r);
  const stored = order === 3 ? new Float64Array(rows * r * p) : null; // P_0 H_i e
  for (let e = 0; e < r; e++) {
    await step();
    gradientsAlong(point, basis.directions.subarray(e * p, (e + 1) * p), [null, buffer]);
    // h is symmetric: coordinates from e on are enough, unless all are to be taken away
    const first = stored === null ? e : 0;
    const rest = matrix(r - first, p, basis.directions.subarray(first * p));
    const coordinates = matmul(matrix(rows, p, buffer), rest, { transposeB: true }).data;
    for (let i = 0; i < rows; i++) {
      for (let k = first; k < r; k++) {
        const value = coordinates[i * (r - first) + k - first]!;
        hessian[(i * r + k) * r + e] = value;
        if (stored === null) hessian[(i * r + e) * r + k] = value;
      }
    }
    if (stored !== null) {
      flatten(buffer, coordinates);
      for (let i = 0; i < rows; i++) stored.set(buffer.subarray(i * p, (i + 1) * p), (i * r + e) * p);
    }
    onDirection(e, buffer);
  }
  let overlaps: Float64Array | null = null;
  let third: Float64Array | null = null;
  if (stored !== null) {
    const all = matrix(rows * r, p, stored);
    overlaps = matmul(all, matrix(n * r, p, stored.subarray(0, n * r * p)), { transposeB: true }).data;
    third = await thirdDerivatives(point, basis, rows, inBasis, step);
  }

  const groups = traces === "exact" ? 1 : Math.min(GROUPS, probes);
  const flat = {
    groups,
    hessian: new Float64Array(groups * rows),
    product: order === 3 ? new Float64Array(groups * rows * n) : null,
    third: order === 3 ? new Float64Array(groups * rows * r) : null,
  };
  const second = order === 3 ? new Float64Array(rows * p) : null;
  const rng = traces === "exact" ? null : createRng(traces.seed);
  for (let q = 0; q < probes; q++) {
    await step();
    const group = q % groups;
    const z = new Float64Array(p);
    if (rng === null) z[q] = 1;
    else {
      const stream = rng.fork("probe", q);
      for (let a = 0; a < p; a++) z[a] = stream.uint32() < 2 ** 31 ? -1 : 1;
    }
    for (let pass = 0; pass < 2; pass++) {
      for (let e = 0; e < r; e++) {
        const direction = basis.directions.subarray(e * p, (e + 1) * p);
        addScaled(-dot(direction, z), direction, z);
      }
    }
    // a group's estimate is the mean over its probes; the exact trace is the sum over the axes
    const weight = traces === "exact" ? 1 : 1 / Math.ceil((probes - group) / groups);
    if (flat.product === null || flat.third === null) {
      const variation = outputVariations(point, z, 2);
      for (let i = 0; i < rows; i++) flat.hessian[group * rows + i]! += 2 * weight * variation[i]!;
      continue;
    }
    gradientsAlong(point, z, [null, buffer, second]);
    for (let i = 0; i < rows; i++) {
      flat.hessian[group * rows + i]! += weight * dot(z, buffer.subarray(i * p, (i + 1) * p));
    }
    flatten(buffer, inBasis(buffer));
    const left = view(buffer, 0, p);
    gemm(rows, n, p, weight, left, view(buffer, 0, p, true), flat.product, group * rows * n, n);
    addScaled(2 * weight, inBasis(second!), flat.third.subarray(group * rows * r, (group + 1) * rows * r));
  }
  onProgress?.({ label: "derivatives", done: total, total, unit: "directions" });
  return { hessian, overlaps, third, flat };
}

/** T_i[e, e', e''] by polarization: coefficient 2 along e + e' is T_ee / 2 + T_ee' + T_e'e' / 2. */
async function thirdDerivatives(
  point: DerivativePoint,
  { size: r, directions }: ModeBasis,
  rows: number,
  inBasis: (a: Float64Array) => Float64Array,
  step: () => Promise<void>,
): Promise<Float64Array> {
  const p = point.model.parameterCount;
  const out = new Float64Array(rows * r ** 3);
  const buffer = new Float64Array(rows * p);
  const at = (i: number, e: number, f: number) => ((i * r + e) * r + f) * r;
  const along = async (e: number, f: number) => {
    await step();
    const v = directions.slice(e * p, (e + 1) * p);
    if (f !== e) addScaled(1, directions.subarray(f * p, (f + 1) * p), v);
    gradientsAlong(point, v, [null, null, buffer]);
    return inBasis(buffer);
  };
  for (let e = 0; e < r; e++) {
    const half = await along(e, e);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < r; k++) out[at(i, e, e) + k] = 2 * half[i * r + k]!;
    }
  }
  for (let e = 0; e < r; e++) {
    for (let f = 0; f < e; f++) {
      const both = await along(e, f);
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < r; k++) {
          const value = both[i * r + k]! - (out[at(i, e, e) + k]! + out[at(i, f, f) + k]!) / 2;
          out[at(i, e, f) + k] = value;
          out[at(i, f, e) + k] = value;
        }
      }
    }
  }
  return out;
}
