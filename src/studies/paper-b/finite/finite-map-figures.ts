/**
 * The figures of the maps of finite networks.
 * @module
 */

import { type Mark, mapsFigure, panelsFigure } from "../../../figures/index.js";
import { averageOf } from "../../../numeric/statistics/index.js";
import type { StudyFigure } from "../../study.js";
import { SCALES, scaleOverlays } from "../depth-scales.js";
import type { FiniteMaps } from "./finite-maps.js";

const PHASES = [
  { phase: "ordered", colour: 1, marker: "circle" },
  { phase: "chaotic", colour: 2, marker: "square" },
] as const;
const PARTS = ["train", "test"] as const;

/** To the next twentieth outwards. */
const twentieths = (low: number, high: number) =>
  [Math.floor(low * 20 + 1e-9) / 20, Math.ceil(high * 20 - 1e-9) / 20] as const;

export function finiteMapFigures(
  maps: FiniteMaps,
  set: { readonly name: string; readonly classNames: readonly string[] },
): StudyFigure[] {
  const { weightVariance, depths, width, steps, factor, predicted, finite, scales, samples, chance } = maps;
  const networks = finite.train[0]![0]!.length;
  const means = {
    train: finite.train.map((row) => row.map(averageOf)),
    test: finite.test.map((row) => row.map(averageOf)),
  };
  const domain = (part: "train" | "test") => {
    const all = [...predicted[part].flat(), ...means[part].flat()];
    return twentieths(Math.min(chance[part], ...all), part === "train" ? 1 : Math.max(...all));
  };
  const classes =
    set.classNames.length > 3 ? `${set.classNames.length} classes` : set.classNames.join(" or ");
  const what = `${samples.train} train and ${samples.test} test images of ${set.name} (${classes}), ${steps} steps of full-batch gradient descent at ${factor} of the largest stable rate`;
  const letters = { train: ["(a)", "(b)"], test: ["(c)", "(d)"] } as const;
  return [
    {
      name: "finite-map",
      caption: `Accuracy over weight variance and depth of erf networks: ${what}, each by its own lambda_max. Left: what the kernels of infinite width predict for one network, drawn and trained so. Right: ${networks} networks of ${width} units in each cell, mean. Top: train samples, fitted in the ordered phase to about ${SCALES} xi_1 layers (dashed), in the chaotic phase at every depth. Bottom: test samples; beyond ${SCALES} xi_* layers (dotted) networks remember what they saw and know nothing else. Chance is ${chance.test.toPrecision(2)}.`,
      draw: (options) =>
        mapsFigure(
          {
            x: { title: "weight variance σ_{w}^{2}", values: weightVariance },
            y: { title: "nonlinear layers", values: depths },
            overlays: scaleOverlays(maps.curves, depths.at(-1)!),
            title: `Finite networks and their kernels on ${set.name}`,
            description: `Train and test accuracy over weight variance and depth: predicted by kernels, and of networks of ${width} units.`,
            rows: PARTS.map((part) => [
              {
                colours: { title: `${part} accuracy`, domain: domain(part) },
                maps: [
                  { title: `${letters[part][0]} Predicted by kernels`, values: predicted[part] },
                  { title: `${letters[part][1]} Networks, ${width} units`, values: means[part] },
                ],
              },
            ]),
          },
          options,
        ),
    },
    {
      name: "agreement",
      caption: `Each cell of the maps: accuracy of networks of ${width} units (mean over ${networks}) against that predicted by the kernels of infinite width. Networks of one cell differ by some percent; below the line lie deep ones, for which ${width} units are far from infinitely many.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "Accuracy of networks against that predicted by kernels",
            description: "Scatter of measured over predicted train and test accuracy, by phase.",
            legend: PHASES.map(({ phase, colour, marker }) => ({
              kind: "line" as const,
              label: phase,
              style: { colour, marker },
            })),
            panels: PARTS.map((part, i) => {
              const range = domain(part);
              return {
                title: `(${"ab"[i]}) ${part === "train" ? "Train" : "Test"} samples`,
                x: { title: "predicted accuracy", kind: "linear" as const, domain: range },
                y: { title: "accuracy of networks", kind: "linear" as const, domain: range },
                marks: [
                  {
                    kind: "line",
                    x: range,
                    y: range,
                    style: { colour: "ink", dash: "dashed", width: 1.4 },
                  } as Mark,
                  ...PHASES.map(({ phase, colour, marker }): Mark => {
                    const at = depths.flatMap((_, d) =>
                      scales.flatMap((scale, w) => (scale.phase === phase ? [[d, w] as const] : [])),
                    );
                    return {
                      kind: "points",
                      x: at.map(([d, w]) => predicted[part][d]![w]!),
                      y: at.map(([d, w]) => means[part][d]![w]!),
                      colour,
                      marker,
                      hollow: true,
                    };
                  }),
                ],
              };
            }),
          },
          options,
        ),
    },
  ];
}
