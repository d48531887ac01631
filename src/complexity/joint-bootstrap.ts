/**
 * Errors of what is computed from several count tables over the same samples: the start of a phase, a least share over time, a mean over
 * networks. Errors of one estimate are in `performanceCorrelation`.
 * @module
 */
import { createRng } from "../numeric/random.js";
import type { Estimate } from "../numeric/statistics/index.js";
import { type CountTable, countTable, type Labels } from "./count-table.js";
import { type Resampling, requireRepetitions } from "./performance-correlation.js";

/** Predictions of two models for the same samples. */
export interface PredictionPair {
  readonly network: Labels;
  readonly simple: Labels;
}

/** Predictions and labels whose informations are resampled together. */
export interface JointBootstrapInput extends Resampling {
  /** [n] */
  readonly labels: Labels;
  readonly pairs: readonly PredictionPair[];
  /** of all three; default: the largest number plus one, at least 2 */
  readonly classes?: number | undefined;
  /** any numbers that follow from the tables of the pairs, in their order; NaN where there is none */
  readonly statistic: (tables: readonly CountTable[]) => readonly number[];
}

/**
 * The table that two models would have whose errors are independent, p(f, l, y) = p(f | y) p(l | y) p(y): they agree only since both
 * know the label. mu of this table is what two strangers of such accuracies explain of each other.
 */
export function withIndependentErrors({ classes, counts, total }: CountTable): CountTable {
  const [f, l, y] = classes;
  const [fy, ly, own] = [new Float64Array(f * y), new Float64Array(l * y), new Float64Array(y)];
  counts.forEach((count, cell) => {
    const [a, b, c] = [Math.floor(cell / (l * y)), Math.floor(cell / y) % l, cell % y];
    fy[a * y + c]! += count;
    ly[b * y + c]! += count;
    own[c]! += count;
  });
  const out = counts.map((_, cell) => {
    const [a, b, c] = [Math.floor(cell / (l * y)), Math.floor(cell / y) % l, cell % y];
    return own[c]! === 0 ? 0 : (fy[a * y + c]! * ly[b * y + c]!) / own[c]!;
  });
  return { classes, counts: out, total };
}

/**
 * The statistics of the tables, with standard errors by the bootstrap: samples are drawn again with replacement, the same for all
 * tables, and everything is computed anew, choices in the statistic (such as T0) included. Repetitions in which a number
 * is NaN do not count for it; its error is NaN when fewer than two are left. Cost O(repetitions pairs n).
 * @throws as `countTable`; ERR_DOMAIN for repetitions below 2
 */
export function jointBootstrap(input: JointBootstrapInput): Estimate[] {
  const { labels, pairs, statistic, seed, repetitions = 200 } = input;
  requireRepetitions(repetitions, "jointBootstrap");
  const top = (list: Labels, most: number) => {
    let largest = most;
    for (let i = 0; i < list.length; i++) largest = Math.max(largest, list[i]! + 1);
    return largest;
  };
  const k =
    input.classes ??
    pairs.reduce((most, { network, simple }) => top(simple, top(network, most)), top(labels, 2));
  const sizes = [k, k, k] as const;
  const tables = pairs.map(({ network, simple }) => countTable(network, simple, labels, sizes));
  const n = labels.length;
  const cells = pairs.map(({ network, simple }) =>
    Int32Array.from({ length: n }, (_, i) => (network[i]! * k + simple[i]!) * k + labels[i]!),
  );
  const values = statistic(tables);
  const rng = createRng(seed);
  const weights = new Int32Array(n);
  const [count, mean, square] = [0, 1, 2].map(() => new Float64Array(values.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let r = 0; r < repetitions; r++) {
    const stream = rng.fork("repetition", r);
    weights.fill(0);
    for (let i = 0; i < n; i++) weights[stream.integer(n)]!++;
    const again = cells.map((at): CountTable => {
      const counts = new Float64Array(k * k * k);
      for (let i = 0; i < n; i++) counts[at[i]!]! += weights[i]!;
      return { classes: sizes, counts, total: n };
    });
    statistic(again).forEach((value, i) => {
      if (Number.isNaN(value)) return;
      count[i]!++;
      const step = value - mean[i]!;
      mean[i]! += step / count[i]!;
      square[i]! += step * (value - mean[i]!);
    });
  }
  return values.map((value, i) => ({
    value,
    error: count[i]! < 2 ? Number.NaN : Math.sqrt(square[i]! / (count[i]! - 1)),
  }));
}
