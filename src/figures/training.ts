/**
 * Measured training: loss and accuracy of real networks over steps, with their range.
 * @module
 */
import { requireSameLength } from "./check.js";
import type { FigureOptions } from "./figure.js";
import type { LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberText, percentText } from "./number-text.js";
import type { AxisSpec } from "./panel.js";
import { panelsFigure } from "./panels.js";
import { extentOf } from "./scale.js";

/** One quantity over steps: mean over networks, smallest and largest. */
export interface MeasuredRange {
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

interface MeasuredSplit {
  readonly loss: MeasuredRange;
  readonly accuracy: MeasuredRange | null;
}

/** What `trainingFigure` draws: loss and accuracy of real networks over steps. */
export interface TrainingFigureData {
  /** ascending, may start at 0 */
  readonly steps: readonly number[];
  readonly networks: number;
  /** title of the loss axis */
  readonly lossTitle: string;
  readonly train: MeasuredSplit;
  readonly test: MeasuredSplit | null;
  /** accuracy of always answering the commonest label; null: not drawn */
  readonly chance: number | null;
}

const STYLES = {
  train: { colour: 1, marker: "circle" },
  test: { colour: 2, marker: "square", dash: "dashed" },
} as const satisfies Record<string, LineStyle>;
/** Decades below the largest loss that are worth showing. */
const LOSS_DECADES = 8;

function marksOf(data: TrainingFigureData, quantity: "loss" | "accuracy"): Mark[] {
  const x = data.steps;
  const marks: Mark[] = [];
  for (const split of ["train", "test"] as const) {
    const range = data[split]?.[quantity];
    if (range === null || range === undefined) continue;
    requireSameLength("trainingFigure", { steps: x, [`${split}.${quantity}`]: range.mean });
    if (data.networks > 1)
      marks.push({ kind: "band", x, low: range.low, high: range.high, colour: STYLES[split].colour });
    marks.push({ kind: "line", x, y: range.mean, style: STYLES[split] });
  }
  return marks;
}

function stepAxis(steps: readonly number[]): AxisSpec {
  const last = Math.max(1, steps.at(-1)!);
  return { title: "step", kind: "symlog", domain: [0, last], threshold: steps.find((step) => step > 0) ?? 1 };
}

function lossAxis(data: TrainingFigureData): AxisSpec {
  const title = data.lossTitle;
  const all = [data.train, data.test].flatMap((split) =>
    split === null ? [] : [...split.loss.low, ...split.loss.high],
  );
  const extent = extentOf(all, { positive: true });
  if (extent === null) return { title, kind: "linear", domain: [0, 1] };
  const [low, high] = [Math.max(extent[0], extent[1] * 10 ** -LOSS_DECADES), extent[1]];
  if (high / low < 5) return { title, kind: "linear", domain: [0, high * 1.08] };
  const margin = (high / low) ** 0.06;
  return { title, kind: "log", domain: [low / margin, high * margin] };
}

/**
 * Loss (left) and accuracy (right, where there are labels) of train and test over steps; with several networks their mean, and the
 * range from the smallest to the largest. The step axis is logarithmic from the first positive step on.
 * @throws ERR_SHAPE when the arrays differ in length
 */
export function trainingFigure(data: TrainingFigureData, options: FigureOptions = {}): string {
  const { steps, networks, train, test, chance } = data;
  const of = networks > 1 ? `, mean of ${networks} networks` : "";
  const legend: LegendItem[] = [{ kind: "line", label: `train${of}`, style: STYLES.train }];
  if (test !== null) legend.push({ kind: "line", label: `test${of}`, style: STYLES.test });
  if (networks > 1)
    legend.push({ kind: "band", label: "smallest to largest", colours: test === null ? [1] : [1, 2] });
  const x = stepAxis(steps);
  const end = (name: string, { loss, accuracy }: MeasuredSplit) =>
    `${name} loss ${numberText(loss.mean[0]!)} to ${numberText(loss.mean.at(-1)!)}` +
    (accuracy === null
      ? ""
      : `, ${name} accuracy ${percentText(accuracy.mean[0]!)} to ${percentText(accuracy.mean.at(-1)!)}`);
  const panels = [{ title: "(a) Loss", x, y: lossAxis(data), marks: marksOf(data, "loss") }];
  if (train.accuracy !== null) {
    const rule: Mark[] =
      chance === null
        ? []
        : [
            {
              kind: "rule",
              axis: "y",
              value: chance,
              label: `chance ${percentText(chance)}`,
              dash: "dotted",
            },
          ];
    panels.push({
      title: "(b) Accuracy",
      x,
      y: { title: "share of labels right", kind: "linear", domain: [0, 1.03] },
      marks: [...rule, ...marksOf(data, "accuracy")],
    });
  }
  return panelsFigure(
    {
      title: "Measured loss and accuracy over training",
      description: `From step ${numberText(steps[0]!)} to ${numberText(steps.at(-1)!)}: ${end("train", train)}${test === null ? "" : `; ${end("test", test)}`}.`,
      panels,
      legend,
      panelHeight: 320,
    },
    { id: "training", ...options },
  );
}
