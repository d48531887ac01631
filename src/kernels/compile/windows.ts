/**
 * Sliding windows of convolutions and pools.
 * @module
 */
import { windowGeometry } from "../../network/geometry.js";
import type { Padding } from "../../network/spec.js";
import { unavailable } from "../../network/units.js";
import type { WindowAxis } from "../program.js";

/** The axes of a window of `sizes` over `positions`, whose shapes were checked before. */
export function windowAxes(
  path: string,
  positions: readonly number[],
  sizes: readonly number[],
  strides: readonly number[] | undefined,
  padding: Padding,
): WindowAxis[] {
  return positions.map((inputs, axis) => {
    const size = sizes[axis]!;
    const stride = strides?.[axis] ?? 1;
    if (padding === "circular" && size > inputs) {
      throw unavailable(
        path,
        `a circular window of ${size} positions wraps around a side of ${inputs} and meets positions twice; ` +
          `use at most ${inputs}, or "padding": "same"`,
        { got: size, expected: inputs },
      );
    }
    const { before, outputs } = windowGeometry(inputs, size, stride, padding)!;
    return { size, stride, before, inputs, outputs };
  });
}
