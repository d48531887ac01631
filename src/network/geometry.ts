/**
 * Where the windows of convolutions and pools lie.
 *
 * For a side of n positions, a window of f, a stride s:
 * `valid` has floor((n - f) / s) + 1 windows, all inside; `same` and `circular` have ceil(n / s), with
 * max((outputs - 1) s + f - n, 0) positions added around, the smaller half before (`same`: zeros, `circular`: wrapped).
 * @module
 */
import type { Padding } from "./spec.js";

export interface WindowGeometry {
  /** number of outputs along the side */
  readonly outputs: number;
  /** positions added before the first one; output o covers inputs o s - before ... o s - before + f - 1 */
  readonly before: number;
  /** positions added after the last one */
  readonly after: number;
}

/** Geometry along one side, or null when a `valid` window is longer than the side. */
export function windowGeometry(
  side: number,
  window: number,
  stride: number,
  padding: Padding,
): WindowGeometry | null {
  if (padding === "valid") {
    return window > side ? null : { outputs: Math.floor((side - window) / stride) + 1, before: 0, after: 0 };
  }
  const outputs = Math.ceil(side / stride);
  const added = Math.max((outputs - 1) * stride + window - side, 0);
  const before = Math.floor(added / 2);
  return { outputs, before, after: added - before };
}
