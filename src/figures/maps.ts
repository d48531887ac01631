/**
 * Fields over one grid as small multiples: colour maps that share axes and colours, with curves over them.
 * @module
 */
import { line } from "d3-shape";
import { requireValues } from "./check.js";
import { type ColourMap, viridis } from "./colour.js";
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { colourBar, type Field, heatmapImage } from "./heatmap.js";
import { drawLegend, type LegendItem } from "./legend.js";
import { type Plot, runsOf } from "./marks.js";
import { drawPanel } from "./panel.js";
import type { Point } from "./placement.js";
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

/** Colours of the maps of one row of panels. */
export interface MapColours {
  readonly title: string;
  readonly domain: readonly [number, number];
  readonly map?: ColourMap;
}

export interface MapsData {
  /** plain text, for screen readers */
  readonly title: string;
  readonly description: string;
  readonly x: { readonly title: string; readonly values: readonly number[] };
  readonly y: { readonly title: string; readonly values: readonly number[] };
  /** rows of panels; each row has its colours */
  readonly rows: readonly {
    readonly colours: MapColours;
    readonly maps: readonly {
      readonly title: string;
      /** [y][x]; null where there is no value */
      readonly values: readonly (readonly (number | null)[])[];
    }[];
  }[];
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

const BAR_HEIGHT = 54;

/**
 * Rows of colour maps over the same axes, one colour bar per row, curves over all of them.
 * @throws ERR_SHAPE for empty axes
 */
export function mapsFigure(data: MapsData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "maps";
  const { x, y, rows, overlays, panelHeight = 230 } = data;
  requireValues("mapsFigure", "x.values", x.values);
  requireValues("mapsFigure", "y.values", y.values);
  const items = overlays.map(
    ({ label, dash }): LegendItem => ({
      kind: "line",
      label,
      style: { colour: "quiet", dash },
    }),
  );
  const legend = drawLegend(items, 0, 0, width);
  let bottom = legend.height;
  const parts = [legend.svg];
  rows.forEach(({ colours, maps }, r) => {
    const { map = viridis, domain } = colours;
    const shade = (value: number) => (value - domain[0]) / (domain[1] - domain[0]);
    const top = bottom + 12;
    const barWidth = Math.min(300, width * 0.5);
    parts.push(
      colourBar({
        box: { x: width - barWidth - 14, y: top, width: barWidth, height: 12 },
        vertical: false,
        colours: map,
        ticks: axisScale({ kind: "linear", domain, range: [0, 1], count: 5 }).ticks.map(
          ({ value, label }) => ({ at: shade(value), label }),
        ),
        title: colours.title,
      }),
    );
    const placed = panelFrames(maps.length, width, top + BAR_HEIGHT - 8, panelHeight);
    maps.forEach(({ title, values }, i) => {
      const field: Field = { x: x.values, y: y.values, values };
      parts.push(
        drawPanel({
          id: `${id}-${r}-${i}`,
          frame: placed.frames[i]!,
          title,
          x: { title: x.title, kind: "linear", domain: [x.values[0]!, x.values.at(-1)!] },
          y: {
            title: i === 0 || placed.frames[i]!.x === 0 ? y.title : "",
            kind: "linear",
            domain: [y.values[0]!, y.values.at(-1)!],
          },
          marks: [],
          plain: true,
          behind: (plot) =>
            group({}, [
              heatmapImage(field, plot.area, shade, map),
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
    height: bottom,
    title: data.title,
    description: data.description,
    children: parts,
  });
}
