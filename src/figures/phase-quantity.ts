/**
 * A quantity of the phase diagram (q*, c*, chi_c*, a depth scale) as a map over the plane of the two variances, with the
 * critical line chi_1 = 1.
 * @module
 */
import { ticks as linearTicks } from "d3-array";
import { line } from "d3-shape";
import { requireSameLength, requireValues } from "./check.js";
import { viridis } from "./colour.js";
import { type FigureOptions, figureDocument, figureWidth } from "./figure.js";
import { colourBar, contourLines, type Field, heatmapImage } from "./heatmap.js";
import type { Plot } from "./marks.js";
import { numberMarkup, numberText } from "./number-text.js";
import { drawPanel } from "./panel.js";
import { type Box, overlaps, type Point } from "./placement.js";
import { BOLD, regionLabel } from "./region-label.js";
import { extentOf } from "./scale.js";
import { FONT } from "./style.js";
import { element, group } from "./svg.js";
import { textElement, textWidth } from "./text.js";
import { checkUnsettled, maskOf, type UnsettledPoints, unsettledMark } from "./unsettled-mark.js";

/** What `phaseQuantityFigure` draws: a quantity over both variances. */
export interface PhaseQuantityData {
  /** name of the activation, or of what repeats, for people */
  readonly activation: string;
  /** what is shown, in words: "fixed point of the variance" */
  readonly quantity: string;
  /** its symbol, with _{} and ^{} for indices: "q^{*}" */
  readonly symbol: string;
  readonly unit?: "layers";
  /** sigma_w^2, ascending */
  readonly weightVariance: readonly number[];
  /** sigma_b^2, ascending */
  readonly biasVariance: readonly number[];
  /** [biasVariance][weightVariance]; null where there is none; depth scales are Infinity at criticality */
  readonly values: readonly (readonly (number | null)[])[];
  /**
   * [biasVariance][weightVariance], chi_1: on which side of the critical line a point is. With it depth scales, infinite on
   * the line, are interpolated through it; without it they end beside it.
   */
  readonly chi1?: readonly (readonly (number | null)[])[];
  readonly criticalLine: readonly { readonly weightVariance: number; readonly biasVariance: number }[];
  /** [biasVariance][weightVariance], true where a missing value is not known: hatched; missing: nowhere */
  readonly unsettled?: UnsettledPoints;
}

/** From this ratio of the largest to the least value on the colours are those of the logarithm; correlations excepted. */
const LOGARITHMIC = 30;
/** Depth scales beyond this many layers have the last colour: they are infinite on the critical line. */
const MOST_LAYERS = 1000;
/** About so many numbers at a linear colour bar. */
const BAR_TICKS = 5;
/** Depth scales of 0 are drawn as the least one on the map over this number. */
const STEEPEST = 4;

const path = line<Point>()
  .x((p) => p.x)
  .y((p) => p.y)
  .digits(2);

interface Shading {
  readonly shade: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Infinite depth scales have the last colour. */
const finite = (values: PhaseQuantityData["values"]) =>
  values.flat().filter((value) => value === null || Number.isFinite(value));

function shading(values: PhaseQuantityData["values"], unit: PhaseQuantityData["unit"]): Shading {
  const [low, high] = extentOf(finite(values)) ?? [0, 1];
  const positive = extentOf(finite(values), { positive: true });
  const top = unit === "layers" ? Math.min(MOST_LAYERS, high) : high;
  if (positive !== null && low >= 0 && top > 1 && top / positive[0] >= LOGARITHMIC) {
    const bottom = Math.max(positive[0], top * 1e-4);
    const span = Math.log(top / bottom);
    const ticks = [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000].flatMap((t) => [t, 2 * t, 5 * t]);
    return {
      shade: (value) => (value <= 0 ? 0 : Math.log(value / bottom) / span),
      ticks: ticks.filter((t) => t >= bottom * (1 - 1e-9) && t <= top * (1 + 1e-9)),
    };
  }
  const span = top > low ? top - low : 1;
  return {
    shade: (value) => (value - low) / span,
    ticks: top > low ? linearTicks(low, top, BAR_TICKS) : [low],
  };
}

/** What is interpolated between grid points, and back. */
interface Interpolation {
  readonly field: Field;
  /** the value that a number of the field stands for; NaN: none */
  readonly value: (interpolated: number) => number;
  /** numbers of the field that stand for a value */
  readonly levels: (value: number) => readonly number[];
}

/**
 * A depth scale has a pole on the critical line, its inverse a corner; the inverse with the sign of log chi_1 is smooth
 * there, so that its interpolation finds the line between grid points. Other quantities are interpolated as they are.
 */
function interpolation({
  weightVariance,
  biasVariance,
  values,
  unit,
  chi1,
}: PhaseQuantityData): Interpolation {
  const axes = { x: weightVariance, y: biasVariance };
  if (unit !== "layers") return { field: { ...axes, values }, value: (x) => x, levels: (value) => [value] };
  // where chi_1 = 0 nothing survives one layer: xi = 0, and its inverse is bounded for the sake of the neighbours
  const least = (extentOf(finite(values), { positive: true })?.[0] ?? 1) / STEEPEST;
  const slope = (i: number, j: number) => chi1?.[i]?.[j] ?? Number.NaN;
  const side = (i: number, j: number) => (slope(i, j) > 1 ? 1 : -1);
  const oneSided =
    chi1 !== undefined && values.every((row, i) => row.every((xi, j) => xi === null || slope(i, j) >= 1));
  if (oneSided) {
    // log chi_1 - log chi_c* goes through 0 as 2 log chi_1: continued beyond, what is negative is not drawn
    const beyond = (i: number, j: number) =>
      slope(i, j) < 1 ? 2 * Math.log(Math.max(slope(i, j), 1e-9)) : null;
    const rates = values.map((row, i) =>
      row.map((xi, j) => (xi === null ? beyond(i, j) : 1 / Math.max(xi, least))),
    );
    return {
      field: { ...axes, values: rates },
      value: (rate) => (rate < 0 ? Number.NaN : 1 / rate),
      levels: (xi) => [1 / xi],
    };
  }
  const rates = values.map((row, i) =>
    row.map((xi, j) => (xi === null ? null : side(i, j) / Math.max(xi, least))),
  );
  return {
    field: { ...axes, values: rates },
    value: (rate) => 1 / Math.abs(rate),
    levels: (xi) => (chi1 === undefined ? [-1 / xi] : [-1 / xi, 1 / xi]),
  };
}

function drawLines(
  plot: Plot,
  data: PhaseQuantityData,
  { field, value, levels: fieldLevels }: Interpolation,
  levels: readonly number[],
  id: string,
): string {
  const pixels = (points: readonly Point[]) =>
    points
      .map(({ x, y }) => ({ x: plot.x.position(x), y: plot.y.position(y) }))
      .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  // at its ends a field has plateaus, not lines
  const [low, high] = extentOf(finite(data.values)) ?? [0, 0];
  const inner = levels.filter((level) => level > low && level < high * (1 - 1e-9));
  const contours = inner.flatMap((level) =>
    fieldLevels(level).flatMap((at) =>
      contourLines(field, at).map((points) => ({ level, points: pixels(points) })),
    ),
  );
  const critical = pixels(data.criticalLine.map((p) => ({ x: p.weightVariance, y: p.biasVariance })));
  const middle = critical[Math.floor(critical.length / 2)];
  const name = "critical, χ_{1} = 1";
  const left =
    middle !== undefined && middle.x + textWidth(name, FONT.label) + 20 > plot.area.x + plot.area.width;
  const labelled = new Set<number>();
  const taken: Box[] = [];
  if (middle !== undefined) {
    const width = textWidth(name, FONT.label) * BOLD;
    const x = left ? middle.x - 10 - width : middle.x + 10;
    taken.push({ x, y: middle.y - FONT.label, width, height: FONT.label * 1.3 });
  }
  const labels = contours.flatMap(({ level, points }) => {
    if (points.length < 12 || labelled.has(level)) return [];
    const text = numberMarkup(level);
    const width = textWidth(text, FONT.small);
    const box = [0.6, 0.45, 0.75, 0.3, 0.85, 0.15]
      .map((share) => points[Math.floor(share * points.length)]!)
      .map(({ x, y }) => ({
        x: x - width / 2 - 2,
        y: y - FONT.small / 2,
        width: width + 4,
        height: FONT.small,
      }))
      .find((candidate) => !taken.some((other) => overlaps(candidate, other)));
    if (box === undefined) return [];
    labelled.add(level);
    taken.push(box);
    return [textElement(text, box.x + 2, box.y + FONT.small * 0.86, FONT.small, { class: "ft-map-text" })];
  });
  const { unsettled } = data;
  const axes = { x: data.weightVariance, y: data.biasVariance, values: data.values };
  const mark =
    unsettled === undefined ? null : unsettledMark(plot, axes, unsettled, { id, obstacles: critical, taken });
  if (mark !== null && mark.box !== null) taken.push(mark.box);
  const none =
    unsettled === undefined
      ? { field, belongs: (x: number | null) => x === null || Number.isNaN(value(x)) }
      : {
          field: maskOf(axes, (x, i, j) => x === null && !unsettled[i]![j]!),
          belongs: (x: number | null) => x === 1,
        };
  return [
    mark?.svg ?? "",
    group(
      { class: "ft-map-line", "stroke-width": 0.75, "stroke-opacity": ".5" },
      contours.map(({ points }) => element("path", { d: path(points) ?? undefined })),
    ),
    critical.length < 2
      ? ""
      : element("path", { class: "ft-map-line", "stroke-width": 2.25, d: path(critical) ?? undefined }),
    ...labels,
    regionLabel(plot, none.field, "no value", none.belongs, critical, taken, true)?.svg ?? "",
    middle === undefined || critical.length < 2
      ? ""
      : textElement(name, left ? middle.x - 10 : middle.x + 10, middle.y, FONT.label, {
          class: "ft-map-text ft-strong",
          "text-anchor": left ? "end" : "start",
        }),
  ].join("");
}

/**
 * One quantity of a phase diagram as SVG, with contour lines at the colour bar's ticks and the critical line; regions
 * without a value stay empty, points whose value is not known are hatched. Colours are logarithmic where the values span decades; depth scales end at 1,000 layers.
 * @throws ERR_SHAPE when the grid and the map disagree
 */
export function phaseQuantityFigure(data: PhaseQuantityData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "phase-quantity";
  const { weightVariance, biasVariance, values, symbol, quantity, activation, unit } = data;
  requireValues("phaseQuantityFigure", "weightVariance", weightVariance, 2);
  requireValues("phaseQuantityFigure", "biasVariance", biasVariance, 2);
  requireSameLength("phaseQuantityFigure", { biasVariance, values });
  for (const [i, row] of values.entries()) {
    requireSameLength("phaseQuantityFigure", { weightVariance, [`values[${i}]`]: row });
  }
  if (data.chi1 !== undefined) {
    requireSameLength("phaseQuantityFigure", { biasVariance, chi1: data.chi1 });
    for (const [i, row] of data.chi1.entries())
      requireSameLength("phaseQuantityFigure", { weightVariance, [`chi1[${i}]`]: row });
  }
  checkUnsettled("phaseQuantityFigure", data);
  const between = interpolation(data);
  const { shade, ticks } = shading(values, unit);
  const height = Math.min(440, Math.max(280, width * 0.56));
  const mapWidth = width - 92;
  const [xs, ys] = [
    [weightVariance[0]!, weightVariance.at(-1)!] as const,
    [biasVariance[0]!, biasVariance.at(-1)!] as const,
  ];
  const panel = drawPanel({
    id: `${id}-map`,
    frame: { x: 0, y: 0, width: mapWidth, height },
    title: `${quantity} ${symbol}, ${activation}`,
    x: { title: "weight variance σ_{w}^{2}", kind: "linear", domain: [...xs] },
    y: { title: "bias variance σ_{b}^{2}", kind: "linear", domain: [...ys] },
    plain: true,
    marks: [],
    behind: (plot) =>
      heatmapImage(between.field, plot.area, (x) => shade(between.value(x)), viridis) +
      drawLines(plot, data, between, ticks, id),
  });
  const bar = colourBar({
    box: { x: width - 66, y: 50, width: 15, height: height - 50 - 46 },
    vertical: true,
    colours: viridis,
    ticks: ticks.map((tick) => ({ at: shade(tick), label: numberMarkup(tick) })),
    title: unit === undefined ? symbol : `${symbol}, ${unit}`,
  });
  const extent = extentOf(finite(values));
  const range =
    extent === null ? "no values" : `values from ${numberText(extent[0])} to ${numberText(extent[1])}`;
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height,
    title: `${quantity}, ${activation}`,
    description: `Map over weight variance ${numberText(xs[0])} to ${numberText(xs[1])} and bias variance ${numberText(ys[0])} to ${numberText(ys[1])}: ${range}; the thick line is chi_1 = 1.`,
    children: [panel, bar],
  });
}
