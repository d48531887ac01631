/**
 * Any curves in panels of one figure: the figure of those who bring their own axes and marks.
 * @module
 */
import { type FigureOptions, figureDocument, figureWidth, panelFrames } from "./figure.js";
import { drawLegend, type LegendItem } from "./legend.js";
import type { Mark } from "./marks.js";
import { type AxisSpec, drawPanel } from "./panel.js";

/** One panel of {@link PanelsData}. */
export interface PanelData {
  readonly title?: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly marks: readonly Mark[];
}

/** What `panelsFigure` draws: panels of marks with one legend. */
export interface PanelsData {
  /** plain text, for screen readers */
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelData[];
  readonly legend: readonly LegendItem[];
  /** panels side by side, default 2; below each other when the figure is narrow */
  readonly columns?: number;
  /** px of each panel, default 300 */
  readonly panelHeight?: number;
}

const ROW_GAP = 16;

/** The panels row by row, the legend above them. */
export function panelsFigure(data: PanelsData, options: FigureOptions = {}): string {
  const width = figureWidth(options);
  const id = options.id ?? "panels";
  const { panels, columns = 2, panelHeight = 300 } = data;
  const legend = drawLegend(data.legend, 0, 0, width);
  let bottom = legend.height;
  const drawn: string[] = [];
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    const top = bottom + (first === 0 ? 10 : ROW_GAP);
    // the last row keeps the width of the others
    const placed = panelFrames(panels.length < columns ? row.length : columns, width, top, panelHeight);
    const used = row.map((panel, i) => {
      const frame = placed.frames[i]!;
      drawn.push(drawPanel({ id: `${id}-${first + i}`, frame, ...panel }));
      return frame.y + frame.height;
    });
    bottom = Math.max(...used);
  }
  return figureDocument({
    id,
    width,
    heading: options.heading,
    height: bottom,
    title: data.title,
    description: data.description,
    children: [legend.svg, ...drawn],
  });
}
