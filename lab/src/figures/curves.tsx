/**
 * Curves over a common axis, drawn by uPlot: values at the pointer stand in the legend.
 * @module
 */
import { numberText } from "foretrain";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface CurveSeries {
  readonly label: string;
  /** null: a gap */
  readonly values: readonly (number | null)[];
  /** category colour of the theme; ink: neutral */
  readonly colour: 1 | 2 | 3 | 4 | "ink";
  readonly dash?: readonly number[];
  readonly points?: boolean;
}

export interface CurvesProps {
  readonly x: readonly number[];
  readonly series: readonly CurveSeries[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly yScale?: "linear" | "log";
  /** ends of the y axis; default: the data's */
  readonly yRange?: readonly [number, number];
  readonly height?: number;
  /** a horizontal line with a name, like a critical value */
  readonly rule?: { readonly value: number; readonly label: string };
  /** for screen readers: what the curves say */
  readonly description: string;
  /** changes with the theme, so that the colours are read again */
  readonly theme: string;
}

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colourOf = (colour: CurveSeries["colour"]) =>
  token(colour === "ink" ? "--ft-ink" : `--ft-series-${colour}`);

function drawRule(plot: UPlot, { value, label }: { value: number; label: string }): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(value, "y", true);
  if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = token("--ft-muted");
  ctx.fillStyle = token("--ft-muted");
  ctx.lineWidth = ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "right";
  ctx.fillText(label, bbox.left + bbox.width - 4 * ratio, y - 4 * ratio);
  ctx.restore();
}

/** The line of a legend: dashed as the curve is. */
function legendLine({ colour, dash }: CurveSeries): string {
  const stroke = colourOf(colour);
  if (dash === undefined) return stroke;
  const [on, off] = [dash[0]!, dash[1] ?? dash[0]!];
  return `repeating-linear-gradient(90deg, ${stroke} 0 ${on}px, transparent ${on}px ${on + off}px)`;
}

function optionsOf(props: CurvesProps, width: number): UPlot.Options {
  const { series, xTitle, yTitle, yScale = "linear", yRange, rule, height = 220 } = props;
  const axis = {
    stroke: token("--ft-muted"),
    font: "12px system-ui, sans-serif",
    labelFont: "12.5px system-ui, sans-serif",
    labelSize: 18,
    grid: { stroke: token("--ft-grid"), width: 1 },
    ticks: { stroke: token("--ft-axis"), width: 1, size: 5 },
  };
  return {
    width,
    height,
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    // the first of its series is the axis
    legend: {
      live: true,
      markers: { width: 0, fill: (_plot, i) => (i === 0 ? "" : legendLine(series[i - 1]!)) },
    },
    scales: {
      x: { time: false },
      y: {
        distr: yScale === "log" ? 3 : 1,
        ...(yRange === undefined ? {} : { range: [yRange[0], yRange[1]] as UPlot.Range.MinMax }),
      },
    },
    axes: [
      { ...axis, label: xTitle, size: 34 },
      {
        ...axis,
        label: yTitle,
        size: 46,
        values: (_plot, ticks) =>
          ticks.map((tick) =>
            tick === null ? "" : yScale === "log" && !isDecade(tick) ? "" : numberText(tick),
          ),
      },
    ],
    series: [
      {
        label: xTitle,
        value: (_plot, value) => (value === null || value === undefined ? "" : numberText(value)),
      },
      ...series.map(
        (curve): UPlot.Series => ({
          label: curve.label,
          stroke: colourOf(curve.colour),
          width: 2,
          ...(curve.dash === undefined ? {} : { dash: [...curve.dash] }),
          points: { show: curve.points ?? false, size: 5, fill: colourOf(curve.colour) },
          value: (_plot, value) => (value === null || value === undefined ? "" : numberText(value, 4)),
        }),
      ),
    ],
    hooks: rule === undefined ? {} : { draw: [(plot) => drawRule(plot, rule)] },
  };
}

const isDecade = (value: number) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

/** Everything that a plot is built from; data may change without building it anew. */
const shapeOf = ({ series, xTitle, yTitle, yScale, yRange, height, rule, theme }: CurvesProps) =>
  JSON.stringify([
    series.map(({ label, colour, dash, points }) => [label, colour, dash, points]),
    [xTitle, yTitle, yScale, yRange, height, rule, theme],
  ]);

export function Curves(props: CurvesProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const { x, series, description, height = 220 } = props;
  const shape = shapeOf(props);
  const data: UPlot.AlignedData = [
    [...x],
    ...series.map(({ values }) => values.map((y) => (y !== null && Number.isFinite(y) ? y : null))),
  ];
  // before the first painting and in the width that there is: a legend that wraps otherwise would push what is below
  useLayoutEffect(() => {
    const made = new UPlot(optionsOf(props, box.current!.clientWidth || 480), data, box.current!);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(data);
  });
  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => {
      const width = element.clientWidth;
      // 0: a table stands in its place
      if (plot.current !== null && width > 0 && plot.current.width !== width)
        plot.current.setSize({ width, height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [height]);
  // the legend stands below the plot and wraps on narrow pages: its room is kept
  return (
    <div
      ref={box}
      class="curves"
      role="img"
      aria-label={description}
      style={{ minHeight: `${height + 30}px` }}
    />
  );
}
