/**
 * How far trained networks are from the prediction, in standard errors, over steps.
 * @module
 */
import { panelsFigure, type ReportVerification } from "foretrain";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { type Compared, scoreContents, scorePanels } from "./score-panels.js";

export interface ScoreFigureProps {
  readonly verification: ReportVerification | null;
  readonly at: number | null;
}

export function ScoreFigure({ verification, at }: ScoreFigureProps) {
  const compared =
    verification === null || verification.quantities === null ? null : (verification as Compared);
  return (
    <Figure
      id="scores"
      title="Where theory breaks"
      contents={compared === null ? null : scoreContents(compared)}
      caption="Mean of the trained networks minus the predicted mean of single ones, divided by the standard error of that difference. Few networks of a small spread give large z for differences that nobody sees; the sentence beside says what counts. An axis beyond ±15 is logarithmic outside ±1."
    >
      <div class="score-room">
        {compared === null ? (
          <p class="muted">
            {verification === null
              ? "Verify the prediction: real networks are trained, and compared step by step."
              : verification.sentence}
          </p>
        ) : (
          <SvgFigure
            least={320}
            most={1100}
            draw={(width) => panelsFigure(scorePanels(compared, at), { width, id: "training-z" })}
          />
        )}
      </div>
    </Figure>
  );
}
