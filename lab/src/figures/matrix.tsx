/**
 * A square matrix as a picture, one cell per pair, with what is under the pointer told to the page.
 * @module
 */
import type { ColourMap } from "foretrain";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { lookupTable, paintField } from "./heatmap.js";

export interface MatrixCell {
  readonly row: number;
  readonly column: number;
}

export interface MatrixProps {
  readonly size: number;
  /** row-major, [size * size] */
  readonly values: Float64Array;
  readonly colours: ColourMap;
  readonly shade: (value: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly barTitle: ComponentChildren;
  /** names of runs of rows: `from` is their first row */
  readonly groups: readonly { readonly from: number; readonly label: string }[];
  readonly cell: MatrixCell;
  /** chooses a cell, by a press or by keys */
  readonly select: (cell: MatrixCell) => void;
  /** the cell under a pointer; null: none any more */
  readonly hover: (cell: MatrixCell | null) => void;
  /** what the chosen cell says, for screen readers */
  readonly cellText: string;
  readonly label: string;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Rows run downwards, as matrices are written; the painter puts its first row at the bottom. */
function flipped(values: Float64Array, size: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < size; i++) out.set(values.subarray(i * size, (i + 1) * size), (size - 1 - i) * size);
  return out;
}

export function MatrixPicture(props: MatrixProps) {
  const { size, values, colours, shade, ticks, barTitle, groups, cell, select, hover, cellText, label } =
    props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    const field = { columns: size, rows: size, values: flipped(values, size) };
    paintField(canvas.current, field, shade, lookupTable(colours));
  }, [size, values, colours, shade]);
  const inside = (index: number) => Math.min(size - 1, Math.max(0, index));
  const at = (event: PointerEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return {
      row: inside(Math.floor(((event.clientY - top) / height) * size)),
      column: inside(Math.floor(((event.clientX - left) / width) * size)),
    };
  };
  const share = (index: number) => `${(100 * index) / size}%`;
  const gradient = Array.from({ length: 17 }, (_, i) => `rgb(${colours(i / 16).join(" ")})`).join(", ");
  return (
    <div class="matrix">
      <div class="matrix-rows" aria-hidden="true">
        {groups.map(({ from, label: name }, i) => (
          <span key={name} style={{ top: share((from + (groups[i + 1]?.from ?? size)) / 2) }}>
            {name}
          </span>
        ))}
      </div>
      <div
        class="matrix-area"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={size * size - 1}
        aria-valuenow={cell.row * size + cell.column}
        aria-valuetext={cellText}
        onPointerMove={(event) => hover(at(event))}
        onPointerDown={(event) => select(at(event))}
        onPointerLeave={() => hover(null)}
        onKeyDown={(event) => {
          const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : STEPS[event.key];
          if (step === undefined) return;
          event.preventDefault();
          const by = event.shiftKey ? 10 : 1;
          select({ row: inside(cell.row + by * step[0]), column: inside(cell.column + by * step[1]) });
        }}
      >
        <canvas ref={canvas} />
        <span class="cross-row" style={{ top: share(cell.row), height: share(1) }} />
        <span class="cross-column" style={{ left: share(cell.column), width: share(1) }} />
      </div>
      <div class="matrix-bar" aria-hidden="true">
        <span class="bar-title">{barTitle}</span>
        <div class="bar-lying">
          <div class="bar-colours" style={{ background: `linear-gradient(to right, ${gradient})` }} />
          {ticks.map(({ at: place, label: text }) => (
            <span key={text} class="bar-tick" style={{ left: `${100 * place}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}
