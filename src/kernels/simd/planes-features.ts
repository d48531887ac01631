/**
 * Features of samples at positions that layers on planes need.
 * @module
 */
import { normalizerVariances } from "../normalizer.js";
import type { KernelStep, PoolStep } from "../program.js";
import { poolInputs, windowMeans } from "../reference/spatial.js";
import type { PreparedStep, SampleSides, SampleState } from "../sample-state.js";
import { poolTaps } from "../window-taps.js";
import { type Feature, halfTangent, halfVariance, inverseRoot } from "./feature-tables.js";

export const nothing: Feature = () => 0;

/** Variance and ntk diagonal of the product of two states. */
export function productOf(a: SampleSides, b: SampleSides): SampleSides {
  const of = (side: "rows" | "cols"): SampleState => {
    const [p, r] = [a[side], b[side]];
    const t = p.t?.map((theta, i) => theta * r.q[i]! + r.t![i]! * p.q[i]!) ?? null;
    return { q: p.q.map((q, i) => q * r.q[i]!), t };
  };
  const rows = of("rows");
  return { rows, cols: a.rows === a.cols ? rows : of("cols") };
}

const halfVarianceOverRoot: Feature = (state, i, side) =>
  halfVariance(state, i, side) * inverseRoot(state, i, side);
const halfTangentOverRoot: Feature = (state, i, side) =>
  halfTangent(state, i, side) * inverseRoot(state, i, side);

/** 1 / s, q / (2 s), theta / (2 s) with s^2 the variance that is normalized to 1. */
export function normalizeFeatures(step: KernelStep & { op: "normalize" }, states: SampleSides): Feature[] {
  if (step.over.length === 0) return [inverseRoot, halfVarianceOverRoot, halfTangentOverRoot];
  const rows = normalizerVariances(step, states.rows.q);
  const v = { rows, cols: states.cols === states.rows ? rows : normalizerVariances(step, states.cols.q) };
  const inverse: Feature = (_, i, side) => (v[side][i]! > 0 ? 1 / Math.sqrt(v[side][i]!) : 0);
  return [
    inverse,
    (state, i, side) => halfVariance(state, i, side) * inverse(state, i, side),
    (state, i, side) => halfTangent(state, i, side) * inverse(state, i, side),
  ];
}

/** Weight, mass, own deficit and half mean of q; own deficit and half mean of theta. */
export function poolFeatures(step: PoolStep, { reads, own }: PreparedStep): Feature[] {
  const taps = poolTaps(step);
  const inputs = poolInputs(step);
  const means = (pick: (state: SampleState) => Float64Array | null) => {
    const of = (state: SampleState) => {
      const values = pick(state);
      return values === null ? null : windowMeans(taps, inputs, values);
    };
    const { rows, cols } = reads[0]!;
    const first = of(rows);
    return { rows: first, cols: cols === rows ? first : of(cols) };
  };
  const q = means((state) => state.q);
  const t = means((state) => state.t);
  return [
    (_, i) => taps.weight[i % taps.outputs]!,
    (_, i) => taps.mass[i % taps.outputs]!,
    (_, i, side) => own![side].d[i]!,
    (_, i, side) => 0.5 * q[side]![i]!,
    (_, i, side) => own![side].g?.[i] ?? 0,
    (_, i, side) => 0.5 * (t[side]?.[i] ?? 0),
  ];
}
