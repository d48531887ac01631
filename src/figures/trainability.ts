/**
 * Trainability against depth: conditioning, eigenvalues, learning rates and the mean predictor, with their scaling lines.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { Colour, LineStyle, Mark, Marker } from "./marks.js";
import { numberMarkup, numberText } from "./number-text.js";
import { type AxisSpec, drawPanel } from "./panel.js";
import { extentOf } from "./scale.js";

type Values = readonly (number | null)[];

/** One kernel, or one network, against depth; null where there is no number. */
export interface TrainabilityCurves {
  /** for the legend: figure markup */
  readonly label: string;
  readonly lambdaMax: Values;
  readonly lambdaBulk: Values;
  readonly kappa: Values;
  readonly largestLearningRate: Values;
  /** largest |P(Theta) Y| */
  readonly meanPredictor: Values;
  readonly theory: {
    readonly lambdaMax: Values;
    readonly lambdaBulk: Values;
    readonly kappa: Values;
    readonly largestLearningRate: Values;
    /** up to a constant factor, which the deepest measurement sets */
    readonly meanPredictorRate: Values;
  };
}

/** What `trainabilityFigure` draws: spectrum, learning rates and mean predictor against depth. */
export interface TrainabilityFigureData {
  /** nonlinear layers, ascending */
  readonly depths: readonly number[];
  /** at most four */
  readonly curves: readonly TrainabilityCurves[];
  /** largest |P Y| in the limit of infinite depth (ordered phase); null or missing: not drawn */
  readonly limit?: number | null;
  /** the network in words, for the description */
  readonly subject?: string;
}

const MARKERS: readonly Marker[] = ["circle", "square", "triangle", "diamond"];
const COLOURS: readonly Colour[] = [1, 2, 3, 4];

const measured = (i: number): LineStyle => ({ colour: COLOURS[i % 4]!, marker: MARKERS[i % 4]! });
const bulk = (i: number): LineStyle => ({ colour: COLOURS[i % 4]!, marker: MARKERS[i % 4]!, dash: "dotted" });
const theory = (i: number): LineStyle => ({ colour: COLOURS[i % 4]!, dash: "dashed", width: 1.6 });

function depthAxis(depths: readonly number[]): AxisSpec {
  const title = "depth l, nonlinear layers";
  const [low, high] = [depths[0]!, Math.max(depths.at(-1)!, depths[0]! + 1)];
  if (low === 0 && high >= 16) return { title, kind: "symlog", domain: [0, high], threshold: 1 };
  if (low > 0 && high / low >= 16) return { title, kind: "log", domain: [low, high] };
  return { title, kind: "linear", domain: [low, high], integer: true };
}

/** A logarithmic axis over what was measured; theory far outside of it (its asymptote at small depth) leaves the plot. */
function valueAxis(title: string, values: readonly Values[], expected: readonly Values[]): AxisSpec {
  const seen = extentOf(values.flat(), { positive: true });
  const said = extentOf(expected.flat(), { positive: true });
  const [low, high] = seen ?? said ?? [1, 10];
  const bottom = Math.min(low, Math.max(said?.[0] ?? low, low / 10));
  const top = Math.max(high, Math.min(said?.[1] ?? high, high * 10), bottom * 2);
  const margin = (top / bottom) ** 0.06;
  return { title, kind: "log", domain: [bottom / margin, top * margin] };
}

/** The rate as a line through the deepest positive measurement. */
function scaledRate({ meanPredictor, theory: { meanPredictorRate: rate } }: TrainabilityCurves): Values {
  const at = meanPredictor.findLastIndex((value, i) => (value ?? 0) > 0 && (rate[i] ?? 0) > 0);
  if (at < 0) return rate.map(() => null);
  return rate.map((value) => (value === null ? null : (value / rate[at]!) * meanPredictor[at]!));
}

/** A rate that does not change is a level: the limit says more. */
const isLevel = (rate: Values) => rate.every((value) => value === null || value === rate[0]);

function checkCurves({ depths, curves }: TrainabilityFigureData): void {
  requireValues("trainabilityFigure", "depths", depths);
  for (const [i, { label: _, theory: expected, ...values }] of curves.entries()) {
    for (const [name, series] of Object.entries({ ...values })) {
      requireSameLength("trainabilityFigure", { depths, [`curves[${i}].${name}`]: series });
    }
    for (const [name, series] of Object.entries(expected)) {
      requireSameLength("trainabilityFigure", { depths, [`curves[${i}].theory.${name}`]: series });
    }
  }
}

/**
 * Condition number, largest and bulk eigenvalues, largest stable learning rate and size of the mean predictor against
 * depth, asymptotic scaling lines dashed. Bulk eigenvalues are dotted; panels without numbers are left out.
 * @throws ERR_SHAPE when the arrays differ in length
 */
export function trainabilityFigure(data: TrainabilityFigureData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "trainability";
  checkCurves(data);
  const { depths, curves, limit = null } = data;
  const x = depthAxis(depths);
  const lines = (of: (curve: TrainabilityCurves) => Values, style: (i: number) => LineStyle): Mark[] =>
    curves.flatMap((curve, i) => {
      const y = of(curve);
      return y.some((value) => value !== null) ? [{ kind: "line", x: depths, y, style: style(i) }] : [];
    });
  const rates = curves.map((curve) =>
    isLevel(curve.theory.meanPredictorRate) ? depths.map(() => null) : scaledRate(curve),
  );
  const hasTheory = curves.some(({ theory: said }) => said.lambdaMax.some((value) => value !== null));
  const panels: { name: string; title: string; y: AxisSpec; marks: Mark[] }[] = [
    {
      name: "kappa",
      title: "Conditioning",
      y: valueAxis(
        "condition number κ",
        curves.map(({ kappa }) => kappa),
        curves.map((curve) => curve.theory.kappa),
      ),
      marks: [...lines((curve) => curve.theory.kappa, theory), ...lines(({ kappa }) => kappa, measured)],
    },
    {
      name: "eigenvalues",
      title: "Spectrum",
      y: valueAxis(
        "eigenvalues λ_{max}, λ_{bulk}",
        curves.flatMap(({ lambdaMax, lambdaBulk }) => [lambdaMax, lambdaBulk]),
        curves.flatMap((curve) => [curve.theory.lambdaMax, curve.theory.lambdaBulk]),
      ),
      marks: [
        ...lines((curve) => curve.theory.lambdaMax, theory),
        ...lines((curve) => curve.theory.lambdaBulk, theory),
        ...lines(({ lambdaBulk }) => lambdaBulk, bulk),
        ...lines(({ lambdaMax }) => lambdaMax, measured),
      ],
    },
    {
      name: "learning-rate",
      title: "Learning rate",
      y: valueAxis(
        "largest stable learning rate",
        curves.map(({ largestLearningRate }) => largestLearningRate),
        curves.map((curve) => curve.theory.largestLearningRate),
      ),
      marks: [
        ...lines((curve) => curve.theory.largestLearningRate, theory),
        ...lines(({ largestLearningRate }) => largestLearningRate, measured),
      ],
    },
    {
      name: "predictor",
      title: "Generalization",
      y: valueAxis(
        "mean predictor max |P Y|",
        [...curves.map(({ meanPredictor }) => meanPredictor), ...(limit === null ? [] : [[limit]])],
        rates,
      ),
      marks: [
        ...(limit === null
          ? []
          : [
              {
                kind: "rule" as const,
                axis: "y" as const,
                value: limit,
                label: `limit ${numberMarkup(limit)}`,
                dash: "dash-dot" as const,
              },
            ]),
        ...rates.flatMap((y, i): Mark[] =>
          y.some((value) => value !== null) ? [{ kind: "line", x: depths, y, style: theory(i) }] : [],
        ),
        ...lines(({ meanPredictor }) => meanPredictor, measured),
      ],
    },
  ];
  const shown = panels.filter(({ marks }) => marks.some(({ kind }) => kind === "line"));
  const items: LegendItem[] = [
    ...curves.map(({ label }, i): LegendItem => ({ kind: "line", label, style: measured(i) })),
    { kind: "line", label: "λ_{bulk}: median without λ_{max}", style: { colour: "quiet", dash: "dotted" } },
    ...(hasTheory
      ? [
          {
            kind: "line" as const,
            label: "asymptotic theory",
            style: { colour: "quiet" as const, dash: "dashed" as const, width: 1.6 },
          },
        ]
      : []),
  ];
  const legend = drawLegend(items, 0, 0, width);
  const letters = "abcd";
  const children = [legend.svg];
  let bottom = legend.height;
  for (let start = 0; start < shown.length; start += 2) {
    const row = shown.slice(start, start + 2);
    const placed = panelFrames(row.length, width, bottom + 10, 280);
    bottom = placed.bottom;
    for (const [i, { name, title, y, marks }] of row.entries()) {
      children.push(
        drawPanel({
          id: `${id}-${name}`,
          frame: placed.frames[i]!,
          title: `(${letters[start + i]}) ${title}`,
          x,
          y,
          marks,
        }),
      );
    }
  }
  const ends = (values: Values) =>
    [values[0] ?? null, values.at(-1) ?? null]
      .map((value) => (value === null ? "no number" : numberText(value)))
      .join(" to ");
  const plain = (label: string) => label.replace(/[_^]\{([^{}]*)\}/g, "$1");
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: "Trainability against depth",
    description: `${data.subject === undefined ? "" : `${data.subject}. `}Depth ${depths[0]} to ${depths.at(-1)}. ${curves
      .map(
        (curve) =>
          `${plain(curve.label)}: condition number ${ends(curve.kappa)}, largest eigenvalue ${ends(curve.lambdaMax)}, mean predictor ${ends(curve.meanPredictor)}.`,
      )
      .join(" ")}`,
    children,
  });
}
