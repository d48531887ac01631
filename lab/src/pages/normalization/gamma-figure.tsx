/**
 * Squared bias and variance over gamma, and the expected squared error over time, as the command draws them.
 * @module
 */
import { gammaFigure } from "foretrain";
import { SegmentControl } from "../../controls/choice-control.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { normalizationFields } from "./fields.js";
import { type GammaSettings, gammaContents, gammaData, POINT_NAMES } from "./gamma-contents.js";

export interface GammaFigureProps extends GammaSettings {
  readonly units: number;
  readonly changeSide: (side: "train" | "test") => void;
}

export function GammaFigure(props: GammaFigureProps) {
  const { side, changeSide, units } = props;
  const data = gammaData(props);
  return (
    <Figure
      id="gamma"
      title="Bias and variance over γ"
      contents={data === null ? null : gammaContents(data, `N = ${units}`)}
      controls={
        <SegmentControl
          field={normalizationFields.side}
          value={side}
          change={changeSide}
          name={(option) => POINT_NAMES[option]}
          label={<span class="visually-hidden">errors on</span>}
        />
      }
      caption="The expected squared error of one network is the squared bias of the mean and the variances by its initial weights and by the samples that SGD draws. Circles are real networks."
    >
      <div class="gamma-room">
        {data !== null && (
          <SvgFigure
            least={300}
            most={1200}
            draw={(width) => gammaFigure(data, { width, id: "normalization-gamma" })}
          />
        )}
      </div>
    </Figure>
  );
}
