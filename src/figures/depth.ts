/**
 * What depth does: condition number of the NTK, and how much of the labels survives in the mean predictor.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberText, percentText } from "./number-text.js";
import { type AxisSpec, drawPanel } from "./panel.js";
import { extentOf } from "./scale.js";

/** What `depthFigure` draws: the condition number against depth. */
export interface DepthData {
  /** hidden layers, ascending */
  readonly depth: readonly number[];
  /** condition number of the NTK; null where float64 holds no digit of the smallest eigenvalue */
  readonly kappa: readonly (number | null)[];
  /** asymptotic prediction; null where there is none */
  readonly kappaTheory: readonly (number | null)[];
  /** norm of the mean predictor over that of the targets; null where float64 holds nothing of it */
  readonly meanPredictorNorm: readonly (number | null)[];
  readonly testAccuracy: readonly (number | null)[];
  /** depth of the network in question; null or missing: not marked */
  readonly ownDepth?: number | null;
  /** accuracy of always answering the commonest label; null or missing: not drawn */
  readonly chance?: number | null;
}

const KAPPA = { colour: 1, marker: "circle" } as const satisfies LineStyle;
const THEORY = { colour: "ink", dash: "dashed", width: 1.6 } as const satisfies LineStyle;
const PREDICTOR = { colour: 3, marker: "triangle", dash: "dashed" } as const satisfies LineStyle;
const ACCURACY = { colour: 2, marker: "square" } as const satisfies LineStyle;

function depthAxis(data: DepthData): AxisSpec {
  const values = [...data.depth, ...(data.ownDepth ? [data.ownDepth] : [])];
  const [low, high] = extentOf(values, { positive: true }) ?? [1, 2];
  const title = "hidden layers";
  if (high / low >= 16) return { title, kind: "log", domain: [low, high] };
  return {
    title,
    kind: "linear",
    domain: [Math.min(low, data.depth[0]!), Math.max(high, low + 1)],
    integer: true,
  };
}

/**
 * Condition number kappa of the NTK with its asymptotic prediction (left), norm of the mean predictor and predicted
 * test accuracy (right), against depth; a vertical line marks the network's own depth.
 * @throws ERR_SHAPE when the arrays differ in length
 */
export function depthFigure(data: DepthData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "depth";
  const { depth, kappa, kappaTheory, meanPredictorNorm, testAccuracy } = data;
  requireValues("depthFigure", "depth", depth);
  requireSameLength("depthFigure", { depth, kappa, kappaTheory, meanPredictorNorm, testAccuracy });

  const hasTheory = kappaTheory.some((value) => value !== null);
  const items: LegendItem[] = [
    { kind: "line", label: "κ of the NTK", style: KAPPA },
    ...(hasTheory ? [{ kind: "line" as const, label: "κ, asymptotic theory", style: THEORY }] : []),
    { kind: "line", label: "norm of the mean predictor", style: PREDICTOR },
    { kind: "line", label: "test accuracy, mean of many networks", style: ACCURACY },
  ];
  const legend = drawLegend(items, 0, 0, width);
  const top = legend.height + 10;
  const { frames, bottom } = panelFrames(2, width, top, 300);
  const x = depthAxis(data);
  const own: Mark[] = data.ownDepth
    ? [{ kind: "rule", axis: "x", value: data.ownDepth, label: "this network", dash: "dash-dot" }]
    : [];
  const measured = extentOf(kappa, { positive: true });
  const theory = extentOf(kappaTheory, { positive: true });
  // theory far outside of what was measured (its asymptote at small depth) must not squash the measurement
  const low = measured?.[0] ?? theory?.[0] ?? 1;
  const high = measured?.[1] ?? theory?.[1] ?? 10;
  const kappaLow = Math.max(1, Math.min(low, Math.max(theory?.[0] ?? low, low / 10)));
  const kappaHigh = Math.max(high, Math.min(theory?.[1] ?? high, high * 10), kappaLow * 2);
  const margin = (kappaHigh / kappaLow) ** 0.06;
  const highest = Math.max(1, extentOf(meanPredictorNorm)?.[1] ?? 1);
  const panels = [
    drawPanel({
      id: `${id}-kappa`,
      frame: frames[0]!,
      title: "(a) Trainability",
      x,
      y: { title: "condition number κ", kind: "log", domain: [kappaLow / margin, kappaHigh * margin] },
      marks: [
        ...own,
        ...(hasTheory ? [{ kind: "line" as const, x: depth, y: kappaTheory, style: THEORY }] : []),
        { kind: "line", x: depth, y: kappa, style: KAPPA },
      ],
    }),
    drawPanel({
      id: `${id}-generalization`,
      frame: frames[1]!,
      title: "(b) Generalization",
      x,
      y: { title: "norm, accuracy", kind: "linear", domain: [0, highest * 1.03] },
      marks: [
        ...own,
        ...(data.chance === undefined || data.chance === null
          ? []
          : [
              {
                kind: "rule" as const,
                axis: "y" as const,
                value: data.chance,
                label: `chance ${percentText(data.chance)}`,
                dash: "dotted" as const,
              },
            ]),
        { kind: "line", x: depth, y: meanPredictorNorm, style: PREDICTOR },
        { kind: "line", x: depth, y: testAccuracy, style: ACCURACY },
      ],
    }),
  ];
  const ends = (values: readonly (number | null)[], text: (value: number) => string) => {
    const [first, last] = [values[0] ?? null, values.at(-1) ?? null];
    return [first, last].map((value) => (value === null ? "beyond float64" : text(value))).join(" to ");
  };
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: "Trainability and generalization against depth",
    description: `Depth ${depth[0]} to ${depth.at(-1)}: condition number ${ends(kappa, numberText)}, norm of the mean predictor ${ends(meanPredictorNorm, numberText)}, test accuracy ${ends(testAccuracy, percentText)}.`,
    children: [legend.svg, ...panels],
  });
}
