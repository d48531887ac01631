/**
 * Bias of the plug-in estimate of I(F; Y | L): tables that have K times as many cells as those of one model, most of them nearly empty.
 * @module
 */
import type { CountTable } from "./count-table.js";

/** Terms whose weight is below this share of the largest one are left out. */
const NEGLIGIBLE = 1e-16;

/**
 * E[k log2 k] - m log2 m of a count k that is binomial, n draws of probability m / n: n times what a cell adds to the bias of an entropy, with the sign
 * turned. (1 - m / n) / (2 ln 2) for large m, as Miller and Madow have it; 0 for a cell that no sample or every sample falls into. To 1e-11,
 * with weights by their ratio w(k + 1) / w(k) = (n - k) odds / (k + 1) from the mode outwards. Cost some 17 sqrt(m).
 * Theory notes C1.3.
 */
export function cellBias(n: number, m: number): number {
  if (!(m > 0 && m < n * (1 - 1e-12))) return 0;
  const odds = m / (n - m);
  const shift = Math.log2(m);
  const term = (k: number) => (k > 0 ? k * (Math.log2(k) - shift) : 0);
  const mode = Math.floor(((n + 1) * m) / n);
  let [weights, sum, weight] = [1, term(mode), 1];
  for (let k = mode; k < n; ) {
    weight *= (odds * (n - k)) / (k + 1);
    if (!(weight > NEGLIGIBLE)) break;
    k++;
    weights += weight;
    sum += weight * term(k);
  }
  weight = 1;
  for (let k = mode; k > 0; ) {
    weight *= k / (odds * (n - k + 1));
    if (!(weight > NEGLIGIBLE)) break;
    k--;
    weights += weight;
    sum += weight * term(k);
  }
  return sum / weights;
}

/** Counts of pairs and of single answers, [F][L], [F][Y], [L][Y], [L], [Y]. */
export interface PairCounts {
  readonly fl: Float64Array;
  readonly fy: Float64Array;
  readonly ly: Float64Array;
  readonly l: Float64Array;
  readonly y: Float64Array;
}

/** Share `part` of `whole` without the sample itself. */
const others = (part: number, whole: number) => (whole > 1 ? Math.max(0, part - 1) / (whole - 1) : 0);

const ROUNDS = 60;
const SETTLED = 1e-4;

/**
 * Weights of p(f | l), p(f | y) and p(f | l, y) of the samples under which every sample is likeliest by all others: deleted interpolation (Jelinek and
 * Mercer 1980), by expectation maximization. Theory notes C1.4.
 */
function weightsOf({ classes, counts }: CountTable, pairs: PairCounts): readonly [number, number, number] {
  const [, l, y] = classes;
  const seen: number[] = [];
  counts.forEach((count, cell) => {
    if (count > 0) seen.push(cell);
  });
  const shares = new Float64Array(3 * seen.length);
  seen.forEach((cell, i) => {
    const [a, b, c] = [Math.floor(cell / (l * y)), Math.floor(cell / y) % l, cell % y];
    shares[3 * i] = others(pairs.fl[a * l + b]!, pairs.l[b]!);
    shares[3 * i + 1] = others(pairs.fy[a * y + c]!, pairs.y[c]!);
    shares[3 * i + 2] = others(counts[cell]!, pairs.ly[b * y + c]!);
  });
  let [w0, w1, w2] = [1 / 3, 1 / 3, 1 / 3];
  for (let round = 0; round < ROUNDS; round++) {
    let [s0, s1, s2] = [0, 0, 0];
    for (let i = 0; i < seen.length; i++) {
      const [p0, p1, p2] = [w0 * shares[3 * i]!, w1 * shares[3 * i + 1]!, w2 * shares[3 * i + 2]!];
      const p = p0 + p1 + p2;
      if (p === 0) continue;
      const scale = counts[seen[i]!]! / p;
      s0 += scale * p0;
      s1 += scale * p1;
      s2 += scale * p2;
    }
    const sum = s0 + s1 + s2;
    // nothing was seen twice: the weights say nothing
    if (sum === 0) break;
    const moved = Math.abs(s0 / sum - w0) + Math.abs(s1 / sum - w1) + Math.abs(s2 / sum - w2);
    [w0, w1, w2] = [s0 / sum, s1 / sum, s2 / sum];
    if (moved < SETTLED) break;
  }
  return [w0, w1, w2];
}

/**
 * Bias in bits of the plug-in I(F; Y | L) = H(F | L) - H(F | L, Y),
 *
 *   (sum b(n(l, y), n(l, y) q(f | l, y)) - sum b(n(l), n(l) q(f | l))) / n,   b as `cellBias`,
 *   q(f | l, y) = w_1 p(f | l) + w_2 p(f | y) + w_3 p(f | l, y),   q(f | l) its mean over y,
 *
 * n(.) the counts, p the shares in the table, w the weights under which every sample is likeliest by all others. w_1 = 1 is a network that only copies the
 * simple model, w_2 = 1 one whose errors have nothing to do with those of the simple model. The table itself (w_3 = 1, or the number of cells that were seen,
 * as Miller and Madow have it) leaves out the cells that happen to be empty, which are most for 10 classes and 1000 samples. With the true q it is exact but for the
 * counts of y; with the estimated one it is up to a fifth off for 10 classes and 1000 samples, and next to nothing for 5000. Cost: `cellBias` of F L Y cells.
 * Theory notes C1.3, C1.4.
 */
export function unexplainedBias(table: CountTable, pairs: PairCounts): number {
  const { classes, counts, total } = table;
  const [f, l, y] = classes;
  const [copies, independent, own] = weightsOf(table, pairs);
  let sum = 0;
  for (let a = 0; a < f; a++) {
    for (let b = 0; b < l; b++) {
      let expectedOfBoth = 0;
      for (let c = 0; c < y; c++) {
        const count = pairs.ly[b * y + c]!;
        if (count === 0) continue;
        const q =
          (copies * pairs.fl[a * l + b]!) / pairs.l[b]! + (independent * pairs.fy[a * y + c]!) / pairs.y[c]!;
        const expected = q * count + own * counts[(a * l + b) * y + c]!;
        expectedOfBoth += expected;
        sum += cellBias(count, expected);
      }
      sum -= cellBias(pairs.l[b]!, expectedOfBoth);
    }
  }
  return sum / total;
}
