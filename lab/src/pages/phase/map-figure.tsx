/**
 * The two maps as cobwebs: variance and correlation after one more layer over what they were before.
 * @module
 */
import { numberText, type PanelData, type PanelsData, panelsFigure } from "foretrain";
import type { SaidElsewhere } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { mapGaps } from "./gaps.js";
import type { MapsInput, MapsReading } from "./operations.js";

/** Stairs between the map and the diagonal. */
function stairs(steps: readonly number[]): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i + 1 < steps.length; i++) {
    x.push(steps[i]!, steps[i]!);
    y.push(i === 0 ? 0 : steps[i]!, steps[i + 1]!);
    x.push(steps[i + 1]!);
    y.push(steps[i + 1]!);
  }
  return { x, y };
}

interface Map {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly steps: readonly number[];
  readonly fixed: number | null;
  readonly name: string;
}

function panelOf({ title, x, y, before, after, steps, fixed, name }: Map): PanelData {
  const domain: [number, number] = [before[0]!, before.at(-1)!];
  const web = stairs(steps);
  if (web.y.length > 0) web.y[0] = domain[0];
  return {
    title,
    x: { title: x, kind: "linear", domain },
    y: { title: y, kind: "linear", domain },
    marks: [
      { kind: "line", x: domain, y: domain, style: { colour: "quiet", dash: "dashed", width: 1.25 } },
      { kind: "line", x: web.x, y: web.y, style: { colour: 2, width: 1.25 } },
      { kind: "line", x: before, y: after, style: { colour: 1, width: 2.25 } },
      ...(fixed === null
        ? []
        : [
            {
              kind: "points" as const,
              x: [fixed],
              y: [fixed],
              colour: "ink" as const,
              marker: "circle" as const,
            },
            { kind: "note" as const, x: fixed, y: fixed, text: `${name} = ${numberText(fixed)}` },
          ]),
    ],
  };
}

function panels(reading: MapsReading): PanelsData {
  const { length, correlation, qStar, cStar, lengthSteps, correlationSteps } = reading;
  return {
    title: "Length map and correlation map",
    description:
      `Variance after one more layer over the variance before; ${qStar === null ? "no fixed point" : `the fixed point is ${numberText(qStar)}`}. ` +
      `Correlation after one more layer over the correlation before; ${cStar === null ? "no fixed point" : `the fixed point is ${numberText(cStar)}`}.`,
    legend: [
      { kind: "line", label: "map", style: { colour: 1, width: 2.25 } },
      { kind: "line", label: "layer by layer", style: { colour: 2, width: 1.25 } },
      { kind: "line", label: "unchanged", style: { colour: "quiet", dash: "dashed", width: 1.25 } },
    ],
    panels: [
      panelOf({
        title: "Length map",
        x: "variance q",
        y: "after one more layer",
        before: [...length.q],
        after: [...length.next],
        steps: lengthSteps,
        fixed: qStar,
        name: "q^{*}",
      }),
      ...(correlation === null
        ? []
        : [
            panelOf({
              title: `Correlation map at q = ${numberText(correlation.q)}`,
              x: "correlation c",
              y: "after one more layer",
              before: [...correlation.c],
              after: [...correlation.next],
              steps: correlationSteps,
              fixed: cStar,
              name: "c^{*}",
            }),
          ]),
    ],
    panelHeight: 290,
  };
}

function contentsOf(reading: MapsReading): FigureContents {
  const { length, correlation, lengthSteps, correlationSteps, qStar, cStar } = reading;
  const list = (data: ArrayLike<number>) => ({ data: Float64Array.from(data), shape: [data.length] });
  return {
    name: "phase-maps",
    svg: () => panelsFigure(panels(reading)),
    csv: () => ({
      columns: [
        "q before",
        "q after",
        "c before",
        "c after",
        "layer",
        "q at layer",
        "c at layer",
        "q*",
        "c*",
      ],
      rows: Array.from(
        { length: Math.max(length.q.length, lengthSteps.length, correlationSteps.length) },
        (_, i) => [
          length.q[i] ?? null,
          length.next[i] ?? null,
          correlation?.c[i] ?? null,
          correlation?.next[i] ?? null,
          i < Math.max(lengthSteps.length, correlationSteps.length) ? i : null,
          lengthSteps[i] ?? null,
          correlationSteps[i] ?? null,
          i === 0 ? qStar : null,
          i === 0 ? cStar : null,
        ],
      ),
    }),
    arrays: () => ({
      q: list(length.q),
      lengthMap: list(length.next),
      lengthSteps: list(lengthSteps),
      qStar: list(qStar === null ? [] : [qStar]),
      cStar: list(cStar === null ? [] : [cStar]),
      ...(correlation === null
        ? {}
        : {
            c: list(correlation.c),
            correlationMap: list(correlation.next),
            correlationSteps: list(correlationSteps),
          }),
    }),
  };
}

export interface MapFigureProps {
  readonly task: Task<MapsInput, MapsReading>;
  readonly said: SaidElsewhere;
}

export function MapFigure({ task, said }: MapFigureProps) {
  const { value } = task.state.value;
  return (
    <Figure
      id="maps"
      title="One more layer"
      contents={value === null ? null : contentsOf(value)}
      task={{ state: task.state.value, cancel: () => task.cancel(), said }}
      caption="Where a map crosses the diagonal nothing changes any more. The stairs start at the variance and the correlation of the inputs."
    >
      <div class="map-room">
        {value !== null && <SvgFigure draw={(width) => panelsFigure(panels(value), { width, id: "maps" })} />}
      </div>
      {value !== null &&
        mapGaps(value).map((text) => (
          <p key={text} class="gap">
            {text}
          </p>
        ))}
    </Figure>
  );
}
