/**
 * Entropies and information in bits, from counts.
 * @module
 */
import { type CountTable, marginal } from "./count-table.js";
import { pairBias } from "./pair-bias.js";
import { unexplainedBias } from "./unexplained-bias.js";

/** Bits that are rounding: sums of entropies that cancel leave some 1e-16, which no ratio may be taken to. */
export const LEAST_BITS = 1e-9;

/** Plug-in entropy -sum p log2 p of counts; 0 log 0 = 0. */
export function entropy(counts: Float64Array): number {
  let [total, sum] = [0, 0];
  for (const c of counts) total += c;
  for (const c of counts) if (c > 0) sum -= (c / total) * Math.log2(c / total);
  return sum;
}

/** A sum of entropies of marginals with signs: I(A; B) = H(A) + H(B) - H(A, B) and so on. */
export function combine(
  table: CountTable,
  terms: readonly (readonly [sign: number, axes: readonly number[]])[],
  of: (counts: Float64Array) => number,
): number {
  return terms.reduce((sum, [sign, axes]) => sum + sign * of(marginal(table, axes)), 0);
}

/**
 * I(F; Y), I(L; Y) and mu(F; L) = I(F; Y) - I(F; Y | L) in bits by the plug-in estimate, or, with `correctBias`, less their bias: `pairBias` for
 * the informations of one model, `unexplainedBias` for I(F; Y | L), whose tables have K times as many cells.
 * Corrected, mu is no longer the same where F and L change places, and may be above I(F; Y), by what is left of the bias. What `performanceCorrelation` gives, at a
 * fraction of the work, for tables that are many. Cost O(F L Y) and `cellBias` of as many cells. Theory notes C1.1, C1.2.
 */
export function informationOf(
  table: CountTable,
  { correctBias = false }: { readonly correctBias?: boolean | undefined } = {},
): { readonly network: number; readonly simple: number; readonly explained: number } {
  const { classes, counts } = table;
  const [f, l, y] = classes;
  const [fy, ly, fl] = [new Float64Array(f * y), new Float64Array(l * y), new Float64Array(f * l)];
  let cell = 0;
  for (let a = 0; a < f; a++) {
    for (let b = 0; b < l; b++) {
      for (let c = 0; c < y; c++) {
        const count = counts[cell++]!;
        fy[a * y + c]! += count;
        ly[b * y + c]! += count;
        fl[a * l + b]! += count;
      }
    }
  }
  const sums = (pairs: Float64Array, size: number, stride: number, inner: number, step: number) => {
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) for (let k = 0; k < inner; k++) out[i]! += pairs[i * stride + k * step]!;
    return out;
  };
  const [ownF, ownL, ownY] = [sums(fy, f, y, y, 1), sums(ly, l, y, y, 1), sums(fy, y, 1, f, y)];
  const [hF, hL, hY] = [entropy(ownF), entropy(ownL), entropy(ownY)];
  const [hFY, hLY] = [entropy(fy), entropy(ly)];
  const plain = { network: hF + hY - hFY, simple: hL + hY - hLY };
  const unexplained = entropy(fl) + hLY - hL - entropy(counts);
  if (!correctBias) return { ...plain, explained: plain.network - unexplained };
  const { total } = table;
  const network = plain.network - pairBias(fy, ownF, ownY, total);
  const simple = plain.simple - pairBias(ly, ownL, ownY, total);
  // a copy of the simple model, in the sample and in truth, has nothing unexplained that could be biased
  const bias =
    unexplained > LEAST_BITS ? unexplainedBias(table, { fl, fy, ly, f: ownF, l: ownL, y: ownY }) : 0;
  return { network, simple, explained: network - (unexplained - bias) };
}

/** Entropy of a coin, bits: -p log2 p - (1 - p) log2 (1 - p). */
export function binaryEntropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}

/**
 * The accuracy in [1/2, 1] at which a balanced binary classifier with symmetric errors has this information:
 * the inverse of I = 1 - h_2(accuracy). Information outside [0, 1] is taken to its ends. To 1e-15.
 */
export function accuracyOfInformation(bits: number): number {
  if (Number.isNaN(bits)) return Number.NaN;
  if (bits <= 0) return 0.5;
  if (bits >= 1) return 1;
  let [low, high] = [0.5, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (1 - binaryEntropy(middle) < bits) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
