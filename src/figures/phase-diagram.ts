/**
 * Phase diagram of an activation: chi_1 over the plane of weight and bias variance, with the critical line chi_1 = 1
 * between the ordered and the chaotic phase (Poole et al. 2016; paper B, section on phases).
 * @module
 */
import { line } from "d3-shape";
import { requireSameLength, requireValues } from "./check.js";
import { blueGreyOrange } from "./colour.js";
import { type FigureOptions, figureDocument, figureWidth } from "./figure.js";
import { colourBar, contourLines, type Field, heatmapImage } from "./heatmap.js";
import type { Plot } from "./marks.js";
import { numberMarkup, numberText } from "./number-text.js";
import { drawPanel } from "./panel.js";
import { type Box, overlaps, type Point, placeLabel, sampled } from "./placement.js";
import { BOLD, type PlacedText, regionLabel } from "./region-label.js";
import { extentOf } from "./scale.js";
import { FONT } from "./style.js";
import { element, group } from "./svg.js";
import { textElement, textWidth } from "./text.js";
import { checkUnsettled, maskOf, type UnsettledPoints, unsettledMark } from "./unsettled-mark.js";

/** What `phaseDiagramFigure` draws: chi_1 over both variances with the critical line. */
export interface PhaseDiagramData {
  /** name of the activation, for people */
  readonly activation: string;
  /** sigma_w^2, ascending */
  readonly weightVariance: readonly number[];
  /** sigma_b^2, ascending */
  readonly biasVariance: readonly number[];
  /** [biasVariance][weightVariance]; null where the length map has no fixed point */
  readonly chi1: readonly (readonly (number | null)[])[];
  readonly criticalLine: readonly { readonly weightVariance: number; readonly biasVariance: number }[];
  /** [biasVariance][weightVariance], true where a missing chi_1 is not known: hatched; missing: nowhere */
  readonly unsettled?: UnsettledPoints;
  /** name of the region chi_1 > 1, default "chaotic"; relu-like activations have no fixed point of the variance there */
  readonly beyond?: string;
  /** the network to mark; null or missing: none */
  readonly network?: {
    readonly weightVariance: number;
    readonly biasVariance: number;
    readonly chi1: number | null;
  } | null;
}

const CONTOURS = [0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.5, 2, 3];
const FEW_CONTOURS = [0.25, 0.5, 0.8, 1.2, 1.5, 2, 3];

/** Half width of the colour scale in log chi_1: what the chaotic side reaches, within a factor of 2 to 4. */
function colourSpan(field: Field): number {
  const extent = extentOf(field.values.flat(), { positive: true });
  const reach = extent === null ? 0 : Math.log(extent[1]);
  return Math.min(Math.log(4), Math.max(Math.log(2), reach));
}

function toPixels(plot: Plot, points: readonly Point[]): Point[] {
  return points.map((point) => ({ x: plot.x.position(point.x), y: plot.y.position(point.y) }));
}

const path = line<Point>()
  .x((p) => p.x)
  .y((p) => p.y)
  .digits(2);

/** A label on a contour line, where it covers the least. */
function contourLabel(
  lines: readonly Point[][],
  text: string,
  taken: readonly Box[],
  within: Box,
  avoid: Point[],
) {
  const width = textWidth(text, FONT.small);
  const height = FONT.small;
  const longest = [...lines].sort((a, b) => b.length - a.length)[0];
  if (longest === undefined || longest.length < 8) return null;
  const candidates = [0.62, 0.5, 0.75, 0.38, 0.25, 0.85, 0.15].map((share) => {
    const at = longest[Math.floor(share * (longest.length - 1))]!;
    return { x: at.x - width / 2, y: at.y - height / 2, width, height };
  });
  const box = placeLabel(candidates, { points: avoid, boxes: taken }, within);
  if (taken.some((other) => overlaps(box, other))) return null;
  return {
    box,
    svg: textElement(text, box.x, box.y + height * 0.86, FONT.small, { class: "ft-map-text" }),
  };
}

/** The mark of the network, moved to the edge with an arrow when it lies outside of the map. */
function networkMark(plot: Plot, data: PhaseDiagramData): PlacedText | null {
  const { network } = data;
  if (network === undefined || network === null) return null;
  const { area } = plot;
  const clampX = Math.min(plot.x.domain[1], Math.max(plot.x.domain[0], network.weightVariance));
  const clampY = Math.min(plot.y.domain[1], Math.max(plot.y.domain[0], network.biasVariance));
  const outside = clampX !== network.weightVariance || clampY !== network.biasVariance;
  const at = { x: plot.x.position(clampX), y: plot.y.position(clampY) };
  const chi = network.chi1 === null ? "" : `, χ_{1} = ${numberMarkup(network.chi1)}`;
  const text = outside
    ? `this network, outside: σ_{w}^{2} = ${numberMarkup(network.weightVariance)}, σ_{b}^{2} = ${numberMarkup(network.biasVariance)}${chi}`
    : `this network${chi}`;
  const width = textWidth(text, FONT.label) * BOLD;
  const height = FONT.label;
  const critical = toPixels(
    plot,
    data.criticalLine.map((p) => ({ x: p.weightVariance, y: p.biasVariance })),
  ).filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
  const candidates = [
    { x: at.x + 12, y: at.y - height / 2 },
    { x: at.x - width - 12, y: at.y - height / 2 },
    { x: at.x + 6, y: at.y - height - 10 },
    { x: at.x + 6, y: at.y + 10 },
    { x: at.x - width - 6, y: at.y - height - 10 },
    { x: at.x - width - 6, y: at.y + 10 },
    { x: at.x - width / 2, y: at.y - height - 12 },
    { x: at.x - width / 2, y: at.y + 12 },
  ].map((corner) => ({ ...corner, width, height }));
  const box = placeLabel(candidates, { points: sampled(critical), boxes: [] }, area);
  return {
    box: {
      x: Math.min(box.x, at.x - 8),
      y: Math.min(box.y, at.y - 8),
      width: Math.max(box.x + width, at.x + 8) - Math.min(box.x, at.x - 8),
      height: Math.max(box.y + height, at.y + 8) - Math.min(box.y, at.y - 8),
    },
    svg:
      element("circle", { class: "ft-map-point", cx: at.x, cy: at.y, r: 6 }) +
      element("circle", { class: "ft-map-halo", cx: at.x, cy: at.y, r: 1.6, fill: "#fff" }) +
      textElement(text, box.x, box.y + height * 0.86, FONT.label, { class: "ft-map-text ft-strong" }),
  };
}

function drawMap(plot: Plot, data: PhaseDiagramData, field: Field, id: string): string {
  const critical = toPixels(
    plot,
    data.criticalLine.map((p) => ({ x: p.weightVariance, y: p.biasVariance })),
  ).filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
  const within = (p: Point) =>
    p.x >= plot.area.x - 1 &&
    p.x <= plot.area.x + plot.area.width + 1 &&
    p.y >= plot.area.y - 1 &&
    p.y <= plot.area.y + plot.area.height + 1;
  const criticalPoints = sampled(critical).filter(within);
  const network = networkMark(plot, data);
  const taken: Box[] = network === null ? [] : [network.box];
  const labels: string[] = [];
  const put = (placed: PlacedText | null) => {
    if (placed === null) return;
    taken.push(placed.box);
    labels.push(placed.svg);
  };
  const contourLevels = plot.area.width < 420 ? FEW_CONTOURS : CONTOURS;
  const levels = contourLevels.map((level) => ({
    level,
    lines: contourLines(field, level).map((points) => toPixels(plot, points)),
  }));
  const contourPoints = levels.flatMap(({ lines }) => lines.flatMap((points) => sampled(points, 10)));
  if (criticalPoints.length > 4) {
    const text = "critical, χ_{1} = 1";
    const width = textWidth(text, FONT.label);
    const at = [0.5, 0.65, 0.35, 0.8, 0.2, 0.9].map(
      (share) => criticalPoints[Math.floor(share * (criticalPoints.length - 1))]!,
    );
    const candidates = at.flatMap((p) => [
      { x: p.x + 10, y: p.y - FONT.label / 2, width, height: FONT.label },
      { x: p.x - width - 10, y: p.y - FONT.label / 2, width, height: FONT.label },
      { x: p.x - width / 2, y: p.y - FONT.label - 10, width, height: FONT.label },
      { x: p.x - width / 2, y: p.y + 10, width, height: FONT.label },
    ]);
    const box = placeLabel(
      candidates,
      { points: [...criticalPoints, ...contourPoints], boxes: taken },
      plot.area,
    );
    put({
      box,
      svg: textElement(text, box.x, box.y + box.height * 0.86, FONT.label, { class: "ft-map-text" }),
    });
  }
  put(regionLabel(plot, field, "ordered", (chi) => chi !== null && chi < 1, criticalPoints, taken));
  put(
    regionLabel(
      plot,
      field,
      data.beyond ?? "chaotic",
      (chi) => chi !== null && chi > 1,
      criticalPoints,
      taken,
    ),
  );
  const { unsettled } = data;
  let hatched = "";
  if (unsettled === undefined) {
    put(regionLabel(plot, field, "no fixed point", (chi) => chi === null, criticalPoints, taken, true));
  } else {
    const mark = unsettledMark(plot, field, unsettled, { id, obstacles: criticalPoints, taken });
    hatched = mark.svg;
    if (mark.box !== null) taken.push(mark.box);
    const none = maskOf(field, (chi, i, j) => chi === null && !unsettled[i]![j]!);
    put(regionLabel(plot, none, "no fixed point", (value) => value === 1, criticalPoints, taken, true));
  }
  for (const { level, lines } of levels) {
    put(contourLabel(lines, numberMarkup(level), taken, plot.area, criticalPoints));
  }
  const drawn = levels.flatMap(({ lines }) =>
    lines.map((points) => element("path", { d: path(points) ?? undefined })),
  );
  return [
    hatched,
    group({ class: "ft-map-line", "stroke-width": 0.75, "stroke-opacity": ".45" }, drawn),
    critical.length < 2
      ? ""
      : element("path", { class: "ft-map-line", "stroke-width": 2.25, d: path(critical) ?? undefined }),
    ...labels,
    network?.svg ?? "",
  ].join("");
}

/**
 * The phase diagram as SVG: colour is log chi_1, blue below 1 and orange above; the thick line is chi_1 = 1.
 * Regions without a fixed point stay empty, points where chi_1 is not known are hatched.
 * @throws ERR_SHAPE when the grid and the map disagree
 */
export function phaseDiagramFigure(data: PhaseDiagramData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "phase-diagram";
  const { weightVariance, biasVariance, chi1 } = data;
  requireValues("phaseDiagramFigure", "weightVariance", weightVariance, 2);
  requireValues("phaseDiagramFigure", "biasVariance", biasVariance, 2);
  requireSameLength("phaseDiagramFigure", { biasVariance, chi1 });
  for (const [i, row] of chi1.entries())
    requireSameLength("phaseDiagramFigure", { weightVariance, [`chi1[${i}]`]: row });
  checkUnsettled("phaseDiagramFigure", data);

  const field: Field = { x: weightVariance, y: biasVariance, values: chi1 };
  const span = colourSpan(field);
  const shade = (chi: number) => (chi <= 0 ? 0 : 0.5 + Math.log(chi) / (2 * span));
  const narrow = width < 560;
  const plotHeight = Math.min(440, Math.max(280, width * 0.56));
  const mapWidth = narrow ? width : width - 84;
  const barTicks = [0.25, 1 / 3, 0.5, 2 / 3, 0.8, 1, 1.25, 1.5, 2, 3, 4]
    .map((chi) => ({ chi, at: shade(chi) }))
    .filter(({ at }) => at > -1e-9 && at < 1 + 1e-9)
    .map(({ chi, at }) => ({ at, label: numberMarkup(chi) }));
  const height = narrow ? plotHeight + 62 : plotHeight;
  const panel = drawPanel({
    id: `${id}-map`,
    frame: { x: 0, y: 0, width: mapWidth, height: plotHeight },
    title: `Slope χ_{1} of the correlation map, ${data.activation}`,
    x: {
      title: "weight variance σ_{w}^{2}",
      kind: "linear",
      domain: [weightVariance[0]!, weightVariance.at(-1)!],
    },
    y: { title: "bias variance σ_{b}^{2}", kind: "linear", domain: [biasVariance[0]!, biasVariance.at(-1)!] },
    plain: true,
    marks: [],
    behind: (plot) => heatmapImage(field, plot.area, shade, blueGreyOrange) + drawMap(plot, data, field, id),
  });
  const bar = colourBar({
    box: narrow
      ? { x: 62, y: plotHeight + 18, width: width - 92, height: 13 }
      : { x: width - 58, y: 50, width: 15, height: plotHeight - 50 - 46 },
    vertical: !narrow,
    colours: blueGreyOrange,
    ticks: barTicks,
    title: "χ_{1}",
  });
  const where =
    data.network === undefined || data.network === null
      ? ""
      : ` The network marked has weight variance ${numberText(data.network.weightVariance)}, bias variance ${numberText(data.network.biasVariance)}${data.network.chi1 === null ? " and no fixed point" : ` and chi_1 = ${numberText(data.network.chi1)}`}.`;
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height,
    title: `Phase diagram of ${data.activation}`,
    description: `Map of chi_1 over weight variance ${numberText(weightVariance[0]!)} to ${numberText(weightVariance.at(-1)!)} and bias variance ${numberText(biasVariance[0]!)} to ${numberText(biasVariance.at(-1)!)}; chi_1 below 1 is the ordered phase, above 1 ${data.beyond ?? "the chaotic phase"}, the thick line is chi_1 = 1.${data.unsettled === undefined ? "" : " Hatched points are unsettled: their expectations could not be computed."}${where}`,
    children: [panel, bar],
  });
}
