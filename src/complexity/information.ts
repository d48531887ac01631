/**
 * Entropies and information in bits, from counts.
 * @module
 */
import { type CountTable, marginal } from "./count-table.js";

/** Bits that are rounding: sums of entropies that cancel leave some 1e-16, which no ratio may be taken to. */
export const LEAST_BITS = 1e-9;

/** Plug-in entropy -sum p log2 p of counts; 0 log 0 = 0. */
export function entropy(counts: Float64Array): number {
  let [total, sum] = [0, 0];
  for (const c of counts) total += c;
  for (const c of counts) if (c > 0) sum -= (c / total) * Math.log2(c / total);
  return sum;
}

/** Bias of the plug-in entropy to first order, -(cells - 1) / (2 n ln 2) with the cells that were seen (Miller and Madow). */
export function entropyBias(counts: Float64Array): number {
  let [total, cells] = [0, 0];
  for (const c of counts) {
    total += c;
    if (c > 0) cells++;
  }
  return -(cells - 1) / (2 * total * Math.LN2);
}

/** A sum of entropies of marginals with signs: I(A; B) = H(A) + H(B) - H(A, B) and so on. */
export function combine(
  table: CountTable,
  terms: readonly (readonly [sign: number, axes: readonly number[]])[],
  of: (counts: Float64Array) => number,
): number {
  return terms.reduce((sum, [sign, axes]) => sum + sign * of(marginal(table, axes)), 0);
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
