/**
 * What two forecasts are compared by.
 * @module
 */
import { type Forecast, ForetrainError } from "foretrain";

export const FORECAST_NAME = "forecast.json";

/** A forecast from the file of a run. */
export function readForecast(bytes: Uint8Array, title: string): Forecast {
  const fail = (problem: string): never => {
    throw new ForetrainError(
      "ERR_DATA",
      `${title}: ${FORECAST_NAME} ${problem}; expected one that foretrain forecast wrote`,
      {
        argument: title,
      },
    );
  };
  let value: Partial<Forecast> | null = null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Forecast> | null;
  } catch {
    fail("is not JSON");
  }
  if (value?.foretrain !== 1 || value.kind !== "forecast") fail("is no forecast");
  return value as Forecast;
}

/** A number of a forecast, and how it is said. */
export interface Measure {
  readonly name: string;
  readonly label: string;
  readonly of: (forecast: Forecast) => number | null | undefined;
  /** default: a number of seven digits */
  readonly as?: "count" | "share";
}

/** Numbers that are there or not, depending on what was asked for. */
export const MEASURES: readonly Measure[] = [
  { name: "parameters", label: "parameters", of: ({ network }) => network.parameters, as: "count" },
  { name: "train", label: "train samples", of: ({ data }) => data.train, as: "count" },
  { name: "chi1", label: "χ₁", of: ({ meanField }) => meanField?.chi1 },
  { name: "qStar", label: "q*", of: ({ meanField }) => meanField?.qStar },
  { name: "kappaNtk", label: "condition of the NTK", of: ({ spectrum }) => spectrum?.ntk?.kappa },
  { name: "kappaNngp", label: "condition of the NNGP kernel", of: ({ spectrum }) => spectrum?.nngp?.kappa },
  { name: "rateLimit", label: "largest stable learning rate", of: ({ learningRate }) => learningRate?.limit },
  {
    name: "testAccuracy",
    label: "test accuracy, trained for ever",
    of: ({ limits }) => limits?.ntk?.testAccuracy,
    as: "share",
  },
  { name: "testLoss", label: "test loss, trained for ever", of: ({ limits }) => limits?.ntk?.testLoss },
  {
    name: "nngpAccuracy",
    label: "test accuracy of the NNGP",
    of: ({ limits }) => limits?.nngp?.testAccuracy,
    as: "share",
  },
  { name: "steps90", label: "steps to 90 % train accuracy", of: ({ curves }) => curves?.stepsTo?.accuracy90 },
];
