/**
 * Images averaged over squares: small enough for convolutional networks on a laptop.
 * @module
 */
import type { Dataset, Split } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import { pooledImages } from "./pooled-images.js";

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
  const small = (part: Split): Split => ({ ...part, x: pooledImages(part, side, 1) });
  return { ...set, inputShape: [side, side, channels], train: small(set.train), test: small(set.test) };
}
