/**
 * Bias of the plug-in estimate of I(A; B) from a table of counts, most of whose cells may be empty by chance.
 * @module
 */
import { cellBias } from "./cell-bias.js";

/** Share `part` of `whole`, both without `left` samples; 0 where nothing is left. */
export const shareWithout = (part: number, whole: number, left: number) =>
  whole > left ? Math.max(0, part - left) / (whole - left) : 0;

const ROUNDS = 200;
const SETTLED = 1e-4;

/**
 * Weights of laws under which samples are likeliest whose shares by each law, [samples][laws], were found from all other samples: deleted
 * interpolation (Jelinek and Mercer 1980), by expectation maximization. Equal weights where no law allows any sample.
 */
export function mixtureWeights(
  laws: number,
  shares: ArrayLike<number>,
  counts: ArrayLike<number>,
): Float64Array {
  const weights = new Float64Array(laws).fill(1 / laws);
  const next = new Float64Array(laws);
  for (let round = 0; round < ROUNDS; round++) {
    next.fill(0);
    let whole = 0;
    for (let i = 0; i < counts.length; i++) {
      let likelihood = 0;
      for (let k = 0; k < laws; k++) likelihood += weights[k]! * shares[i * laws + k]!;
      if (likelihood === 0) continue;
      whole += counts[i]!;
      for (let k = 0; k < laws; k++)
        next[k]! += (counts[i]! * weights[k]! * shares[i * laws + k]!) / likelihood;
    }
    if (whole === 0) break;
    let moved = 0;
    for (let k = 0; k < laws; k++) {
      moved += Math.abs(next[k]! / whole - weights[k]!);
      weights[k] = next[k]! / whole;
    }
    if (moved < SETTLED) break;
  }
  return weights;
}

/** q(a | b) = w_1 [a = b] + w_2 p(a) + w_3 p(a | b), [A][B], from counts [A][B] and their sums; w as `mixtureWeights`. Theory notes C1.5. */
export function pairLaw(pairs: Float64Array, a: Float64Array, b: Float64Array, total: number): Float64Array {
  const [shares, counts]: [number[], number[]] = [[], []];
  const lawsAt = (i: number, j: number, left: number) => [
    i === j ? 1 : 0,
    shareWithout(a[i]!, total, left),
    shareWithout(pairs[i * b.length + j]!, b[j]!, left),
  ];
  pairs.forEach((count, cell) => {
    if (count === 0) return;
    shares.push(...lawsAt(Math.floor(cell / b.length), cell % b.length, 1));
    counts.push(count);
  });
  const weights = mixtureWeights(3, shares, counts);
  return pairs.map((_, cell) =>
    lawsAt(Math.floor(cell / b.length), cell % b.length, 0).reduce((sum, p, k) => sum + weights[k]! * p, 0),
  );
}

/**
 * Bias in bits of the plug-in I(A; B) = H(A) - H(A | B), (sum b(n(b), n(b) q(a | b)) - sum b(n, n q(a))) / n with b as `cellBias` and q of `pairLaw`,
 * from counts [A][B] and their sums. With the table itself for q, or by the number of cells that were seen, cells would be left out that happen to be
 * empty: of coin tosses of 10 classes, 100 samples would then have 0.35 bits, and have 0.02 +- 0.08 by this.
 * Theory notes C1.3.
 */
export function pairBias(pairs: Float64Array, a: Float64Array, b: Float64Array, total: number): number {
  const law = pairLaw(pairs, a, b, total);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    let expected = 0;
    for (let j = 0; j < b.length; j++) {
      const ofCell = b[j]! * law[i * b.length + j]!;
      expected += ofCell;
      sum += cellBias(b[j]!, ofCell);
    }
    sum -= cellBias(total, expected);
  }
  return sum / total;
}
