/**
 * Which derivative breaks at a point, from values on both sides.
 * @module
 */

/** What happens at a point: the lowest derivative that jumps there, or is not finite near it. */
export interface Break {
  readonly order: number;
  readonly unbounded: boolean;
}

/** Distances from the point, each 1/64 of the one before: a smooth function hardly moves over them. */
const DISTANCES = [2 ** -12, 2 ** -18, 2 ** -24] as const;
/** Jumps below this share of the values around are rounding. */
const JUMP = 1e-6;

/** A value and what rounding can have done to it. */
export interface Rounded {
  readonly value: number;
  readonly rounding: number;
}

/**
 * The break at `at` of the function whose derivatives of order 0, 1, ... are given; null where all of them go on through it.
 */
export function breakAt(derivatives: readonly ((x: number) => Rounded)[], at: number): Break | null {
  const unit = Math.max(1, Math.abs(at));
  for (const [order, f] of derivatives.entries()) {
    const below = DISTANCES.map((h) => f(at - h * unit));
    const above = DISTANCES.map((h) => f(at + h * unit));
    if (isUnbounded(below) || isUnbounded(above)) return { order, unbounded: true };
    if (isJump(below, above)) return { order, unbounded: false };
  }
  return null;
}

/** Values that keep growing towards the point, at least as a logarithm does. */
function isUnbounded(rounded: readonly Rounded[]): boolean {
  const [a, b, c] = rounded.map(({ value }) => Math.abs(value)) as [number, number, number];
  if (!(c < Number.POSITIVE_INFINITY)) return true;
  if (!(c > 4 * rounded[2]!.rounding)) return false;
  return b > a && c > b && c - b > 0.5 * (b - a) && c - b > 1e-3 * c;
}

function isJump(below: readonly Rounded[], above: readonly Rounded[]): boolean {
  const gap = (i: number) => Math.abs(above[i]!.value - below[i]!.value);
  const size = Math.max(...[below[0]!, below[2]!, above[0]!, above[2]!].map(({ value }) => Math.abs(value)));
  if (!(gap(2) > 4 * (below[2]!.rounding + above[2]!.rounding))) return false;
  // a jump stays as the sides come together; what is smooth shrinks with the distance, what is a root shrinks too
  return gap(2) > JUMP * size && gap(2) > 0.5 * gap(1);
}
