/**
 * Dual of an activation over a range of variances: interpolation in log s1 and log s2 (s = sqrt(q)) at Chebyshev points
 * and a Chebyshev series in the angle. Serves kinked activations, and smooth ones whose Hermite series would be long.
 * @module
 */
import { angle, gap, rootDeterminant } from "../closed/covariance.js";
import { angleCoefficients, anglePoint, averageToOne, evaluateAngleSeries } from "./angle-series.js";

/** Expectations that the table is made of. */
export interface VarianceTableSource {
  /** Td at standard deviations s1, s2 and angle theta */
  slope(s1: number, s2: number, theta: number): number;
  /** E[(phi(s1 z) - phi(s2 z))^2] / (2 (s1 - s2)^2), at s1 = s2 its limit E[z^2 phi'(s z)^2] / 2 */
  radial(s1: number, s2: number): number;
  /** number of coefficients that Td as a function of theta needs over the range */
  readonly angles: number;
}

/** Chebyshev points in log s on a range of standard deviations s, descending. */
export interface VarianceNodes {
  readonly low: number;
  readonly high: number;
  readonly nodes: Float64Array;
}

export interface VarianceTable extends VarianceNodes {
  readonly angles: number;
  /** [a][b][m]: angle coefficients of Td, then of its mean towards c = 1 */
  readonly slope: Float64Array;
  readonly average: Float64Array;
  /** [a][b] */
  readonly radial: Float64Array;
}

/**
 * Points in log s so that interpolation is good to rounding when the dual is analytic in |Im log s| < 1.4: it is for
 * singularities of phi near the imaginary axis (tanh, sigmoid) or at 0; the user of the table checks it at random points.
 */
export function varianceNodeCount(low: number, high: number): number {
  const half = Math.max(1e-6, 0.5 * Math.log(high / low));
  const b = 1.4 / half;
  return Math.max(4, Math.ceil(32 / Math.log(b + Math.sqrt(1 + b * b))) + 2);
}

export function varianceTable(
  low: number,
  high: number,
  count: number,
  source: VarianceTableSource,
): VarianceTable {
  const n = count;
  const { nodes } = varianceNodes(low, high, n);
  const degree = source.angles - 1;
  const angles = source.angles;
  const slope = new Float64Array(n * n * angles);
  const average = new Float64Array(n * n * angles);
  const radial = new Float64Array(n * n);
  const values = new Float64Array(angles);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      for (let m = 0; m < angles; m++) values[m] = source.slope(nodes[a]!, nodes[b]!, anglePoint(m, degree));
      const series = angleCoefficients(values);
      const mean = averageToOne(series, degree);
      const spread = source.radial(nodes[a]!, nodes[b]!);
      for (const at of [a * n + b, b * n + a]) {
        slope.set(series, at * angles);
        average.set(mean, at * angles);
        radial[at] = spread;
      }
    }
  }
  return { low, high, nodes, angles, slope, average, radial };
}

export function varianceNodes(low: number, high: number, count: number): VarianceNodes {
  const nodes = new Float64Array(count);
  for (let a = 0; a < count; a++) {
    const x = Math.cos((Math.PI * (a + 0.5)) / count);
    nodes[a] = Math.exp(0.5 * (Math.log(high) + Math.log(low) + x * Math.log(high / low)));
  }
  return { low, high, nodes };
}

/** Lagrange basis of the nodes at s: the interpolant of f is the dot product with f(nodes). */
export function varianceWeights({ low, high, nodes }: VarianceNodes, s: number): Float64Array {
  const n = nodes.length;
  const span = Math.log(high / low);
  const x = span > 0 ? (2 * Math.log(s / low)) / span - 1 : 0;
  const out = new Float64Array(n);
  let sum = 0;
  for (let a = 0; a < n; a++) {
    const t = (Math.PI * (a + 0.5)) / n;
    const gapTo = x - Math.cos(t);
    if (gapTo === 0) {
      out.fill(0);
      out[a] = 1;
      return out;
    }
    // barycentric weights of Chebyshev points of the first kind
    out[a] = ((a % 2 === 0 ? 1 : -1) * Math.sin(t)) / gapTo;
    sum += out[a]!;
  }
  for (let a = 0; a < n; a++) out[a] = out[a]! / sum;
  return out;
}

/** A row of the table: the weights of one sample already applied. Reused for all pairs of that row. */
export interface VarianceRow {
  readonly slope: Float64Array;
  readonly average: Float64Array;
  readonly radial: Float64Array;
}

export function emptyRow({ nodes, angles }: VarianceTable): VarianceRow {
  const n = nodes.length;
  return {
    slope: new Float64Array(n * angles),
    average: new Float64Array(n * angles),
    radial: new Float64Array(n),
  };
}

export function fillRow(table: VarianceTable, weights: Float64Array, row: VarianceRow): void {
  contract(table.slope, weights, row.slope);
  contract(table.average, weights, row.average);
  contract(table.radial, weights, row.radial);
}

function contract(source: Float64Array, weights: Float64Array, target: Float64Array): void {
  const size = target.length;
  target.fill(0);
  for (let a = 0; a < weights.length; a++) {
    const w = weights[a]!;
    const base = a * size;
    for (let i = 0; i < size; i++) target[i] = target[i]! + w * source[base + i]!;
  }
}

/** Writes `[T, Td, D]` given the row of sample 1, the weights of sample 2 and the exact E phi^2 of both. */
export function variancePair(
  table: VarianceTable,
  row: VarianceRow,
  weights: Float64Array,
  chebyshev: Float64Array,
  q1: number,
  q2: number,
  second1: number,
  second2: number,
  k: number,
  d: number,
  out: Float64Array,
): void {
  const { angles } = table;
  const theta = angle(rootDeterminant(q1, q2, k, d), k);
  const x = 1 - (2 / Math.PI) * theta;
  chebyshev[0] = 1;
  chebyshev[1] = x;
  for (let m = 2; m < angles; m++) chebyshev[m] = 2 * x * chebyshev[m - 1]! - chebyshev[m - 2]!;
  let slope = 0;
  let average = 0;
  let radial = 0;
  for (let b = 0; b < weights.length; b++) {
    const w = weights[b]!;
    const base = b * angles;
    let f = 0;
    let g = 0;
    for (let m = 0; m < angles; m++) {
      const t = chebyshev[m]!;
      f += row.slope[base + m]! * t;
      g += row.average[base + m]! * t;
    }
    slope += w * f;
    average += w * g;
    radial += w * row.radial[b]!;
  }
  const difference = (q1 - q2) / (Math.sqrt(q1) + Math.sqrt(q2));
  const deficit = difference * difference * radial + gap(q1, q2, k, d) * average;
  out[0] = 0.5 * (second1 + second2) - deficit;
  out[1] = slope;
  out[2] = Math.max(deficit, 0);
}

/** The same for one pair outside the hot loop. */
export function interpolatedSlope(table: VarianceTable, s1: number, s2: number, theta: number): number {
  const w1 = varianceWeights(table, s1);
  const w2 = varianceWeights(table, s2);
  const n = table.nodes.length;
  let sum = 0;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      const at = (a * n + b) * table.angles;
      sum += w1[a]! * w2[b]! * evaluateAngleSeries(table.slope.subarray(at, at + table.angles), theta);
    }
  }
  return sum;
}
