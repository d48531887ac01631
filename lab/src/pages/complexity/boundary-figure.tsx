/**
 * The decision boundary at one record, with the player.
 * @module
 */
import { numberText, percentText } from "foretrain";
import { FlagControl } from "../../controls/flag-control.js";
import { Player } from "../../controls/player.js";
import { ask } from "../../engine/ask.js";
import type { Engine } from "../../engine/engine.js";
import type { Task } from "../../engine/task.js";
import type { DrawOperations } from "../../figures/draw.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { BoundaryMap, classColours } from "./boundary-map.js";
import { complexityFields, type TrainingChoice } from "./fields.js";
import type { TrainingReading } from "./operations.js";

export interface BoundaryFigureProps {
  /** draws the picture of files */
  readonly engine: Engine;
  readonly task: Task<TrainingChoice, TrainingReading>;
  readonly record: number;
  readonly samples: boolean;
  readonly theme: "light" | "dark";
  readonly show: (record: number, gesture: string) => void;
  readonly showSamples: (samples: boolean) => void;
}

/** Maps of the picture that is exported, evenly over the records. */
const MAPS = 8;

function contentsOf(reading: TrainingReading, record: number, engine: Engine): FigureContents {
  const { grid, maps, steps, samples, classNames, testAccuracy } = reading;
  const size = grid.x.length * grid.y.length;
  const mapAt = (t: number) => maps.subarray(t * size, (t + 1) * size);
  const last = steps.length - 1;
  const at = [...new Set(Array.from({ length: MAPS }, (_, i) => Math.round((i * last) / (MAPS - 1))))];
  const rows = (points: readonly number[]) =>
    points.flatMap((j) =>
      grid.x.map((x, i) => [x, grid.y[j]!, mapAt(record)[j * grid.x.length + i]!] as const),
    );
  const columns = ["x1", "x2", "class"];
  return {
    name: "decision-boundary",
    svg: () =>
      ask<DrawOperations, "draw.boundaries">(engine, "complexity picture", "draw.boundaries", {
        x: { title: "x_{1}", values: grid.x },
        y: { title: "x_{2}", values: grid.y },
        maps: at.map((t) => ({
          title: `step ${numberText(steps[t]!)}, ${percentText(testAccuracy[t]!)}`,
          classes: mapAt(t).slice(),
        })),
        samples,
        classNames,
      }),
    csv: () => ({ columns, rows: rows(grid.y.map((_, j) => j)) }),
    table: () => ({
      columns,
      rows: rows([0, 20, 40, 60, 80].filter((j) => j < grid.y.length)).filter((_, i) => i % 10 === 0),
      note: `some points of ${grid.x.length} x ${grid.y.length} at step ${steps[record]}; the CSV file has all`,
    }),
    arrays: () => ({
      x: { data: Float64Array.from(grid.x), shape: [grid.x.length] },
      y: { data: Float64Array.from(grid.y), shape: [grid.y.length] },
      steps: { data: Float64Array.from(steps), shape: [steps.length] },
      classes: { data: maps, shape: [steps.length, grid.y.length, grid.x.length] },
    }),
  };
}

export function BoundaryFigure({
  engine,
  task,
  record,
  samples,
  theme,
  show,
  showSamples,
}: BoundaryFigureProps) {
  const state = task.state.value;
  const { value } = state;
  const colours = classColours(theme);
  return (
    <Figure
      id="boundary"
      title="Decision boundary"
      contents={value === null ? null : contentsOf(value, record, engine)}
      task={{ state, cancel: () => task.cancel() }}
      controls={
        <FlagControl field={complexityFields.samples} value={samples} change={showSamples} label="samples" />
      }
      caption="The ground is what the network says, the points are what it was trained on; ringed ones have a wrong label. SVG and PNG have eight times of the training."
    >
      <div class="boundary-room">
        {value !== null && (
          <>
            <p class="classes">
              {value.classNames.map((name, i) => (
                <span key={name}>
                  <svg width="12" height="12" aria-hidden="true">
                    {i === 0 ? (
                      <circle cx="6" cy="6" r="4" fill={colours[i]} />
                    ) : (
                      <rect x="2" y="2" width="8" height="8" fill={colours[i]} />
                    )}
                  </svg>{" "}
                  label {name}
                </span>
              ))}
            </p>
            <BoundaryMap reading={value} record={record} samples={samples} theme={theme} />
            <Player steps={value.steps} record={record} show={show} />
          </>
        )}
      </div>
    </Figure>
  );
}
