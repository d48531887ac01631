/**
 * What a simple model explains over the steps of a training, as the command draws it.
 * @module
 */
import { complexityFigure, type LearningCurve } from "foretrain";
import type { ComponentChildren } from "preact";
import type { TaskState } from "../../engine/task.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { complexityData, curveContents } from "./curve-data.js";

export interface CurveFigureProps {
  readonly title: string;
  readonly name: string;
  readonly curve: LearningCurve | null;
  readonly trainBits: readonly number[] | null;
  readonly task?: { readonly state: TaskState<unknown>; readonly cancel: () => void };
  readonly controls?: ComponentChildren;
  /** stands where there are no curves, and above those of settings before */
  readonly waiting: string;
  /** curves of settings before, shown until there are others; they are not those of the page: no files of them */
  readonly before?: Pick<CurveFigureProps, "curve" | "trainBits"> | null;
}

export function CurveFigure({
  title,
  name,
  curve,
  trainBits,
  task,
  controls,
  waiting,
  before,
}: CurveFigureProps) {
  const drawn = curve === null ? (before ?? null) : { curve, trainBits };
  return (
    <Figure
      id={name}
      title={title}
      contents={curve === null ? null : curveContents(curve, trainBits, name)}
      {...(task === undefined ? {} : { task })}
      controls={controls}
      caption="I(F; Y) is what the network knows of the labels of samples that it was not trained on, μ(F; L) the part of it that the simple model L knows too. Bands are two standard errors."
    >
      <div class="curve-room">
        {curve === null && <p class="curve-waits">{waiting}</p>}
        {drawn?.curve != null && (
          <div class={curve === null ? "curve-before" : ""}>
            <SvgFigure
              most={1100}
              draw={(width) =>
                complexityFigure(complexityData(drawn.curve!, drawn.trainBits), { width, id: name })
              }
            />
          </div>
        )}
      </div>
    </Figure>
  );
}
