/**
 * Classifiers of digits with N^-gamma normalization: accuracy and spread against gamma (paper E, figures 1, 2 and 4).
 * @module
 */
import { chooseSubset } from "../../data/index.js";
import { panelsFigure } from "../../figures/index.js";
import { datasetKey } from "../dataset-key.js";
import { defineStudy, type StudyContext } from "../study.js";
import { subjectOf } from "../subject.js";
import { accuracyByGamma } from "./accuracy-by-gamma.js";
import {
  accuracyArray,
  accuracyPanel,
  epochsArray,
  finalAccuracy,
  runsByCase,
  stepsInEpoch,
} from "./accuracy-runs.js";
import { type CaseResult, type DigitsCase, digitsChecks, nameOf, spreadOf } from "./mnist-comparison.js";
import { type DigitsInput, trainDigits } from "./mnist-networks.js";
import { gammaLegend } from "./styles.js";

const GAMMAS = [0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;

const LOSSES: Readonly<Record<string, string>> = { crossEntropy: "cross entropy", squared: "squared loss" };

const notesOf = (result: CaseResult, gammas: readonly number[]) => {
  const text = (value: number) => value.toFixed(3);
  const { alpha } = result;
  const rows = gammas.map((gamma, g) => {
    const runs = result.runs[g]!;
    const [train, test] = [finalAccuracy(runs, "train"), finalAccuracy(runs, "test")];
    const deviation = test.error * Math.sqrt(runs.length);
    return `gamma ${gamma}: test ${text(test.value)} +- ${text(test.error)} (deviation ${text(deviation)}), train ${text(train.value)}, output spread ${spreadOf(runs).toPrecision(3)}`;
  });
  return `${nameOf(result)}, alpha = ${alpha}, after ${result.epochs} epochs: ${rows.join("; ")}`;
};

async function casesOf(
  parameters: MnistParameters,
  { dataset, values, seed }: StudyContext,
): Promise<{ readonly results: CaseResult[]; readonly labels: ArrayLike<number> }> {
  const { cases, gammas, runs, side, train, test, batch, meanZero } = parameters;
  const set = chooseSubset(await dataset(), { train, test, seed });
  const key = await datasetKey(set);
  const inputs = cases.flatMap(({ units, loss, epochs, alpha }) =>
    gammas.flatMap((gamma) =>
      Array.from({ length: runs }, (_, run) => ({
        ...{ units, gamma, loss, epochs, alpha, side, batch, meanZero, key },
        seed: 1000 * seed + run,
      })),
    ),
  );
  const results = await values(
    {
      name: "networks",
      version: 2,
      unit: "networks",
      amount: {
        unit: "steps",
        of: ({ epochs, batch: size }: DigitsInput) => epochs * stepsInEpoch(set, size),
      },
      compute: (input: DigitsInput, work) => trainDigits(set, input, work),
    },
    inputs,
  );
  const grouped = runsByCase(results, gammas.length, runs);
  return { results: cases.map((one, c) => ({ ...one, runs: grouped[c]! })), labels: set.test.y };
}

type MnistParameters = {
  readonly cases: readonly DigitsCase[];
  readonly gammas: readonly number[];
  readonly runs: number;
  readonly side: number;
  readonly train: number;
  readonly test: number;
  readonly batch: number;
  readonly meanZero: boolean;
};

export const mnistStudy = defineStudy<MnistParameters>({
  id: "E.mnist",
  papers: ["E"],
  title: "Accuracy of shallow classifiers of digits against gamma",
  titleOn: (data) => `Accuracy of shallow classifiers of ${data} against gamma`,
  expected:
    "With the learning rate alpha N^-(2 - 2 gamma) test and train accuracy increase with gamma late in training, and networks differ less from each other; early on larger gammas learn more slowly and may lie below.",
  data: "mnist",
  quick: {
    // a larger alpha stands for more steps at N = 500; the mean over ten outputs makes gradients of the squared loss small
    cases: [
      { units: 100, loss: "crossEntropy", epochs: 120, alpha: 1 },
      { units: 100, loss: "squared", epochs: 120, alpha: 1 },
      { units: 500, loss: "crossEntropy", epochs: 240, alpha: 2 },
      { units: 500, loss: "squared", epochs: 240, alpha: 4 },
    ],
    gammas: [0.5, 0.7, 0.9, 1],
    runs: 3,
    side: 7,
    train: 5000,
    test: 2000,
    batch: 20,
    meanZero: false,
  },
  full: {
    cases: [100, 500, 1000, 3000].flatMap((units) =>
      ["crossEntropy", "squared"].map((loss) => ({ units, loss, epochs: 500, alpha: 1 })),
    ),
    gammas: [...GAMMAS],
    runs: 3,
    side: 28,
    train: 60_000,
    test: 10_000,
    batch: 20,
    meanZero: false,
  },
  run: async (parameters, context) => {
    const { gammas, runs, side, train } = parameters;
    const { results, labels } = await casesOf(parameters, context);
    const what = subjectOf(await context.dataset(), "mnist", "digits");
    const runsOf = results.map((result) => result.runs);
    return {
      arrays: {
        gamma: { data: Float64Array.from(gammas), shape: [gammas.length] },
        epochs: epochsArray(runsOf),
        train_accuracy: accuracyArray(runsOf, "train"),
        test_accuracy: accuracyArray(runsOf, "test"),
        spread: {
          data: Float64Array.from(results.flatMap((result) => result.runs.map(spreadOf))),
          shape: [results.length, gammas.length],
        },
      },
      checks: results.flatMap((result) => digitsChecks(result, gammas, labels)),
      notes: [
        `${train} images of ${side} x ${side} pixels, batches in the order of the data; outer weights ${parameters.meanZero ? "U(-1/2, 1/2)" : "U(0, 1), which have not the mean 0 that the theory assumes"}. With cross entropy their mean changes nothing: it moves all logits alike.`,
        ...results.map((result) => notesOf(result, gammas)),
      ],
      figures: (["test", "train"] as const).flatMap((part) => [
        accuracyByGamma(
          results.map((result) => ({
            group: LOSSES[result.loss] ?? result.loss,
            label: `N = ${result.units}`,
            runs: result.runs,
          })),
          gammas,
          part,
          `classifiers of ${what} of ${side} x ${side} pixels`,
        ),
        {
          name: `${part}-accuracy`,
          caption: `${part === "test" ? "Test" : "Train"} accuracy over epochs for each gamma, on ${what} of ${side} x ${side} pixels: mean of ${runs} networks (line) and all of them (band).`,
          draw: (options) =>
            panelsFigure(
              {
                title: `${part === "test" ? "Test" : "Train"} accuracy against gamma`,
                description: results
                  .map(
                    (result) =>
                      `${nameOf(result)}: ${gammas.map((gamma, g) => `${finalAccuracy(result.runs[g]!, part).value.toFixed(3)} at gamma ${gamma}`).join(", ")}.`,
                  )
                  .join(" "),
                legend: gammaLegend(gammas),
                panels: results.map((result, i) =>
                  accuracyPanel(result.runs, `(${String.fromCharCode(97 + i)}) ${nameOf(result)}`, part, 1),
                ),
              },
              options,
            ),
        },
      ]),
    };
  },
});
