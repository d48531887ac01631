/**
 * Squared bias and variance over gamma, and the expected squared error over time, as the command draws them.
 * @module
 */
import { type GammaFigureData, gammaFigure } from "foretrain";
import { SegmentControl } from "../../controls/choice-control.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import { normalizationFields } from "./fields.js";
import type { GammaReading } from "./model.js";

export interface GammaFigureProps {
  readonly readings: readonly GammaReading[];
  readonly times: readonly number[];
  readonly record: number;
  readonly gamma: number;
  readonly units: number;
  readonly side: "train" | "test";
  readonly changeSide: (side: "train" | "test") => void;
  /** null: its progress is shown elsewhere */
}

const NAMES = { train: "training points", test: "test points" } as const;

/** Gammas whose flow is not there yet are left out; trained networks are drawn when all gammas have some. */
function dataOf({ readings, times, record, gamma, side }: GammaFigureProps): GammaFigureData | null {
  const known = readings.filter(({ point }) => point !== null);
  if (known.length === 0 || times.length === 0) return null;
  const everyTrained = known.every(({ comparison }) => comparison !== null);
  return {
    gammas: known.map((reading) => reading.gamma),
    times,
    errors: known.map(({ point }) => point![side]!.errors!),
    trained: everyTrained
      ? known.map(({ comparison }) => (side === "train" ? comparison!.trainError : comparison!.testError))
      : null,
    trainedErrors: everyTrained
      ? known.map(({ comparison }) =>
          side === "train" ? comparison!.trainErrorError : comparison!.testErrorError,
        )
      : null,
    points: NAMES[side],
    at: record,
    chosen: gamma,
  };
}

const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

function contentsOf(data: GammaFigureData, heading: string): FigureContents {
  const { gammas, times, errors, trained } = data;
  const shape = [gammas.length, times.length];
  const all = (key: "bias" | "initialization" | "samples" | "total") => ({
    data: Float64Array.from(errors.flatMap((at) => at.map((parts) => parts[key] ?? Number.NaN))),
    shape,
  });
  const columns = [
    "gamma",
    "t",
    "bias^2",
    "variance by initialization",
    "variance by SGD",
    "error",
    "trained",
  ];
  const row = (g: number, t: number) => {
    const { bias, initialization, samples, total } = errors[g]![t]!;
    return [gammas[g]!, times[t]!, bias, initialization, samples, total, trained?.[g]?.[t] ?? null];
  };
  return {
    name: "normalization-gamma",
    svg: () => gammaFigure(data, { heading }),
    csv: () => ({ columns, rows: gammas.flatMap((_, g) => times.map((_, t) => row(g, t))) }),
    table: () => ({
      columns,
      rows: gammas.map((_, g) => row(g, data.at!)),
      note: "at the time that is shown; the CSV file has all times",
    }),
    arrays: () => ({
      gamma: vector(gammas),
      times: vector(times),
      bias: all("bias"),
      variance_initialization: all("initialization"),
      variance_samples: all("samples"),
      error: all("total"),
      ...(trained === null ? {} : { trained: { data: Float64Array.from(trained.flat()), shape } }),
    }),
  };
}

export function GammaFigure(props: GammaFigureProps) {
  const { side, changeSide, units } = props;
  const data = dataOf(props);
  return (
    <Figure
      id="gamma"
      title="Bias and variance over γ"
      contents={data === null ? null : contentsOf(data, `N = ${units}`)}
      controls={
        <SegmentControl
          field={normalizationFields.side}
          value={side}
          change={changeSide}
          name={(option) => NAMES[option]}
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
