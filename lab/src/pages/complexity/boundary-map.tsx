/**
 * The plane as a network sees it at one time: the ground has the colour of the class that it says, points are samples.
 * @module
 */
import { darkTheme, lightTheme } from "foretrain";
import { useLayoutEffect, useRef } from "preact/hooks";
import { PlaneAxes } from "../../figures/plane-axes.js";
import { useWidth } from "../../figures/use-width.js";
import type { TrainingReading } from "./operations.js";

export interface BoundaryMapProps {
  readonly reading: TrainingReading;
  readonly record: number;
  readonly samples: boolean;
  readonly theme: "light" | "dark";
}

/** Strength of the ground's colour: points of the same colour stand out from it. */
const TINT = { light: 0.3, dark: 0.38 } as const;
const MARGIN = { left: 46, right: 12, top: 8, bottom: 42 };

function rgbOf(hex: string): [number, number, number] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

/** The two colours of classes that the package's figures have. */
export function classColours(theme: "light" | "dark"): readonly string[] {
  return (theme === "light" ? lightTheme : darkTheme).series;
}

function paint(canvas: HTMLCanvasElement, { reading, record, theme }: BoundaryMapProps): void {
  const { grid, maps } = reading;
  const [columns, rows] = [grid.x.length, grid.y.length];
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ground = rgbOf((theme === "light" ? lightTheme : darkTheme).surface);
  const tints = classColours(theme).map((hex) =>
    rgbOf(hex).map((c, i) => Math.round(ground[i]! + TINT[theme] * (c - ground[i]!))),
  );
  const image = context.createImageData(columns, rows);
  const from = record * rows * columns;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const said = maps[from + row * columns + column]!;
      const pixel = 4 * ((rows - 1 - row) * columns + column);
      image.data.set([...tints[said]!, 255], pixel);
    }
  }
  context.putImageData(image, 0, 0);
}

export function BoundaryMap(props: BoundaryMapProps) {
  const { reading, record, samples, theme } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const total = useWidth(box, 520);
  const side = Math.max(160, Math.min(540, total - MARGIN.left - MARGIN.right));
  const { grid } = reading;
  const [x0, x1, y0, y1] = [grid.x[0]!, grid.x.at(-1)!, grid.y[0]!, grid.y.at(-1)!];
  const toX = (x: number) => ((x - x0) / (x1 - x0)) * side;
  const toY = (y: number) => side - ((y - y0) / (y1 - y0)) * side;
  useLayoutEffect(() => {
    if (canvas.current !== null) paint(canvas.current, props);
  }, [reading, record, theme]);
  const colours = classColours(theme);
  return (
    <div ref={box} class="boundary" style={{ height: `${side + MARGIN.top + MARGIN.bottom}px` }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`what the network says over the plane at step ${reading.steps[record]}`}
        style={{ left: `${MARGIN.left}px`, top: `${MARGIN.top}px`, width: `${side}px`, height: `${side}px` }}
      />
      <svg class="plane-over" width={total} height={side + MARGIN.top + MARGIN.bottom} aria-hidden="true">
        <g transform={`translate(${MARGIN.left} ${MARGIN.top})`}>
          {samples &&
            reading.samples.labels.map((label, i) => {
              const [cx, cy] = [toX(reading.samples.x[i]!), toY(reading.samples.y[i]!)];
              const wrong = reading.samples.wrong[i];
              // never colour alone: the second class has squares
              return label === 0 ? (
                <circle key={i} cx={cx} cy={cy} r={3} fill={colours[0]} class={wrong ? "wrong-label" : ""} />
              ) : (
                <rect
                  key={i}
                  x={cx - 2.6}
                  y={cy - 2.6}
                  width={5.2}
                  height={5.2}
                  fill={colours[1]}
                  class={wrong ? "wrong-label" : ""}
                />
              );
            })}
          <PlaneAxes
            width={side}
            height={side}
            xDomain={[x0, x1]}
            yDomain={[y0, y1]}
            xTitle="x₁"
            yTitle="x₂"
            left={MARGIN.left}
          />
        </g>
      </svg>
    </div>
  );
}
