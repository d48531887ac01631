/**
 * Activations without a closed form whose pairs come from a table over variances: features and constants of the operation
 * `graded`.
 * @module
 */
import type { Activation, GradedSeries, PairMap } from "../../activations/index.js";
import type { Precision } from "../kernel.js";
import type { SampleSides } from "../sample-state.js";
import type { LoweredActivation, Readout } from "./activation-form.js";
import { type Feature, halfSlope, halfTangent, inverseRoot, rootHalf } from "./feature-tables.js";

/** Terms left out, relative to the largest. */
const NEGLIGIBLE = { float64: 0, float32: 1e-9 } as const;

/** A series' terms in the order of the engine, and how many of them for each coefficient. */
interface Ordered {
  readonly terms: readonly { readonly at: number; readonly root: number }[];
  /** of each coefficient, highest first: terms with plus, terms with minus */
  readonly counts: readonly number[];
}

function ordered(
  { features: { start, weights } }: GradedSeries,
  negligible: number,
  factor: number,
): Ordered {
  const largest = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  const terms: { at: number; root: number }[] = [];
  const counts: number[] = [];
  for (let m = start.length - 2; m >= 0; m--) {
    for (const sign of [1, -1]) {
      const before = terms.length;
      for (let at = start[m]!; at < start[m + 1]!; at++) {
        const w = sign * weights[at]!;
        if (w > negligible * largest) terms.push({ at, root: Math.sqrt(factor * w) });
      }
      // coefficients that have none before the first that has some cost nothing
      counts.push(terms.length - before);
    }
  }
  let skip = 0;
  while (skip + 2 < counts.length && counts[skip] === 0 && counts[skip + 1] === 0) skip += 2;
  return { terms, counts: counts.slice(skip) };
}

const NONE: Ordered = { terms: [], counts: [] };

/** Null where the prepared dual has no table, or samples lie outside of it. */
export function lowerGraded(
  activation: Activation,
  map: PairMap,
  states: SampleSides,
  { weight, tangentK }: Readout,
  precision: Precision,
): LoweredActivation | null {
  const { graded } = map;
  if (graded === undefined || activation.closedDual !== null) return null;
  const { table } = graded;
  for (const side of ["rows", "cols"] as const) {
    const { q } = states[side];
    if (graded[side].mixes.some((mix, i) => mix === null && q[i]! > 0)) return null;
  }
  const tangent = states.rows.t !== null;
  const negligible = NEGLIGIBLE[precision];
  const of = (series: GradedSeries | null, factor = 1): Ordered =>
    series === null ? NONE : ordered(series, negligible, factor);
  const slopesOf = (series: GradedSeries | null, factor = 1): Ordered =>
    tangent ? of(series, factor) : NONE;
  const parts = [
    { series: table.radial, size: "slopeSecond", list: of(table.radial, 2) },
    { series: table.steepRadial, size: "slopeSecond", list: slopesOf(table.steepRadial, 2) },
    { series: table.mean, size: "slopeSecond", list: of(table.mean) },
    { series: table.steep, size: "slopeSecond", list: slopesOf(table.steep) },
    { series: table.mirrorValue, size: "spread", list: of(table.mirrorValue) },
    { series: table.mirrorSlope, size: "slopeSecond", list: slopesOf(table.mirrorSlope) },
  ] as const;
  const features: Feature[] = parts.flatMap(({ series, size, list }) =>
    list.terms.map(({ at, root }): Feature => {
      const { vectors } = series!.features;
      return (_state, i, side) => {
        const mix = graded[side].mixes[i]!;
        if (mix === null) return 0;
        const from = at * mix.length;
        let sum = 0;
        for (let a = 0; a < mix.length; a++) sum += mix[a]! * vectors[from + a]!;
        return root * sum * Math.sqrt(graded[side].moments[i]![size]);
      };
    }),
  );
  const { axis, means } = table;
  const [radial, steepRadial, mean, steep, mirrorValue, mirrorSlope] = parts.map(({ list }) => list.counts);
  const pair = (counts: readonly number[]) => [counts[0] ?? 0, counts[1] ?? 0];
  const series = [mean!, steep!, mirrorValue!, mirrorSlope!];
  return {
    operation: "graded",
    features: [
      rootHalf,
      inverseRoot,
      halfTangent,
      halfSlope(map),
      (_state, i, side) => 0.5 * graded[side].moments[i]!.spread,
      (_state, i, side) => graded[side].moments[i]!.slopeMean,
      ...features,
    ],
    constants: [
      weight,
      tangentK / weight,
      axis.root ? 1 : 0,
      axis.rate,
      2 / axis.top,
      means.jump,
      means.odd ? 1 : 0,
      table.mean.halfPowers,
      table.steep.halfPowers,
      ...pair(radial!),
      ...pair(steepRadial!),
      ...series.map((counts) => counts.length / 2),
      ...series.flat(),
    ],
  };
}
