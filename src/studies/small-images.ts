/**
 * Images averaged over squares: small enough for convolutional networks on a laptop.
 * @module
 */
import type { Dataset, Split } from "../data/index.js";
import { ForetrainError } from "../errors.js";

/**
 * The images of a data set averaged over squares of pixels to `side` x `side`.
 * @returns samples [n, side, side, channels]; gray images get one channel
 * @throws ERR_DATA when the samples are no images, or no square of whole pixels gives that side
 */
export function smallImages(set: Dataset, side: number): Dataset {
  const [height = 0, width = 0, channels = 1] = set.inputShape;
  const fits =
    set.inputShape.length >= 2 &&
    height === width &&
    Number.isInteger(side) &&
    side >= 1 &&
    height % side === 0;
  if (!fits) {
    throw new ForetrainError(
      "ERR_DATA",
      `${set.name}: samples have the shape [${set.inputShape.join(", ")}], expected square images whose side is a multiple of ${side}`,
      { argument: "side", got: set.inputShape, expected: side },
    );
  }
  const square = height / side;
  const small = ({ x, y }: Split): Split => {
    const n = y.length;
    const out = new Float64Array(n * side * side * channels);
    for (let i = 0; i < n; i++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const from = ((i * height + row) * width + column) * channels;
          const to = ((i * side + Math.floor(row / square)) * side + Math.floor(column / square)) * channels;
          for (let c = 0; c < channels; c++) out[to + c]! += x.data[from + c]! / (square * square);
        }
      }
    }
    return { x: { data: out, shape: [n, side, side, channels] }, y };
  };
  return { ...set, inputShape: [side, side, channels], train: small(set.train), test: small(set.test) };
}
