/**
 * Noisy training as the series of its figure.
 * @module
 */
import type { EvolutionSplit, NoisyEvolution } from "../dynamics/index.js";
import type { EvolutionFigureData, EvolutionSeries } from "./evolution.js";

/** Outputs of each split that are drawn. */
const OF_EACH = 2;

/**
 * What `evolutionFigure` draws of an evolution: the outputs on which the noise does most, two of train and two of test samples, with
 * two standard deviations; the noise in their means from order 2 on; losses and the trace of the Hessian.
 */
export function evolutionFigureData({ at, noise, order, batch }: NoisyEvolution): EvolutionFigureData {
  const last = at.at(-1)!;
  const chosen = (["train", "test"] as const).flatMap((name) => {
    const split = last[name];
    if (split === null) return [];
    const indices = Array.from(split.mean, (_, i) => i).sort(
      (a, b) =>
        Math.abs(split.noiseEffect[b]!) - Math.abs(split.noiseEffect[a]!) ||
        split.deviation[b]! - split.deviation[a]!,
    );
    return indices.slice(0, OF_EACH).map((index) => ({ name, index }));
  });
  const over = (name: "train" | "test", of: (split: EvolutionSplit) => number) =>
    at.map((row) => of(row[name]!));
  const series = (
    name: "train" | "test",
    index: number,
    key: "mean" | "noiseEffect",
    spread: boolean,
  ): EvolutionSeries => ({
    value: over(name, (split) => split[key][index]!),
    spread: spread ? over(name, ({ deviation }) => 2 * deviation[index]!) : null,
    simulated:
      at[0]![name]!.simulated === null
        ? null
        : {
            value: over(name, ({ simulated }) => simulated![key][index]!),
            error: over(name, ({ simulated }) => simulated![`${key}Error`][index]!),
          },
  });
  const traces = at.map(({ hessianTrace }) => hessianTrace);
  return {
    times: at.map(({ time }) => time),
    outputs: chosen.map(({ name, index }) => ({
      ...series(name, index, "mean", noise > 0 || batch !== null),
      label: `${name} output ${index + 1}`,
    })),
    noiseEffects:
      noise === 0 || order === 1
        ? null
        : chosen.map(({ name, index }) => series(name, index, "noiseEffect", false)),
    hessianTrace: {
      noisy: {
        value: traces.map(({ value }) => value),
        simulated: traces.some(({ simulated }) => simulated === null)
          ? null
          : {
              value: traces.map(({ simulated }) => simulated!.mean),
              error: traces.map(({ simulated }) => simulated!.error),
            },
      },
      quiet: traces.map(({ value, noiseEffect }) => value - noiseEffect),
    },
    losses: {
      train: at.map(({ train }) => train.loss ?? Number.NaN),
      test: at.every(({ test }) => test !== null && test.loss !== null)
        ? at.map(({ test }) => test!.loss!)
        : null,
    },
  };
}
