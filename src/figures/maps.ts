/**
 * Fields over one grid as small multiples: colour maps that share axes and colours, with curves over them.
 * @module
 */
import { line } from "d3-shape";
import { requireValues } from "./check.js";
import { type ColourMap, viridis } from "./colour.js";
import { type FigureOptions, figureDocument, figureWidth } from "./figure.js";
import { colourBar, type Field, heatmapImage } from "./heatmap.js";
import { drawLegend, type LegendItem } from "./legend.js";
import { type Plot, runsOf } from "./marks.js";
import { drawPanel } from "./panel.js";
import type { Box, Point } from "./placement.js";
import { axisScale } from "./scale.js";
import { element, group } from "./svg.js";

/** A curve over every map of a figure. */
export interface MapOverlay {
  readonly label: string;
  readonly x: readonly number[];
  /** null: a gap */
  readonly y: readonly (number | null)[];
  readonly dash: "dashed" | "dotted";
}

/** Colours of maps, and what they mean. */
export interface MapColours {
  readonly title: string;
  readonly domain: readonly [number, number];
  readonly map?: ColourMap;
}

/** Maps with the same colours. */
export interface MapGroup {
  readonly colours: MapColours;
  readonly maps: readonly {
    readonly title: string;
    /** [y][x]; null where there is no value */
    readonly values: readonly (readonly (number | null)[])[];
  }[];
}

/** What `mapsFigure` draws: fields over common axes, in rows of groups. */
export interface MapsData {
  /** plain text, for screen readers */
  readonly title: string;
  readonly description: string;
  readonly x: { readonly title: string; readonly values: readonly number[] };
  readonly y: { readonly title: string; readonly values: readonly number[] };
  /** rows of groups side by side; the maps of a group share one colour bar */
  readonly rows: readonly (readonly MapGroup[])[];
  readonly overlays: readonly MapOverlay[];
  /** px of a panel, default 230 */
  readonly panelHeight?: number;
}

const DASHES = { dashed: "7 4", dotted: "1.5 4" } as const;

const pathOf = line<Point>()
  .x((point) => point.x)
  .y((point) => point.y)
  .digits(2);

/** White with a dark edge: to be seen on every colour of a map. */
function overlayPath(plot: Plot, overlay: MapOverlay): string {
  const d = runsOf(plot, overlay.x, overlay.y)
    .filter((run) => run.length > 1)
    .map((run) => pathOf(run)!)
    .join("");
  if (d === "") return "";
  const shape = { d, fill: "none", "stroke-dasharray": DASHES[overlay.dash], "stroke-linecap": "round" };
  return (
    element("path", { ...shape, stroke: "#14171c", "stroke-width": 3.6, "stroke-opacity": 0.55 }) +
    element("path", { ...shape, stroke: "#ffffff", "stroke-width": 1.9 })
  );
}

const BAR_HEIGHT = 46;
const GAP = 18;
const STACK_BELOW = 560;

interface Placed {
  readonly bars: readonly { readonly group: MapGroup; readonly region: Box }[];
  readonly panels: readonly {
    readonly group: MapGroup;
    readonly map: MapGroup["maps"][number];
    readonly frame: Box;
  }[];
  readonly bottom: number;
}

/** A row: its maps side by side below the bars of their groups, or everything below each other when narrow. */
function placeRow(groups: readonly MapGroup[], width: number, top: number, height: number): Placed {
  const count = groups.reduce((sum, { maps }) => sum + maps.length, 0);
  const bars: Placed["bars"][number][] = [];
  const panels: Placed["panels"][number][] = [];
  if (width < STACK_BELOW) {
    let y = top;
    for (const group of groups) {
      bars.push({ group, region: { x: 0, y, width, height: BAR_HEIGHT } });
      y += BAR_HEIGHT;
      for (const map of group.maps) {
        panels.push({ group, map, frame: { x: 0, y, width, height } });
        y += height + GAP;
      }
    }
    return { bars, panels, bottom: y - GAP };
  }
  const each = (width - (count - 1) * GAP) / count;
  let at = 0;
  for (const group of groups) {
    const x = at * (each + GAP);
    const span = group.maps.length * (each + GAP) - GAP;
    bars.push({ group, region: { x, y: top, width: span, height: BAR_HEIGHT } });
    group.maps.forEach((map, i) => {
      const frame = { x: x + i * (each + GAP), y: top + BAR_HEIGHT, width: each, height };
      panels.push({ group, map, frame });
    });
    at += group.maps.length;
  }
  return { bars, panels, bottom: top + BAR_HEIGHT + height };
}

const shadeOf =
  ({ domain }: MapColours) =>
  (value: number) =>
    (value - domain[0]) / (domain[1] - domain[0]);

function barOf({ colours }: MapGroup, region: Box): string {
  const width = Math.min(260, region.width * 0.42);
  const shade = shadeOf(colours);
  return colourBar({
    box: { x: region.x + region.width - width - 14, y: region.y, width, height: 12 },
    vertical: false,
    colours: colours.map ?? viridis,
    ticks: axisScale({
      kind: "linear",
      domain: colours.domain,
      range: [0, 1],
      count: width < 150 ? 3 : 5,
    }).ticks.map(({ value, label }) => ({ at: shade(value), label })),
    title: colours.title,
  });
}

/**
 * Rows of colour maps over the same axes, one colour bar per group, curves over all of them.
 * @throws ERR_SHAPE for empty axes
 */
export function mapsFigure(data: MapsData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "maps";
  const { x, y, rows, overlays, panelHeight = 230 } = data;
  requireValues("mapsFigure", "x.values", x.values);
  requireValues("mapsFigure", "y.values", y.values);
  const items = overlays.map(
    ({ label, dash }): LegendItem => ({ kind: "line", label, style: { colour: "quiet", dash } }),
  );
  const legend = drawLegend(items, 0, 0, width);
  let bottom = legend.height;
  const parts = [legend.svg];
  rows.forEach((groups, r) => {
    const placed = placeRow(groups, width, bottom + 12, panelHeight);
    for (const { group, region } of placed.bars) parts.push(barOf(group, region));
    placed.panels.forEach(({ group: { colours }, map, frame }, i) => {
      const field: Field = { x: x.values, y: y.values, values: map.values };
      parts.push(
        drawPanel({
          id: `${id}-${r}-${i}`,
          frame,
          title: map.title,
          x: { title: x.title, kind: "linear", domain: [x.values[0]!, x.values.at(-1)!] },
          y: {
            title: frame.x === 0 ? y.title : "",
            kind: "linear",
            domain: [y.values[0]!, y.values.at(-1)!],
          },
          marks: [],
          plain: true,
          behind: (plot) =>
            group({}, [
              heatmapImage(field, plot.area, shadeOf(colours), colours.map ?? viridis),
              ...overlays.map((overlay) => overlayPath(plot, overlay)),
            ]),
        }),
      );
    });
    bottom = placed.bottom;
  });
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: data.title,
    description: data.description,
    children: parts,
  });
}
