/**
 * Records of trained networks as ranges over networks, as far as they are.
 * @module
 */
import {
  averageOf,
  type MeasuredCurves,
  type MeasuredRange,
  type ReportVerification,
  type TrainingRecord,
  type VerifiedQuantity,
} from "foretrain";

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

/** Theory from the starts of all networks: known once they are trained, and their records are those that it stands beside. */
function matchedOf(verification: ReportVerification | null): NonNullable<MeasuredCurves["matched"]> | null {
  const quantities = verification?.quantities ?? null;
  if (quantities === null) return null;
  const { trainLoss, testLoss, trainAccuracy, testAccuracy } = quantities;
  if (!(trainLoss.matched && testLoss.matched && trainAccuracy.matched && testAccuracy.matched)) return null;
  return {
    train: { loss: trainLoss.matched.mean, accuracy: trainAccuracy.matched.mean },
    test: { loss: testLoss.matched.mean, accuracy: testAccuracy.matched.mean },
  };
}

/**
 * What the figure draws over the prediction; null before the first record.
 * @param verification of these networks, null until they are trained
 */
export function measuredCurves(
  records: readonly (readonly TrainingRecord[])[],
  verification: ReportVerification | null = null,
): (MeasuredCurves & { readonly at: readonly MeasuredStep[] }) | null {
  const rows = [...bySteps(records)];
  if (rows.length === 0) return null;
  const range = (quantity: VerifiedQuantity): MeasuredRange => {
    const values = rows.map(([, list]) => list.map((record) => record[quantity] ?? Number.NaN));
    return {
      mean: values.map(averageOf),
      low: values.map((list) => Math.min(...list)),
      high: values.map((list) => Math.max(...list)),
    };
  };
  return {
    steps: rows.map(([step]) => step),
    networks: records.length,
    train: { loss: range("trainLoss"), accuracy: range("trainAccuracy") },
    test: { loss: range("testLoss"), accuracy: range("testAccuracy") },
    matched: matchedOf(verification),
    at: rows.map(([step, list]) => ({
      step,
      networks: list.length,
      mean: Object.fromEntries(
        QUANTITIES.map((quantity) => [
          quantity,
          averageOf(list.map((record) => record[quantity] ?? Number.NaN)),
        ]),
      ) as Record<VerifiedQuantity, number>,
    })),
  };
}
