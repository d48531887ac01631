/**
 * Predicted training: loss and accuracy over steps, with the spread over initializations.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberText, percentText } from "./number-text.js";
import { type AxisSpec, drawPanel } from "./panel.js";
import { extentOf } from "./scale.js";
import type { MeasuredRange } from "./training.js";

/** One quantity over steps. */
export interface CurveBand {
  /** of the mean output over infinitely many initializations */
  readonly mean: readonly number[];
  /** of single networks: median, 10 % and 90 % quantile; with `bands: "deviations"` the mean, and 2 standard deviations below and above it */
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Real networks beside the curves: mean, smallest and largest at each of their steps. */
export interface MeasuredCurves {
  readonly steps: readonly number[];
  readonly networks: number;
  readonly train: { readonly loss: MeasuredRange; readonly accuracy: MeasuredRange };
  readonly test: { readonly loss: MeasuredRange; readonly accuracy: MeasuredRange };
  /** theory from the initial outputs of these networks, mean over them at each of their steps; null or missing: none */
  readonly matched?: Readonly<
    Record<"train" | "test", { readonly loss: readonly number[]; readonly accuracy: readonly number[] }>
  > | null;
}

/** What `curvesFigure` draws: predicted losses and accuracies over training. */
export interface CurvesData {
  /** ascending, may start at 0 */
  readonly steps: readonly number[];
  readonly train: { readonly loss: CurveBand; readonly accuracy: CurveBand };
  readonly test: { readonly loss: CurveBand; readonly accuracy: CurveBand };
  /** accuracy of always answering the commonest label */
  readonly chance: number;
  /** the step at which training ends; null or missing: none */
  readonly horizon?: number | null;
  /** test values of the infinitely trained ensemble, drawn at the right edge; null or missing: none */
  readonly limit?: { readonly testLoss: number; readonly testAccuracy: number } | null;
  /** what the middle and the ends of bands are: median and quantiles (default), or mean and 2 standard deviations */
  readonly bands?: "quantiles" | "deviations";
  /** trained networks, drawn over the curves; null or missing: none */
  readonly measured?: MeasuredCurves | null;
  /** a step that is looked at, a thin line; null or missing: none */
  readonly at?: number | null;
  /** what the x axis counts, default "step" */
  readonly unit?: string;
}

const SPLITS = ["train", "test"] as const;

const MEDIAN = {
  train: { colour: 1, marker: "circle" },
  test: { colour: 2, marker: "square" },
} as const satisfies Record<string, LineStyle>;

const BAND_NAMES = {
  quantiles: { network: "Median network", line: "median network", band: "10–90 % of networks" },
  deviations: {
    network: "Mean of single networks",
    line: "mean of single networks",
    band: "single networks, mean ± 2 standard deviations",
  },
} as const;

/** How many decades below the largest loss are worth showing. */
const LOSS_DECADES = 6;

/** Training that has come this far above its initial loss has diverged; what follows is only the size of overflow. */
const DIVERGED = 1e4;

/** Index of the first step at which the train loss of the median network has diverged; -1: never. */
function divergence({ train }: Pick<CurvesData, "train">): number {
  const { median } = train.loss;
  return median.findIndex((loss) => !(loss <= DIVERGED * median[0]!));
}

/** How many of the steps the figure shows: all, or those until training has diverged. */
export function shownSteps(data: Pick<CurvesData, "steps" | "train">): number {
  const last = divergence(data);
  return last >= 0 ? Math.max(1, last) + 1 : data.steps.length;
}

function cutBand(band: CurveBand, count: number): CurveBand {
  const { mean, median, low, high } = band;
  return {
    mean: mean.slice(0, count),
    median: median.slice(0, count),
    low: low.slice(0, count),
    high: high.slice(0, count),
  };
}

/** The curves up to the step at which training has diverged: later accuracies are noise of overflowing numbers. */
function withoutOverflow(data: CurvesData, count: number): CurvesData {
  const cut = (split: CurvesData["train"]) => ({
    loss: cutBand(split.loss, count),
    accuracy: cutBand(split.accuracy, count),
  });
  const { steps, train, test } = data;
  return {
    ...data,
    steps: steps.slice(0, count),
    train: cut(train),
    test: cut(test),
    limit: null,
    horizon: null,
  };
}

function stepAxis(data: CurvesData): AxisSpec {
  const title = data.unit ?? "step";
  const positive = data.steps.filter((step) => step > 0);
  const last = Math.max(data.steps.at(-1)!, data.horizon ?? 0);
  if (positive.length === 0) return { title, kind: "linear", domain: [0, 1] };
  if (data.steps[0] === 0) return { title, kind: "symlog", domain: [0, last], threshold: positive[0]! };
  return { title, kind: "log", domain: [positive[0]!, last] };
}

function lossAxis(data: CurvesData): AxisSpec {
  const title = "loss, half squared error";
  const curves = SPLITS.flatMap((split) => Object.values(data[split].loss) as (readonly number[])[]);
  const limit = data.limit ? [data.limit.testLoss] : [];
  const trained = data.measured
    ? SPLITS.flatMap((split) => [
        ...data.measured![split].loss.low,
        ...data.measured![split].loss.high,
        ...(data.measured!.matched?.[split].loss ?? []),
      ])
    : [];
  const positive = extentOf([...curves.flat(), ...limit, ...trained], { positive: true });
  if (positive === null) return { title, kind: "linear", domain: [0, 1] };
  const starts = extentOf(
    curves.map((curve) => curve[0]!),
    { positive: true },
  );
  // a diverging loss leaves the plot at the top instead of flattening everything else
  const high = Math.min(positive[1], DIVERGED * (starts?.[1] ?? positive[1]));
  const low = Math.max(positive[0], high * 10 ** -LOSS_DECADES);
  if (high / low < 5) return { title, kind: "linear", domain: [0, high * 1.08] };
  const margin = (high / low) ** 0.06;
  return { title, kind: "log", domain: [low / margin, high * margin] };
}

/** Markers are those of the trained networks where there are any. */
function medianStyle({ measured }: CurvesData, split: "train" | "test"): LineStyle {
  const { colour, marker } = MEDIAN[split];
  if (measured === undefined || measured === null) return { colour, marker };
  return split === "test" ? { colour, dash: "dash-dot" } : { colour };
}

function curveMarks(data: CurvesData, quantity: "loss" | "accuracy"): Mark[] {
  const x = data.steps;
  const bands = SPLITS.map((split): Mark => {
    const { low, high } = data[split][quantity];
    return { kind: "band", x, low, high, colour: MEDIAN[split].colour };
  });
  const means = SPLITS.map((split): Mark => {
    const style: LineStyle = { colour: MEDIAN[split].colour, dash: "dashed", width: 1.6 };
    return { kind: "line", x, y: data[split][quantity].mean, style };
  });
  const medians = SPLITS.map((split): Mark => {
    const style = medianStyle(data, split);
    return { kind: "line", x, y: data[split][quantity].median, style };
  });
  return [...bands, ...means, ...medians, ...matchedMarks(data, quantity), ...measuredMarks(data, quantity)];
}

/** Theory from the starts of the trained networks. */
function matchedMarks({ measured }: CurvesData, quantity: "loss" | "accuracy"): Mark[] {
  if (!measured?.matched) return [];
  const { steps, matched } = measured;
  return SPLITS.map((split): Mark => {
    const style: LineStyle = { colour: MEDIAN[split].colour, dash: "dotted", width: 2 };
    return { kind: "line", x: steps, y: matched[split][quantity], style };
  });
}

/** Steps that stay apart on the axis when points are drawn at them. */
const MEASURED_POINTS = 14;

/** Means of trained networks as hollow points, whiskers from the smallest to the largest. */
function measuredMarks({ measured }: CurvesData, quantity: "loss" | "accuracy"): Mark[] {
  if (measured === null || measured === undefined) return [];
  const { steps } = measured;
  const count = Math.min(MEASURED_POINTS, steps.length);
  const rows = [
    ...new Set(
      Array.from({ length: count }, (_, i) => Math.round((i * (steps.length - 1)) / Math.max(1, count - 1))),
    ),
  ];
  return SPLITS.flatMap((split): Mark[] => {
    const { colour, marker } = MEDIAN[split];
    const { mean, low, high } = measured[split][quantity];
    const whiskers = rows.map((i): Mark => {
      const x = steps[i]!;
      return { kind: "line", x: [x, x], y: [low[i]!, high[i]!], style: { colour, width: 1.4 } };
    });
    const points: Mark = {
      kind: "points",
      x: rows.map((i) => steps[i]!),
      y: rows.map((i) => mean[i]!),
      colour,
      marker,
      hollow: true,
    };
    return [...whiskers, points];
  });
}

/**
 * Loss (left) and accuracy (right) of train and test over steps: median single network with its 10 to 90 % band over
 * initializations (or their mean and two standard deviations, `bands`), and the mean of the infinite ensemble (dashed). The step axis is logarithmic from the first
 * positive step on and linear below it, so that step 0 is on it. Training that diverges is shown until its loss is 10^4
 * times the initial one.
 * @throws ERR_SHAPE when the arrays differ in length
 */
export function curvesFigure(data: CurvesData, options: FigureOptions = {}): string {
  checkCurves(data);
  const diverges = divergence(data) >= 0;
  return drawCurves(diverges ? withoutOverflow(data, shownSteps(data)) : data, options, diverges);
}

function checkCurves({ steps, train, test }: CurvesData): void {
  requireValues("curvesFigure", "steps", steps);
  for (const [split, curves] of Object.entries({ train, test })) {
    for (const [quantity, band] of Object.entries(curves)) {
      for (const [name, values] of Object.entries(band)) {
        requireSameLength("curvesFigure", {
          steps,
          [`${split}.${quantity}.${name}`]: values as readonly number[],
        });
      }
    }
  }
}

function drawCurves(data: CurvesData, options: FigureOptions, diverges: boolean): string {
  const width = figureWidth(options);
  const id = options.id ?? "curves";
  const { steps, train, test, chance } = data;
  const names = BAND_NAMES[data.bands ?? "quantiles"];
  const items: LegendItem[] = [
    { kind: "line", label: `train, ${names.line}`, style: medianStyle(data, "train") },
    { kind: "line", label: `test, ${names.line}`, style: medianStyle(data, "test") },
    { kind: "line", label: "mean of the ensemble", style: { colour: "quiet", dash: "dashed", width: 1.6 } },
    { kind: "band", label: names.band, colours: [1, 2] },
  ];
  const { limit, measured } = data;
  if (measured !== undefined && measured !== null) {
    items.push({
      kind: "point",
      label: `${measured.networks} trained networks: mean, smallest to largest`,
      style: { colour: "quiet", marker: "circle" },
    });
    if (measured.matched) {
      items.push({
        kind: "line",
        label: "theory from the starts of these networks",
        style: { colour: "quiet", dash: "dotted", width: 2 },
      });
    }
  }
  if (limit !== undefined && limit !== null) {
    items.push({
      kind: "point",
      label: "ensemble after infinite training, test",
      style: { colour: 2, marker: "diamond" },
    });
  }
  const legend = drawLegend(items, 0, 0, width);
  const top = legend.height + 10;
  const { frames, bottom } = panelFrames(2, width, top, 320);
  const x = stepAxis(data);
  const end = x.domain[1];
  const horizon: Mark[] = diverges
    ? [{ kind: "rule", axis: "x", value: steps.at(-1)!, label: "diverged", dash: "dash-dot" }]
    : data.horizon === undefined || data.horizon === null || data.horizon >= end * (1 - 1e-9)
      ? []
      : [{ kind: "rule", axis: "x", value: data.horizon, label: "end of training", dash: "dash-dot" }];
  if (data.at !== undefined && data.at !== null)
    horizon.push({ kind: "rule", axis: "x", value: data.at, dash: "solid", colour: "quiet" });
  const forever = (value: number): Mark => ({
    kind: "points",
    x: [end],
    y: [value],
    colour: 2,
    marker: "diamond",
    hollow: true,
  });
  const panels = [
    drawPanel({
      id: `${id}-loss`,
      frame: frames[0]!,
      title: "(a) Loss",
      x,
      y: lossAxis(data),
      marks: [...horizon, ...curveMarks(data, "loss"), ...(limit ? [forever(limit.testLoss)] : [])],
    }),
    drawPanel({
      id: `${id}-accuracy`,
      frame: frames[1]!,
      title: "(b) Accuracy",
      x,
      y: { title: "share of labels right", kind: "linear", domain: [0, 1.03] },
      marks: [
        ...horizon,
        { kind: "rule", axis: "y", value: chance, label: `chance ${percentText(chance)}`, dash: "dotted" },
        ...curveMarks(data, "accuracy"),
        ...(limit ? [forever(limit.testAccuracy)] : []),
      ],
    }),
  ];
  const at = (band: CurveBand, text: (value: number) => string) =>
    `${text(band.median[0]!)} at step ${numberText(steps[0]!)} and ${text(band.median.at(-1)!)} at step ${numberText(steps.at(-1)!)}`;
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: "Predicted loss and accuracy over training",
    description: `${names.network}: train loss ${at(train.loss, numberText)}; test loss ${at(test.loss, numberText)}; train accuracy ${at(train.accuracy, percentText)}; test accuracy ${at(test.accuracy, percentText)}; chance is ${percentText(chance)}.${diverges ? " Training has diverged at the last step shown." : ""}`,
    children: [legend.svg, ...panels],
  });
}
