/**
 * Predicted loss and accuracy over steps with bands, and the records of real networks over them.
 * @module
 */
import { type CurvesData, curvesFigure, type NpzArrays } from "foretrain";
import { Player } from "../../controls/player.js";
import type { SaidElsewhere } from "../../controls/task-status.js";
import type { Task } from "../../engine/task.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { measuredCurves } from "./measured.js";
import type { VerifyReading, WideInput, WideReading } from "./wide-operations.js";

const SPLITS = ["train", "test"] as const;
const QUANTITIES = ["loss", "accuracy"] as const;
const LINES = ["mean", "median", "low", "high"] as const;

function curvesData(
  { curves, chance }: WideReading,
  measured: VerifyReading | null,
  at: number | null,
): CurvesData {
  const { steps, train, test } = curves;
  return {
    steps,
    train,
    test,
    chance,
    at,
    measured: measured === null ? null : measuredCurves(measured.records),
  };
}

const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

function contentsOf(reading: WideReading, measured: VerifyReading | null): FigureContents {
  const { curves } = reading;
  const trained = measured === null ? null : measuredCurves(measured.records);
  const columns = SPLITS.flatMap((split) =>
    QUANTITIES.flatMap((quantity) => LINES.map((line) => ({ split, quantity, line }))),
  );
  const found = (step: number) => trained?.steps.indexOf(step) ?? -1;
  return {
    name: "training",
    svg: () => curvesFigure(curvesData(reading, measured, null)),
    csv: () => ({
      columns: [
        "step",
        ...columns.map(({ split, quantity, line }) => `${split} ${quantity}, ${line}`),
        ...(trained === null
          ? []
          : SPLITS.flatMap((split) => QUANTITIES.map((quantity) => `${split} ${quantity}, trained`))),
      ],
      rows: curves.steps.map((step, i) => [
        step,
        ...columns.map(({ split, quantity, line }) => curves[split][quantity][line][i]!),
        ...(trained === null
          ? []
          : SPLITS.flatMap((split) =>
              QUANTITIES.map((quantity) => trained[split][quantity].mean[found(step)] ?? null),
            )),
      ]),
    }),
    arrays: () => ({
      steps: vector(curves.steps),
      ...Object.fromEntries(
        columns.map(({ split, quantity, line }) => [
          `${split}_${quantity}_${line}`,
          vector(curves[split][quantity][line]),
        ]),
      ),
      ...(trained === null ? {} : trainedArrays(trained)),
    }),
  };
}

function trainedArrays(trained: NonNullable<ReturnType<typeof measuredCurves>>): NpzArrays {
  return {
    trained_steps: vector(trained.steps),
    ...Object.fromEntries(
      SPLITS.flatMap((split) =>
        QUANTITIES.flatMap((quantity) =>
          (["mean", "low", "high"] as const).map((line) => [
            `trained_${split}_${quantity}_${line}`,
            vector(trained[split][quantity][line]),
          ]),
        ),
      ),
    ),
  };
}

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
      contents={value === null ? null : contentsOf(value, measured)}
      task={{ state, cancel: () => task.cancel(), said }}
      caption="Lines are the median of single networks, bands hold 80 % of them, dashed lines are the mean output of infinitely many. Points are real networks, trained here: their mean, and bars from the smallest to the largest."
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
