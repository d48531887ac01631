/**
 * Unit scale over many layers (paper D).
 * @module
 */
import { type Mark, panelsFigure } from "../../figures/index.js";
import { sampleLengths } from "../../finite/index.js";
import { lengthBand } from "../../meanfield/index.js";
import { quantileEstimate } from "../../numeric/statistics/index.js";
import { absolute, atMost, type Check } from "../checks.js";
import { defineStudy } from "../study.js";
import { unitScaleStack } from "./unit-scale-stack.js";

const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort();

const KEPT = ["tanh", "relu", "sigmoid", "heaviside"] as const;

export const unitScaleStudy = defineStudy({
  id: "D.unit-scale",
  papers: ["D"],
  title: "Initialization that keeps unit scale over 50 layers",
  expected:
    "With sigma_w^2 = 1 / E[phi(z)^2] the length stays at 1 over all layers. Saturating activations pull deviations back; relu is neutral, so that single networks drift like a random walk.",
  quick: { depth: 50, width: 1000, networks: 40 },
  full: { depth: 50, width: 4000, networks: 100 },
  run: async ({ depth, width, networks }, { seed, threads, signal, values }) => {
    const rows = await values(
      {
        name: "activations",
        version: 1,
        compute: async ({
          name,
          seed: s,
        }: {
          name: string;
          seed: number;
          depth: number;
          width: number;
          networks: number;
        }) => {
          const layers = unitScaleStack(name, depth);
          const { q, standardDeviation } = lengthBand(layers, new Array(depth).fill(width));
          const samples = await sampleLengths(layers, {
            widths: [width],
            repetitions: networks,
            seed: s,
            threads,
            signal,
          });
          const all = samples.q[0]!.data;
          const at = (p: number) =>
            Array.from(
              { length: depth },
              (_, l) =>
                quantileEstimate(sorted(Array.from({ length: networks }, (_, r) => all[r * depth + l]!)), p)
                  .value,
            );
          let worst = 0;
          for (let l = 0; l < Math.min(20, depth); l++) {
            worst = Math.max(worst, Math.abs(all[l]! - 1) / standardDeviation[l]!);
          }
          return {
            limit: Array.from(q),
            deviation: Array.from(standardDeviation),
            low: at(0.1),
            median: at(0.5),
            high: at(0.9),
            one: Array.from(all.subarray(0, depth)),
            worst,
          };
        },
      },
      // networks of their own: with one seed all would begin with the same weights, and the panels look alike
      KEPT.map((name, i) => ({ name, seed: seed + i, depth, width, networks })),
    );
    const layer = Array.from({ length: depth }, (_, l) => l + 1);
    const source = "paper D, unit scale";
    const checks: Check[] = KEPT.flatMap((name, i) => [
      absolute(
        { id: `${name}.limit`, quantity: `${name}: largest distance of the length map from 1`, source },
        Math.max(...rows[i]!.limit.map((q) => Math.abs(q - 1))),
        0,
        1e-9,
      ),
      atMost(
        {
          id: `${name}.network`,
          quantity: `${name}: largest |q_l - 1| of the first network in standard deviations, 20 layers`,
          source: `${source}; N Var(q_l) -> 2 q_l^2 + v_l`,
        },
        rows[i]!.worst,
        4,
      ),
    ]);
    return {
      arrays: {
        layer: { data: Float64Array.from(layer), shape: [depth] },
        ...Object.fromEntries(
          KEPT.map((name, i) => [name, { data: Float64Array.from(rows[i]!.one), shape: [depth] }]),
        ),
      },
      checks,
      figures: [
        {
          name: "unit-scale",
          caption: `Mean squared pre-activation of each of ${depth} layers at width ${width}, with sigma_w^2 = 1 / E[phi(z)^2]: one network (line), 10 to 90 % of ${networks} networks (band), and two standard deviations in theory (dashed). tanh, sigmoid and heaviside return to 1; relu keeps every deviation, so that they add up.`,
          draw: (options) =>
            panelsFigure(
              {
                title: "Unit scale over many layers",
                description: `Length of ${depth} layers for ${KEPT.join(", ")} at width ${width}.`,
                panelHeight: 240,
                legend: [
                  { kind: "line", label: "one network", style: { colour: 1 } },
                  { kind: "band", label: "10–90 % of networks", colours: [1] },
                  {
                    kind: "line",
                    label: "± 2 standard deviations, theory",
                    style: { colour: "ink", dash: "dashed", width: 1.4 },
                  },
                ],
                panels: KEPT.map((name, i) => {
                  const { one, low, high, deviation } = rows[i]!;
                  const reach =
                    1.1 *
                    Math.max(
                      ...deviation.map((s) => 2 * s),
                      ...[one, low, high].flat().map((q) => Math.abs(q - 1)),
                    );
                  const edge = (sign: number): Mark => ({
                    kind: "line",
                    x: layer,
                    y: deviation.map((s) => Math.max(0, 1 + sign * 2 * s)),
                    style: { colour: "ink", dash: "dashed", width: 1.4 },
                  });
                  return {
                    title: name,
                    x: {
                      title: "layer",
                      kind: "linear" as const,
                      domain: [1, depth] as const,
                      integer: true,
                    },
                    y: {
                      title: "q_{l}",
                      kind: "linear" as const, // lengths are no less than 0
                      domain: [Math.max(0, 1 - reach), 1 + reach] as const,
                    },
                    marks: [
                      { kind: "band", x: layer, low, high, colour: 1 } as Mark,
                      edge(1),
                      edge(-1),
                      { kind: "rule", axis: "y", value: 1, dash: "dotted" } as Mark,
                      { kind: "line", x: layer, y: one, style: { colour: 1 } } as Mark,
                    ],
                  };
                }),
              },
              options,
            ),
        },
      ],
    };
  },
});
