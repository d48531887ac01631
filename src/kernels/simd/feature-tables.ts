/**
 * Per-sample features of both sides, table by table.
 * @module
 */
import type { PairMap } from "../../activations/index.js";
import type { SampleSides, SampleState } from "../sample-state.js";
import { sharedFloat64 } from "./arrays.js";

/** Value of a feature for sample i of one side. */
export type Feature = (state: SampleState, i: number, side: "rows" | "cols") => number;

/** Half the variance. */
export const halfVariance: Feature = ({ q }, i) => 0.5 * q[i]!;
/** Half the ntk diagonal; 0 where it is not asked for. */
export const halfTangent: Feature = ({ t }, i) => (t === null ? 0 : 0.5 * t[i]!);
/** sqrt(q / 2): the square of a difference is (s - s')^2 / 2. */
export const rootHalf: Feature = ({ q }, i) => Math.sqrt(0.5 * q[i]!);
/** 1 / sqrt(q), 0 for a sample without variance. */
export const inverseRoot: Feature = ({ q }, i) => (q[i]! > 0 ? 1 / Math.sqrt(q[i]!) : 0);

/** q / (2 s) and theta / (2 s), 0 for a sample without variance. */
export const halfVarianceOverRoot: Feature = (state, i, side) =>
  halfVariance(state, i, side) * inverseRoot(state, i, side);
export const halfTangentOverRoot: Feature = (state, i, side) =>
  halfTangent(state, i, side) * inverseRoot(state, i, side);

/** E phi'^2 / 2 of each sample; 0 where only the nngp is asked for. */
export const halfSlope =
  (map: PairMap): Feature =>
  ({ t }, i, side) =>
    t === null ? 0 : 0.5 * (side === "rows" ? map.rowDerivativeSecond : map.colDerivativeSecond)[i]!;

/** weight E phi'^2 / 2; 0 where only the nngp is asked for. */
export const weightedSlope =
  (map: PairMap, weight: number): Feature =>
  ({ t }, i, side) =>
    t === null ? 0 : 0.5 * weight * (side === "rows" ? map.rowDerivativeSecond : map.colDerivativeSecond)[i]!;

export class FeatureTables {
  private readonly groups: { readonly states: SampleSides; readonly features: readonly Feature[] }[] = [];
  private readonly known = new Map<
    SampleSides,
    { readonly features: readonly Feature[]; readonly at: number }[]
  >();
  private next = 0;

  /** Adjacent tables of `features` for the states after some step; the number of the first. */
  add(states: SampleSides, features: readonly Feature[]): number {
    const before = this.known.get(states) ?? [];
    const same = before.find(
      (group) =>
        features.length <= group.features.length && features.every((f, i) => f === group.features[i]),
    );
    if (same !== undefined) return same.at;
    const at = this.next;
    this.next += features.length;
    this.groups.push({ states, features });
    this.known.set(states, [...before, { features, at }]);
    return at;
  }

  get count(): number {
    return this.next;
  }

  /** All tables of one side, [count, samples]. */
  fill(side: "rows" | "cols", samples: number): Float64Array {
    const out = sharedFloat64(this.next * samples);
    let o = 0;
    for (const { states, features } of this.groups) {
      for (const feature of features) {
        for (let i = 0; i < samples; i++) out[o++] = feature(states[side], i, side);
      }
    }
    return out;
  }
}
