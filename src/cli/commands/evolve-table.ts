/**
 * What `foretrain evolve` prints: a row for every time.
 * @module
 */
import type { EvolutionAt, NoisyEvolution } from "../../dynamics/index.js";
import { numberText } from "../../figures/index.js";
import { alignedColumns } from "../columns.js";

const rootMeanSquare = (values: Float64Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Rows of text, the heads first; steps beside times where there is a learning rate. */
export function tableOf(
  { at, noise, order, batch }: NoisyEvolution,
  learningRate: number | undefined,
): string[] {
  const hasTest = at.some(({ test }) => test !== null);
  const hasTestLoss = at.some(({ test }) => test !== null && test.loss !== null);
  const simulates = at.some(({ train }) => train.simulated !== null) && (noise > 0 || batch !== null);
  const cell = (value: number | null | undefined) => (value == null ? "-" : numberText(value, 4));
  const columns: [string, (row: EvolutionAt) => string][] = [
    ["time", ({ time }) => cell(time)],
    ...(learningRate === undefined
      ? []
      : [
          ["steps", ({ time }) => String(Math.round(time / learningRate))] as [
            string,
            (row: EvolutionAt) => string,
          ],
        ]),
    ["train loss", ({ train }) => cell(train.loss)],
    ...(hasTestLoss
      ? [["test loss", ({ test }) => cell(test?.loss)] as [string, (row: EvolutionAt) => string]]
      : []),
    ...([2, 3]
      .slice(0, order - 1)
      .map((k) => [`order ${k}`, ({ termSizes }: EvolutionAt) => cell(termSizes[k - 2])]) as [
      string,
      (row: EvolutionAt) => string,
    ][]),
    ["spread, train", ({ train }) => cell(rootMeanSquare(train.deviation))],
    ...(hasTest
      ? [
          ["test", ({ test }) => cell(test === null ? null : rootMeanSquare(test.deviation))] as [
            string,
            (row: EvolutionAt) => string,
          ],
        ]
      : []),
    [
      "noise in E f",
      ({ train, test }) =>
        cell(Math.max(largest(train.noiseEffect), test === null ? 0 : largest(test.noiseEffect))),
    ],
    ["tr hess L", ({ hessianTrace }) => cell(hessianTrace.value)],
    ["noise in it", ({ hessianTrace }) => cell(hessianTrace.noiseEffect)],
    ...(simulates
      ? ([
          [
            "simulated",
            ({ train, test }: EvolutionAt) =>
              cell(
                Math.max(
                  largest(train.simulated!.noiseEffect),
                  test?.simulated == null ? 0 : largest(test.simulated.noiseEffect),
                ),
              ),
          ],
          ["z of E f", ({ zScores }: EvolutionAt) => cell(zScores?.noiseEffect)],
          ["z of Var f", ({ zScores }: EvolutionAt) => cell(zScores?.deviation)],
        ] as [string, (row: EvolutionAt) => string][])
      : []),
  ];
  return alignedColumns(
    [columns.map(([head]) => head), ...at.map((row) => columns.map(([, value]) => value(row)))],
    "right",
  );
}

/** Outputs of a split that are printed; all of them are in the JSON and the npz. */
const PRINTED = 8;

/** Means and standard deviations at the last time beside the simulated ones, with standard errors: a row for every output. */
export function simulatedTable({ at }: NoisyEvolution): string[] {
  const last = at.at(-1)!;
  const rows = (["train", "test"] as const).flatMap((name) => {
    const split = last[name];
    const own = split?.simulated ?? null;
    if (split === null || own === null) return [];
    const shown = Math.min(PRINTED, split.mean.length);
    return Array.from({ length: shown }, (_, i) => [
      `${name} ${i + 1}`,
      numberText(split.mean[i]!, 4),
      `${numberText(own.mean[i]!, 4)} ± ${numberText(own.meanError[i]!, 2)}`,
      numberText(split.deviation[i]!, 4),
      `${numberText(own.deviation[i]!, 4)} ± ${numberText(own.deviationError[i]!, 2)}`,
    ]);
  });
  if (rows.length === 0) return [];
  return [
    `outputs at time ${numberText(last.time, 4)}, simulated ± standard error (all of them with --json or --out):`,
    ...alignedColumns([["output", "mean", "simulated", "std", "simulated"], ...rows], "right"),
  ];
}
