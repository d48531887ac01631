/**
 * What `foretrain evolve` writes: arrays and a picture.
 * @module
 */
import type { NpzArrays } from "../../data/index.js";
import type { EvolutionSplit, NoisyEvolution } from "../../dynamics/index.js";
import { type EvolutionSeries, evolutionFigure, numberMarkup } from "../../figures/index.js";
import type { EvolveData } from "./evolve-data.js";

/** Arrays [times, samples, outputs]. */
export function arraysOf({ at }: NoisyEvolution, data: EvolveData, outputs: number): NpzArrays {
  const times = at.length;
  const out: Record<string, NpzArrays[string]> = {
    times: { data: Float64Array.from(at, ({ time }) => time), shape: [times] },
    hessianTrace: { data: Float64Array.from(at, (row) => row.hessianTrace.value), shape: [times] },
    hessianTraceNoiseEffect: {
      data: Float64Array.from(at, (row) => row.hessianTrace.noiseEffect),
      shape: [times],
    },
  };
  for (const name of ["train", "test"] as const) {
    const splits = at.flatMap((row) => row[name] ?? []);
    if (splits.length < times) continue;
    const samples = (name === "train" ? data.x : data.testX!).shape[0]!;
    const add = (key: string, of: (split: EvolutionSplit) => Float64Array | undefined) => {
      if (of(splits[0]!) === undefined) return;
      const all = new Float64Array(times * samples * outputs);
      splits.forEach((split, k) => {
        all.set(of(split)!, k * samples * outputs);
      });
      out[`${name}_${key}`] = { data: all, shape: [times, samples, outputs] };
    };
    add("mean", ({ mean }) => mean);
    add("std", ({ deviation }) => deviation);
    add("noiseEffect", ({ noiseEffect }) => noiseEffect);
    for (const key of [
      "mean",
      "meanError",
      "noiseEffect",
      "noiseEffectError",
      "deviation",
      "deviationError",
    ] as const) {
      add(`simulated_${key}`, ({ simulated }) => simulated?.[key]);
    }
  }
  return out;
}

/** The figure's series: the outputs on which the noise does most, two of train and two of test samples. */
export function pictureOf(evolution: NoisyEvolution, data: EvolveData): string {
  const { at, noise, order } = evolution;
  const last = at.at(-1)!;
  const chosen = (["train", "test"] as const).flatMap((name) => {
    const split = last[name];
    if (split === null) return [];
    const indices = Array.from(split.mean, (_, i) => i).sort(
      (a, b) =>
        Math.abs(split.noiseEffect[b]!) - Math.abs(split.noiseEffect[a]!) ||
        split.deviation[b]! - split.deviation[a]!,
    );
    return indices.slice(0, 2).map((index) => ({ name, index }));
  });
  const times = at.map(({ time }) => time);
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
  return evolutionFigure(
    {
      times,
      outputs: chosen.map(({ name, index }) => ({
        ...series(name, index, "mean", noise > 0),
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
    },
    { heading: `${data.title}; order ${order}, noise s = ${numberMarkup(noise)}` },
  );
}
