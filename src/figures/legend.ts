/**
 * Legends stand in rows above the panels, where there is no data to cover.
 * @module
 */
import { type Colour, type LineStyle, markerElement, strokeAttributes } from "./marks.js";
import { FONT } from "./style.js";
import { element, group } from "./svg.js";
import { textElement, textWidth } from "./text.js";

/** One entry of a legend: a line, a band or a point with its name. */
export type LegendItem =
  | { readonly kind: "line"; readonly label: string; readonly style: LineStyle }
  | { readonly kind: "band"; readonly label: string; readonly colours: readonly Colour[] }
  | {
      readonly kind: "point";
      readonly label: string;
      readonly style: LineStyle;
      /** as points that are drawn not hollow; default false */
      readonly filled?: boolean;
    };

const SAMPLE = 30;
const GAP = 20;
export const LEGEND_ROW = 20;

function sample(item: LegendItem, x: number, y: number): string {
  switch (item.kind) {
    case "line":
      return (
        element("line", { ...strokeAttributes(item.style), x1: x, x2: x + SAMPLE, y1: y, y2: y }) +
        (item.style.marker === undefined
          ? ""
          : markerElement(item.style.marker, item.style.colour, x + SAMPLE / 2, y))
      );
    case "point":
      return markerElement(item.style.marker ?? "circle", item.style.colour, x + SAMPLE / 2, y, !item.filled);
    case "band": {
      const width = SAMPLE / item.colours.length;
      return item.colours
        .map((colour, i) =>
          element("rect", {
            class: `ft-band ft-fill-${colour}`,
            x: x + i * width,
            y: y - 6,
            width,
            height: 12,
          }),
        )
        .join("");
    }
    default:
      throw new TypeError(`legend: unknown item ${JSON.stringify(item satisfies never)}`);
  }
}

/** The legend within `width` px from (x, y) on, wrapped into rows; `height` says how much it took. */
export function drawLegend(
  items: readonly LegendItem[],
  x: number,
  y: number,
  width: number,
): { readonly svg: string; readonly height: number } {
  let left = x;
  let row = 0;
  const parts = items.map((item) => {
    const size = SAMPLE + 7 + textWidth(item.label, FONT.label);
    if (left > x && left + size > x + width) {
      left = x;
      row++;
    }
    const middle = y + row * LEGEND_ROW + LEGEND_ROW / 2;
    const drawn =
      sample(item, left, middle) +
      textElement(item.label, left + SAMPLE + 7, middle + FONT.label * 0.35, FONT.label);
    left += size + GAP;
    return drawn;
  });
  return {
    svg: group({ class: "ft-legend" }, parts),
    height: items.length === 0 ? 0 : (row + 1) * LEGEND_ROW,
  };
}
