/**
 * What `foretrain evolve` writes: arrays and a picture.
 * @module
 */
import type { NpzArrays } from "../../data/index.js";
import type { EvolutionSplit, NoisyEvolution } from "../../dynamics/index.js";
import { evolutionFigure, evolutionFigureData, numberMarkup } from "../../figures/index.js";
import type { EvolveData } from "./evolve-data.js";

/** Arrays [times, samples, outputs]. */
export function arraysOf({ at, batch }: NoisyEvolution, data: EvolveData, outputs: number): NpzArrays {
  const times = at.length;
  const out: Record<string, NpzArrays[string]> = {
    times: { data: Float64Array.from(at, ({ time }) => time), shape: [times] },
    hessianTrace: { data: Float64Array.from(at, (row) => row.hessianTrace.value), shape: [times] },
    hessianTraceNoiseEffect: {
      data: Float64Array.from(at, (row) => row.hessianTrace.noiseEffect),
      shape: [times],
    },
  };
  if (batch !== null) out["batch"] = { data: Float64Array.of(batch), shape: [] };
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

/** The figure of an evolution, headed by its data. */
export function pictureOf(evolution: NoisyEvolution, data: EvolveData): string {
  return evolutionFigure(evolutionFigureData(evolution), {
    heading: `${data.title}; order ${evolution.order}, ${evolution.batch === null ? "" : `batches of ${evolution.batch}, `}noise s = ${numberMarkup(evolution.noise)}`,
  });
}
