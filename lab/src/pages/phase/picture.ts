/**
 * The diagram as the package's figure: drawn in the worker, since its contours and image take tenths of a second.
 * @module
 */
import { type MeanField, phaseDiagramFigure, phaseQuantityFigure } from "foretrain";
import type { Quantity } from "./fields.js";
import type { DiagramReading } from "./operations.js";
import { QUANTITY_NAMES } from "./quantities.js";

export interface PictureInput {
  readonly quantity: Quantity;
  readonly activation: string;
  readonly weightVariance: Float64Array;
  readonly biasVariance: Float64Array;
  /** rows of the bias variance, NaN where there is no value */
  readonly chi1: Float64Array;
  readonly values: Float64Array;
  readonly line: DiagramReading["line"];
  /** 1 where a missing value is not known; null: nowhere */
  readonly unsettled: Float64Array | null;
  /** the point, null while it is not known */
  readonly mark: Pick<MeanField, "weightVariance" | "biasVariance" | "chi1"> | null;
}

/** Pictures of files have not many more pixels. */
const MOST_PICTURE_POINTS = 300;

function thinned(count: number): number[] {
  const kept = Math.min(count, MOST_PICTURE_POINTS);
  return Array.from({ length: kept }, (_, i) => Math.round((i * (count - 1)) / (kept - 1)));
}

/** What of a reading is drawn: at most 300 points a side. */
export function pictureInput(
  { diagram, line }: DiagramReading,
  quantity: Quantity,
  mark: MeanField | null,
): PictureInput {
  const { weightVariance, biasVariance, activation } = diagram;
  const [rows, columns] = [thinned(biasVariance.length), thinned(weightVariance.length)];
  const grid = (name: Quantity | "unsettled") => {
    const kept = new Float64Array(rows.length * columns.length);
    let at = 0;
    for (const i of rows) {
      for (const j of columns) kept[at++] = diagram[name].data[i * weightVariance.length + j]!;
    }
    return kept;
  };
  return {
    quantity,
    activation,
    weightVariance: Float64Array.from(columns, (j) => weightVariance[j]!),
    biasVariance: Float64Array.from(rows, (i) => biasVariance[i]!),
    chi1: grid("chi1"),
    values: grid(quantity),
    line,
    unsettled: diagram.unsettled.data.includes(1) ? grid("unsettled") : null,
    mark:
      mark === null
        ? null
        : { weightVariance: mark.weightVariance, biasVariance: mark.biasVariance, chi1: mark.chi1 },
  };
}

/** The SVG text. */
export function picture(input: PictureInput): string {
  const { quantity, activation, chi1, values, line, unsettled, mark } = input;
  const [weightVariance, biasVariance] = [[...input.weightVariance], [...input.biasVariance]];
  const grid = (of: Float64Array) =>
    biasVariance.map((_, i) =>
      weightVariance.map((__, j) => {
        const value = of[i * weightVariance.length + j]!;
        return Number.isNaN(value) ? null : value;
      }),
    );
  const data = {
    activation,
    weightVariance,
    biasVariance,
    chi1: grid(chi1),
    criticalLine: line,
    ...(unsettled === null ? {} : { unsettled: grid(unsettled).map((row) => row.map((flag) => flag === 1)) }),
  };
  if (quantity === "chi1") return phaseDiagramFigure({ ...data, network: mark });
  const { name, symbol, unit } = QUANTITY_NAMES[quantity];
  const [base, sub, sup] = symbol;
  return phaseQuantityFigure({
    ...data,
    values: grid(values),
    quantity: name,
    symbol: `${base}${sub === "" ? "" : `_{${sub}}`}${sup === "" ? "" : `^{${sup}}`}`,
    ...(unit === undefined ? {} : { unit }),
  });
}
