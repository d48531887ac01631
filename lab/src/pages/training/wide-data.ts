/**
 * Predicted training and the networks beside it as data of the figure, and as its files.
 * @module
 */
import { type CurvesData, curvesFigure, deviationBand, type NpzArrays } from "foretrain";
import type { FigureContents } from "../../figures/export.js";
import { measuredCurves } from "./measured.js";
import type { VerifyReading, WideReading } from "./wide-operations.js";

const QUANTITIES = (["train", "test"] as const).flatMap((split) =>
  (["loss", "accuracy"] as const).map((quantity) => ({ split, quantity })),
);
/** What is drawn of a quantity: its field in a band, its column, and the end of the name of its array. */
const LINES = [
  { line: "mean", title: "ensemble mean", array: "ensemble" },
  { line: "median", title: "mean of single networks", array: "mean" },
  { line: "low", title: "mean less 2 standard deviations", array: "low" },
  { line: "high", title: "mean plus 2 standard deviations", array: "high" },
] as const;
const RANGES = ["mean", "low", "high"] as const;
/** Column names of what was trained. */
const RANGE_NAMES = {
  mean: "trained",
  low: "smallest trained",
  high: "largest trained",
} as const satisfies Record<(typeof RANGES)[number], string>;

type Measured = Pick<VerifyReading, "records" | "verification">;

const trainedOf = (measured: Measured | null) =>
  measured === null ? null : measuredCurves(measured.records, measured.verification);

/** The prediction as it is drawn. */
type Predicted = Pick<WideReading, "curves" | "chance" | "spreads">;

/** Single networks by the quantities that trained ones are compared with: their mean and deviation. */
function bandsOf({ curves, spreads }: Predicted, split: "train" | "test") {
  const { loss, accuracy } = curves[split];
  return {
    loss: deviationBand(loss.mean, spreads[`${split}Loss`]),
    accuracy: deviationBand(accuracy.mean, spreads[`${split}Accuracy`], 1),
  };
}

/** @param at the step that is marked; null: none */
export function curvesData(reading: Predicted, measured: Measured | null, at: number | null): CurvesData {
  return {
    steps: reading.curves.steps,
    train: bandsOf(reading, "train"),
    test: bandsOf(reading, "test"),
    chance: reading.chance,
    at,
    bands: "deviations",
    measured: trainedOf(measured),
  };
}

interface Column {
  readonly name: string;
  /** at every predicted step; null where there is none */
  readonly values: readonly (number | null)[];
}

/** Trained networks and theory from their starts, at the predicted steps. */
function trainedColumns(steps: readonly number[], measured: Measured | null): Column[] {
  const trained = trainedOf(measured);
  if (trained === null) return [];
  const rows = steps.map((step) => trained.steps.indexOf(step));
  const at = (values: readonly number[]) => rows.map((row) => values[row] ?? null);
  const { matched } = trained;
  return QUANTITIES.flatMap(({ split, quantity }) => [
    ...RANGES.map((line) => ({
      name: `${split} ${quantity}, ${RANGE_NAMES[line]}`,
      values: at(trained[split][quantity][line]),
    })),
    ...(matched
      ? [{ name: `${split} ${quantity}, theory from the same starts`, values: at(matched[split][quantity]) }]
      : []),
  ]);
}

const vector = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

function trainedArrays(measured: Measured | null): NpzArrays {
  const trained = trainedOf(measured);
  if (trained === null) return {};
  const { matched } = trained;
  return {
    trained_steps: vector(trained.steps),
    ...Object.fromEntries(
      QUANTITIES.flatMap(({ split, quantity }) => [
        ...RANGES.map((line) => [
          `trained_${split}_${quantity}_${line}`,
          vector(trained[split][quantity][line]),
        ]),
        ...(matched ? [[`same_starts_${split}_${quantity}`, vector(matched[split][quantity])]] : []),
      ]),
    ),
  };
}

/** All that is drawn: predicted lines and bands, chance, and once there are some the trained networks and theory from their starts. */
export function wideContents(reading: Predicted, measured: Measured | null): FigureContents {
  const { curves, chance } = reading;
  const bands = { train: bandsOf(reading, "train"), test: bandsOf(reading, "test") };
  const predicted = QUANTITIES.flatMap(({ split, quantity }) =>
    LINES.map(({ line, ...names }) => ({
      column: `${split} ${quantity}, ${names.title}`,
      array: `${split}_${quantity}_${names.array}`,
      values: bands[split][quantity][line],
    })),
  );
  return {
    name: "training",
    svg: () => curvesFigure(curvesData(reading, measured, null)),
    csv: () => {
      const columns: Column[] = [
        { name: "step", values: curves.steps },
        ...predicted.map(({ column, values }) => ({ name: column, values })),
        ...trainedColumns(curves.steps, measured),
        { name: "accuracy by chance", values: curves.steps.map(() => chance) },
      ];
      return {
        columns: columns.map(({ name }) => name),
        rows: curves.steps.map((_, i) => columns.map(({ values }) => values[i]!)),
      };
    },
    arrays: () => ({
      steps: vector(curves.steps),
      ...Object.fromEntries(predicted.map(({ array, values }) => [array, vector(values)])),
      chance: vector([chance]),
      ...trainedArrays(measured),
    }),
  };
}
