/**
 * Dual of an activation over a range of variances: interpolation in log s1 and log s2 (s = sqrt(q)) at Chebyshev points
 * and a Chebyshev series in the angle. Serves kinked activations, and smooth ones whose Hermite series would be long.
 * @module
 */
import { angleCoefficients, anglePoint, averageToOne, evaluateAngleSeries } from "./angle-series.js";
import type { PairAt } from "./pair-means.js";

/** Expectations that the table is made of. */
export interface VarianceTableSource {
  /** Td at standard deviations s1, s2 and angle theta */
  readonly slope: PairAt;
  /** dTd/dc, null where phi' jumps; then `jump` is the limit of (Td(0) - Td(theta)) / theta at theta = 0 */
  readonly steepness: PairAt | null;
  readonly jump: (s1: number, s2: number) => number;
  /** E[(phi(s1 z) - phi(s2 z))^2] / (2 (s1 - s2)^2), at s1 = s2 its limit E[z^2 phi'(s z)^2] / 2 */
  readonly radial: (s1: number, s2: number) => number;
  /** the same of phi' */
  readonly slopeRadial: (s1: number, s2: number) => number;
}

/** Chebyshev points in log s on a range of standard deviations s, descending. */
export interface VarianceNodes {
  readonly low: number;
  readonly high: number;
  readonly nodes: Float64Array;
}

export interface VarianceTable extends VarianceNodes {
  readonly angles: number;
  readonly kinked: boolean;
  /** [a][b][angles of Td, angles of its mean towards c = 1, one radial mean] */
  readonly near: Float64Array;
  /** [a][b][angles of Dd's part from the angle over theta (kinked) or 1 - c, one radial mean of phi'] */
  readonly drop: Float64Array;
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

/**
 * As many points as the interpolant of f over log s needs to reach `relative` of its size: by the Chebyshev coefficients
 * of f through more points than enough.
 */
export function settledNodeCount(
  low: number,
  high: number,
  most: number,
  f: (s: number) => number,
  relative: number,
): number {
  const { nodes } = varianceNodes(low, high, most);
  const values = nodes.map((s) => f(s));
  const size = values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
  let count = most;
  while (count > 4) {
    let sum = 0;
    for (let a = 0; a < most; a++) {
      sum += values[a]! * Math.cos(((count - 1) * Math.PI * (a + 0.5)) / most);
    }
    if (Math.abs((2 / most) * sum) > relative * size) break;
    count--;
  }
  return count;
}

export function varianceTable(
  low: number,
  high: number,
  count: number,
  angles: number,
  source: VarianceTableSource,
): VarianceTable {
  const n = count;
  const { nodes } = varianceNodes(low, high, n);
  const degree = angles - 1;
  const near = new Float64Array(n * n * (2 * angles + 1));
  const drop = new Float64Array(n * n * (angles + 1));
  const values = new Float64Array(angles);
  const steep = new Float64Array(angles);
  const { steepness } = source;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      const s1 = nodes[a]!;
      const s2 = nodes[b]!;
      for (let m = 0; m < angles; m++) values[m] = source.slope(s1, s2, anglePoint(m, degree));
      const series = angleCoefficients(values);
      const mean = averageToOne(series, degree);
      const spread = source.radial(s1, s2);
      for (let m = 0; m < angles; m++) {
        const theta = anglePoint(m, degree);
        if (steepness !== null) steep[m] = steepness(s1, s2, theta);
        else steep[m] = m === 0 ? source.jump(s1, s2) : (values[0]! - values[m]!) / theta;
      }
      const fall = angleCoefficients(steep);
      const falls = steepness === null ? fall : averageToOne(fall, degree);
      const slopeSpread = source.slopeRadial(s1, s2);
      for (const at of [a * n + b, b * n + a]) {
        near.set(series, at * (2 * angles + 1));
        near.set(mean, at * (2 * angles + 1) + angles);
        near[at * (2 * angles + 1) + 2 * angles] = spread;
        drop.set(falls, at * (angles + 1));
        drop[at * (angles + 1) + angles] = slopeSpread;
      }
    }
  }
  return { low, high, nodes, angles, kinked: steepness === null, near, drop };
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

/** Td from the table for one pair outside the hot loop. */
export function interpolatedSlope(table: VarianceTable, s1: number, s2: number, theta: number): number {
  const w1 = varianceWeights(table, s1);
  const w2 = varianceWeights(table, s2);
  const n = table.nodes.length;
  const size = 2 * table.angles + 1;
  let sum = 0;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      const at = (a * n + b) * size;
      sum += w1[a]! * w2[b]! * evaluateAngleSeries(table.near.subarray(at, at + table.angles), theta);
    }
  }
  return sum;
}
