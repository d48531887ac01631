/**
 * The phase diagram as files: a quantity at every point, and the critical line over it.
 * @module
 */
import { type MeanField, phaseDiagramArrays, phasePointAt } from "foretrain";
import type { FigureContents } from "../../figures/export.js";
import type { Quantity } from "./fields.js";
import type { DiagramReading } from "./operations.js";
import { type PictureInput, pictureInput } from "./picture.js";
import { QUANTITY_NAMES } from "./quantities.js";

/** Whether the quantity that is shown is not known at a point. */
export const isUnsettled = (diagram: DiagramReading["diagram"], quantity: Quantity, at: number) =>
  diagram.unsettled.data[at] === 1 && Number.isNaN(diagram[quantity].data[at]!);

/** What a point is; "unsettled" also where only the quantity that is shown is not known. */
function stateAt(diagram: DiagramReading["diagram"], quantity: Quantity, at: number): string {
  return isUnsettled(diagram, quantity, at) ? "unsettled" : phasePointAt(diagram, at);
}

/**
 * One row a point; the critical line stands in two columns of its own, from the first row on, in the order of its bias variances.
 * npz has it as `critical_line` [points, (weight variance, bias variance)].
 * @param draw makes the picture
 */
export function diagramContents(
  reading: DiagramReading,
  quantity: Quantity,
  mark: MeanField | null,
  draw: (input: PictureInput) => Promise<string>,
): FigureContents {
  const { diagram, line } = reading;
  const { weightVariance, biasVariance } = diagram;
  const columns = weightVariance.length;
  const valueAt = (i: number, j: number) => {
    const value = diagram[quantity].data[i * columns + j]!;
    return Number.isNaN(value) ? null : value;
  };
  const { unit } = QUANTITY_NAMES[quantity];
  const head = [
    "weight variance",
    "bias variance",
    unit === undefined ? quantity : `${quantity} (${unit})`,
    "point",
  ];
  const rowAt = (i: number, j: number) => [
    weightVariance[j]!,
    biasVariance[i]!,
    valueAt(i, j),
    stateAt(diagram, quantity, i * columns + j),
  ];
  function* allRows() {
    const points = columns * biasVariance.length;
    for (let at = 0; at < Math.max(points, line.length); at++) {
      const own = at < points ? rowAt(Math.floor(at / columns), at % columns) : head.map(() => null);
      const on = line[at];
      yield [...own, on?.weightVariance ?? null, on?.biasVariance ?? null];
    }
  }
  const few = (count: number) => [
    ...new Set(Array.from({ length: 9 }, (_, k) => Math.round((k * (count - 1)) / 8))),
  ];
  const shown = few(columns);
  return {
    name: `phase-${quantity}`,
    svg: () => draw(pictureInput(reading, quantity, mark)),
    csv: () => ({
      columns: [...head, "weight variance of the critical line", "bias variance of the critical line"],
      rows: allRows(),
    }),
    table: () => ({
      columns: head,
      rows: few(biasVariance.length).flatMap((i) => shown.map((j) => rowAt(i, j))),
      note: `every ${Math.round(columns / 8)}th point of ${columns} x ${biasVariance.length}; the CSV file has all, and the critical line`,
    }),
    arrays: () => ({
      ...phaseDiagramArrays(diagram),
      critical_line: {
        data: Float64Array.from(line.flatMap((on) => [on.weightVariance, on.biasVariance])),
        shape: [line.length, 2],
      },
    }),
  };
}
