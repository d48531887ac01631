/**
 * The second layer of finite networks: its distribution against fitted Gaussians and Cauchys, and the dependence of its
 * units.
 * @module
 */
import { requireSameLength, requireValues } from "./check.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { LineStyle, Mark } from "./marks.js";
import { numberText } from "./number-text.js";
import { drawPanel } from "./panel.js";

/** A histogram of one unit of the second layer with the densities fitted to it. */
export interface SecondLayerHistogram {
  /** panel title as figure markup, e.g. `1/x, N = 100` */
  readonly title: string;
  /** samples of h_(2,1) */
  readonly samples: ArrayLike<number>;
  /** fitted mean and standard deviation */
  readonly gaussian: { readonly location: number; readonly scale: number };
  /** fitted median and half interquartile range */
  readonly cauchy: { readonly location: number; readonly scale: number };
}

/** What `secondLayerFigure` draws, one panel for each activation. */
export interface SecondLayerFigureData {
  readonly panels: readonly SecondLayerHistogram[];
}

const GAUSSIAN = { colour: 2, dash: "dashed", width: 2 } as const satisfies LineStyle;
const CAUCHY = { colour: 1, width: 2 } as const satisfies LineStyle;

/** The shown range: what holds about 90 % of the samples around the middle, so that heavy tails do not flatten it. */
function shownRange(
  samples: ArrayLike<number>,
  cauchy: { location: number; scale: number },
): [number, number] {
  const sorted = Float64Array.from(samples).sort();
  const at = (p: number) => sorted[Math.round(p * (sorted.length - 1))]!;
  const reach = Math.max(at(0.96) - cauchy.location, cauchy.location - at(0.04), 1e-12);
  return [cauchy.location - reach * 1.15, cauchy.location + reach * 1.15];
}

/**
 * Histograms of h_(2,1) over initializations (density), with the best Gaussian and the best Cauchy distribution.
 * @throws ERR_SHAPE when there is nothing to draw
 */
export function secondLayerFigure(data: SecondLayerFigureData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "second-layer";
  requireValues("secondLayerFigure", "panels", data.panels);
  for (const { samples } of data.panels) {
    requireValues("secondLayerFigure", "samples", Array.from({ length: samples.length }), 10);
  }
  const items: LegendItem[] = [
    { kind: "band", label: "simulated networks", colours: ["ink"] },
    { kind: "line", label: "Gaussian, maximum likelihood", style: GAUSSIAN },
    { kind: "line", label: "Cauchy, maximum likelihood", style: CAUCHY },
  ];
  const legend = drawLegend(items, 0, 0, width);
  const { frames, bottom } = panelFrames(data.panels.length, width, legend.height + 10, 280);
  const panels = data.panels.map(({ title, samples, gaussian, cauchy }, p) => {
    const [low, high] = shownRange(samples, cauchy);
    const bins = Math.max(15, Math.min(61, Math.round(Math.sqrt(samples.length) / 2)));
    const step = (high - low) / bins;
    const counts = new Float64Array(bins);
    for (let i = 0; i < samples.length; i++) {
      const bin = Math.floor((samples[i]! - low) / step);
      if (bin >= 0 && bin < bins) counts[bin] = counts[bin]! + 1;
    }
    const density = Array.from(counts, (count) => count / (samples.length * step));
    // both edges of every bin, so that the outline has steps
    const edges = density.flatMap((_, i) => [low + i * step, low + (i + 1) * step]);
    const steps = density.flatMap((value) => [value, value]);
    const x = Array.from({ length: 241 }, (_, i) => low + ((high - low) * i) / 240);
    const normal = x.map((at) => {
      const z = (at - gaussian.location) / gaussian.scale;
      return Math.exp(-0.5 * z * z) / (gaussian.scale * Math.sqrt(2 * Math.PI));
    });
    const lorentz = x.map((at) => {
      const z = (at - cauchy.location) / cauchy.scale;
      return 1 / (Math.PI * cauchy.scale * (1 + z * z));
    });
    const marks: Mark[] = [
      { kind: "band", x: edges, low: edges.map(() => 0), high: steps, colour: "ink" },
      { kind: "line", x, y: normal, style: GAUSSIAN },
      { kind: "line", x, y: lorentz, style: CAUCHY },
    ];
    const finite = [...density, ...normal, ...lorentz].filter(Number.isFinite);
    // a curve that is much higher than the samples leaves the plot
    const peak = Math.min(Math.max(...finite), 2 * Math.max(...density));
    return drawPanel({
      id: `${id}-${p}`,
      frame: frames[p]!,
      title,
      x: { title: "h_{2,1}", kind: "linear", domain: [low, high] },
      y: { title: "density", kind: "linear", domain: [0, 1.06 * peak] },
      marks,
    });
  });
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: "Distribution of the second layer over initializations",
    description: data.panels
      .map(
        ({ title, samples, gaussian, cauchy }) =>
          `${title.replace(/[{}_^]/g, "")}: ${samples.length} networks, Gaussian of standard deviation ${numberText(gaussian.scale)}, Cauchy of scale ${numberText(cauchy.scale)}.`,
      )
      .join(" "),
    children: [legend.svg, ...panels],
  });
}

/** What `dependenceFigure` draws: pairs of units of the second layer. */
export interface DependenceData {
  /** pairs (h_(2,1), h_(2,2)), one after the other */
  readonly pairs: ArrayLike<number>;
  /** panel title of the scatter as figure markup */
  readonly title: string;
  /** correlations of the squares over the width */
  readonly series: readonly {
    readonly label: string;
    readonly width: readonly number[];
    readonly measured: readonly number[];
    /** standard errors */
    readonly error: readonly number[];
    readonly theory: readonly number[];
  }[];
}

const MOST_PAIRS = 1500;

/**
 * Left: units 1 and 2 of the second layer as points, one per network. Right: correlation of their squares against the
 * width with two standard errors, and the formula k / (2 + 3 k).
 * @throws ERR_SHAPE when arrays differ in length or are empty
 */
export function dependenceFigure(data: DependenceData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "dependence";
  requireValues("dependenceFigure", "series", data.series);
  for (const { width: widths, measured, error, theory } of data.series) {
    requireSameLength("dependenceFigure", { width: widths, measured, error, theory });
  }
  const count = Math.min(MOST_PAIRS, Math.floor(data.pairs.length / 2));
  const xs = Array.from({ length: count }, (_, i) => data.pairs[2 * i]!);
  const ys = Array.from({ length: count }, (_, i) => data.pairs[2 * i + 1]!);
  requireValues("dependenceFigure", "pairs", xs);
  const sizes = [...xs, ...ys].map(Math.abs).sort((a, b) => a - b);
  const reach = 1.1 * (sizes[Math.floor(0.995 * (sizes.length - 1))] || 1);
  const style = (i: number): LineStyle => ({
    colour: ([1, 2, 3, 4] as const)[i % 4]!,
    marker: (["circle", "square", "triangle", "diamond"] as const)[i % 4]!,
    dash: (["solid", "dashed", "dash-dot", "dotted"] as const)[i % 4]!,
    width: 1.8,
  });
  const plain = (i: number): LineStyle => {
    const { colour, dash, width: stroke } = style(i);
    return { colour, dash: dash ?? "solid", width: stroke ?? 2 };
  };
  const items: LegendItem[] = data.series.flatMap(({ label }, i): LegendItem[] => [
    { kind: "point", label: `${label}, simulated (2 standard errors)`, style: style(i) },
    {
      kind: "line",
      label: `${label}, k / (2 + 3 k)`,
      style: plain(i),
    },
  ]);
  const legend = drawLegend(items, 0, 0, width);
  const { frames, bottom } = panelFrames(2, width, legend.height + 10, 320);
  const allWidths = data.series.flatMap((series) => [...series.width]);
  const [low, high] = [Math.min(...allWidths), Math.max(...allWidths)];
  const tops = data.series.flatMap(({ measured, error, theory }) => [
    ...measured.map((value, i) => value + 2 * error[i]!),
    ...theory,
  ]);
  const marks = data.series.flatMap(({ width: n, measured, error, theory }, i): Mark[] => [
    { kind: "line", x: n, y: theory, style: plain(i) },
    ...n.map(
      (at, j): Mark => ({
        kind: "line",
        x: [at, at],
        y: [measured[j]! - 2 * error[j]!, measured[j]! + 2 * error[j]!],
        style: { colour: style(i).colour, width: 1.4 },
      }),
    ),
    { kind: "points", x: n, y: measured, colour: style(i).colour, marker: style(i).marker!, hollow: true },
  ]);
  const panels = [
    drawPanel({
      id: `${id}-scatter`,
      frame: frames[0]!,
      title: data.title,
      x: { title: "h_{2,1}", kind: "linear", domain: [-reach, reach] },
      y: { title: "h_{2,2}", kind: "linear", domain: [-reach, reach] },
      marks: [],
      // small and translucent: the density is what shows the dependence
      above: ({ x, y, area }) =>
        xs
          .map((value, i) => ({ x: x.position(value), y: y.position(ys[i]!) }))
          .filter(
            (p) =>
              p.x >= area.x && p.x <= area.x + area.width && p.y >= area.y && p.y <= area.y + area.height,
          )
          .map(
            (p) =>
              `<circle class="ft-fill-1" fill-opacity="0.4" cx="${Math.round(p.x * 100) / 100}" cy="${Math.round(p.y * 100) / 100}" r="1.7"/>`,
          )
          .join(""),
    }),
    drawPanel({
      id: `${id}-width`,
      frame: frames[1]!,
      title: "(b) Dependence of the squares",
      x: { title: "width N", kind: "log", domain: [low / 1.2, Math.max(high, 1.5 * low) * 1.2] },
      y: { title: "Corr(h_{2,1}^{2}, h_{2,2}^{2})", kind: "linear", domain: [0, 1.06 * Math.max(...tops)] },
      marks,
    }),
  ];
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: "Units of the second layer are uncorrelated and dependent",
    description: data.series
      .map(
        ({ label, width: n, measured, theory }) =>
          `${label}: correlation of squares ${n.map((at, i) => `${numberText(measured[i]!)} (theory ${numberText(theory[i]!)}) at N = ${at}`).join(", ")}.`,
      )
      .join(" "),
    children: [legend.svg, ...panels],
  });
}
