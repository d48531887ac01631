/**
 * Classifiers trained at several gammas, as the image studies of paper E compare them: targets, recorded epochs, and accuracies over them.
 * @module
 */
import { type Dataset, oneHotCentred, type Split } from "../../data/index.js";
import type { Mark } from "../../figures/index.js";
import type { TrainingRecord } from "../../finite/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { GAMMA_STYLES } from "./styles.js";

/** Accuracies of one network. */
export interface AccuracyRun {
  /** of the records, the start first; accuracies belong to them */
  readonly epochs: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** [gamma][run] */
export type RunsByGamma<Run extends AccuracyRun = AccuracyRun> = readonly (readonly Run[])[];

/** A part of the data with the paper's targets: one-hot. */
export function classifierSplit({ y }: Split, x: NdArray, classes: number) {
  return { x, y: oneHotCentred(y, classes, new Float64Array(classes)), labels: y };
}

export const stepsInEpoch = (set: Dataset, batch: number) => Math.ceil(set.train.y.length / batch);

/** Steps after which accuracies are measured: the start, and `count` equal parts of the epochs. */
export function recordSteps(count: number, epochs: number, inEpoch: number): number[] {
  const records = Array.from({ length: count + 1 }, (_, i) => Math.round((i * epochs) / count));
  return [...new Set(records)].map((epoch) => epoch * inEpoch);
}

export const accuracyRun = (records: readonly TrainingRecord[], inEpoch: number): AccuracyRun => ({
  epochs: records.map(({ step }) => step / inEpoch),
  train: records.map(({ trainAccuracy }) => trainAccuracy!),
  test: records.map(({ testAccuracy }) => testAccuracy!),
});

/** Mean over runs of the accuracy in the end, with its standard error. */
export const finalAccuracy = (runs: readonly AccuracyRun[], side: "train" | "test"): Estimate =>
  meanOf(runs.map((run) => run[side].at(-1)!));

/** Results in the order of cases, gammas, runs: [case][gamma][run]. */
export function runsByCase<Run extends AccuracyRun>(
  results: readonly Run[],
  gammas: number,
  runs: number,
): Run[][][] {
  const cases = results.length / (gammas * runs);
  return Array.from({ length: cases }, (_, c) =>
    Array.from({ length: gammas }, (_, g) => {
      const from = (c * gammas + g) * runs;
      return results.slice(from, from + runs);
    }),
  );
}

/** Rows behind each other as one matrix; rows that are shorter than the longest end with NaN. */
function filledRows(rows: readonly (readonly number[])[]): {
  readonly data: Float64Array;
  readonly length: number;
} {
  const length = Math.max(...rows.map((row) => row.length));
  const data = new Float64Array(rows.length * length).fill(Number.NaN);
  rows.forEach((row, i) => {
    data.set(row, i * length);
  });
  return { data, length };
}

/** [case, record]; cases with fewer records than others end with NaN. */
export function epochsArray(cases: readonly RunsByGamma[]): NdArray {
  const { data, length } = filledRows(cases.map((runs) => runs[0]![0]!.epochs));
  return { data, shape: [cases.length, length] };
}

/** [case, gamma, run, record]; cases with fewer records than others end with NaN. */
export function accuracyArray(cases: readonly RunsByGamma[], side: "train" | "test"): NdArray {
  const first = cases[0]!;
  const { data, length } = filledRows(
    cases.flatMap((runs) => runs.flatMap((list) => list.map((run) => run[side]))),
  );
  return { data, shape: [cases.length, first.length, first[0]!.length, length] };
}

/** Accuracy over epochs: a line for the mean of the runs of each gamma, a band for all of them. */
export function accuracyPanel(runs: RunsByGamma, title: string, side: "train" | "test", highest: number) {
  const epochs = runs[0]![0]!.epochs;
  return {
    title: `${title}, ${side}`,
    x: { title: "epoch", kind: "linear" as const, domain: [0, epochs.at(-1)!] as const },
    y: { title: "accuracy", kind: "linear" as const, domain: [0, highest] as const },
    marks: runs.flatMap((list, g): Mark[] => {
      const columns = epochs.map((_, e) => list.map((run) => run[side][e]!));
      const style = GAMMA_STYLES[g % GAMMA_STYLES.length]!;
      return [
        {
          kind: "band",
          x: epochs,
          low: columns.map((column) => Math.min(...column)),
          high: columns.map((column) => Math.max(...column)),
          colour: style.colour,
        },
        { kind: "line", x: epochs, y: columns.map((column) => meanOf(column).value), style },
      ];
    }),
  };
}
