/**
 * Which samples each step of training sees. Every step's samples follow from the seed and the number of the step alone, so that
 * training can go on from any step.
 * @module
 */
import type { Rng } from "../../numeric/random.js";
import { type BatchOrder, batchSize, type TrainingRecipe } from "./training-recipe.js";

/** Rows of the data: neighbours, or a list. */
export type Rows = { readonly from: number; readonly count: number } | Uint32Array;

/** The rows of step k = 0, 1, ... */
export function batchRows(recipe: TrainingRecipe, samples: number, rng: Rng): (step: number) => Rows {
  const size = batchSize(recipe, samples);
  const inEpoch = Math.ceil(samples / size);
  if (size === samples && recipe.order !== "replacement") return () => ({ from: 0, count: samples });
  const orders: Record<BatchOrder, (step: number) => Rows> = {
    ordered: (step) => {
      const from = (step % inEpoch) * size;
      return { from, count: Math.min(size, samples - from) };
    },
    shuffled: shuffledRows(samples, size, inEpoch, rng),
    replacement: (step) => {
      const stream = rng.fork("step", step);
      return Uint32Array.from({ length: size }, () => stream.integer(samples));
    },
  };
  return orders[recipe.order];
}

function shuffledRows(samples: number, size: number, inEpoch: number, rng: Rng): (step: number) => Rows {
  const order = new Uint32Array(samples);
  let shuffledFor = -1;
  return (step) => {
    const epoch = Math.floor(step / inEpoch);
    if (epoch !== shuffledFor) {
      for (let i = 0; i < samples; i++) order[i] = i;
      rng.fork("epoch", epoch).shuffle(order);
      shuffledFor = epoch;
    }
    const from = (step % inEpoch) * size;
    return order.subarray(from, Math.min(from + size, samples));
  };
}
