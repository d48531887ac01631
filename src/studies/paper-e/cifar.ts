/**
 * Convolutional classifiers of photographs with N^-gamma normalization: accuracy against gamma (paper E, figure 3).
 * @module
 */
import { chooseSubset } from "../../data/index.js";
import { panelsFigure } from "../../figures/index.js";
import { atLeast, type Check, type NotComputed } from "../checks.js";
import { datasetKey } from "../dataset-key.js";
import { estimateText } from "../estimate-text.js";
import { defineStudy, type StudyContext } from "../study.js";
import { subjectOf } from "../subject.js";
import { accuracyByGamma } from "./accuracy-by-gamma.js";
import {
  accuracyArray,
  accuracyPanel,
  finalAccuracy,
  type RunsByGamma,
  runsByCase,
  stepsInEpoch,
} from "./accuracy-runs.js";
import { type CifarInput, type CifarRun, trainCifar } from "./cifar-networks.js";
import { gammaLegend } from "./styles.js";

type CifarParameters = {
  readonly units: readonly number[];
  readonly gammas: readonly number[];
  readonly runs: number;
  readonly side: number;
  readonly channels: number;
  readonly lastPadding: string;
  readonly keepRate: number;
  readonly alpha: number;
  readonly train: number;
  readonly test: number;
  readonly batch: number;
  readonly epochs: number;
};

/** [gamma][run] of one H. */
interface CaseResult {
  readonly units: number;
  readonly runs: RunsByGamma<CifarRun>;
}

async function casesOf(
  parameters: CifarParameters,
  { dataset, values, seed }: StudyContext,
): Promise<CaseResult[]> {
  const { units, gammas, runs, train, test, ...rest } = parameters;
  const set = chooseSubset(await dataset(), { train, test, seed });
  const key = await datasetKey(set);
  const classes = set.classNames.length;
  const inputs = units.flatMap((count) =>
    gammas.flatMap((gamma) =>
      Array.from({ length: runs }, (_, run): CifarInput => {
        return { ...rest, units: count, gamma, classes, key, seed: 1000 * seed + run };
      }),
    ),
  );
  const results = await values(
    {
      name: "networks",
      version: 1,
      unit: "networks",
      amount: {
        unit: "steps",
        of: ({ epochs, batch: size }: CifarInput) => epochs * stepsInEpoch(set, size),
      },
      compute: (input: CifarInput, work) => trainCifar(set, input, work),
    },
    inputs,
  );
  const grouped = runsByCase(results, gammas.length, runs);
  return units.map((count, c) => ({ units: count, runs: grouped[c]! }));
}

function panelOf({ units, runs }: CaseResult, side: "train" | "test", letter: string) {
  const highest = Math.max(...runs.flat().flatMap((run) => [...run.train, ...run.test]));
  return accuracyPanel(runs, `(${letter}) H = ${units}`, side, Math.min(1, 1.1 * highest));
}

/** Standard error of a mean of runs, pooled over all gammas: two or three runs are too few for errors of their own. */
const pooledError = (runs: CaseResult["runs"]) =>
  Math.sqrt(runs.reduce((sum, list) => sum + finalAccuracy(list, "test").error ** 2, 0) / runs.length);

/** Steps from which the order of the gammas is compared: half of the paper's 100,000. Sooner the larger gammas still catch up. */
const LONG_STEPS = 50_000;

const stepsOf = ({ train, batch, epochs }: CifarParameters) => epochs * Math.ceil(train / batch);

function checksOf({ units, runs }: CaseResult, parameters: CifarParameters, classes: number): Check[] {
  const { gammas, test } = parameters;
  if (runs[0]!.length < 2) return [];
  const last = gammas.length - 1;
  const finals = runs.map((list) => finalAccuracy(list, "test").value);
  const networks = pooledError(runs);
  const images = (p: number) => (p * (1 - p)) / test;
  const guess = 1 / classes;
  const least = Math.min(...finals);
  const rows = [
    atLeast(
      {
        id: `H${units}.learns`,
        quantity: `H = ${units}: smallest final test accuracy of all gammas minus that of guessing, in standard errors`,
        source: "paper E, figure 3: networks learn at every gamma with the same factors of the learning rate",
      },
      (least - guess) / Math.hypot(networks, Math.sqrt(images(guess))),
      4,
    ),
  ];
  if (last === 0 || stepsOf(parameters) < LONG_STEPS) return rows;
  const [first, end] = [finals[0]!, finals[last]!];
  // networks, and the test images
  const error = Math.hypot(Math.SQRT2 * networks, Math.sqrt(2 * images(end)));
  return [
    ...rows,
    atLeast(
      {
        id: `H${units}.ends`,
        quantity: `H = ${units}: final test accuracy at gamma = ${gammas[last]} minus that at gamma = ${gammas[0]}, in standard errors`,
        source: "paper E, figure 3: accuracy increases with gamma; 3 standard errors",
      },
      (end - first) / error,
      3,
    ),
  ];
}

function missing(units: number, parameters: CifarParameters): NotComputed[] {
  const steps = stepsOf(parameters);
  if (steps >= LONG_STEPS) return [];
  return [
    {
      id: `H${units}.ends`,
      quantity: `H = ${units}: order of the final test accuracies by gamma`,
      reason: `${steps} steps are too few: large gammas learn more slowly at first, and the paper compares after 100,000; --full does`,
    },
  ];
}

const notesOf = ({ units, runs }: CaseResult, gammas: readonly number[]) => {
  const rows = gammas.map(
    (gamma, g) =>
      `gamma ${gamma}: test ${estimateText(finalAccuracy(runs[g]!, "test"))}, train ${estimateText(finalAccuracy(runs[g]!, "train"))}`,
  );
  return `H = ${units}, at the end: ${rows.join("; ")} (standard errors over networks)`;
};

export const cifarStudy = defineStudy<CifarParameters>({
  id: "E.cifar",
  papers: ["E"],
  title: "Accuracy of convolutional classifiers of photographs against gamma",
  titleOn: (data) => `Accuracy of convolutional classifiers of ${data} against gamma`,
  expected:
    "With all activations normalized by (width)^-gamma and learning rates to go with them, accuracy increases with gamma after long training; early on large gammas are behind.",
  data: "cifar10",
  quick: {
    units: [32],
    gammas: [0.5, 0.75, 1],
    runs: 2,
    side: 8,
    channels: 16,
    lastPadding: "same",
    keepRate: 1,
    alpha: 1,
    train: 2000,
    test: 2000,
    batch: 50,
    epochs: 20,
  },
  full: {
    units: [100, 500, 1000, 3000],
    gammas: [0.5, 0.6, 0.7, 0.8, 0.9, 1],
    runs: 3,
    side: 32,
    channels: 64,
    lastPadding: "valid",
    keepRate: 0.5,
    alpha: 1,
    train: 50_000,
    test: 10_000,
    batch: 500,
    epochs: 1000,
  },
  run: async (parameters, context) => {
    const { gammas, runs, side, train, keepRate, epochs } = parameters;
    const results = await casesOf(parameters, context);
    const classes = (await context.dataset()).classNames.length;
    const records = results[0]!.runs[0]![0]!.epochs;
    const runsOf = results.map((result) => result.runs);
    const what = subjectOf(await context.dataset(), "cifar10", "photographs");
    return {
      arrays: {
        gamma: { data: Float64Array.from(gammas), shape: [gammas.length] },
        epochs: { data: Float64Array.from(records), shape: [records.length] },
        train_accuracy: accuracyArray(runsOf, "train"),
        test_accuracy: accuracyArray(runsOf, "test"),
      },
      checks: results.flatMap((result) => checksOf(result, parameters, classes)),
      notComputed: results.flatMap(({ units }) => missing(units, parameters)),
      notes: [
        `${train} images of ${side} x ${side} pixels, ${epochs} epochs, ${keepRate === 1 ? "no dropout (the paper's is 1/2)" : `dropout keeps ${keepRate}`}.`,
        ...results.map((result) => notesOf(result, gammas)),
      ],
      figures: (["test", "train"] as const).flatMap((part) => [
        accuracyByGamma(
          results.map((result) => ({
            group: "cross entropy",
            label: `H = ${result.units}`,
            runs: result.runs,
          })),
          gammas,
          part,
          `convolutional classifiers of ${what} of ${side} x ${side} pixels`,
        ),
        {
          name: `${part}-accuracy`,
          caption: `${part === "test" ? "Test" : "Train"} accuracy over epochs for each gamma, on ${what} of ${side} x ${side} pixels: mean of ${runs} networks (line) and all of them (band). Guessing has ${+(1 / classes).toPrecision(2)}.`,
          draw: (options) =>
            panelsFigure(
              {
                title: `${part === "test" ? "Test" : "Train"} accuracy of convolutional networks against gamma`,
                description: results.map((result) => notesOf(result, gammas)).join(" "),
                legend: gammaLegend(gammas),
                panels: results.map((result, i) => panelOf(result, part, String.fromCharCode(97 + i))),
              },
              options,
            ),
        },
      ]),
    };
  },
});
