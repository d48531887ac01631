/**
 * The figures of the largest learning rates.
 * @module
 */

import { type AxisSpec, type LineStyle, type Mark, panelsFigure } from "../../../figures/index.js";
import { averageOf } from "../../../numeric/statistics/index.js";
import type { StudyFigure } from "../../study.js";
import { RATE_CASES, type RateResults } from "./learning-rate-cases.js";
import type { RatesOfNetwork } from "./learning-rate-run.js";

/** In the order of the factors; dashed from 1 on. */
const FACTOR_STYLES: readonly LineStyle[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square" },
  { colour: "ink", marker: "diamond", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dashed" },
  { colour: 4, marker: "circle", dash: "dotted" },
  { colour: "quiet", marker: "square", dash: "dotted" },
];
const CASE_STYLES: readonly LineStyle[] = [
  { colour: 1, marker: "circle" },
  { colour: 2, marker: "square", dash: "dashed" },
  { colour: 3, marker: "triangle", dash: "dash-dot" },
  { colour: 4, marker: "diamond", dash: "dotted" },
];

/** Training stops where the loss is this many times that of the start. */
const DIVERGED = 1e4;
const geometricMean = (values: readonly number[]) => Math.exp(averageOf(values.map(Math.log)));

export interface RateSetting {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly samples: number;
  readonly width: number;
  readonly channels: number;
}

export function rateFigures(results: RateResults, setting: RateSetting): StudyFigure[] {
  const { depths, factors, rates, steps, chance } = results;
  const { samples, width, channels, name, classNames } = setting;
  const x: AxisSpec = { title: "nonlinear layers", kind: "log", domain: [depths[0]!, depths.at(-1)!] };
  const accuracy = ({ runs }: RatesOfNetwork, f: number) => runs[f]!.accuracy ?? chance;
  const style = (f: number) => FACTOR_STYLES[f % FACTOR_STYLES.length]!;
  const what = `${samples} images of ${name} (${classNames.join(" or ")})`;
  const thresholdPanel = (title: string, y: string, value: (network: RatesOfNetwork) => number) => {
    const points = rates.map((ofDepths) => ofDepths.map((networks) => networks.map(value)));
    const all = points.flat(2);
    return {
      title,
      x,
      y: {
        title: y,
        kind: "linear" as const,
        domain: [Math.min(0.5, ...all), Math.max(1.5, ...all)] as const,
      },
      marks: [
        { kind: "rule" as const, axis: "y" as const, value: 1, dash: "dotted" as const },
        ...points.map(
          (ofDepths, c): Mark => ({
            kind: "points",
            x: ofDepths.flatMap((values, d) => values.map(() => depths[d]!)),
            y: ofDepths.flat(),
            colour: CASE_STYLES[c]!.colour,
            marker: CASE_STYLES[c]!.marker!,
            hollow: true,
          }),
        ),
        ...points.map(
          (ofDepths, c): Mark => ({
            kind: "line",
            x: depths,
            y: ofDepths.map(averageOf),
            style: CASE_STYLES[c]!,
          }),
        ),
      ],
    };
  };
  /** Small multiples: one line for each factor. */
  const byCase = (
    y: AxisSpec,
    at: number,
    value: (networks: readonly RatesOfNetwork[], f: number) => number,
  ) =>
    RATE_CASES.map(({ architecture, phase }, c) => ({
      title: `(${"abcd"[c]}) ${architecture}, ${phase}`,
      x,
      y,
      marks: [
        { kind: "rule" as const, axis: "y" as const, value: at, dash: "dotted" as const },
        ...factors.map(
          (_, f): Mark => ({
            kind: "line",
            x: depths,
            y: rates[c]!.map((networks) => value(networks, f)),
            style: style(f),
          }),
        ),
      ],
    }));
  const legend = factors.map((factor, f) => ({
    kind: "line" as const,
    label: `c = ${factor}`,
    style: style(f),
  }));
  return [
    {
      name: "largest-loss",
      caption: `Largest loss within ${steps} steps of full-batch gradient descent at eta = c 2 / lambda_max over the loss at the start, geometric mean over ${rates[0]![0]!.length} networks that diverge at ${DIVERGED.toLocaleString("en-US")}; lambda_max is that of the NTK at infinite width. Finite erf networks of ${width} units, or ${channels} channels; ${what}. Below c = 1 (solid) the loss only falls, at every depth; above, it rises until the network diverges or until its lambda_max has fallen, which linear dynamics do not know.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "Largest loss of finite networks at multiples of the largest learning rate",
            description: `Largest loss over depth at c = ${factors.join(", ")} for ${RATE_CASES.map((item) => `${item.architecture} (${item.phase})`).join(", ")}.`,
            columns: 2,
            panelHeight: 260,
            legend,
            panels: byCase(
              { title: "largest loss / first", kind: "log", domain: [0.1, 2 * DIVERGED] },
              1,
              (networks, f) => geometricMean(networks.map(({ runs }) => Math.min(DIVERGED, runs[f]!.peak))),
            ),
          },
          options,
        ),
    },
    {
      name: "accuracy",
      caption: `Train accuracy of finite erf networks (${width} units, or ${channels} channels) after ${steps} steps of full-batch gradient descent at eta = c 2 / lambda_max, lambda_max that of the NTK at infinite width; ${what}, mean over ${rates[0]![0]!.length} networks. Networks that diverge count as chance, ${(100 * chance).toFixed(0)} %. Networks that survive c > 1 do so with a smaller lambda_max, and train.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "Accuracy of finite networks at multiples of the largest learning rate",
            description: `Train accuracy over depth at c = ${factors.join(", ")} for ${RATE_CASES.map((item) => `${item.architecture} (${item.phase})`).join(", ")}.`,
            columns: 2,
            panelHeight: 260,
            legend,
            panels: byCase(
              { title: "train accuracy", kind: "linear", domain: [Math.max(0, chance - 0.15), 1.02] },
              chance,
              (networks, f) => averageOf(networks.map((one) => accuracy(one, f))),
            ),
          },
          options,
        ),
    },
    {
      name: "threshold",
      caption: `The rate from which on a step of descent raises the loss, ${steps} steps; points are networks, lines their means. (a) In units of 2 / lambda_max of the kernel at infinite width: networks of this width have another lambda_max. (b) In units of 2 / lambda_max of each network at its start: c = 1 for descent on a quadratic. The rest is lambda_max moving while the network trains.`,
      draw: (options) =>
        panelsFigure(
          {
            title: "Largest learning rates of finite networks",
            description:
              "Threshold learning rate over depth in units of the infinite-width and of the network's own limit.",
            legend: RATE_CASES.map(({ architecture, phase }, c) => ({
              kind: "line" as const,
              label: `${architecture}, ${phase}`,
              style: CASE_STYLES[c]!,
            })),
            panels: [
              thresholdPanel(
                "(a) Theory of infinite width",
                "threshold / (2 / λ_{max} of theory)",
                ({ threshold }) => threshold,
              ),
              thresholdPanel(
                "(b) The network's own kernel",
                "threshold / (2 / λ_{max} of the network)",
                ({ threshold, own }) => threshold / own,
              ),
            ],
          },
          options,
        ),
    },
  ];
}
