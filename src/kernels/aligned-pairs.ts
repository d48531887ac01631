/**
 * Pairs of samples that lie nearly on one line through 0; what becomes of them is in aligned-plan.ts.
 * @module
 */
import type { SampleSet } from "./samples.js";

/** c^2 from which a pair counts: beyond, c^2 - 1 has lost 4 bits to cancellation. */
export const ALIGNED = 0.94;

/**
 * For c near 1 the deficit d = m + r, m = s s' (1 - c), r = (s - s')^2 / 2, is exact, and m = d - r errs by eps r: in the
 * angle sqrt(2 m / (s s')), eps r / (s s' angle). Up to 5 eps nobody minds: r^2 <= 2 * 5^2 m s s'.
 */
export const UNEVEN = 50;

export interface AlignedPair {
  /** c is near -1 */
  readonly turned: boolean;
  /** s s' (1 - |c|), s = sqrt(q): as exact as the samples */
  readonly gap: number;
}

/**
 * Null for a pair that is not aligned.
 * @param q, q2  |x|^2 / n_0 of row i and column j
 * @param k  x . x' / n_0
 */
export function alignedPair(
  rows: SampleSet,
  cols: SampleSet,
  i: number,
  j: number,
  q: number,
  q2: number,
  k: number,
): AlignedPair | null {
  const scale = Math.sqrt(q) * Math.sqrt(q2);
  if (!(scale > 0 && (k / scale) ** 2 >= ALIGNED)) return null;
  const turned = k < 0;
  const apart = (q - q2) / (Math.sqrt(q) + Math.sqrt(q2));
  const uneven = 0.5 * apart * apart;
  // a first look, as far as k tells
  if (!turned && uneven * uneven <= UNEVEN * (scale - k - 4 * Number.EPSILON * scale) * scale) return null;
  const ratio = Math.sqrt(Math.sqrt(q2 / q)); // both samples at the same length
  const n = rows.features;
  let sum = 0;
  for (let f = 0; f < n; f++) {
    const [x, y] = [ratio * rows.data[i * n + f]!, cols.data[j * n + f]! / ratio];
    const difference = turned ? x + y : x - y;
    sum += difference * difference;
  }
  const gap = sum / (2 * n);
  return !turned && uneven * uneven <= UNEVEN * gap * scale ? null : { turned, gap };
}
