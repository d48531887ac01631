/**
 * The marks of a panel and how each is drawn inside its plot area. Values that an axis cannot show are gaps.
 * @module
 */
import { area, line, symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from "d3-shape";
import type { Box, Point } from "./placement.js";
import type { AxisScale } from "./scale.js";
import { type Attributes, element, group } from "./svg.js";

/** A category colour, or the neutral ones. */
export type Colour = 1 | 2 | 3 | 4 | "ink" | "quiet";
export type Dash = "solid" | "dashed" | "dotted" | "dash-dot";
export type Marker = "circle" | "square" | "diamond" | "triangle";

/** How a series looks. Colour never stands alone: series of one panel differ in dash or marker too. */
export interface LineStyle {
  readonly colour: Colour;
  readonly dash?: Dash;
  readonly marker?: Marker;
  /** px, default 2 */
  readonly width?: number;
}

type Values = readonly (number | null)[];

export interface LineMark {
  readonly kind: "line";
  readonly x: readonly number[];
  readonly y: Values;
  readonly style: LineStyle;
  /** figure markup, written at the right end of the line, outside the plot */
  readonly endLabel?: string;
}

/** The area between two curves. */
export interface BandMark {
  readonly kind: "band";
  readonly x: readonly number[];
  readonly low: Values;
  readonly high: Values;
  readonly colour: Colour;
}

/** Single markers without a line. */
export interface PointsMark {
  readonly kind: "points";
  readonly x: readonly number[];
  readonly y: Values;
  readonly colour: Colour;
  readonly marker: Marker;
  readonly hollow?: boolean;
}

/** A cloud of many points, too many for markers. */
export interface DotsMark {
  readonly kind: "dots";
  readonly x: readonly number[];
  readonly y: Values;
  readonly colour: Colour;
}

export interface BarsMark {
  readonly kind: "bars";
  readonly x: readonly number[];
  readonly y: Values;
  readonly colour: Colour;
  /** width in units of the x axis */
  readonly width: number;
}

/** A reference line across the plot at one value of an axis. */
export interface RuleMark {
  readonly kind: "rule";
  readonly axis: "x" | "y";
  readonly value: number;
  readonly label?: string;
  readonly dash?: Dash;
  readonly colour?: Colour;
}

/** A text beside a data point. */
export interface NoteMark {
  readonly kind: "note";
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** What a panel can show, in data coordinates. */
export type Mark = LineMark | BandMark | PointsMark | DotsMark | BarsMark | RuleMark | NoteMark;

/** The plot area and its axes, in px. */
export interface Plot {
  readonly area: Box;
  readonly x: AxisScale;
  readonly y: AxisScale;
}

const DASHES: Readonly<Record<Dash, string | undefined>> = {
  solid: undefined,
  dashed: "7 4",
  dotted: "1.5 3.5",
  "dash-dot": "8 3 2 3",
};

const SYMBOLS = {
  circle: symbolCircle,
  square: symbolSquare,
  diamond: symbolDiamond,
  triangle: symbolTriangle,
} as const;

/** px between markers along a line */
const MARKER_SPACING = 56;

/** Attributes of a stroke. */
export function strokeAttributes(style: LineStyle, base = "ft-line"): Attributes {
  const { colour, dash = "solid", width } = style;
  return {
    class: `${base} ${typeof colour === "number" ? `ft-stroke-${colour}` : `ft-${colour}`}`,
    "stroke-dasharray": DASHES[dash],
    "stroke-linecap": dash === "dotted" ? "round" : undefined,
    "stroke-width": width,
  };
}

function fillClass(colour: Colour): string {
  return typeof colour === "number" ? `ft-fill-${colour}` : "ft-fill-ink";
}

/** One marker at (x, y) px. */
export function markerElement(marker: Marker, colour: Colour, x: number, y: number, hollow = false): string {
  const size = marker === "diamond" || marker === "triangle" ? 40 : 46;
  const path = symbol(SYMBOLS[marker], size).digits(2)();
  const stroke = typeof colour === "number" ? `ft-stroke-${colour}` : "ft-ink";
  return element("path", {
    class: hollow ? `ft-hollow ${stroke}` : `ft-marker ${fillClass(colour)}`,
    d: path ?? undefined,
    transform: `translate(${Math.round(x * 100) / 100},${Math.round(y * 100) / 100})`,
  });
}

/** The runs of drawable points of a series, in px. Points far outside the plot are brought near its edge, so that paths stay short numbers. */
export function runsOf(plot: Plot, xs: readonly number[], ys: Values): Point[][] {
  const { y: top, height } = plot.area;
  const out: Point[][] = [];
  let run: Point[] = [];
  xs.forEach((xValue, i) => {
    const value = ys[i];
    const x = plot.x.position(xValue);
    const y = value === null || value === undefined ? Number.NaN : plot.y.position(value);
    if (Number.isNaN(x) || Number.isNaN(y)) {
      if (run.length > 0) out.push(run);
      run = [];
    } else {
      run.push({ x, y: Math.min(top + 5 * height, Math.max(top - 4 * height, y)) });
    }
  });
  if (run.length > 0) out.push(run);
  return out;
}

/** Keeps the first, lowest, highest and last point of each column of one px: what a longer path would draw. */
export function thinned(run: readonly Point[]): Point[] {
  const out: Point[] = [];
  for (let i = 0; i < run.length; ) {
    const column = Math.floor(run[i]!.x);
    let end = i;
    let low = i;
    let high = i;
    while (end < run.length && Math.floor(run[end]!.x) === column) {
      if (run[end]!.y < run[low]!.y) low = end;
      if (run[end]!.y > run[high]!.y) high = end;
      end++;
    }
    const kept = [...new Set([i, low, high, end - 1])].sort((a, b) => a - b);
    out.push(...kept.map((k) => run[k]!));
    i = end;
  }
  return out;
}

function insidePlot({ area: box }: Plot, point: Point): boolean {
  return (
    point.x >= box.x - 0.5 &&
    point.x <= box.x + box.width + 0.5 &&
    point.y >= box.y - 0.5 &&
    point.y <= box.y + box.height + 0.5
  );
}

/** Points of a series that carry a marker: all when they are few, else about every 56 px, `phase` (0 to 1) shifting where. */
function markedPoints(run: readonly Point[], phase: number): Point[] {
  const first = run[0]!;
  const last = run.at(-1)!;
  if (run.length <= 2 || (last.x - first.x) / (run.length - 1) >= 14) return [...run];
  const out: Point[] = [];
  let next = first.x + phase * MARKER_SPACING;
  for (const point of run) {
    if (point.x >= next) {
      out.push(point);
      next += MARKER_SPACING * Math.max(1, Math.floor((point.x - next) / MARKER_SPACING) + 1);
    }
  }
  return out;
}

const pathOf = line<Point>()
  .x((point) => point.x)
  .y((point) => point.y)
  .digits(2);

const areaOf = area<readonly [x: number, low: number, high: number]>()
  .x((d) => d[0])
  .y0((d) => d[1])
  .y1((d) => d[2])
  .digits(2);

function drawLine(plot: Plot, mark: LineMark, phase: number): { clipped: string; open: string } {
  const runs = runsOf(plot, mark.x, mark.y).map(thinned);
  const paths = runs.filter((run) => run.length > 1).map((run) => pathOf(run)!);
  const lonely = runs.filter((run) => run.length === 1).flat();
  const { marker = "circle", colour } = mark.style;
  const marked = [...(mark.style.marker ? runs.flatMap((run) => markedPoints(run, phase)) : []), ...lonely];
  return {
    clipped:
      paths.length === 0 ? "" : element("path", { ...strokeAttributes(mark.style), d: paths.join("") }),
    open: [...new Set(marked)]
      .filter((point) => insidePlot(plot, point))
      .map((point) => markerElement(marker, colour, point.x, point.y))
      .join(""),
  };
}

function drawBand(plot: Plot, mark: BandMark): string {
  // an end below a log axis is drawn at its lower edge: the band then leaves the plot, it does not vanish
  const floor = plot.y.position(plot.y.domain[0]);
  const { y: top, height } = plot.area;
  const clamp = (y: number) => Math.min(top + 5 * height, Math.max(top - 4 * height, y));
  const at = (value: number | null | undefined) => {
    if (value === null || value === undefined || Number.isNaN(value)) return Number.NaN;
    if (plot.y.kind === "log" && value <= 0) return floor + height;
    return value === Number.POSITIVE_INFINITY ? top - height : clamp(plot.y.position(value));
  };
  const parts: (readonly [number, number, number])[][] = [[]];
  mark.x.forEach((value, i) => {
    const d = [plot.x.position(value), at(mark.low[i]), at(mark.high[i])] as const;
    if (d.some(Number.isNaN)) parts.push([]);
    else parts.at(-1)!.push(d);
  });
  const path = parts.filter((part) => part.length > 1).map((part) => areaOf(part)!);
  return path.length === 0
    ? ""
    : element("path", { class: `ft-band ${fillClass(mark.colour)}`, d: path.join("") });
}

function drawBars(plot: Plot, mark: BarsMark): string {
  const base = plot.y.position(plot.y.kind === "log" ? plot.y.domain[0] : Math.max(0, plot.y.domain[0]));
  const bars = mark.x.map((value, i) => {
    const height = mark.y[i];
    const y = height === null || height === undefined ? Number.NaN : plot.y.position(height);
    const [left, right] = [plot.x.position(value - mark.width / 2), plot.x.position(value + mark.width / 2)];
    if ([y, left, right].some(Number.isNaN)) return "";
    return element("rect", {
      x: left,
      y: Math.min(y, base),
      width: right - left,
      height: Math.abs(base - y),
    });
  });
  return group({ class: fillClass(mark.colour) }, bars);
}

function drawRule(plot: Plot, mark: RuleMark): string {
  const { area: box } = plot;
  const style: LineStyle = { colour: mark.colour ?? "quiet", dash: mark.dash ?? "dashed" };
  const at = (mark.axis === "x" ? plot.x : plot.y).position(mark.value);
  const ends =
    mark.axis === "x"
      ? { x1: at, x2: at, y1: box.y, y2: box.y + box.height }
      : { x1: box.x, x2: box.x + box.width, y1: at, y2: at };
  return element("line", { ...strokeAttributes(style, "ft-rule"), ...ends });
}

/** True when the value of a rule lies on its axis. */
export function isRuleVisible(plot: Plot, mark: RuleMark): boolean {
  const { domain, position } = mark.axis === "x" ? plot.x : plot.y;
  return !Number.isNaN(position(mark.value)) && mark.value >= domain[0] && mark.value <= domain[1];
}

/** What a mark draws: `clipped` at the edges of the plot, `open` above that (markers on the edge stay whole). `phase` moves the markers of a line, so that those of two equal lines do not hide each other. */
export function drawMark(plot: Plot, mark: Mark, phase: number): { clipped: string; open: string } {
  switch (mark.kind) {
    case "line":
      return drawLine(plot, mark, phase);
    case "band":
      return { clipped: drawBand(plot, mark), open: "" };
    case "bars":
      return { clipped: drawBars(plot, mark), open: "" };
    case "rule":
      return { clipped: isRuleVisible(plot, mark) ? drawRule(plot, mark) : "", open: "" };
    case "points": {
      const points = runsOf(plot, mark.x, mark.y)
        .flat()
        .filter((point) => insidePlot(plot, point));
      const drawn = points.map((p) => markerElement(mark.marker, mark.colour, p.x, p.y, mark.hollow));
      return { clipped: "", open: drawn.join("") };
    }
    case "dots": {
      // zero-length strokes with round ends: one path for all
      const points = runsOf(plot, mark.x, mark.y)
        .flat()
        .filter((point) => insidePlot(plot, point));
      const d = points.map(({ x, y }) => `M${x.toFixed(1)},${y.toFixed(1)}h0`).join("");
      const style = strokeAttributes({ colour: mark.colour, width: 2.6 });
      const path = element("path", { ...style, d, "stroke-linecap": "round", "stroke-opacity": 0.4 });
      return { clipped: d === "" ? "" : path, open: "" };
    }
    case "note":
      return { clipped: "", open: "" };
    default:
      throw new TypeError(`drawMark: unknown mark ${JSON.stringify(mark satisfies never)}`);
  }
}
