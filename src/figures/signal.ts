/**
 * Signal propagation: how long a signal is, how alike two signals are, and how fast they drift apart, layer by layer.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { LineStyle } from "./marks.js";
import { numberText } from "./number-text.js";
import { type AxisSpec, drawPanel } from "./panel.js";
import { extentOf } from "./scale.js";

/** What `signalFigure` draws: q, c and chi over the layers. */
export interface SignalData {
  /** layer numbers */
  readonly layer: readonly number[];
  /** pre-activation variance */
  readonly q: readonly number[];
  /** standard deviation of q over networks of the declared widths; null or missing: not drawn */
  readonly deviation?: readonly number[] | null;
  readonly correlation: {
    readonly near: readonly number[];
    readonly typical: readonly number[];
    readonly far: readonly number[];
  };
  /** slope of the correlation map at c = 1 */
  readonly chi: readonly number[];
}

const STYLES = {
  near: { colour: 1, marker: "circle" },
  typical: { colour: 2, marker: "square", dash: "dashed" },
  far: { colour: 3, marker: "triangle", dash: "dotted" },
} as const satisfies Record<string, LineStyle>;

const NEUTRAL: LineStyle = { colour: "ink", marker: "circle" };

/** Domain of a positive quantity: logarithmic when it runs over more than a factor of 30, else from 0 on. */
function positiveAxis(title: string, values: readonly number[], least: number): AxisSpec {
  const extent = extentOf(values, { positive: true }) ?? [1, 1];
  if (extent[1] / extent[0] > 30) {
    const factor = (extent[1] / extent[0]) ** 0.05;
    return { title, kind: "log", domain: [extent[0] / factor, extent[1] * factor] };
  }
  return { title, kind: "linear", domain: [0, Math.max(extent[1] * 1.12, least)] };
}

/**
 * Three panels over the layers: variance q, correlation c of a near, a typical and a far pair, slope chi with the
 * critical value 1.
 * @throws ERR_SHAPE when the arrays differ in length
 */
export function signalFigure(data: SignalData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "signal";
  const { layer, q, correlation, chi } = data;
  requireValues("signalFigure", "layer", layer);
  requireSameLength("signalFigure", { layer, q, ...correlation, chi });

  const [first, last] = [layer[0]!, layer.at(-1)!];
  const x: AxisSpec = {
    title: "layer",
    kind: "linear",
    domain: [first, Math.max(last, first + 1)],
    integer: true,
  };
  const deviation = data.deviation ?? null;
  if (deviation !== null) requireSameLength("signalFigure", { layer, deviation });
  const low = deviation === null ? q : q.map((value, i) => Math.max(0, value - 2 * deviation[i]!));
  const high = deviation === null ? q : q.map((value, i) => value + 2 * deviation[i]!);
  const items: LegendItem[] = [
    ...(["near", "typical", "far"] as const).map((name) => ({
      kind: "line" as const,
      label: `${name} pair`,
      style: STYLES[name],
    })),
    ...(deviation === null
      ? []
      : [
          {
            kind: "band" as const,
            label: "q of networks of these widths, ± 2 deviations",
            colours: [1 as const],
          },
        ]),
  ];
  const legend = drawLegend(items, 0, 0, width);
  const top = legend.height + 10;
  const { frames, bottom } = panelFrames(3, width, top, 270);
  const lowest = extentOf(Object.values(correlation).flat())?.[0] ?? 0;
  const panels = [
    drawPanel({
      id: `${id}-q`,
      frame: frames[0]!,
      title: "(a) Variance of a signal",
      x,
      y: positiveAxis("pre-activation variance q", deviation === null ? q : [...q, ...high], 0),
      marks: [
        ...(deviation === null ? [] : [{ kind: "band" as const, x: layer, low, high, colour: 1 as const }]),
        { kind: "line", x: layer, y: q, style: NEUTRAL },
      ],
    }),
    drawPanel({
      id: `${id}-c`,
      frame: frames[1]!,
      title: "(b) Likeness of two signals",
      x,
      y: {
        title: "correlation c",
        kind: "linear",
        domain: [lowest < 0 ? Math.max(-1, lowest * 1.1) : 0, 1.03],
      },
      marks: (["near", "typical", "far"] as const).map((name) => ({
        kind: "line" as const,
        x: layer,
        y: correlation[name],
        style: STYLES[name],
      })),
    }),
    drawPanel({
      id: `${id}-chi`,
      frame: frames[2]!,
      title: "(c) Slope at c = 1",
      x,
      y: positiveAxis("slope χ", chi, 1.25),
      marks: [
        { kind: "rule", axis: "y", value: 1, label: "critical", dash: "dashed" },
        { kind: "line", x: layer, y: chi, style: NEUTRAL },
      ],
    }),
  ];
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: "Signal propagation through depth",
    description: `From layer ${first} to ${last}: variance q from ${numberText(q[0]!)} to ${numberText(q.at(-1)!)}, correlation of a typical pair from ${numberText(correlation.typical[0]!)} to ${numberText(correlation.typical.at(-1)!)}, slope chi at the last layer ${numberText(chi.at(-1)!)}; critical is 1.`,
    children: [legend.svg, ...panels],
  });
}
