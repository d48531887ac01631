/**
 * Variance and correlations layer by layer.
 * @module
 */
import type { ReadonlySignal } from "@preact/signals";
import { numberText, type PanelsData, panelsFigure } from "foretrain";
import { FlagControl } from "../../controls/flag-control.js";
import type { SaidElsewhere } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";
import { Curves } from "../../figures/curves.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { phaseFields } from "./fields.js";
import { depthGaps } from "./gaps.js";
import type { DepthInput, DepthReading } from "./operations.js";

const pairName = (start: number) => `start c = ${numberText(start)}`;

/** Variances that overflow are not drawn; a logarithmic axis has no zero. */
const drawable = (values: readonly number[], logarithmic: boolean) =>
  values.map((q) => (Number.isFinite(q) && (!logarithmic || q > 0) ? q : null));

function panels({ signal, starts }: DepthReading, logarithmic: boolean): PanelsData {
  const layer = signal.q.map((_, l) => l);
  const finite = signal.q.filter((q) => Number.isFinite(q) && q > 0);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const lowest = Math.min(0, ...signal.correlations.flat().filter(Number.isFinite));
  const styles = [
    { colour: 2, marker: "circle" },
    { colour: 3, dash: "dashed" },
    { colour: 1, dash: "dotted" },
  ] as const;
  return {
    title: "Signals through depth",
    description: `Variance from ${numberText(signal.q[0]!)} to ${numberText(signal.q.at(-1)!)} after ${signal.q.length - 1} layers.`,
    legend: starts.map((start, i) => ({
      kind: "line",
      label: `correlation, ${pairName(start)}`,
      style: styles[i % 3]!,
    })),
    panels: [
      {
        title: "Variance",
        x: { title: "layer", kind: "linear", domain: [0, layer.length - 1], integer: true },
        y: {
          title: "variance q",
          kind: logarithmic ? "log" : "linear",
          domain: logarithmic ? [low / 1.1, high * 1.1] : [0, 1.08 * high],
        },
        marks: [{ kind: "line", x: layer, y: drawable(signal.q, logarithmic), style: { colour: "ink" } }],
      },
      {
        title: "Correlation of two inputs",
        x: { title: "layer", kind: "linear", domain: [0, layer.length - 1], integer: true },
        y: { title: "correlation c", kind: "linear", domain: [Math.max(-1, lowest * 1.05), 1.02] },
        marks: signal.correlations.map((values, i) => ({
          kind: "line" as const,
          x: layer,
          y: drawable(values, false),
          style: styles[i % 3]!,
        })),
      },
    ],
  };
}

function contentsOf(reading: DepthReading, logarithmic: boolean): FigureContents {
  const { signal, starts } = reading;
  return {
    name: "phase-depth",
    svg: () => panelsFigure(panels(reading, logarithmic)),
    csv: () => ({
      columns: ["layer", "variance q", ...starts.map((start) => `correlation, ${pairName(start)}`)],
      rows: signal.q.map((q, l) => [l, q, ...signal.correlations.map((values) => values[l]!)]),
    }),
    arrays: () => ({
      q: { data: Float64Array.from(signal.q), shape: [signal.q.length] },
      starts: { data: Float64Array.from(starts), shape: [starts.length] },
      correlations: {
        data: Float64Array.from(signal.correlations.flat()),
        shape: [starts.length, signal.q.length],
      },
      chi: { data: Float64Array.from(signal.chi), shape: [signal.chi.length] },
    }),
  };
}

export interface DepthFigureProps {
  readonly task: Task<DepthInput, DepthReading>;
  readonly said: SaidElsewhere;
  readonly theme: ReadonlySignal<"light" | "dark">;
  readonly logarithmic: boolean;
  readonly change: (logarithmic: boolean) => void;
}

export function DepthFigure({ task, said, theme, logarithmic, change }: DepthFigureProps) {
  const { value } = task.state.value;
  const layer = value?.signal.q.map((_, l) => l) ?? [];
  const lowest = Math.min(0, ...(value?.signal.correlations.flat().filter(Number.isFinite) ?? []));
  return (
    <Figure
      id="depth"
      title="Through depth"
      contents={value === null ? null : contentsOf(value, logarithmic)}
      task={{ state: task.state.value, cancel: () => task.cancel(), said }}
      controls={
        <FlagControl field={phaseFields.logLength} value={logarithmic} change={change} label="log q" />
      }
      caption="Layer 0 is the first pre-activation. Other starts show that all correlations run into the same fixed point."
    >
      <div class="curve-pair">
        {value !== null && (
          <>
            <Curves
              x={layer}
              xTitle="layer"
              yTitle="variance q"
              yScale={logarithmic ? "log" : "linear"}
              series={[{ label: "variance q", values: drawable(value.signal.q, logarithmic), colour: "ink" }]}
              {...(logarithmic ? {} : { yRange: varianceRange(value.signal.q) })}
              description={`Variance from ${numberText(value.signal.q[0]!)} to ${numberText(value.signal.q.at(-1)!)}`}
              theme={theme.value}
            />
            <Curves
              x={layer}
              xTitle="layer"
              yTitle="correlation c"
              yRange={[lowest < 0 ? Math.max(-1.02, lowest * 1.05) : 0, 1.02]}
              series={value.starts.map((start, i) => ({
                label: pairName(start),
                values: value.signal.correlations[i]!,
                colour: ([2, 3, 1] as const)[i % 3]!,
                ...(i === 0 ? {} : { dash: i === 1 ? [7, 4] : [2, 4] }),
              }))}
              description={`Correlation of the chosen pair from ${numberText(value.starts[0]!)} to ${numberText(value.signal.correlations[0]!.at(-1)!)}`}
              theme={theme.value}
            />
          </>
        )}
      </div>
      {value !== null &&
        depthGaps(value).map((text) => (
          <p key={text} class="gap">
            {text}
          </p>
        ))}
    </Figure>
  );
}

/** From 0 to a round number, so that the axis stands still while the point moves a little. */
function varianceRange(q: readonly number[]): readonly [number, number] {
  const high = Math.max(...q.filter(Number.isFinite), 1e-12) * 1.05;
  const power = 10 ** Math.floor(Math.log10(high));
  const top = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((size) => size >= high)!;
  return [0, top];
}
