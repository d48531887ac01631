/**
 * What a simple model explains of the predicted network while it trains, with real networks beside it.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import type { EstimateCurve } from "./complexity.js";
import type { FigureOptions } from "./figure.js";
import type { LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberText } from "./number-text.js";
import type { AxisSpec } from "./panel.js";
import { panelsFigure } from "./panels.js";
import { escapeMarkup } from "./text.js";
import type { MeasuredRange } from "./training.js";

/** Over networks: the median and what 80 % of them lie between. */
interface Spread {
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What `predictedComplexityFigure` draws: information of the predicted classifier over steps, explained and not. */
export interface PredictedComplexityData {
  /** ascending, may start at 0 */
  readonly steps: readonly number[];
  /** the simple model's name */
  readonly model: string;
  /** I(L; Y), bits */
  readonly information: number;
  /** I(F_t; Y) and mu(F_t; L) of the mean output of many networks */
  readonly mean: { readonly network: EstimateCurve; readonly explained: EstimateCurve };
  /** the same of single networks */
  readonly single: { readonly network: Spread; readonly explained: Spread };
  /** T0 of the mean; null: never */
  readonly phaseEnd: number | null;
  /** trained networks; null: none */
  readonly measured: {
    readonly steps: readonly number[];
    readonly networks: number;
    readonly network: MeasuredRange;
    readonly explained: MeasuredRange;
  } | null;
  /** what the x axis counts, default "step" */
  readonly unit?: string;
}

const NETWORK = { colour: "ink", marker: "circle", width: 2 } as const satisfies LineStyle;
const EXPLAINED = { colour: 1, marker: "square", width: 2 } as const satisfies LineStyle;
const SIMPLE = { colour: 2, dash: "dash-dot", width: 1.4 } as const satisfies LineStyle;
const dashed = ({ colour }: LineStyle): LineStyle => ({ colour, dash: "dashed", width: 1.6 });

/** A share of almost nothing is noise: it is left out below this many bits, and within four standard errors of zero. */
const LEAST_BITS = 0.02;

/**
 * Left: I(F_t; Y) and mu(F_t; L) in bits - solid the median single network with the band of 80 % of them, dashed the mean output of
 * many - with I(L; Y) and T0. Right: the share mu / I. Points are trained networks.
 * @throws ERR_SHAPE when arrays differ in length or are empty
 */
export function predictedComplexityFigure(
  data: PredictedComplexityData,
  options: FigureOptions = {},
): string {
  const { steps, mean, single, measured, information, phaseEnd } = data;
  requireValues("predictedComplexityFigure", "steps", steps);
  requireSameLength("predictedComplexityFigure", {
    steps,
    "mean.network": mean.network.value,
    "mean.explained": mean.explained.value,
    "single.network": single.network.median,
    "single.explained": single.explained.median,
  });
  const name = escapeMarkup(data.model);
  const title = data.unit ?? "step";
  const last = steps.at(-1)!;
  const first = steps.find((step) => step > 0) ?? 1;
  const x: AxisSpec =
    steps[0] === 0
      ? { title, kind: "symlog", domain: [0, Math.max(last, first)], threshold: first }
      : { title, kind: "log", domain: [first, last] };
  const end: Mark[] =
    phaseEnd === null ? [] : [{ kind: "rule", axis: "x", value: phaseEnd, dash: "dotted", label: "T_{0}" }];
  const points = (range: MeasuredRange, { colour, marker }: LineStyle): Mark[] =>
    measured === null
      ? []
      : [{ kind: "points", x: measured.steps, y: range.mean, colour, marker: marker!, hollow: true }];
  const top = Math.max(
    0.01,
    information,
    ...single.network.high,
    ...mean.network.value,
    ...(measured?.network.high ?? []),
  );
  const low = Math.min(0, ...single.explained.low, ...mean.explained.value);
  const bits: Mark[] = [
    { kind: "band", x: steps, low: single.network.low, high: single.network.high, colour: "ink" },
    { kind: "band", x: steps, low: single.explained.low, high: single.explained.high, colour: 1 },
    { kind: "rule", axis: "y", value: information, colour: 2, dash: "dash-dot" },
    ...end,
    { kind: "line", x: steps, y: mean.network.value, style: dashed(NETWORK) },
    { kind: "line", x: steps, y: mean.explained.value, style: dashed(EXPLAINED) },
    { kind: "line", x: steps, y: single.explained.median, style: EXPLAINED },
    { kind: "line", x: steps, y: single.network.median, style: NETWORK },
    ...(measured === null
      ? []
      : [...points(measured.network, NETWORK), ...points(measured.explained, EXPLAINED)]),
  ];
  const shares = (explained: readonly number[], network: readonly number[], least: (t: number) => number) =>
    network.map((value, t) => (value > least(t) ? explained[t]! / value : null));
  const floor = (t: number) => Math.max(LEAST_BITS, 4 * (mean.network.error[t] ?? 0));
  const ofSingle = shares(single.explained.median, single.network.median, floor);
  const ofMean = shares(mean.explained.value, mean.network.value, floor);
  const ofMeasured =
    measured === null
      ? []
      : shares(measured.explained.mean, measured.network.mean, () =>
          Math.max(LEAST_BITS, floor(steps.length - 1)),
        );
  const least = Math.min(0, ...[...ofSingle, ...ofMean, ...ofMeasured].map((value) => value ?? 0));
  const legend: LegendItem[] = [
    { kind: "line", label: "I(F_{t}; Y), single network", style: NETWORK },
    { kind: "line", label: `μ(F_{t}; L), explained by ${name}`, style: EXPLAINED },
    { kind: "line", label: "dashed: mean of many networks", style: dashed(NETWORK) },
    { kind: "line", label: `I(L; Y), ${name}`, style: SIMPLE },
    { kind: "band", label: "80 % of single networks", colours: ["ink", 1] },
    ...(measured === null
      ? []
      : [
          {
            kind: "point" as const,
            label: `${measured.networks} trained networks, mean`,
            style: NETWORK,
          },
        ]),
  ];
  return panelsFigure(
    {
      title: "What a linear model explains of the predicted network",
      description: `Information about the labels of the mean of many networks from ${numberText(mean.network.value[0]!)} bits at ${title} ${numberText(steps[0]!)} to ${numberText(mean.network.value.at(-1)!)} at ${numberText(last)}, of which ${name} with ${numberText(information)} bits explains ${numberText(mean.explained.value.at(-1)!)}.`,
      panelHeight: 310,
      legend,
      panels: [
        {
          title: "(a) Information about the labels",
          x,
          y: { title: "bits", kind: "linear", domain: [low, top * 1.06] },
          marks: bits,
        },
        {
          title: "(b) Share that the linear model explains",
          x,
          y: { title: "μ(F_{t}; L) / I(F_{t}; Y)", kind: "linear", domain: [least, 1.15] },
          marks: [
            { kind: "rule", axis: "y", value: 1, dash: "dotted" },
            ...end,
            { kind: "line", x: steps, y: ofMean, style: dashed(EXPLAINED) },
            { kind: "line", x: steps, y: ofSingle, style: EXPLAINED },
            ...(measured === null
              ? []
              : ([
                  {
                    kind: "points",
                    x: measured.steps,
                    y: ofMeasured,
                    colour: 1,
                    marker: "square",
                    hollow: true,
                  },
                ] as const)),
          ],
        },
      ],
    },
    { id: "predicted-complexity", ...options },
  );
}
