/**
 * Duals of many standard deviations as Chebyshev series along a graded axis, whose coefficients are sums of products of one
 * number per sample. Serves activations without a closed form where Hermite series are long: large variances, kinks at 0.
 * @module
 */
import type { Activation } from "../activation.js";
import { featureScale } from "../feature-scale.js";
import {
  angleOf,
  chebyshevMatrix,
  deficitAt,
  type GradedAxis,
  gradedAxis,
  gradedBase,
  gradedNodes,
  gradedPosition,
  meanMatrix,
} from "./graded-axis.js";
import { type GradedMeans, type GradedMoments, gradedMeans } from "./graded-means.js";
import { type SymmetricFeatures, symmetricFeatures } from "./symmetric-features.js";
import { settledNodeCount, varianceNodeCount, varianceNodes, varianceWeights } from "./variance-table.js";

/** f(s, s', v) = g g' B^(-halfPowers / 2) sum_m T_m(x) sum_t w_mt p_mt(s) p_mt(s'), g a number of each sample. */
export interface GradedSeries {
  readonly halfPowers: number;
  readonly features: SymmetricFeatures;
}

export interface GradedTable {
  readonly axis: GradedAxis;
  readonly means: GradedMeans;
  /** interpolation weights of a standard deviation over the nodes; null outside of the table */
  readonly weights: (s: number) => Float64Array | null;
  /** mean of Td from c to 1: D = (s - s')^2 radial + s s' v mean; g = sqrt(E phi'^2) */
  readonly mean: GradedSeries;
  readonly radial: GradedSeries;
  /** Dd = (s - s')^2 steepRadial + jump theta + v steep */
  readonly steep: GradedSeries;
  readonly steepRadial: GradedSeries;
  /** for c < 0: T of phi - phi(0), g = sqrt(its second moment), and Td; null for odd phi - phi(0) */
  readonly mirrorValue: GradedSeries | null;
  readonly mirrorSlope: GradedSeries | null;
  /** of T relative to sqrt(E phi^2 E phi^2) and of Td to that of phi', at points that are no nodes, and of the quadrature */
  readonly error: number;
}

const SETTLED = 2e-15; // of coefficients, relative to the largest value
const STALLED = 0.3;
const FAR_FROM_ROUNDING = 1e-11;
const NEGLIGIBLE = 1e-15;
const AXIS_COUNTS = [24, 32, 40, 52, 68, 88, 116, 152, 200, 264];
const MOST_NODES = 72;

/** Values [a][b] at each node of the axis, and what makes a series of them. */
type Values = readonly Float64Array[];

/** The half powers of the base, among those in which duals decay, that make |values| at both ends most alike. */
function flattest(axis: GradedAxis, values: readonly number[], nodes: Float64Array): number {
  const [far, near] = [Math.abs(values[0]!), Math.abs(values.at(-1)!)];
  if (!(far > 0 && near > 0)) return 0;
  const length = 0.5 * (nodes[0]! - nodes.at(-1)!);
  const choices = axis.root ? [0, 2, 4] : [0, 1, 2];
  const miss = (halves: number) => Math.abs(Math.log(far / near) + halves * length);
  return choices.reduce((best, halves) => (miss(halves) < miss(best) ? halves : best), 0);
}

/** Standard deviations that a table is for: a few, or all in a range. */
export type GradedScales =
  | { readonly few: Float64Array }
  | { readonly few: null; readonly low: number; readonly high: number };

export function gradedTable(
  a: Activation,
  derivative: (x: number) => number,
  curvature: (x: number) => number,
  wanted: GradedScales,
): GradedTable {
  const [low, high] =
    wanted.few === null ? [wanted.low, wanted.high] : [Math.min(...wanted.few), Math.max(...wanted.few)];
  const root = a.breakPoints.length > 0;
  const axis = gradedAxis(root, high / featureScale(a));
  const means = gradedMeans(a, derivative, curvature, high);
  const at = (scales: Float64Array, t: number): GradedMoments =>
    means.moments(scales, angleOf(deficitAt(axis, t)));

  const ends = Float64Array.from(low === high ? [high] : [low, high]);
  const settled = axisCount(axis, (t) => at(ends, t));
  const count = settled ?? AXIS_COUNTS[0]!;
  const { scales, weights } = wanted.few === null ? scaleNodes(low, high, at, axis) : exactly(wanted.few);
  const n = scales.length;
  const nodes = gradedNodes(axis, count);
  const moments = Array.from(nodes, (t) => at(scales, t));

  const single = Array.from(scales, (s) => means.single(s));
  const slopeSize = single.map(({ slopeSecond }) => (slopeSecond > 0 ? Math.sqrt(slopeSecond) : 1));
  const valueSize = single.map(({ spread }) => (spread > 0 ? Math.sqrt(spread) : 1));
  const corner = n - 1 > 0 && scales[0]! < scales[n - 1]! ? n * n - 1 : 0; // the largest with itself

  const series = (values: Values, sizes: readonly number[], halves: number): GradedSeries => ({
    halfPowers: halves,
    features: compress(values, sizes, n),
  });
  /** Means towards c = 1 of a derivative in c. */
  const averaged = (of: Values): GradedSeries => {
    const raw = of.map((m) => m[corner]!);
    const inside = flattest(axis, raw, nodes);
    const plain = apply(meanMatrix(axis, count, 0.5 * inside, 0), scaled(of, nodes, inside), count);
    const outside = flattest(
      axis,
      plain.map((m) => m[corner]!),
      nodes,
    );
    const flat = apply(
      meanMatrix(axis, count, 0.5 * inside, 0.5 * outside),
      scaled(of, nodes, inside),
      count,
    );
    return series(flat, slopeSize, outside);
  };
  const constantOf = (order: 0 | 1): GradedSeries => {
    const values = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const value = n === 1 ? 0 : means.radial(scales[i]!, scales[j]!, order);
        values[i * n + j] = value;
        values[j * n + i] = value;
      }
    }
    return series([values], slopeSize, 0);
  };
  const slopes = moments.map((m) => symmetric(m.slope, n));
  const table: Omit<GradedTable, "error"> = {
    axis,
    means,
    weights,
    mean: averaged(slopes),
    radial: constantOf(0),
    steep: averaged(moments.map((m) => symmetric(m.steepness, n))),
    steepRadial: constantOf(1),
    mirrorValue: means.odd
      ? null
      : series(
          moments.map((m) => symmetric(m.mirrorValue, n)),
          valueSize,
          0,
        ),
    mirrorSlope: means.odd
      ? null
      : series(
          moments.map((m) => symmetric(m.mirrorSlope, n)),
          slopeSize,
          0,
        ),
  };
  let uneven = 0; // of the two orders of integration
  for (const { slope } of moments) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const miss = Math.abs(slope[i * n + j]! - slope[j * n + i]!);
        uneven = Math.max(uneven, miss / (slopeSize[i]! * slopeSize[j]!));
      }
    }
  }
  const error = Math.max(uneven, tableError(table, wanted, scales));
  return { ...table, error: settled === null ? Number.POSITIVE_INFINITY : error };
}

function scaled(values: Values, nodes: Float64Array, halves: number): Values {
  return values.map((m, at) => {
    const factor = Math.exp(0.5 * halves * nodes[at]!);
    return m.map((x) => factor * x);
  });
}

function apply(matrix: Float64Array, values: Values, count: number): Values {
  return values.map((like, m) => {
    const out = new Float64Array(like.length);
    for (let l = 0; l < count; l++) {
      const w = matrix[m * count + l]!;
      const from = values[l]!;
      for (let i = 0; i < out.length; i++) out[i] = out[i]! + w * from[i]!;
    }
    return out;
  });
}

function symmetric(m: Float64Array, n: number): Float64Array {
  return m.map((x, i) => 0.5 * (x + m[(i % n) * n + Math.floor(i / n)]!));
}

/** Chebyshev coefficients of values over sizes, each as few products. */
function compress(values: Values, sizes: readonly number[], n: number): SymmetricFeatures {
  const count = values.length;
  const chebyshev = chebyshevMatrix(count);
  const table = new Float64Array(n * n * count);
  let largest = 0;
  for (let i = 0; i < n * n; i++) {
    const size = sizes[Math.floor(i / n)]! * sizes[i % n]!;
    for (let m = 0; m < count; m++) largest = Math.max(largest, Math.abs(values[m]![i]! / size));
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let m = 0; m < count; m++) sum += chebyshev[k * count + m]! * values[m]![i]!;
      table[i * count + k] = sum / size;
    }
  }
  return symmetricFeatures(table, n, count, () => NEGLIGIBLE * largest);
}

/**
 * Points along the axis at which the coefficients of all that is asked for have died out; null: they do not. Series that settle fall
 * geometrically, by far more than `STALLED` from one count to the next; where they are still far from rounding and do not, as those of a
 * wave do, no longer one is tried.
 */
function axisCount(axis: GradedAxis, at: (t: number) => GradedMoments): number | null {
  const guess = 20 + 6 * axis.top; // most need about this many
  let before = Number.POSITIVE_INFINITY;
  for (const count of AXIS_COUNTS.filter((n, i) => n >= guess || i === AXIS_COUNTS.length - 1)) {
    const tail = tailOf(axis, count, at);
    if (tail <= 10 * SETTLED) return count;
    if (count >= 2 * guess && tail > FAR_FROM_ROUNDING && tail > STALLED * before) return null;
    before = tail;
  }
  return null;
}

/** Largest of the last coefficients over the values of its series. */
function tailOf(axis: GradedAxis, count: number, at: (t: number) => GradedMoments): number {
  const nodes = gradedNodes(axis, count);
  const moments = Array.from(nodes, at);
  const chebyshev = chebyshevMatrix(count);
  let worst = 0;
  for (const name of ["slope", "steepness", "mirrorValue", "mirrorSlope"] as const) {
    const entries = moments[0]![name].length;
    for (let e = 0; e < entries; e++) {
      const raw = moments.map((m) => m[name][e]!);
      const halves = name === "slope" || name === "steepness" ? flattest(axis, raw, nodes) : 0;
      const values = raw.map((x, m) => x * Math.exp(0.5 * halves * nodes[m]!));
      const size = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      for (let k = count - 3; k < count; k++) {
        let sum = 0;
        for (let m = 0; m < count; m++) sum += chebyshev[k * count + m]! * values[m]!;
        // without values there are no coefficients; NaN is never settled
        const share = sum === 0 ? 0 : Math.abs(sum) / size;
        if (!(share <= worst)) worst = Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
      }
    }
  }
  return worst;
}

interface ScaleNodes {
  readonly scales: Float64Array;
  readonly weights: (s: number) => Float64Array | null;
}

function exactly(scales: Float64Array): ScaleNodes {
  const place = new Map(Array.from(scales, (s, i) => [s, i]));
  return {
    scales,
    weights(s) {
      const i = place.get(s);
      if (i === undefined) return null;
      const out = new Float64Array(scales.length);
      out[i] = 1;
      return out;
    },
  };
}

/** Chebyshev points in log s. */
function scaleNodes(
  low: number,
  high: number,
  at: (scales: Float64Array, t: number) => GradedMoments,
  axis: GradedAxis,
): ScaleNodes {
  const most = Math.min(MOST_NODES, varianceNodeCount(low, high));
  const probe = varianceNodes(low, high, most);
  let count = 4;
  const places = new Map(Array.from(probe.nodes, (s, i) => [s, i]));
  for (const share of [0.04, 0.5, 0.93]) {
    const { slope, steepness } = at(probe.nodes, share * axis.top);
    for (const values of steepness.length > 0 ? [slope, steepness] : [slope]) {
      for (const other of [0, Math.floor(most / 2), most - 1]) {
        const f = (s: number) => {
          const i = places.get(s)!;
          return values[i * most + other]! / Math.sqrt(Math.abs(values[i * most + i]!) || 1);
        };
        count = Math.max(count, settledNodeCount(low, high, most, f, 3e-15));
      }
    }
  }
  const grid = varianceNodes(low, high, count);
  return {
    scales: grid.nodes.slice(),
    weights: (s) => (s >= low * (1 - 1e-14) && s <= high * (1 + 1e-14) ? varianceWeights(grid, s) : null),
  };
}

/** Value of a series for features already mixed over the nodes. */
export function seriesValue(
  { features: { start, weights }, halfPowers }: GradedSeries,
  x: number,
  base: number,
  rows: Float64Array,
  i: number,
  cols: Float64Array,
  j: number,
): number {
  const terms = weights.length;
  const [p, q] = [i * terms, j * terms];
  let [b1, b2] = [0, 0];
  const twice = 2 * x;
  for (let m = start.length - 2; m >= 0; m--) {
    let c = 0;
    for (let t = start[m]!; t < start[m + 1]!; t++) c += weights[t]! * rows[p + t]! * cols[q + t]!;
    const b = c + (m === 0 ? x : twice) * b1 - b2;
    b2 = b1;
    b1 = b;
  }
  return halfPowers === 0 ? b1 : b1 * base ** (-0.5 * halfPowers);
}

/** p_t(s) g of one standard deviation. */
export function seriesFeatures(
  { features: { weights, vectors } }: GradedSeries,
  mix: Float64Array,
  size: number,
): Float64Array {
  const n = mix.length;
  return weights.map((_, t) => {
    let sum = 0;
    for (let a = 0; a < n; a++) sum += mix[a]! * vectors[t * n + a]!;
    return size * sum;
  });
}

/** D and Dd of a pair at v = 1 - c in [0, 1], from features of both sides. */
export function gradedDeficits(
  table: Omit<GradedTable, "error">,
  s1: number,
  s2: number,
  difference: number,
  v: number,
  value: (series: GradedSeries, x: number, base: number) => number,
  out: Float64Array,
): void {
  const { axis, means, mean, radial, steep, steepRadial } = table;
  const base = gradedBase(axis, v);
  const x = gradedPosition(axis, base);
  const square = difference * difference;
  out[0] = square * value(radial, 0, 1) + s1 * s2 * v * value(mean, x, base);
  out[1] = square * value(steepRadial, 0, 1) + v * value(steep, x, base);
  if (means.jump > 0) out[1] = out[1] + means.jump * angleOf(v);
}

/** Largest error against what is known at c = 0, and of Td against quadrature between the nodes. */
function tableError(table: Omit<GradedTable, "error">, wanted: GradedScales, nodes: Float64Array): number {
  const { axis, means, weights } = table;
  const pick = (share: number): number =>
    wanted.few === null
      ? wanted.low * (wanted.high / wanted.low) ** share
      : nodes[Math.floor(share * (nodes.length - 1) + 0.5)]!;
  const out = new Float64Array(2);
  let worst = 0;
  for (const [x, y, t] of nodes.length === 1 ? CHECK_POINTS.slice(0, 2) : CHECK_POINTS) {
    const [s1, s2] = [pick(x), pick(y)];
    const [m1, m2] = [means.single(s1), means.single(s2)];
    const known = new Map<GradedSeries, readonly [Float64Array, Float64Array]>();
    const value = (series: GradedSeries, at: number, base: number): number => {
      let both = known.get(series);
      if (both === undefined) {
        both = [
          seriesFeatures(series, weights(s1)!, Math.sqrt(m1.slopeSecond)),
          seriesFeatures(series, weights(s2)!, Math.sqrt(m2.slopeSecond)),
        ];
        known.set(series, both);
      }
      return seriesValue(series, at, base, both[0], 0, both[1], 0);
    };
    // u and v independent: E phi(u) phi(v) is a product
    gradedDeficits(table, s1, s2, s1 - s2, 1, value, out);
    const free = 0.5 * (m1.spread + m2.spread) - m1.mean * m2.mean;
    worst = Math.max(worst, Math.abs(out[0]! - free) / Math.sqrt(m1.second * m2.second));
    const v = deficitAt(axis, t * axis.top);
    gradedDeficits(table, s1, s2, s1 - s2, v, value, out);
    const { slope } = means.moments(Float64Array.of(s1, s2), angleOf(v));
    const deficit = 0.5 * (m1.slopeSecond + m2.slopeSecond) - slope[1]!;
    worst = Math.max(worst, Math.abs(out[1]! - deficit) / Math.sqrt(m1.slopeSecond * m2.slopeSecond));
  }
  return worst;
}

// irregular places of s, of s' and along the axis
const CHECK_POINTS: readonly (readonly [number, number, number])[] = [
  [0.962, 0.907, 0.05],
  [0.031, 0.473, 0.21],
  [0.713, 0.071, 0.83],
  [0.557, 0.993, 0.57],
];
