/**
 * Which input positions every window of a convolution or pool looks at.
 * @module
 */
import type { Padding } from "../network/index.js";
import { windowGeometry } from "../network/index.js";
import { sizeOf } from "../numeric/matrix.js";

export interface Windows {
  readonly inputs: number;
  readonly outputs: number;
  /** positions of one window */
  readonly size: number;
  /** [outputs, size] input positions, row-major; -1 for added zeros */
  readonly taps: Int32Array;
}

/** Windows over the positions of `sides`; the sides were checked by the network's shapes. */
export function windowsOver(
  sides: readonly number[],
  window: readonly number[],
  strides: readonly number[] | undefined,
  padding: Padding,
): Windows {
  const axes = sides.map((side, a) => {
    const stride = strides?.[a] ?? 1;
    const geometry = windowGeometry(side, window[a]!, stride, padding);
    if (geometry === null) throw new Error(`a window of ${window[a]} does not fit a side of ${side}`);
    return { side, stride, ...geometry };
  });
  const outputs = sizeOf(axes.map((axis) => axis.outputs));
  const size = sizeOf(window);
  const taps = new Int32Array(outputs * size);
  for (let o = 0; o < outputs; o++) {
    for (let t = 0; t < size; t++) {
      let [restOutput, restTap, place, factor] = [o, t, 0, 1];
      let outside = false;
      for (let a = axes.length - 1; a >= 0; a--) {
        const { side, stride, before, outputs: along } = axes[a]!;
        const at = (restOutput % along) * stride - before + (restTap % window[a]!);
        const wrapped = padding === "circular" ? ((at % side) + side) % side : at;
        if (wrapped < 0 || wrapped >= side) outside = true;
        place += wrapped * factor;
        factor *= side;
        restOutput = Math.floor(restOutput / along);
        restTap = Math.floor(restTap / window[a]!);
      }
      taps[o * size + t] = outside ? -1 : place;
    }
  }
  return { inputs: sizeOf(sides), outputs, size, taps };
}

/** Windows of one position over `sides` with `margin` more on both ends of each: zeros around. */
export function windowsAround(sides: readonly number[], margin: readonly number[]): Windows {
  const padded = sides.map((side, a) => side + 2 * margin[a]!);
  const outputs = sizeOf(padded);
  const taps = Int32Array.from({ length: outputs }, (_, o) => {
    let [rest, place, factor] = [o, 0, 1];
    for (let a = sides.length - 1; a >= 0; a--) {
      const at = (rest % padded[a]!) - margin[a]!;
      if (at < 0 || at >= sides[a]!) return -1;
      place += at * factor;
      factor *= sides[a]!;
      rest = Math.floor(rest / padded[a]!);
    }
    return place;
  });
  return { inputs: sizeOf(sides), outputs, size: 1, taps };
}

/** One window over all positions. */
export function wholeWindow(sides: readonly number[]): Windows {
  const inputs = sizeOf(sides);
  return { inputs, outputs: 1, size: inputs, taps: Int32Array.from({ length: inputs }, (_, p) => p) };
}
