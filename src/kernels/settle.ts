/**
 * Variances that have converged to one value are made one value.
 * @module
 */
import type { SampleSides } from "./sample-state.js";

/** Largest over smallest value that counts as one: what the roundings of a layer leave between converged samples. */
const SPREAD = 16 * Number.EPSILON;

/**
 * In deep networks q and theta of all samples converge to one fixed point, and then differ in the last bits by rounding
 * only. Distances of samples shrink far below those bits, and differences q - q' enter them: noise of 1e-16 would hide
 * deficits of 1e-30. So where the values of all samples agree to 16 eps at a position, all take the first one's.
 */
export function settle({ rows, cols }: SampleSides, positions: number): void {
  for (const name of ["q", "t"] as const) {
    const sides = rows === cols ? [rows[name]] : [rows[name], cols[name]];
    for (let p = 0; p < positions; p++) {
      const first = rows[name]?.[p];
      if (first === undefined) continue;
      const tolerance = SPREAD * Math.abs(first);
      const agree = sides.every((values) => within(values!, p, positions, first, tolerance));
      if (agree)
        for (const values of sides) for (let i = p; i < values!.length; i += positions) values![i] = first;
    }
  }
}

function within(
  values: Float64Array,
  start: number,
  stride: number,
  first: number,
  tolerance: number,
): boolean {
  for (let i = start; i < values.length; i += stride) {
    if (!(Math.abs(values[i]! - first) <= tolerance)) return false;
  }
  return true;
}
