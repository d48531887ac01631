/**
 * One panel: title, axes with ticks, grid, marks, and labels that keep clear of the marks.
 * @module
 */
import {
  drawMark,
  isRuleVisible,
  type LineMark,
  type Mark,
  type Plot,
  type RuleMark,
  runsOf,
} from "./marks.js";
import { type Box, type Obstacles, type Point, placeLabel, sampled, spread } from "./placement.js";
import { type AxisScale, axisScale, type ScaleOptions, type Tick } from "./scale.js";
import { FONT } from "./style.js";
import { element, group } from "./svg.js";
import { textElement, textWidth } from "./text.js";

/** An axis to be: what `axisScale` takes, but for the pixels. */
export interface AxisSpec extends Omit<ScaleOptions, "range" | "count"> {
  /** figure markup, with the unit */
  readonly title: string;
  /** about how many labels; default: what fits */
  readonly count?: number;
}

/** A second scale at the right edge for the values of the y axis. */
export interface RightAxis {
  /** figure markup, with the unit */
  readonly title: string;
  /** at values of the y axis; those outside of it are left out */
  readonly ticks: readonly Tick[];
}

export interface PanelSpec {
  /** unique in the page */
  readonly id: string;
  /** px, everything included */
  readonly frame: Box;
  readonly title?: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly right?: RightAxis;
  readonly marks: readonly Mark[];
  /** no grid lines, for panels with a map behind the marks */
  readonly plain?: boolean;
  /** drawn behind the marks and clipped to the plot, e.g. a colour map */
  readonly behind?: (plot: Plot) => string;
  /** drawn above the marks, not clipped */
  readonly above?: (plot: Plot) => string;
}

const TITLE_HEIGHT = 26;
const TICK = 5;
const X_AXIS_HEIGHT = 46;

function endLabels(marks: readonly Mark[]): LineMark[] {
  return marks.filter((mark): mark is LineMark => mark.kind === "line" && mark.endLabel !== undefined);
}

const rightAxisWidth = ({ ticks }: RightAxis) =>
  TICK + 4 + Math.max(...ticks.map(({ label }) => textWidth(label, FONT.tick)), 0) + 8 + FONT.label;

function drawRightAxis({ area, y }: Plot, axis: RightAxis, frame: Box): string {
  const edge = area.x + area.width;
  const [low, high] = y.domain;
  const shown = axis.ticks.filter(({ value }) => value >= low && value <= high);
  const labels = clearLabels({ ...y, ticks: shown }, () => FONT.tick, 1);
  return [
    group({ class: "ft-axis" }, [
      element("line", { x1: edge, x2: edge, y1: area.y, y2: area.y + area.height }),
      ...labels.map(({ at }) => element("line", { x1: edge, x2: edge + TICK, y1: at, y2: at })),
    ]),
    group(
      { class: "ft-ticks" },
      labels.map(({ tick, at }) =>
        textElement(tick.label, edge + TICK + 4, at + FONT.tick * 0.35, FONT.tick),
      ),
    ),
    textElement(axis.title, 0, 0, FONT.label, {
      "text-anchor": "middle",
      transform: `translate(${round(frame.x + frame.width - 3)},${round(area.y + area.height / 2)}) rotate(-90)`,
    }),
  ].join("");
}

/** Where the axes go: the left margin fits the tick labels, the right one the end labels. */
function layOut(spec: PanelSpec): Plot {
  const { frame } = spec;
  const top = frame.y + (spec.title === undefined ? 10 : TITLE_HEIGHT);
  const bottom = frame.y + frame.height - X_AXIS_HEIGHT;
  const {
    title: _yTitle,
    count: yCount = Math.max(3, Math.round((bottom - top) / 52)),
    ...yOptions
  } = spec.y;
  const y = axisScale({ ...yOptions, range: [bottom, top], count: yCount });
  const tickWidth = Math.max(...y.ticks.map((tick) => textWidth(tick.label, FONT.tick)), 0);
  const left = frame.x + FONT.label + 10 + tickWidth + TICK + 4;
  const endWidth = Math.max(
    ...endLabels(spec.marks).map((mark) => textWidth(mark.endLabel!, FONT.small) + 12),
    0,
  );
  const { title: _xTitle, count: xCount, ...xOptions } = spec.x;
  const options = (range: [number, number]) => ({
    ...xOptions,
    range,
    count: xCount ?? Math.max(3, Math.round((range[1] - range[0]) / 62)),
  });
  // the last label of the x axis is centred on the right edge and must not leave the frame
  const rightWidth = spec.right === undefined ? 0 : rightAxisWidth(spec.right);
  const right = frame.x + frame.width - Math.max(endWidth, rightWidth, 12);
  const draft = axisScale(options([left, right]));
  const last = draft.ticks.filter((tick) => tick.label !== "").at(-1);
  const overhang =
    last === undefined
      ? 0
      : draft.position(last.value) + textWidth(last.label, FONT.tick) / 2 - (frame.x + frame.width);
  const range: [number, number] = [left, right - Math.max(0, overhang)];
  return {
    area: { x: left, y: top, width: range[1] - left, height: bottom - top },
    x: overhang > 0 ? axisScale(options(range)) : draft,
    y,
  };
}

/** Ticks whose labels do not touch: labels that would meet the one before are dropped. */
function clearLabels(scale: AxisScale, extent: (label: string) => number, gap: number) {
  let end = Number.NEGATIVE_INFINITY;
  const shown = scale.ticks
    .filter((tick) => tick.label !== "")
    .map((tick) => ({ tick, at: scale.position(tick.value) }))
    .sort((a, b) => a.at - b.at)
    .filter(({ tick, at }) => {
      const half = extent(tick.label) / 2;
      if (at - half < end + gap) return false;
      end = at + half;
      return true;
    });
  return shown;
}

function drawAxes(plot: Plot, spec: PanelSpec): { grid: string; axes: string } {
  const { x: left, y: top, width, height } = plot.area;
  const bottom = top + height;
  const right = left + width;
  const xLabels = clearLabels(plot.x, (label) => textWidth(label, FONT.tick), 5);
  const yLabels = clearLabels(plot.y, () => FONT.tick, 1);
  const grid = spec.plain
    ? ""
    : group({ class: "ft-grid" }, [
        ...xLabels.map(({ at }) => element("line", { x1: at, x2: at, y1: top, y2: bottom })),
        ...yLabels.map(({ at }) => element("line", { x1: left, x2: right, y1: at, y2: at })),
      ]);
  const tickLength = (label: string) => (label === "" ? TICK * 0.6 : TICK);
  const axes = [
    group({ class: "ft-axis" }, [
      element("path", { d: `M${round(left)},${round(top)}V${round(bottom)}H${round(right)}` }),
      ...plot.x.ticks.map((tick) => {
        const at = plot.x.position(tick.value);
        return element("line", { x1: at, x2: at, y1: bottom, y2: bottom + tickLength(tick.label) });
      }),
      ...plot.y.ticks.map((tick) => {
        const at = plot.y.position(tick.value);
        return element("line", { x1: left - tickLength(tick.label), x2: left, y1: at, y2: at });
      }),
    ]),
    group({ class: "ft-ticks" }, [
      ...xLabels.map(({ tick, at }) =>
        textElement(tick.label, at, bottom + TICK + FONT.tick, FONT.tick, { "text-anchor": "middle" }),
      ),
      ...yLabels.map(({ tick, at }) =>
        textElement(tick.label, left - TICK - 4, at + FONT.tick * 0.35, FONT.tick, { "text-anchor": "end" }),
      ),
    ]),
    textElement(spec.x.title, left + width / 2, spec.frame.y + spec.frame.height - 8, FONT.label, {
      "text-anchor": "middle",
    }),
    textElement(spec.y.title, 0, 0, FONT.label, {
      "text-anchor": "middle",
      transform: `translate(${round(spec.frame.x + FONT.label)},${round(top + height / 2)}) rotate(-90)`,
    }),
  ];
  return { grid, axes: axes.join("") };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What labels must not cover: lines, markers and the edges of bands. */
function obstaclePoints(plot: Plot, marks: readonly Mark[]): Point[] {
  return marks.flatMap((mark) => {
    switch (mark.kind) {
      case "line":
        return runsOf(plot, mark.x, mark.y).flatMap((run) => sampled(run));
      case "band":
        return [mark.low, mark.high].flatMap((edge) =>
          runsOf(plot, mark.x, edge).flatMap((run) => sampled(run, 12)),
        );
      case "points":
      case "bars":
        return runsOf(plot, mark.x, mark.y).flat();
      default:
        return [];
    }
  });
}

/** Places along a reference line, the preferred ones first. */
function ruleCandidates(plot: Plot, mark: RuleMark, width: number): Box[] {
  const { area: box } = plot;
  const height = FONT.small;
  if (mark.axis === "y") {
    const at = plot.y.position(mark.value);
    const lefts = [1, 0, 0.5, 0.75, 0.25].map((share) => box.x + 6 + share * (box.width - width - 12));
    return [at - height - 4, at + 5].flatMap((y) => lefts.map((x) => ({ x, y, width, height })));
  }
  const at = plot.x.position(mark.value);
  const tops = [0, 1, 0.5, 0.25, 0.75].map((share) => box.y + 5 + share * (box.height - height - 10));
  return [at + 6, at - width - 6].flatMap((x) => tops.map((y) => ({ x, y, width, height })));
}

function noteCandidates(at: Point, width: number): Box[] {
  const height = FONT.small;
  const middle = at.y - height / 2;
  return [
    { x: at.x + 9, y: middle },
    { x: at.x - width - 9, y: middle },
    { x: at.x - width / 2, y: at.y - height - 9 },
    { x: at.x - width / 2, y: at.y + 9 },
    { x: at.x + 7, y: at.y - height - 7 },
    { x: at.x + 7, y: at.y + 7 },
    { x: at.x - width - 7, y: at.y - height - 7 },
    { x: at.x - width - 7, y: at.y + 7 },
    // clear of lines that meet in the point, as in a corner of the plot
    { x: at.x - width, y: at.y + 26 },
    { x: at.x, y: at.y + 26 },
    { x: at.x - width, y: at.y - height - 26 },
    { x: at.x, y: at.y - height - 26 },
  ].map((corner) => ({ ...corner, width, height }));
}

function drawLabels(plot: Plot, spec: PanelSpec): string {
  const points = obstaclePoints(plot, spec.marks);
  const rules = spec.marks.filter((mark) => mark.kind === "rule").filter((mark) => isRuleVisible(plot, mark));
  const boxes: Box[] = [];
  const out: string[] = [];
  const put = (text: string, candidates: (width: number) => Box[], own: RuleMark | null) => {
    const others = rules
      .filter((rule) => rule !== own)
      .flatMap((rule) => {
        const at = (rule.axis === "x" ? plot.x : plot.y).position(rule.value);
        const { x, y, width, height } = plot.area;
        const ends = rule.axis === "x" ? [at, y, at, y + height] : [x, at, x + width, at];
        return sampled([
          { x: ends[0]!, y: ends[1]! },
          { x: ends[2]!, y: ends[3]! },
        ]);
      });
    const obstacles: Obstacles = { points: [...points, ...others], boxes };
    const box = placeLabel(candidates(textWidth(text, FONT.small)), obstacles, plot.area);
    boxes.push(box);
    out.push(
      textElement(text, box.x, box.y + box.height * 0.86, FONT.small, { class: "ft-halo ft-annotation" }),
    );
  };
  for (const mark of spec.marks) {
    if (mark.kind === "rule" && mark.label !== undefined && isRuleVisible(plot, mark)) {
      put(mark.label, (width) => ruleCandidates(plot, mark, width), mark);
    }
    if (mark.kind === "note") {
      const at = { x: plot.x.position(mark.x), y: plot.y.position(mark.y) };
      if (Number.isFinite(at.x) && Number.isFinite(at.y))
        put(mark.text, (width) => noteCandidates(at, width), null);
    }
  }
  return out.join("");
}

function drawEndLabels(plot: Plot, marks: readonly Mark[]): string {
  const { x, y, width, height } = plot.area;
  const ends = endLabels(marks).flatMap((mark) => {
    const last = runsOf(plot, mark.x, mark.y).at(-1)?.at(-1);
    return last === undefined
      ? []
      : [
          {
            text: mark.endLabel!,
            at: Math.min(y + height, Math.max(y, last.y)),
            colour: mark.style.colour,
          },
        ];
  });
  const places = spread(
    ends.map((end) => end.at),
    FONT.small + 2,
    y + 4,
    y + height - 4,
  );
  return ends
    .map((end, i) =>
      textElement(end.text, x + width + 8, places[i]! + FONT.small * 0.35, FONT.small, {
        // where lines end together their labels stand apart: the colour says whose each is
        class: typeof end.colour === "number" ? `ft-fill-${end.colour}` : undefined,
      }),
    )
    .join("");
}

/** Draws a panel. */
export function drawPanel(spec: PanelSpec): string {
  const plot = layOut(spec);
  const { grid, axes } = drawAxes(plot, spec);
  const lines = spec.marks.filter((mark) => mark.kind === "line");
  const drawn = spec.marks.map((mark) =>
    drawMark(plot, mark, mark.kind === "line" ? (lines.indexOf(mark) * 0.37 + 0.2) % 1 : 0),
  );
  const clip = `${spec.id}-clip`;
  const title =
    spec.title === undefined
      ? ""
      : textElement(spec.title, spec.frame.x, spec.frame.y + FONT.title, FONT.title, { class: "ft-strong" });
  return group({ class: "ft-panel" }, [
    element("clipPath", { id: clip }, element("rect", { ...plot.area })),
    title,
    grid,
    group({ "clip-path": `url(#${clip})` }, [spec.behind?.(plot) ?? "", ...drawn.map((d) => d.clipped)]),
    axes,
    spec.right === undefined ? "" : drawRightAxis(plot, spec.right, spec.frame),
    ...drawn.map((d) => d.open),
    spec.above?.(plot) ?? "",
    drawLabels(plot, spec),
    drawEndLabels(plot, spec.marks),
  ]);
}
