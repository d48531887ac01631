/**
 * Pairs from a {@link gradedTable}: any variances, smooth activations and such with a break at 0.
 * @module
 */
import type { Activation } from "../activation.js";
import { gap } from "../closed/covariance.js";
import { featureScale } from "../feature-scale.js";
import { derivativeSecondMoment } from "../moments.js";
import type { GradedSamples, PairMap } from "../pair-map.js";
import { angleOf, gradedBase, gradedPosition } from "./graded-axis.js";
import { type GradedMeans, gradedMeans, type SingleMoments } from "./graded-means.js";
import {
  type GradedSeries,
  type GradedTable,
  gradedDeficits,
  gradedTable,
  seriesFeatures,
  seriesValue,
} from "./graded-table.js";
import { perSample, quadratureMap, type Samples, varianceRange } from "./maps.js";
import { differences } from "./pair-means.js";

/** Standard deviations below this share of the largest have tables of their own. */
const RATIO = 200; // beyond, T is what is left of much larger numbers: 1e-12 is not kept
/** What the moments of the table's grid may miss: beyond, phi is not what the grid is made for (a wave, a narrow peak). */
const TRUSTED = 1e-12;

/**
 * What they miss of a phi whose table is not even begun: a table takes tenths of a second, and seconds where its series never settle,
 * the moments of its grid some hundred values of phi.
 */
const HOPELESS = 1e-9;

/** Largest standard deviation over the scale of phi: beyond, the axis is too long for its series. */
const WIDEST = 1e6;

/** Whether the method applies up to the variance `high`, as far as phi's description tells. */
export function isGradable(a: Activation, high: number): boolean {
  const { derivative, breakPoints, growth } = a;
  return (
    high > 0 &&
    Math.sqrt(high) <= WIDEST * featureScale(a) &&
    derivative !== null &&
    breakPoints.every(({ at, order }) => at === 0 && order > 0) &&
    (growth.kind === "bounded" || growth.kind === "polynomial")
  );
}

/** Variances that differ by less than this count as one: inputs normalized to one length, up to rounding. */
const EQUAL = 4e-14;
/** Up to so many standard deviations are nodes themselves. */
const FEW = 6;
/** Ranges are rounded outwards to powers of 2^(1 / STEPS), so that layers and calls share tables. */
const STEPS = 4;
/** Tables kept of each activation. */
const KEPT = 8;
const kept = new WeakMap<Activation, Map<string, GradedTable>>();

function tableFor(
  a: Activation,
  derivative: (x: number) => number,
  curvature: (x: number) => number,
  distinct: Float64Array,
): GradedTable {
  let tables = kept.get(a);
  if (tables === undefined) {
    tables = new Map();
    kept.set(a, tables);
  }
  const low = 2 ** (Math.floor(STEPS * Math.log2(distinct[0]!)) / STEPS);
  const high = 2 ** (Math.ceil(STEPS * Math.log2(distinct.at(-1)!)) / STEPS);
  const few = distinct.length <= FEW;
  const key = few ? distinct.join() : `${low} to ${high}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = gradedTable(a, derivative, curvature, few ? { few: distinct } : { few: null, low, high });
    if (tables.size >= KEPT) tables.delete(tables.keys().next().value!);
    tables.set(key, table);
  }
  return table;
}

/** Null where phi turns out to be unfit: neither smooth nor simple far from 0. */
export function gradedMap(samples: Samples): PairMap | null {
  const { activation, qRows, qCols, derivative } = samples;
  const slope = activation.derivative!;
  const curvature = activation.secondDerivative ?? differences(slope, featureScale(activation));
  const { high } = varianceRange(qRows, qCols);
  const top = Math.sqrt(high);
  const low = leastPositive(samples);
  const equal = high - low <= EQUAL * high;
  const inside = (q: number): boolean => Math.sqrt(q) * RATIO >= top;
  const distinct = new Set<number>();
  for (const values of equal ? [Float64Array.of(high)] : [qRows, qCols]) {
    for (const q of values) if (inside(q)) distinct.add(Math.sqrt(q));
  }
  const ends = [Math.min(...distinct), top].map((s) => ({
    s,
    want: derivativeSecondMoment(activation, s * s),
  }));
  const miss = (by: GradedMeans, most: number) =>
    ends.some(({ s, want }) => !(Math.abs(by.single(s).slopeSecond - want) <= most * want));
  if (miss(gradedMeans(activation, slope, null, top), HOPELESS)) return null;
  const table = tableFor(activation, slope, curvature, Float64Array.from(distinct).sort());
  const { means } = table;
  if (miss(means, TRUSTED)) return null;
  if (!(table.error <= TRUSTED)) return null; // nor where the series have not settled

  const sides = perSample(samples, (q) => ({
    mix: inside(q) ? table.weights(equal ? top : Math.sqrt(q)) : null,
    moments: means.single(Math.sqrt(q)),
  }));
  type Side = (typeof sides.rows)[number];
  const column = (of: readonly Side[], name: keyof SingleMoments) =>
    Float64Array.from(of, ({ moments }) => moments[name]);
  const sampled = (of: readonly Side[]): GradedSamples => ({
    mixes: of.map(({ mix }) => mix),
    moments: of.map(({ moments }) => moments),
  });
  const rows = sampled(sides.rows);
  const cols = sides.rows === sides.cols ? rows : sampled(sides.cols);
  const slopes = (of: readonly Side[]) =>
    derivative ? column(of, "slopeSecond") : new Float64Array(of.length).fill(Number.NaN);
  let smaller: PairMap | null = null;
  const shares = sharesOf(table);
  const value = pairValues(table, rows, cols);
  const out2 = new Float64Array(2);
  return {
    method: "table",
    errorBound: table.error,
    graded: { table, rows, cols },
    rowSecond: column(sides.rows, "second"),
    colSecond: column(sides.cols, "second"),
    rowDerivativeSecond: slopes(sides.rows),
    colDerivativeSecond: slopes(sides.cols),
    pair(i, j, k, d, out) {
      const [m1, m2] = [rows.moments[i]!, cols.moments[j]!];
      const [q1, q2] = [qRows[i]!, qCols[j]!];
      const valueMean = 0.5 * (m1.second + m2.second);
      const slopeMean = 0.5 * (m1.slopeSecond + m2.slopeSecond);
      if (q1 === 0 || q2 === 0) {
        // one of them is the constant phi(0), its slope that of either side with equal chance
        out2[0] = 0.5 * (m1.spread + m2.spread);
        out2[1] = slopeMean - m1.slopeMean * m2.slopeMean;
      } else if (rows.mixes[i] === null && cols.mixes[j] === null) {
        smaller ??= mapOfSmaller(samples, inside);
        smaller.pair(i, j, k, d, out);
        return;
      } else if (rows.mixes[i] === null || cols.mixes[j] === null) {
        // so different that T and Td are not close to the means: nothing cancels
        const [s1, s2] = [Math.sqrt(q1), Math.sqrt(q2)];
        const v = Math.min(gap(q1, q2, k, d) / (s1 * s2), 2);
        shares(s1, s2, v, out2);
        out2[0] = 0.5 * (m1.spread + m2.spread) - out2[0]!;
        out2[1] = slopeMean - out2[1]!;
      } else {
        const [s1, s2] = [Math.sqrt(q1), Math.sqrt(q2)];
        const v = Math.min(gap(q1, q2, k, d) / (s1 * s2), 2);
        const fold = Math.min(v, 2 - v);
        value.open(i, j);
        if (v <= 1 || means.odd) {
          gradedDeficits(table, s1, s2, (q1 - q2) / (s1 + s2), fold, value.at, out2);
          if (v > 1) out2[0] = m1.spread + m2.spread - out2[0]!;
        } else {
          const base = gradedBase(table.axis, fold);
          const x = gradedPosition(table.axis, base);
          out2[0] = 0.5 * (m1.spread + m2.spread) - value.at(table.mirrorValue!, x, base);
          out2[1] = slopeMean - value.at(table.mirrorSlope!, x, base);
        }
      }
      out[2] = Math.max(0, out2[0]!);
      out[0] = valueMean - out[2]!;
      out[3] = derivative ? Math.max(0, out2[1]!) : Number.NaN;
      out[1] = derivative ? slopeMean - out[3]! : Number.NaN;
    },
  };
}

/** The pairs of samples below the table, the others left out. */
function mapOfSmaller(samples: Samples, inside: (q: number) => boolean): PairMap {
  const below = (values: Float64Array) => values.map((q) => (inside(q) ? 0 : q));
  const qRows = below(samples.qRows);
  const qCols = samples.qRows === samples.qCols ? qRows : below(samples.qCols);
  const less = { ...samples, qRows, qCols };
  return gradedMap(less) ?? quadratureMap(less);
}

/** At an angle of 0 there is no inner mean; so small a one changes nothing. */
const ANGLE = 1e-13;

/** `[E (phi(u) - phi(0)) (phi(v) - phi(0)), Td]` of any two standard deviations by quadrature, 1 - c = v. */
function sharesOf({ means }: GradedTable) {
  return (s1: number, s2: number, v: number, out: Float64Array): void => {
    const { value, slope, mirrorValue, mirrorSlope } = means.moments(
      Float64Array.of(s1, s2),
      Math.max(ANGLE, angleOf(Math.min(v, 2 - v))),
    );
    // [a][b] has its finer grid along a: the wider of the two
    const at = s1 > s2 ? 1 : 2;
    const [values, slopes] = v <= 1 || means.odd ? [value, slope] : [mirrorValue, mirrorSlope];
    out[0] = v > 1 && means.odd ? -values[at]! : values[at]!;
    out[1] = slopes[at]!;
  };
}

/** The least variance beside 0. */
function leastPositive({ qRows, qCols }: Samples): number {
  let low = Number.POSITIVE_INFINITY;
  for (const values of [qRows, qCols]) for (const q of values) if (q > 0) low = Math.min(low, q);
  return low;
}

/** Size g of a sample in a series. */
export function seriesSize(
  table: GradedTable,
  series: GradedSeries,
  { spread, slopeSecond }: SingleMoments,
): number {
  return Math.sqrt(series === table.mirrorValue ? spread : slopeSecond);
}

/** Values of the series for one pair; features of the samples are made when the first pair asks. */
function pairValues(table: GradedTable, rows: GradedSamples, cols: GradedSamples) {
  type Sides = { readonly rows: Float64Array; readonly cols: Float64Array };
  const known = new Map<GradedSeries, Sides>();
  const fill = (series: GradedSeries, { mixes, moments }: GradedSamples): Float64Array => {
    const terms = series.features.weights.length;
    const out = new Float64Array(terms * mixes.length);
    mixes.forEach((mix, i) => {
      if (mix !== null)
        out.set(seriesFeatures(series, mix, seriesSize(table, series, moments[i]!)), i * terms);
    });
    return out;
  };
  let row = 0;
  let col = 0;
  return {
    open(i: number, j: number): void {
      row = i;
      col = j;
    },
    at(series: GradedSeries, x: number, base: number): number {
      let both = known.get(series);
      if (both === undefined) {
        const first = fill(series, rows);
        both = { rows: first, cols: rows === cols ? first : fill(series, cols) };
        known.set(series, both);
      }
      return seriesValue(series, x, base, both.rows, row, both.cols, col);
    },
  };
}
