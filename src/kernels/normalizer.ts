/**
 * The variance that layer normalization divides by.
 * @module
 */
import type { NormalizeStep } from "./program.js";

/** Mean of q over the normalized axes, for every sample and position: [n, positions] as `q`. */
export function normalizerVariances({ positions, over }: NormalizeStep, q: Float64Array): Float64Array {
  let v = q;
  for (const axis of over) {
    const side = positions[axis]!;
    const inner = positions.slice(axis + 1).reduce((product, n) => product * n, 1);
    const means = new Float64Array(v.length);
    for (let block = 0; block < v.length; block += side * inner) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let p = 0; p < side; p++) sum += v[block + p * inner + i]!;
        for (let p = 0; p < side; p++) means[block + p * inner + i] = sum / side;
      }
    }
    v = means;
  }
  return v;
}
