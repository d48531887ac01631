/**
 * What a training of `foretrain complexity` tells: the text, the results, the figures, the table.
 * @module
 */
import type { Dataset } from "../../data/index.js";
import { complexityFigure, decisionBoundariesFigure, percentText } from "../../figures/index.js";
import { describeNetwork } from "../../network/index.js";
import { renderComplexityPage } from "../../report/index.js";
import { VERSION } from "../../version.js";
import { boundariesData } from "./complexity-boundaries.js";
import type { PreparedSamples } from "./complexity-data.js";
import type { ExplainedRun, MeanCurves } from "./complexity-networks.js";
import type { ComplexitySpec } from "./complexity-store.js";
import { curvesCsv } from "./complexity-table.js";
import {
  complexityData,
  curveTable,
  explainedSentence,
  networksTable,
  PHASE_LEGEND,
  phaseTable,
} from "./complexity-text.js";

export interface OutcomeInput {
  readonly spec: ComplexitySpec;
  readonly dataset: Dataset;
  readonly samples: PreparedSamples;
  readonly classes: number;
  readonly runs: readonly ExplainedRun[];
  readonly means: MeanCurves;
  readonly command: string;
  readonly out: string;
  readonly correctBias?: boolean | undefined;
}

/** Files of the run folder by name, and what is printed. */
export interface Outcome {
  readonly files: Readonly<Record<string, string>>;
  readonly text: string;
  readonly results: object;
}

function tableOf(runs: readonly ExplainedRun[], means: MeanCurves): string {
  const rows = runs.map(({ seed, curve, trainCurve, snapshots: { trainLoss, testLoss } }) => ({
    network: `${seed}`,
    ...{ curve, trainCurve, trainLoss, testLoss },
  }));
  return curvesCsv(runs.length === 1 ? rows : [{ network: "mean", ...means }, ...rows]);
}

export function complexityOutcome(input: OutcomeInput): Outcome {
  const { spec, dataset, samples, classes, runs, means, command, out } = input;
  const { data, network } = spec;
  const { train, test, classNames } = samples;
  const { curve, trainCurve, cleanTrainCurve, nulls } = means;
  const seeds = runs.map(({ seed }) => seed);
  const several = runs.length > 1;
  const sentences = curve.explainers.map((explainer) => explainedSentence(curve, explainer));
  const results = {
    foretrain: 1,
    kind: "complexity",
    version: VERSION,
    command,
    out,
    data: { ...data, name: dataset.name, origin: dataset.origin, classNames },
    samples: { train: train.labels.length, test: test.labels.length },
    classes,
    correctBias: input.correctBias === true,
    seeds,
    trainLoss: means.trainLoss,
    testLoss: means.testLoss,
    curve,
    trainCurve,
    cleanTrainCurve,
    shuffled: nulls,
    sentences,
    networks: runs.map((run) => ({
      seed: run.seed,
      ...{ curve: run.curve, trainCurve: run.trainCurve, cleanTrainCurve: run.cleanTrainCurve },
      ...{ trainLoss: run.snapshots.trainLoss, testLoss: run.snapshots.testLoss },
    })),
  };
  const noise = data.labelNoise === 0 ? "" : `, ${percentText(data.labelNoise)} of their labels wrong`;
  const task = `${data.source}${data.task === null ? "" : `, ${data.task}`}`;
  const mean = several ? `, mean of ${runs.length} networks` : "";
  const heading = `${task}, ${train.labels.length} train samples${noise}${mean}`;
  const bits = trainCurve.network.map(({ value }) => value);
  const figure = complexityData(curve, bits, classes);
  const [first] = runs;
  const boundaries = boundariesData(samples, first!.snapshots, first!.curve.accuracy);
  const of = several ? `, network of seed ${seeds[0]}` : "";
  const text = [
    ...describeNetwork(network),
    `${dataset.name}: ${train.labels.length} train and ${test.labels.length} test samples of ${classes} classes (${classNames.join("; ")})${input.correctBias === true ? ", bits corrected for bias" : ""}`,
    ...(several
      ? [
          `means over ${runs.length} networks, seeds ${seeds[0]} to ${seeds.at(-1)}; ± one standard error, of the samples and of the networks`,
        ]
      : []),
    "",
    ...curveTable(curve, trainCurve.accuracy),
    "",
    ...phaseTable(curve, nulls),
    ...PHASE_LEGEND,
    ...(several ? ["", ...networksTable(runs)] : []),
    ...(cleanTrainCurve === null
      ? []
      : [
          "",
          `${percentText(data.labelNoise)} of the train labels are wrong on purpose. At the end the network says ${percentText(trainCurve.accuracy.at(-1)!)} of the labels that it was given and ${percentText(cleanTrainCurve.accuracy.at(-1)!)} of the true ones of its train samples; test labels are true`,
        ]),
    "",
    ...sentences,
    "",
    out,
  ].join("\n");
  const { recipe } = spec;
  const page = renderComplexityPage({
    version: VERSION,
    title: heading,
    network: describeNetwork(network),
    facts: [
      [
        "Data",
        `${dataset.name}: ${train.labels.length} train and ${test.labels.length} test samples, classes ${classNames.join("; ")}`,
      ],
      ["Source", `${dataset.origin}; subset seed ${data.seed}, normalization ${data.normalization}`],
      [
        "Training",
        [
          `batches of ${recipe.batch ?? "all samples"}`,
          recipe.epochs === undefined ? `${recipe.steps} steps` : `${recipe.epochs} epochs`,
          `learning rate ${recipe.learningRate ?? "half of the largest stable one at the start"}`,
          `momentum ${recipe.momentum ?? 0}`,
        ].join(", "),
      ],
      ["Seeds", seeds.join(", ")],
    ],
    sentences,
    curve,
    statements: curve.explainers.map(({ statements }) => statements),
    figure,
    boundaries,
    networks: runs,
    commands: spec.commands ?? [command],
  });
  return {
    files: {
      "results.json": `${JSON.stringify(results)}\n`,
      "report.html": page,
      "complexity.csv": tableOf(runs, means),
      "complexity.svg": complexityFigure(figure, { heading }),
      ...(boundaries === null
        ? {}
        : {
            "boundaries.svg": decisionBoundariesFigure(boundaries, {
              heading: `${data.source}: accuracies on test samples${of}`,
            }),
          }),
    },
    text,
    results,
  };
}
