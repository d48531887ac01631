/**
 * Records of trained networks as ranges over networks, as far as they are.
 * @module
 */
import type { MeasuredCurves, MeasuredRange, TrainingRecord, VerifiedQuantity } from "foretrain";

/** One quantity of all networks that have come to a step. */
export interface MeasuredStep {
  readonly step: number;
  readonly networks: number;
  readonly mean: Readonly<Record<VerifiedQuantity, number>>;
}

const QUANTITIES: readonly VerifiedQuantity[] = ["trainLoss", "testLoss", "trainAccuracy", "testAccuracy"];

/** Values at every step that at least one network has come to. */
function bySteps(records: readonly (readonly TrainingRecord[])[]): Map<number, TrainingRecord[]> {
  const at = new Map<number, TrainingRecord[]>();
  for (const own of records) {
    for (const record of own) at.set(record.step, [...(at.get(record.step) ?? []), record]);
  }
  return new Map([...at].sort(([a], [b]) => a - b));
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the figure draws over the prediction; null before the first record. */
export function measuredCurves(
  records: readonly (readonly TrainingRecord[])[],
): (MeasuredCurves & { readonly at: readonly MeasuredStep[] }) | null {
  const rows = [...bySteps(records)];
  if (rows.length === 0) return null;
  const range = (quantity: VerifiedQuantity): MeasuredRange => {
    const values = rows.map(([, list]) => list.map((record) => record[quantity] ?? Number.NaN));
    return {
      mean: values.map(meanOf),
      low: values.map((list) => Math.min(...list)),
      high: values.map((list) => Math.max(...list)),
    };
  };
  return {
    steps: rows.map(([step]) => step),
    networks: records.length,
    train: { loss: range("trainLoss"), accuracy: range("trainAccuracy") },
    test: { loss: range("testLoss"), accuracy: range("testAccuracy") },
    at: rows.map(([step, list]) => ({
      step,
      networks: list.length,
      mean: Object.fromEntries(
        QUANTITIES.map((quantity) => [
          quantity,
          meanOf(list.map((record) => record[quantity] ?? Number.NaN)),
        ]),
      ) as Record<VerifiedQuantity, number>,
    })),
  };
}
