/**
 * Images in fewer pixels, for studies that must be done in minutes.
 * @module
 */
import type { Split } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import type { NdArray } from "../numeric/matrix.js";

/**
 * Values over `scale`, averaged over squares to `side` x `side` pixels.
 * @returns [n, side, side, channels], channels 1 for images [n, height, width]
 * @throws ERR_DOMAIN when the images are no squares, or `side` does not divide theirs
 */
export function pooledImages({ x }: Pick<Split, "x">, side: number, scale: number): NdArray<Float64Array> {
  const [n, height, width, channels = 1] = x.shape as readonly [number, number, number, number?];
  if (height !== width || !(side >= 1) || height % side !== 0) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `images of ${height} x ${width} pixels cannot be averaged to ${side} x ${side}, expected a side that divides that of square images`,
      { argument: "side", got: side, expected: height },
    );
  }
  const square = height / side;
  const out = new Float64Array(n * side * side * channels);
  let from = 0;
  for (let i = 0; i < n; i++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((i * side + Math.floor(row / square)) * side + Math.floor(column / square)) * channels;
        for (let c = 0; c < channels; c++) out[to + c]! += x.data[from++]! / (scale * square * square);
      }
    }
  }
  return { data: out, shape: [n, side, side, channels] };
}
