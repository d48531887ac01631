/**
 * The curves of `foretrain complexity` as a table for other programs.
 * @module
 */
import { csvFormatRows } from "d3-dsv";
import type { LearningCurve } from "../../complexity/index.js";

/** Curves under one name: a seed, or the mean. */
export interface CurveRows {
  readonly network: string;
  readonly curve: LearningCurve;
  readonly trainCurve: LearningCurve;
  readonly trainLoss: readonly number[];
  readonly testLoss: readonly number[];
}

/** CSV (RFC 4180): a row for every network and step; bits with their standard errors, numbers in full. */
export function curvesCsv(rows: readonly CurveRows[]): string {
  const names = rows[0]!.curve.explainers.map(({ name }) => name);
  const head = [
    ...["network", "step", "accuracy", "train_accuracy", "train_loss", "test_loss"],
    ...["information", "information_error", "train_information"],
    ...names.flatMap((name) =>
      ["explained", "explained_error", "unexplained", "unexplained_error"].map((what) => `${what}:${name}`),
    ),
  ];
  const lines = rows.flatMap(({ network, curve, trainCurve, trainLoss, testLoss }) =>
    curve.steps.map((step, t) => [
      ...[network, step, curve.accuracy[t]!, trainCurve.accuracy[t]!, trainLoss[t]!, testLoss[t]!],
      ...[curve.network[t]!.value, curve.network[t]!.error, trainCurve.network[t]!.value],
      ...curve.explainers.flatMap(({ explained, unexplained }) =>
        [explained[t]!, unexplained[t]!].flatMap(({ value, error }) => [value, error]),
      ),
    ]),
  );
  return `${csvFormatRows([head, ...lines.map((line) => line.map(String))])}\n`;
}
