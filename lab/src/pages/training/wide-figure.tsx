/**
 * Predicted loss and accuracy over steps with bands, and the records of real networks over them.
 * @module
 */
import { curvesFigure } from "foretrain";
import { Player } from "../../controls/player.js";
import type { SaidElsewhere } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { curvesData, wideContents } from "./wide-data.js";
import type { VerifyReading, WideInput, WideReading } from "./wide-operations.js";

export interface WideFigureProps {
  readonly task: Task<WideInput, WideReading>;
  readonly said: SaidElsewhere;
  readonly measured: VerifyReading | null;
  readonly record: number;
  readonly show: (record: number, gesture: string) => void;
}

export function WideFigure({ task, said, measured, record, show }: WideFigureProps) {
  const state = task.state.value;
  const { value } = state;
  return (
    <Figure
      id="training"
      title="Predicted training"
      contents={value === null ? null : wideContents(value, measured)}
      task={{ state, cancel: () => task.cancel(), said }}
      caption="Lines are the mean of single networks, bands reach two of their standard deviations to either side, dashed lines are the mean output of infinitely many. Points are real networks, trained here: their mean, and bars from the smallest to the largest. Once they are trained, dotted lines are theory from the starts of these networks: how far points are from them is not luck of the start, and the verdict rests on it."
    >
      <div class="training-room">
        {value !== null && (
          <>
            <SvgFigure
              least={320}
              most={1100}
              draw={(width) =>
                curvesFigure(curvesData(value, measured, value.curves.steps[record] ?? null), {
                  width,
                  id: "training",
                })
              }
            />
            <Player steps={value.curves.steps} record={record} show={show} />
          </>
        )}
      </div>
    </Figure>
  );
}
