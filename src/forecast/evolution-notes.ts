/**
 * Where the expansion of noisy training stops describing the network, in words.
 * @module
 */
import { expansionEnd, type NoisyEvolution } from "../dynamics/index.js";
import { numberText } from "../figures/index.js";

/** Standard errors beyond which prediction and simulation are said to part. */
const PART = 4;

/**
 * Where the expansion stops describing the network: by its own terms (order 3 more than half of order 2), by the simulation (more
 * than 4 standard errors in the effect of the noise on the means), and by minibatches whose expected loss grows.
 *
 * @returns sentences without a full stop; none where nothing is wrong
 * @see paper A
 */
export function evolutionNotes({ at, order, batch, noise }: NoisyEvolution): string[] {
  const lines: string[] = [];
  const end = order < 3 ? -1 : expansionEnd(at.map(({ termSizes: [two, three] }) => [two!, three!]));
  const slow = at[end];
  if (slow !== undefined) {
    lines.push(
      `from time ${numberText(slow.time)} on order 3 is more than half of order 2: the expansion describes earlier times, wider networks or a smaller learning problem better`,
    );
  }
  const parts = at.find(({ zScores }) => zScores !== null && zScores.noiseEffect > PART);
  if (parts !== undefined) {
    lines.push(
      `from time ${numberText(parts.time)} on the noise in E f parts from the simulation by more than ${PART} standard errors: higher orders count`,
    );
  }
  const [first, last] = [at[0]?.train.loss ?? null, at.at(-1)?.train.loss ?? null];
  if (batch !== null && noise === 0 && first !== null && last !== null && last > first) {
    lines.push(
      `the expected train loss grows from ${numberText(first, 4)} to ${numberText(last, 4)}: a learning rate that is stable for full batches is too large for batches of ${batch}`,
    );
  }
  return lines;
}
