/**
 * The kernel of the sample as a picture, with the two images of the pair under the pointer.
 * @module
 */
import { useSignal } from "@preact/signals";
import { numberText, viridis } from "foretrain";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { SegmentControl } from "../../controls/choice-control.js";
import { NumberValue } from "../../controls/number-value.js";
import { ask } from "../../engine/ask.js";
import type { Engine } from "../../engine/engine.js";
import type { Task } from "../../engine/task.js";
import type { DrawOperations } from "../../figures/draw.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { type MatrixCell, MatrixPicture } from "../../figures/matrix.js";
import { type NetworkState, networkFields } from "./fields.js";
import type { KernelInput, KernelReading } from "./operations.js";

const NAMES = { ntk: "NTK", nngp: "NNGP" } as const;
const SHADING_NAMES = { correlation: "correlation", value: "value" } as const;

/** The matrix itself, or divided by the roots of its diagonal. */
function shownValues(reading: KernelReading, { kernel, shading }: NetworkState): Float64Array {
  const { data, shape } = reading[kernel].matrix;
  const n = shape[0];
  if (shading === "value") return data;
  const root = Float64Array.from({ length: n }, (_, i) => Math.sqrt(data[i * n + i]!));
  return data.map((value, at) => value / (root[Math.floor(at / n)]! * root[at % n]!));
}

/** Colours from the least to the largest value beside the diagonal, which would swallow the rest. */
function range(values: Float64Array, n: number): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < values.length; at++) {
    // a kernel that is 0 has no correlations
    if (at % (n + 1) === 0 || Number.isNaN(values[at]!)) continue;
    low = Math.min(low, values[at]!);
    high = Math.max(high, values[at]!);
  }
  if (low > high) return [0, 1];
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

function contentsOf(
  reading: KernelReading,
  state: NetworkState,
  values: Float64Array,
  engine: Engine,
): FigureContents {
  const { ntk, nngp, x, y } = reading;
  const n = y.length;
  const [low, high] = range(values, n);
  const all = Array.from({ length: n }, (_, i) => i);
  const name = NAMES[state.kernel];
  function* rowsOf() {
    for (const i of all) yield [i, y[i]!, ...values.subarray(i * n, (i + 1) * n)];
  }
  return {
    name: `kernel-${state.kernel}`,
    svg: () =>
      ask<DrawOperations, "draw.maps">(engine, "network picture", "draw.maps", {
        title: `${name} of ${n} images`,
        description: `Kernel matrix of ${n} images sorted by class, from ${numberText(low)} to ${numberText(high)} beside the diagonal.`,
        x: { title: "image, sorted by class", values: all },
        y: { title: "image, sorted by class", values: all },
        rows: [
          [
            {
              colours: { title: `${name}, ${SHADING_NAMES[state.shading]}`, domain: [low, high] },
              maps: [{ title: "", values: all.map((i) => [...values.subarray(i * n, (i + 1) * n)]) }],
            },
          ],
        ],
        overlays: [],
        panelHeight: 520,
      }),
    csv: () => ({ columns: ["image", "class", ...all.map(String)], rows: rowsOf() }),
    table: () => ({
      columns: ["image", "class", ...all.slice(0, 12).map(String)],
      rows: all.slice(0, 60).map((i) => [i, y[i]!, ...values.subarray(i * n, i * n + 12)]),
      note: `the first 12 of ${n} columns; the CSV file has all`,
    }),
    arrays: () => ({ ntk: ntk.matrix, nngp: nngp.matrix, x, y: { data: y, shape: [n] } }),
  };
}

interface ThumbnailProps {
  readonly reading: KernelReading;
  readonly index: number;
}

/** One image of the sample, as the network sees it. */
function Thumbnail({ reading, index }: ThumbnailProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { x, y } = reading;
  const side = x.shape[1]!;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d") ?? null;
    if (canvas.current === null || context === null) return;
    const pixels = x.data.subarray(index * side * side, (index + 1) * side * side);
    const most = Math.max(...pixels);
    canvas.current.width = side;
    canvas.current.height = side;
    const image = context.createImageData(side, side);
    pixels.forEach((value, k) => {
      const grey = Math.round(255 * (1 - value / most));
      image.data.set([grey, grey, grey, 255], 4 * k);
    });
    context.putImageData(image, 0, 0);
  }, [x, index, side]);
  return (
    <div class="thumbnail">
      <canvas ref={canvas} role="img" aria-label={`image ${index}, class ${y[index]}`} />
      <span>
        image {index}, a {y[index]}
      </span>
    </div>
  );
}

export interface KernelFigureProps {
  /** draws the picture of files */
  readonly engine: Engine;
  readonly task: Task<KernelInput, KernelReading>;
  readonly state: NetworkState;
  readonly change: (patch: Partial<NetworkState>, gesture?: string) => void;
}

export function KernelFigure({ engine, task, state, change }: KernelFigureProps) {
  const reading = task.state.value.value;
  const { kernel, shading } = state;
  const hovered = useSignal<MatrixCell | null>(null);
  const values = useMemo(
    () => (reading === null ? null : shownValues(reading, state)),
    [reading, kernel, shading],
  );
  const n = reading?.y.length ?? 0;
  const scale = useMemo(() => {
    if (values === null) return null;
    const [low, high] = range(values, n);
    const ticks = [0, 0.5, 1].map((at) => ({ at, label: numberText(low + at * (high - low)) }));
    return { shade: (value: number) => (value - low) / (high - low), ticks };
  }, [values, n]);
  const groups = useMemo(() => {
    if (reading === null) return [];
    return [...reading.y].flatMap((label, i) =>
      i === 0 || reading.y[i - 1] !== label ? [{ from: i, label: String(label) }] : [],
    );
  }, [reading]);
  const { row, column } = hovered.value ?? state;
  const cell = { row: Math.min(row, n - 1), column: Math.min(column, n - 1) };
  const pair = values === null ? null : values[cell.row * n + cell.column]!;
  return (
    <Figure
      id="kernel"
      title="Kernel of the sample"
      class="kernel-figure"
      contents={reading === null || values === null ? null : contentsOf(reading, state, values, engine)}
      task={{ state: task.state.value, cancel: () => task.cancel() }}
      caption="Images sorted by class. Move over the matrix to see which pair a cell is; a press, or the arrow keys once it has the focus, choose one."
    >
      <div class="kernel-choices">
        <SegmentControl
          field={networkFields.kernel}
          value={kernel}
          change={(next) => change({ kernel: next })}
          name={(option) => NAMES[option]}
        />
        <SegmentControl
          field={networkFields.shading}
          value={shading}
          change={(next) => change({ shading: next })}
        />
      </div>
      <div class="kernel-room">
        {reading !== null && values !== null && scale !== null && (
          <>
            <MatrixPicture
              size={n}
              values={values}
              colours={viridis}
              shade={scale.shade}
              ticks={scale.ticks}
              barTitle={NAMES[kernel]}
              groups={groups}
              cell={cell}
              select={(next) => {
                hovered.value = null;
                change({ ...next }, "cell");
              }}
              hover={(next) => {
                hovered.value = next;
              }}
              cellText={`images ${cell.row} and ${cell.column}, classes ${reading.y[cell.row]} and ${reading.y[cell.column]}: ${numberText(pair!, 4)}`}
              label="Kernel matrix. Arrow keys move from cell to cell."
            />
            <div class="pair">
              <Thumbnail reading={reading} index={cell.row} />
              <Thumbnail reading={reading} index={cell.column} />
              <p>
                {shading} <NumberValue name="pair" value={pair} digits={6} />
              </p>
            </div>
          </>
        )}
      </div>
    </Figure>
  );
}
