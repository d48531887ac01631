/**
 * The edge of a plot area, ticks, their numbers and the titles of both axes.
 * @module
 */
import { ticks as ticksOf } from "d3-array";
import { numberText } from "foretrain";
import type { ComponentChildren } from "preact";

export interface PlaneAxesProps {
  /** of the plot area, in px */
  readonly width: number;
  readonly height: number;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly xTitle: ComponentChildren;
  readonly yTitle: ComponentChildren;
  /** px from the plot area to the left end of the figure */
  readonly left: number;
}

/** About so many px to a tick. */
const [X_SPACING, Y_SPACING] = [80, 60];
/** Base lines of the titles, from the plot area and from the left end. */
const [X_TITLE, Y_TITLE] = [38, 14];

export function PlaneAxes({ width, height, xDomain, yDomain, xTitle, yTitle, left }: PlaneAxesProps) {
  const [[x0, x1], [y0, y1]] = [xDomain, yDomain];
  const xTicks = ticksOf(x0, x1, Math.max(2, Math.round(width / X_SPACING)));
  const yTicks = ticksOf(y0, y1, Math.max(2, Math.round(height / Y_SPACING)));
  return (
    <>
      <rect class="plane-edge" width={width} height={height} />
      {xTicks.map((x) => (
        <g key={x} transform={`translate(${((x - x0) / (x1 - x0)) * width} ${height})`}>
          <line class="tick" y2={5} />
          <text y={18} text-anchor="middle">
            {numberText(x)}
          </text>
        </g>
      ))}
      {yTicks.map((y) => (
        <g key={y} transform={`translate(0 ${height - ((y - y0) / (y1 - y0)) * height})`}>
          <line class="tick" x2={-5} />
          <text x={-9} dy="0.34em" text-anchor="end">
            {numberText(y)}
          </text>
        </g>
      ))}
      <text class="axis-title" x={width / 2} y={height + X_TITLE} text-anchor="middle">
        {xTitle}
      </text>
      <text
        class="axis-title"
        transform={`translate(${Y_TITLE - left} ${height / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {yTitle}
      </text>
    </>
  );
}
