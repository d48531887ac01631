/**
 * A field over a plane: the picture, axes over it, a colour bar, and a point that is dragged or moved by keys.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type GridField, lookupTable, paintField } from "./heatmap.js";
import { PlaneAxes } from "./plane-axes.js";
import { useWidth } from "./use-width.js";

export interface PlanePoint {
  readonly x: number;
  readonly y: number;
}

/** The plot area in px, and the way from data to px and back. */
export interface PlaneScale {
  readonly width: number;
  readonly height: number;
  readonly toX: (x: number) => number;
  readonly toY: (y: number) => number;
}

export interface PlaneProps {
  /** null: nothing computed yet */
  readonly field: GridField | null;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly xTitle: ComponentChildren;
  readonly yTitle: ComponentChildren;
  readonly colours: Parameters<typeof lookupTable>[0];
  readonly shade: (value: number) => number;
  readonly bar: {
    readonly title: ComponentChildren;
    readonly ticks: readonly { readonly at: number; readonly label: string }[];
  };
  readonly point: PlanePoint;
  readonly move: (point: PlanePoint, gesture: string) => void;
  readonly hover?: (point: PlanePoint | null) => void;
  /** drawn over the field, as SVG in px of the plot area */
  readonly over?: (scale: PlaneScale) => ComponentChildren;
  /** what the point says, for screen readers */
  readonly pointText: string;
  readonly label: string;
}

const LEFT = 56;
const BOTTOM = 46;
const TOP = 10;
const RIGHT = 74;
/** Below this width the colour bar lies under the map. */
const NARROW = 460;

const clamp = (value: number, [low, high]: readonly [number, number]) => Math.min(high, Math.max(low, value));

/** Arrow keys move by 1/100 of the range, with shift by 1/20; `,` and `.` by 1/1000. */
function keyStep(event: KeyboardEvent): readonly [number, number] | null {
  const size = event.shiftKey ? 0.05 : 0.01;
  switch (event.key) {
    case "ArrowLeft":
      return [-size, 0];
    case "ArrowRight":
      return [size, 0];
    case "ArrowUp":
      return [0, size];
    case "ArrowDown":
      return [0, -size];
    case ",":
      return [-0.001, 0];
    case ".":
      return [0.001, 0];
    default:
      return null;
  }
}

/** Six digits: what a pointer can mean, and no more than an address should carry. */
const short = (value: number, span: number) => {
  const digits = Math.max(0, 4 - Math.floor(Math.log10(span)));
  return Number(value.toFixed(Math.min(12, digits)));
};

export function Plane(props: PlaneProps) {
  const { field, xDomain, yDomain, shade, colours, bar, point, move, hover, over, pointText, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const total = useWidth(box, 640);
  const narrow = total < NARROW;
  const right = narrow ? 14 : RIGHT;
  const width = Math.max(180, total - LEFT - right);
  const height = Math.round(Math.min(520, Math.max(250, width * 0.74)));
  const [x0, x1] = xDomain;
  const [y0, y1] = yDomain;
  const toX = (x: number) => ((x - x0) / (x1 - x0)) * width;
  const toY = (y: number) => height - ((y - y0) / (y1 - y0)) * height;
  const scale: PlaneScale = { width, height, toX, toY };

  useLayoutEffect(() => {
    if (canvas.current !== null && field !== null)
      paintField(canvas.current, field, shade, lookupTable(colours));
  }, [field, shade, colours]);

  // asked for once per gesture: each answer makes the browser lay out what has changed meanwhile
  const corner = useRef({ left: 0, top: 0 });
  const at = (event: PointerEvent): PlanePoint => {
    const { left, top } = corner.current;
    return {
      x: short(clamp(x0 + ((event.clientX - left) / width) * (x1 - x0), xDomain), x1 - x0),
      y: short(clamp(y1 - ((event.clientY - top) / height) * (y1 - y0), yDomain), y1 - y0),
    };
  };
  const drag = useRef(0);
  const gesture = () => `drag:${drag.current}`;
  const inside = point.x >= x0 && point.x <= x1 && point.y >= y0 && point.y <= y1;
  const px = clamp(toX(point.x), [0, width]);
  const py = clamp(toY(point.y), [0, height]);
  // grid points lie in the middle of their pixels, the first and the last on the edges of the plot
  const grid = field ?? { columns: 2, rows: 2 };
  const overhang = {
    width: `${(100 * grid.columns) / (grid.columns - 1)}%`,
    height: `${(100 * grid.rows) / (grid.rows - 1)}%`,
    left: `${-50 / (grid.columns - 1)}%`,
    top: `${-50 / (grid.rows - 1)}%`,
  };
  const gradient = Array.from({ length: 17 }, (_, i) => `rgb(${colours(i / 16).join(" ")})`).join(", ");
  return (
    <div ref={box} class="plane">
      <div class="plane-box" style={{ height: `${TOP + height + BOTTOM}px` }}>
        <div
          class="plane-area"
          style={{ left: `${LEFT}px`, top: `${TOP}px`, width: `${width}px`, height: `${height}px` }}
          role="slider"
          tabIndex={0}
          aria-label={label}
          aria-valuenow={point.x}
          aria-valuemin={x0}
          aria-valuemax={x1}
          aria-valuetext={pointText}
          onPointerEnter={(event) => {
            corner.current = event.currentTarget.getBoundingClientRect();
          }}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            corner.current = event.currentTarget.getBoundingClientRect();
            event.currentTarget.setPointerCapture(event.pointerId);
            event.currentTarget.focus({ preventScroll: true });
            drag.current++;
            move(at(event), gesture());
            event.preventDefault();
          }}
          onPointerMove={(event) => {
            const to = at(event);
            if (event.currentTarget.hasPointerCapture(event.pointerId)) move(to, gesture());
            hover?.(to);
          }}
          onPointerLeave={() => hover?.(null)}
          onKeyDown={(event) => {
            const step = event.ctrlKey || event.metaKey || event.altKey ? null : keyStep(event);
            if (step === null) return;
            event.preventDefault();
            const to = { x: point.x + step[0] * (x1 - x0), y: point.y + step[1] * (y1 - y0) };
            move(
              { x: short(clamp(to.x, xDomain), x1 - x0), y: short(clamp(to.y, yDomain), y1 - y0) },
              "keys",
            );
          }}
        >
          <canvas ref={canvas} style={overhang} hidden={field === null} />
        </div>
        <svg class="plane-over" width={total} height={TOP + height + BOTTOM} aria-hidden="true">
          <g transform={`translate(${LEFT} ${TOP})`}>
            <svg width={width} height={height} class="plane-clip" aria-hidden="true">
              {over?.(scale)}
            </svg>
            <PlaneAxes
              width={width}
              height={height}
              xDomain={xDomain}
              yDomain={yDomain}
              xTitle={props.xTitle}
              yTitle={props.yTitle}
              left={LEFT}
            />
            <g class={inside ? "handle" : "handle outside"} transform={`translate(${px} ${py})`}>
              <circle class="handle-halo" r={11} />
              <circle class="handle-dot" r={6} />
            </g>
          </g>
        </svg>
        <div
          class={narrow ? "colour-bar lying" : "colour-bar"}
          style={
            narrow
              ? { display: "none" }
              : { left: `${LEFT + width + 18}px`, top: `${TOP + 24}px`, height: `${height - 24}px` }
          }
          aria-hidden="true"
        >
          <span class="bar-title">{bar.title}</span>
          <div class="bar-colours" style={{ background: `linear-gradient(to top, ${gradient})` }} />
          {bar.ticks.map(({ at: share, label: text }) => (
            <span key={text} class="bar-tick" style={{ bottom: `${100 * share}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
      {narrow && (
        <div class="colour-bar-lying" aria-hidden="true">
          <span class="bar-title">{bar.title}</span>
          <div class="bar-lying">
            <div class="bar-colours" style={{ background: `linear-gradient(to right, ${gradient})` }} />
            {bar.ticks.map(({ at: share, label: text }) => (
              <span key={text} class="bar-tick" style={{ left: `${100 * share}%` }}>
                {text}
              </span>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
