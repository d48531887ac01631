/**
 * Sliding windows of convolutions and pools.
 * @module
 */
import { windowGeometry } from "../../network/geometry.js";
import type { Padding } from "../../network/spec.js";
import type { WindowAxis } from "../program.js";

/** The axes of a window of `sizes` over `positions`, whose shapes were checked before. */
export function windowAxes(
  positions: readonly number[],
  sizes: readonly number[],
  strides: readonly number[] | undefined,
  padding: Padding,
): WindowAxis[] {
  return positions.map((inputs, axis) => {
    const size = sizes[axis]!;
    const stride = strides?.[axis] ?? 1;
    const { before, outputs } = windowGeometry(inputs, size, stride, padding)!;
    return { size, stride, before, inputs, outputs };
  });
}
