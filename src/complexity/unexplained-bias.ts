/**
 * Bias of the plug-in estimate of I(F; Y | L): tables that have K times as many cells as those of one model, most of them nearly empty.
 * @module
 */
import { cellBias } from "./cell-bias.js";
import type { CountTable } from "./count-table.js";
import { mixtureWeights, pairLaw, shareWithout } from "./pair-bias.js";

/** Counts of pairs and of single answers, [F][L], [F][Y], [L][Y], [F], [L], [Y]. */
export interface PairCounts {
  readonly fl: Float64Array;
  readonly fy: Float64Array;
  readonly ly: Float64Array;
  readonly f: Float64Array;
  readonly l: Float64Array;
  readonly y: Float64Array;
}

/** Number of laws of f given (l, y). */
const LAWS = 6;
/** The place of the one that is known for pairs (l, y) only that were seen. */
const OWN = 5;

/** Puts [f = l], [f = y], p(f), p(f | l), p(f | y), p(f | l, y), all without `left` samples, for f = a, l = b, y = c into `out` from `at` on. */
function putLaws(
  table: CountTable,
  pairs: PairCounts,
  [a, b, c]: readonly [number, number, number],
  left: number,
  out: Float64Array,
  at: number,
): void {
  const { counts, total } = table;
  const l = table.classes[1];
  const y = table.classes[2];
  out[at] = a === b ? 1 : 0;
  out[at + 1] = a === c ? 1 : 0;
  out[at + 2] = shareWithout(pairs.f[a]!, total, left);
  out[at + 3] = shareWithout(pairs.fl[a * l + b]!, pairs.l[b]!, left);
  out[at + 4] = shareWithout(pairs.fy[a * y + c]!, pairs.y[c]!, left);
  out[at + OWN] = shareWithout(counts[(a * l + b) * y + c]!, pairs.ly[b * y + c]!, left);
}

/** Their weights on the samples for which the simple model is right, or not. */
function weightsWhere(table: CountTable, pairs: PairCounts, right: boolean): Float64Array {
  const [f, l, y] = table.classes;
  // most cells of a large table are empty
  let filled = 0;
  for (const count of table.counts) if (count !== 0) filled++;
  const counts = new Float64Array(filled);
  const shares = new Float64Array(LAWS * filled);
  let seen = 0;
  for (let a = 0, cell = 0; a < f; a++) {
    for (let b = 0; b < l; b++) {
      for (let c = 0; c < y; c++, cell++) {
        const count = table.counts[cell]!;
        if (count === 0 || (b === c) !== right) continue;
        putLaws(table, pairs, [a, b, c], 1, shares, LAWS * seen);
        counts[seen++] = count;
      }
    }
  }
  return mixtureWeights(LAWS, shares, counts.subarray(0, seen));
}

const transposed = (pairs: Float64Array, rows: number, columns: number) =>
  Float64Array.from(pairs, (_, i) => pairs[(i % rows) * columns + Math.floor(i / rows)]!);

/**
 * Bias in bits of the plug-in I(F; Y | L) = H(F | L) - H(F | L, Y),
 *
 *   (sum b(n(l, y), n(l, y) q(f | l, y)) - sum b(n(l), n(l) q(f | l))) / n,   b as `cellBias`,
 *   q(f | l, y) = w_1 [f = l] + w_2 [f = y] + w_3 p(f) + w_4 p(f | l) + w_5 p(f | y) + w_6 p(f | l, y),   q(f | l) = sum over y of q(f | l, y) q(y | l),
 *
 * n(.) the counts, p the shares in the table, w the weights under which every sample is likeliest by all others, once for samples with l = y and once for the
 * others, q(y | l) as `pairLaw`. It covers networks that copy the simple model, that have errors of their own, that know some of the labels the simple model does
 * not, and that guess, in any shares. The table itself (w_6 = 1, or the number of cells that were seen, as Miller and Madow have it) leaves out the
 * cells that happen to be empty, which are most for 10 classes and 1000 samples.
 *
 * Limits, as shares mu / I(F; Y) in the mean, L right with 3/4: within 0.02 for 10 classes from 500 samples and 24 classes from 1000 where F is such a network. Where
 * its errors follow a rule of their own, another class for every l, no law names that class before it has been seen, too much is taken off and mu is too
 * large: by 0.05 for 10 classes and 500 samples, 0.02 for 1000, nothing for 5000, and 0.035 for 24 classes and 1000 samples, where the
 * plain estimate has 0.03, 0.01, 0.00 and 0.05. Below some 5 K^2 samples the truth may be on either side of both. Cost: `cellBias` of F L Y cells.
 * Theory notes C1.4, C1.6.
 */
export function unexplainedBias(table: CountTable, pairs: PairCounts): number {
  const { classes, total } = table;
  const [f, l, y] = classes;
  const [whereRight, whereWrong] = [weightsWhere(table, pairs, true), weightsWhere(table, pairs, false)];
  const labelLaw = pairLaw(transposed(pairs.ly, l, y), pairs.y, pairs.l, total);
  const laws = new Float64Array(LAWS);
  let sum = 0;
  for (let a = 0; a < f; a++) {
    for (let b = 0; b < l; b++) {
      if (pairs.l[b] === 0) continue;
      let share = 0;
      for (let c = 0; c < y; c++) {
        const count = pairs.ly[b * y + c]!;
        const ofLabel = labelLaw[c * l + b]!;
        if (count === 0 && ofLabel === 0) continue;
        const weights = b === c ? whereRight : whereWrong;
        putLaws(table, pairs, [a, b, c], 0, laws, 0);
        let [q, whole] = [0, 0];
        for (let k = 0; k < LAWS; k++) {
          // nothing is known of this pair, or of this label, but by the other laws
          if ((k === OWN && count === 0) || (k === OWN - 1 && pairs.y[c] === 0)) continue;
          q += weights[k]! * laws[k]!;
          whole += weights[k]!;
        }
        q = whole > 0 ? q / whole : laws[3]!;
        share += ofLabel * q;
        sum += cellBias(count, count * q);
      }
      sum -= cellBias(pairs.l[b]!, pairs.l[b]! * share);
    }
  }
  return sum / total;
}
