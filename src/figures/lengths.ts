/**
 * The length process of finite networks: lengths against depth, and how their distance from the length map falls (or
 * the lengths themselves grow) with the width.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { Colour, Dash, LineStyle, Mark, Marker } from "./marks.js";
import { numberMarkup, numberText } from "./number-text.js";
import { drawPanel } from "./panel.js";
import { extentOf } from "./scale.js";

/** Simulated networks of one width. */
export interface LengthsAtWidth {
  readonly width: number;
  /** median of q_l by layer, layer 1 first */
  readonly median: readonly (number | null)[];
  /** 5 % and 95 % quantiles of q_l */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** What `lengthsFigure` draws: lengths of layers, their limit and their spread. */
export interface LengthsData {
  /** name, for the description */
  readonly activation: string;
  /** narrowest first; at most four are drawn against depth */
  readonly widths: readonly LengthsAtWidth[];
  /** the length map by layer; null where there is none */
  readonly limit: readonly number[] | null;
  readonly convergence: {
    /** what is shown over the width, as figure markup, e.g. `|q_5 − limit|` */
    readonly quantity: string;
    readonly width: readonly number[];
    readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
    /** exponent of the dashed reference line; null: none */
    readonly slope: number | null;
    /** how it is labelled, e.g. `slope −1/2` */
    readonly slopeLabel: string;
  };
}

const COLOURS: readonly Colour[] = [2, 3, 1, 4];
const MARKERS: readonly Marker[] = ["square", "triangle", "circle", "diamond"];
const DASHES: readonly Dash[] = ["solid", "dashed", "dash-dot", "dotted"];
const LIMIT = { colour: "ink", dash: "dashed", width: 1.8 } as const satisfies LineStyle;

/** At most four, the narrowest and the widest among them. */
function shown<T>(items: readonly T[]): T[] {
  if (items.length <= 4) return [...items];
  return [0, 1, 2, 3].map((i) => items[Math.round((i * (items.length - 1)) / 3)]!);
}

/** Linear unless the values span decades. */
function valueAxis(values: Iterable<number | null>, title: string) {
  const list = [...values];
  const positive = extentOf(list, { positive: true }) ?? [0.5, 2];
  if (positive[1] / positive[0] > 30) {
    const margin = (positive[1] / positive[0]) ** 0.05;
    return {
      title,
      kind: "log" as const,
      domain: [positive[0] / margin, positive[1] * margin] as [number, number],
    };
  }
  const [low, high] = extentOf(list) ?? [0, 1];
  const margin = 0.06 * (high - low || high || 1);
  return {
    title,
    kind: "linear" as const,
    domain: [Math.max(0, low - margin), high + margin] as [number, number],
  };
}

/**
 * Left: lengths q_l of simulated networks against the layer, median and band from 5 % to 95 % for each width, around the
 * length map. Right: quantiles over the width, log-log, with a reference slope (-1/2 where lengths converge).
 * @throws ERR_SHAPE when arrays differ in length or are empty
 */
export function lengthsFigure(data: LengthsData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "lengths";
  const { convergence, limit } = data;
  requireValues("lengthsFigure", "widths", data.widths);
  requireValues("lengthsFigure", "convergence.width", convergence.width);
  const depth = data.widths[0]!.median.length;
  for (const { median, low, high } of data.widths) {
    requireSameLength("lengthsFigure", { median, low, high, ...(limit === null ? {} : { limit }) });
  }
  for (const { values } of convergence.series) {
    requireSameLength("lengthsFigure", { "convergence.width": convergence.width, values });
  }
  const layers = Array.from({ length: depth }, (_, l) => l + 1);
  const drawn = shown(data.widths);
  const style = (i: number): LineStyle => ({
    colour: COLOURS[i]!,
    marker: MARKERS[i]!,
    dash: DASHES[i]!,
    width: 1.6,
  });
  const items: LegendItem[] = [
    ...(limit === null
      ? []
      : [{ kind: "line" as const, label: "length map (infinite width)", style: LIMIT }]),
    ...drawn.map(
      ({ width: n }, i): LegendItem => ({
        kind: "line",
        label: `N = ${numberMarkup(n)}`,
        style: style(i),
      }),
    ),
    { kind: "band", label: "5 % to 95 % of networks", colours: drawn.map((_, i) => COLOURS[i]!) },
  ];
  const legend = drawLegend(items, 0, 0, width);
  const top = legend.height + 10;
  const { frames, bottom } = panelFrames(2, width, top, 310);

  const depthMarks: Mark[] = [
    ...drawn.map(({ low, high }, i): Mark => ({ kind: "band", x: layers, low, high, colour: COLOURS[i]! })),
    ...drawn.map(({ median }, i): Mark => ({ kind: "line", x: layers, y: median, style: style(i) })),
    ...(limit === null ? [] : [{ kind: "line" as const, x: layers, y: limit, style: LIMIT }]),
  ];
  const values = [...drawn.flatMap(({ low, high }) => [...low, ...high]), ...(limit ?? [])];

  const all = convergence.series.flatMap((series) => [...series.values]);
  const vertical = extentOf(all, { positive: true }) ?? [0.1, 1];
  const margin = (vertical[1] / vertical[0]) ** 0.06 || 1.1;
  const [narrow, wide] = extentOf(convergence.width) ?? [1, 2];
  const reference = referenceLine(convergence);
  const widthMarks: Mark[] = [
    ...(reference === null
      ? []
      : [
          {
            kind: "line" as const,
            x: convergence.width,
            y: reference,
            style: { colour: "ink" as const, dash: "dashed" as const, width: 1.4 },
            endLabel: convergence.slopeLabel,
          },
        ]),
    ...convergence.series.map(
      (series, i): Mark => ({
        kind: "line",
        x: convergence.width,
        y: series.values,
        style: { colour: "quiet", dash: DASHES[i % 4]!, marker: MARKERS[i % 4]!, width: 1.6 },
        endLabel: series.label,
      }),
    ),
  ];
  const panels = [
    drawPanel({
      id: `${id}-depth`,
      frame: frames[0]!,
      title: "(a) Lengths against depth",
      x: { title: "hidden layer l", kind: "linear", domain: [1, Math.max(2, depth)], integer: true },
      y: valueAxis(values, "q_{l}, mean squared pre-activation"),
      marks: depthMarks,
    }),
    drawPanel({
      id: `${id}-width`,
      frame: frames[1]!,
      title: "(b) Against the width",
      x: { title: "width N", kind: "log", domain: [narrow / 1.15, Math.max(wide, narrow * 1.5) * 1.15] },
      y: {
        title: convergence.quantity,
        kind: "log",
        domain: [vertical[0] / margin, vertical[1] * margin],
      },
      marks: widthMarks,
    }),
  ];
  const last = data.widths.at(-1)!;
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: `Length process of ${data.activation}`,
    description: `Mean squared pre-activations of simulated networks with ${depth} layers of ${data.widths.map((set) => set.width).join(", ")} units. ${limit === null ? "There is no length map." : `Length map ${numberText(limit[0]!)} to ${numberText(limit.at(-1)!)}.`} Median in the last layer at width ${last.width}: ${last.median.at(-1) == null ? "beyond float64" : numberText(last.median.at(-1)!)}.`,
    children: [legend.svg, ...panels],
  });
}

/** A line of the reference slope through the first series at its widest network. */
function referenceLine({ series, width, slope }: LengthsData["convergence"]): number[] | null {
  const values = series[0]?.values ?? [];
  const at = values.findLastIndex((value) => value !== null && value > 0);
  if (slope === null || at < 0) return null;
  return width.map((n) => values[at]! * (n / width[at]!) ** slope);
}
