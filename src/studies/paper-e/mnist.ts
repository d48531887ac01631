/**
 * Classifiers of digits with N^-gamma normalization: accuracy and spread against gamma (paper E, figures 1, 2 and 4).
 * @module
 */
import { chooseSubset, type Dataset, type Split } from "../../data/index.js";
import { type Mark, panelsFigure } from "../../figures/index.js";
import { type Loss, normalizedScheme, trainNetwork } from "../../finite/index.js";
import type { Network } from "../../network/index.js";
import { type Estimate, meanOf } from "../../numeric/statistics/index.js";
import { atLeast, atMost, type Check } from "../checks.js";
import { datasetKey } from "../dataset-key.js";
import { defineStudy, type StudyContext } from "../study.js";
import { GAMMA_STYLES, gammaLegend } from "./styles.js";

const GAMMAS = [0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;
/** Where accuracies are measured, of all epochs. */
const RECORDS = 12;

/** N sigmoids between the pixels and the classes, biases in both layers; what multiplies and moves them says the scheme. */
export function classifier(units: number, inputs: number, classes: number): Network {
  return {
    foretrain: 1,
    input: [inputs],
    layers: [
      { kind: "dense", units, biasVariance: 1 },
      { kind: "activation", name: "sigmoid" },
      { kind: "dense", units: classes, biasVariance: 1 },
    ],
  };
}

/**
 * Pixels of byte images as the paper has them, (x - 0.1307) / 0.3081 of x in [0, 1], averaged over squares to `side` x `side` first.
 * @returns [n, side^2]
 */
export function standardImages({ x }: Split, side: number): Float64Array {
  const [n, height, width] = x.shape as [number, number, number];
  const square = height / side;
  const out = new Float64Array(n * side * side);
  for (let i = 0; i < n; i++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = i * side * side + Math.floor(row / square) * side + Math.floor(column / square);
        out[to]! += x.data[(i * height + row) * width + column]! / (255 * square * square);
      }
    }
  }
  return out.map((value) => (value - 0.1307) / 0.3081);
}

function splitOf(part: Split, side: number, classes: number) {
  const n = part.y.length;
  const targets = new Float64Array(n * classes);
  part.y.forEach((label, i) => {
    targets[i * classes + label] = 1;
  });
  return {
    x: { data: standardImages(part, side), shape: [n, side * side] },
    y: { data: targets, shape: [n, classes] },
    labels: part.y,
  };
}

type RunInput = {
  readonly units: number;
  readonly gamma: number;
  readonly loss: string;
  readonly epochs: number;
  readonly seed: number;
  readonly side: number;
  readonly batch: number;
  readonly meanZero: boolean;
  /** of the data set that was drawn */
  readonly key: string;
};

interface RunResult {
  readonly epochs: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** [test samples, classes] in the end, minus the mean over the classes of each sample */
  readonly outputs: readonly number[];
}

async function trainOne(set: Dataset, input: RunInput, signal: AbortSignal | undefined): Promise<RunResult> {
  const { units, gamma, epochs, seed, side, batch, meanZero } = input;
  const loss = input.loss as Loss;
  const classes = set.classNames.length;
  const inEpoch = Math.ceil(set.train.y.length / batch);
  const records = Array.from({ length: RECORDS + 1 }, (_, i) => Math.round((i * epochs) / RECORDS));
  const { records: measured, outputs } = await trainNetwork({
    network: classifier(units, side * side, classes),
    recipe: {
      // the paper's squared loss is a mean over outputs too, without 1/2: 2 / classes of this one
      learningRate: loss === "squared" ? 2 / classes : 1,
      epochs,
      batch,
      order: "ordered",
      loss,
      dtype: "float32",
      seed,
      initialization: normalizedScheme({ widths: [units], gammas: gamma, meanZero }),
    },
    train: splitOf(set.train, side, classes),
    test: splitOf(set.test, side, classes),
    records: [...new Set(records)].map((epoch) => epoch * inEpoch),
    keepOutputs: "test",
    signal,
  });
  const samples = set.test.y.length;
  const last = outputs.test!.data.subarray(-samples * classes);
  const centred = Array.from(last, (value, i) => {
    const row = i - (i % classes);
    let mean = 0;
    for (let c = 0; c < classes; c++) mean += last[row + c]! / classes;
    return value - mean;
  });
  return {
    epochs: measured.map(({ step }) => step / inEpoch),
    train: measured.map(({ trainAccuracy }) => trainAccuracy!),
    test: measured.map(({ testAccuracy }) => testAccuracy!),
    outputs: centred,
  };
}

/** Root mean square over samples and classes of the standard deviation over runs. */
function spreadOf(runs: readonly RunResult[]): number {
  const size = runs[0]!.outputs.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const mean = runs.reduce((total, { outputs }) => total + outputs[i]! / runs.length, 0);
    sum += runs.reduce((total, { outputs }) => total + (outputs[i]! - mean) ** 2, 0) / (runs.length - 1);
  }
  return Math.sqrt(sum / size);
}

interface Case {
  readonly units: number;
  readonly loss: string;
  readonly epochs: number;
}

interface CaseResult extends Case {
  /** [gamma][run] */
  readonly runs: readonly (readonly RunResult[])[];
}

const LOSS_NAMES: Readonly<Record<string, string>> = {
  crossEntropy: "cross entropy",
  squared: "squared loss",
};

const nameOf = ({ units, loss }: Case) => `${LOSS_NAMES[loss] ?? loss}, N = ${units}`;
const finals = (runs: readonly RunResult[], side: "train" | "test"): Estimate =>
  meanOf(runs.map((run) => run[side].at(-1)!));

function checksOf(result: CaseResult): Check[] {
  const { units, loss, epochs, runs } = result;
  const id = `${loss === "squared" ? "mse" : "ce"}-${units}`;
  const name = nameOf(result);
  const source = "paper E, figures 1, 2 and 4: accuracy increases with gamma";
  const accuracy = runs.map((list) => finals(list, "test"));
  const steps = accuracy.slice(1).map((next, g) => {
    const before = accuracy[g]!;
    return (next.value - before.value) / Math.hypot(next.error, before.error);
  });
  const [first, last] = [accuracy[0]!, accuracy.at(-1)!];
  const spreads = runs.map(spreadOf);
  const rises = spreads.slice(1).map((spread, g) => spread / spreads[g]!);
  return [
    atLeast(
      {
        id: `${id}.monotone`,
        quantity: `${name}: smallest change of the final test accuracy from a gamma to the next, in standard errors (${epochs} epochs)`,
        source,
      },
      Math.min(...steps),
      -2,
    ),
    atLeast(
      {
        id: `${id}.ends`,
        quantity: `${name}: test accuracy at gamma = 1 minus that at gamma = 1/2, in standard errors`,
        source,
      },
      (last.value - first.value) / Math.hypot(last.error, first.error),
      4,
    ),
    atMost(
      {
        id: `${id}.spread`,
        quantity: `${name}: largest ratio of the spread of test outputs over runs from a gamma to the next`,
        source: "paper E: Var ~ N^(1 - 2 gamma) Var K",
      },
      Math.max(...rises),
      1,
    ),
  ];
}

function panelOf(result: CaseResult, side: "train" | "test", letter: string, gammas: readonly number[]) {
  const epochs = result.runs[0]![0]!.epochs;
  return {
    title: `(${letter}) ${nameOf(result)}, ${side}`,
    x: { title: "epoch", kind: "linear" as const, domain: [0, epochs.at(-1)!] as const },
    y: { title: "accuracy", kind: "linear" as const, domain: [0, 1] as const },
    marks: gammas.flatMap((_, g): Mark[] => {
      const lists = epochs.map((_, e) => result.runs[g]!.map((run) => run[side][e]!));
      const style = GAMMA_STYLES[g % GAMMA_STYLES.length]!;
      return [
        {
          kind: "band",
          x: epochs,
          low: lists.map((list) => Math.min(...list)),
          high: lists.map((list) => Math.max(...list)),
          colour: style.colour,
        },
        { kind: "line", x: epochs, y: lists.map((list) => meanOf(list).value), style },
      ];
    }),
  };
}

const notesOf = (result: CaseResult, gammas: readonly number[]) => {
  const text = (value: number) => value.toFixed(3);
  const rows = gammas.map((gamma, g) => {
    const runs = result.runs[g]!;
    const [train, test] = [finals(runs, "train"), finals(runs, "test")];
    const deviation = test.error * Math.sqrt(runs.length);
    return `gamma ${gamma}: test ${text(test.value)} +- ${text(test.error)} (deviation ${text(deviation)}), train ${text(train.value)}, output spread ${spreadOf(runs).toPrecision(3)}`;
  });
  return `${nameOf(result)}, after ${result.epochs} epochs: ${rows.join("; ")}`;
};

async function casesOf(
  parameters: MnistParameters,
  { dataset, values, seed, signal, onProgress }: StudyContext,
): Promise<CaseResult[]> {
  const { cases, gammas, runs, side, train, test, batch, meanZero } = parameters;
  const set = chooseSubset(await dataset(), { train, test, seed });
  const key = await datasetKey(set);
  const inputs = cases.flatMap(({ units, loss, epochs }) =>
    gammas.flatMap((gamma) =>
      Array.from({ length: runs }, (_, run) => ({
        ...{ units, gamma, loss, epochs, side, batch, meanZero, key },
        seed: 1000 * seed + run,
      })),
    ),
  );
  onProgress?.({ label: "networks", done: 0, total: inputs.length, unit: "networks" });
  const results = await values(
    {
      name: "networks",
      version: 1,
      unit: "networks",
      compute: (input: RunInput, work) => trainOne(set, input, work.signal ?? signal),
    },
    inputs,
  );
  return cases.map((one, c) => ({
    ...one,
    runs: gammas.map((_, g) =>
      results.slice((c * gammas.length + g) * runs, (c * gammas.length + g + 1) * runs),
    ),
  }));
}

type MnistParameters = {
  readonly cases: readonly { readonly units: number; readonly loss: string; readonly epochs: number }[];
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
  expected:
    "With the learning rate N^-(2 - 2 gamma) test and train accuracy increase with gamma, and networks differ less from each other.",
  data: "mnist",
  quick: {
    cases: [
      { units: 100, loss: "crossEntropy", epochs: 96 },
      { units: 100, loss: "squared", epochs: 96 },
      { units: 500, loss: "squared", epochs: 96 },
    ],
    gammas: [...GAMMAS],
    runs: 3,
    side: 14,
    train: 5000,
    test: 1000,
    batch: 20,
    meanZero: false,
  },
  full: {
    cases: [100, 500, 1000, 3000].flatMap((units) =>
      ["crossEntropy", "squared"].map((loss) => ({ units, loss, epochs: 500 })),
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
    const results = await casesOf(parameters, context);
    const numbers = (side: "train" | "test") => ({
      data: Float64Array.from(
        results.flatMap((result) => result.runs.flatMap((list) => list.flatMap((run) => run[side]))),
      ),
      shape: [results.length, gammas.length, runs, results[0]!.runs[0]![0]!.epochs.length],
    });
    return {
      arrays: {
        gamma: { data: Float64Array.from(gammas), shape: [gammas.length] },
        epochs: {
          data: Float64Array.from(results.flatMap((result) => result.runs[0]![0]!.epochs)),
          shape: [results.length, results[0]!.runs[0]![0]!.epochs.length],
        },
        train_accuracy: numbers("train"),
        test_accuracy: numbers("test"),
        spread: {
          data: Float64Array.from(results.flatMap((result) => result.runs.map(spreadOf))),
          shape: [results.length, gammas.length],
        },
      },
      checks: results.flatMap(checksOf),
      notes: [
        `${train} images of ${side} x ${side} pixels, batches in the order of the data; outer weights ${parameters.meanZero ? "U(-1/2, 1/2)" : "U(0, 1), which have not the mean 0 that the theory assumes"}. With cross entropy their mean changes nothing: it moves all logits alike.`,
        ...results.map((result) => notesOf(result, gammas)),
      ],
      figures: (["test", "train"] as const).map((part) => ({
        name: `${part}-accuracy`,
        caption: `${part === "test" ? "Test" : "Train"} accuracy over epochs for each gamma: mean of ${runs} networks (line) and all of them (band).`,
        draw: (options) =>
          panelsFigure(
            {
              title: `${part === "test" ? "Test" : "Train"} accuracy against gamma`,
              description: results
                .map(
                  (result) =>
                    `${nameOf(result)}: ${gammas.map((gamma, g) => `${finals(result.runs[g]!, part).value.toFixed(3)} at gamma ${gamma}`).join(", ")}.`,
                )
                .join(" "),
              legend: gammaLegend(gammas),
              panels: results.map((result, i) => panelOf(result, part, String.fromCharCode(97 + i), gammas)),
            },
            options,
          ),
      })),
    };
  },
});
