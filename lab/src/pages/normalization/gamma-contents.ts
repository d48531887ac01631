/**
 * Bias and variance over gamma and time: what is drawn, and as files.
 * @module
 */
import { type GammaFigureData, gammaFigure } from "foretrain";
import type { FigureContents } from "../../figures/export.js";
import type { GammaReading } from "./model.js";

export interface GammaSettings {
  readonly readings: readonly Pick<GammaReading, "gamma" | "point" | "comparison">[];
  readonly times: readonly number[];
  readonly record: number;
  readonly gamma: number;
  readonly side: "train" | "test";
}

export const POINT_NAMES = { train: "training points", test: "test points" } as const;

/** Gammas whose flow is not there yet are left out; trained networks are drawn when all gammas have some. */
export function gammaData({ readings, times, record, gamma, side }: GammaSettings): GammaFigureData | null {
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
    points: POINT_NAMES[side],
    at: record,
    chosen: gamma,
  };
}

const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

/** One network has no standard error. */
const known = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);

/** Every part of the error at every gamma and time, and what was trained. */
export function gammaContents(data: GammaFigureData, heading: string): FigureContents {
  const { gammas, times, errors, trained, trainedErrors } = data;
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
    "standard error of trained",
  ];
  const row = (g: number, t: number) => {
    const { bias, initialization, samples, total } = errors[g]![t]!;
    return [
      gammas[g]!,
      times[t]!,
      ...[bias, initialization, samples, total],
      trained?.[g]?.[t] ?? null,
      known(trainedErrors?.[g]?.[t]),
    ];
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
      ...(trainedErrors ? { trained_error: { data: Float64Array.from(trainedErrors.flat()), shape } } : {}),
    }),
  };
}
