/**
 * SGD learns a linear function first, and keeps it: a network on the sinusoid, with true and with noisy labels (paper C).
 * @module
 */
import { type ComplexityData, complexityFigure, type Mark, panelsFigure } from "../../figures/index.js";
import type { Estimate } from "../../numeric/statistics/index.js";
import { defineStudy, type StudyContext, type StudyFigure } from "../study.js";
import { cleanChecks, noisyChecks, planeChecks } from "./first-phase-checks.js";
import { knownRunChecks } from "./first-phase-table.js";
import { over, type PhaseSummary, summaryOf } from "./phase-summary.js";
import { recordedEpochs, type SinusoidRun, trainSinusoid } from "./sinusoid-training.js";

export type FirstPhaseParameters = {
  readonly dimensions: number;
  readonly frequency: number;
  readonly train: number;
  readonly test: number;
  readonly units: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly noise: number;
  /** passes over the data with true labels, and with noisy ones */
  readonly epochs: number;
  readonly noisyEpochs: number;
  /** networks, each with data of its own */
  readonly runs: number;
};

async function runsOf(parameters: FirstPhaseParameters, { values, seed }: StudyContext) {
  const { runs, noise, epochs, noisyEpochs, ...task } = parameters;
  const seeds = Array.from({ length: runs }, (_, run) => seed + run);
  const input = (share: number, last: number) =>
    seeds.map((s) => ({ ...task, epochs: recordedEpochs(last, task), noise: share, seed: s }));
  const found: SinusoidRun[] = await values(
    { name: "training", version: 1, unit: "networks", compute: trainSinusoid },
    [...input(0, epochs), ...input(noise, noisyEpochs)],
  );
  return {
    clean: summaryOf(recordedEpochs(epochs, task), found.slice(0, runs)),
    noisy: summaryOf(recordedEpochs(noisyEpochs, task), found.slice(runs)),
  };
}

const curveOf = (estimates: readonly Estimate[]) => ({
  value: estimates.map(({ value }) => value),
  error: estimates.map(({ error }) => error),
});

/** Epoch 0 and the others, of the means over networks. */
function figureData(summary: PhaseSummary): ComplexityData {
  const { epochs, test, train, end } = summary;
  return {
    steps: epochs,
    unit: "epoch",
    classes: 2,
    network: curveOf(test.network),
    train: train.network.map(({ value }) => value),
    explainers: [
      {
        name: "L",
        information: test.simple.value,
        explained: curveOf(test.explained),
        phaseEnd: end === null ? null : epochs[end]!,
      },
    ],
  };
}

/** What is kept with noisy labels, held against true labels of test samples and against those that were trained on. */
function retentionFigure(summary: PhaseSummary, noise: number): StudyFigure {
  const { epochs, test, train } = summary;
  const x = {
    title: "epoch",
    kind: "symlog" as const,
    domain: [0, epochs.at(-1)!] as const,
    // linear up to about an epoch: below it there would be one label at most
    threshold: Math.max(epochs[1]!, Math.min(1, epochs.at(-1)! / 50)),
  };
  const lines = (of: "accuracy" | "kept"): Mark[] =>
    (
      [
        [test, 1, "circle", "solid"],
        [train, 2, "square", "dashed"],
      ] as const
    ).flatMap(([side, colour, marker, dash]) => {
      const { value, error } = curveOf(side[of]);
      return [
        {
          kind: "band",
          x: epochs,
          low: value.map((v, t) => v - 2 * error[t]!),
          high: value.map((v, t) => v + 2 * error[t]!),
          colour,
        },
        { kind: "line", x: epochs, y: value, style: { colour, marker, dash } },
      ];
    });
  return {
    name: "retention",
    caption: `With ${100 * noise} % of the train labels wrong: (a) accuracy on test samples with true labels and on train samples with the labels that were trained on, (b) mu(F_t; L) over I(L; Y) for both. Means of the networks with two standard errors. The network fits the wrong labels in the end, its test accuracy falls; of what L knows about the labels that were trained on it loses nothing.`,
    draw: (options) =>
      panelsFigure(
        {
          title: "What is retained while noise is fitted",
          description: `Test accuracy is at most ${Math.max(...test.accuracy.map(({ value }) => value)).toFixed(3)} and ${test.accuracy.at(-1)!.value.toFixed(3)} in the end, train accuracy ${train.accuracy.at(-1)!.value.toFixed(3)}.`,
          legend: [
            {
              kind: "line",
              label: "test samples, true labels",
              style: { colour: 1, marker: "circle", dash: "solid" },
            },
            {
              kind: "line",
              label: "train samples, labels trained on",
              style: { colour: 2, marker: "square", dash: "dashed" },
            },
          ],
          panels: [
            {
              title: "(a) Accuracy",
              x,
              y: { title: "accuracy", kind: "linear", domain: [0.45, 1.02] },
              marks: [
                {
                  kind: "rule",
                  axis: "y",
                  value: 1 - noise,
                  label: "true function on noisy labels",
                  dash: "dotted",
                },
                ...lines("accuracy"),
              ],
            },
            {
              title: "(b) Kept of the linear model",
              x,
              y: { title: "μ(F_{t}; L) / I(L; Y)", kind: "linear", domain: [0, 1.12] },
              marks: [{ kind: "rule", axis: "y", value: 1, dash: "dotted" }, ...lines("kept")],
            },
          ],
        },
        options,
      ),
  };
}

export const firstPhaseStudy = defineStudy<FirstPhaseParameters>({
  id: "C.first-phase",
  papers: ["C"],
  title: "A linear function is learned first, and kept",
  expected:
    "Until T0 logistic regression explains what the network knows; then the network stays for a while at what logistic regression knows; then it learns more and keeps that, also when it has fitted noisy labels.",
  quick: {
    dimensions: 20,
    frequency: 2,
    train: 10_000,
    test: 20_000,
    units: 256,
    learningRate: 0.05,
    batch: 32,
    noise: 0.1,
    epochs: 40,
    noisyEpochs: 60,
    runs: 8,
  },
  full: {
    dimensions: 100,
    frequency: 2,
    train: 50_000,
    test: 20_000,
    units: 256,
    learningRate: 0.05,
    batch: 32,
    noise: 0.1,
    epochs: 40,
    noisyEpochs: 60,
    runs: 8,
  },
  run: async (parameters, context) => {
    const { clean, noisy } = await runsOf(parameters, context);
    const { runs, noise, dimensions, train, units } = parameters;
    const shown = (summary: PhaseSummary) =>
      summary.end === null ? "never" : `epoch ${summary.epochs[summary.end]}`;
    const setting = `${runs} networks of two hidden layers of ${units} relu units, ${train} samples in ${dimensions} dimensions, each with data of its own; means with two standard errors of the mean. L is logistic regression at its optimum`;
    const matrix = (rows: readonly (readonly number[])[]) => ({
      data: Float64Array.from(rows.flat()),
      shape: [rows.length, rows[0]!.length],
    });
    const arraysOf = (name: string, summary: PhaseSummary) =>
      Object.fromEntries([
        [`${name}_epochs`, matrix([summary.epochs])],
        ...(["test", "train"] as const).flatMap((side) =>
          (["accuracy", "network", "explained"] as const).map((of) => [
            `${name}_${side}_${of}`,
            matrix(summary.runs.map((run) => run[side][of])),
          ]),
        ),
        [`${name}_simple`, matrix([summary.runs.map((run) => run.test.simple)])],
      ]);
    return {
      arrays: { ...arraysOf("clean", clean), ...arraysOf("noisy", noisy) },
      checks: [
        ...planeChecks(clean, parameters),
        ...cleanChecks(clean),
        ...noisyChecks(noisy, noise),
        ...knownRunChecks(clean, noisy, parameters),
      ],
      notes: [
        `True labels: T0 is ${shown(clean)}; in the end the accuracy is ${clean.test.accuracy.at(-1)!.value.toFixed(3)} on test and ${clean.train.accuracy.at(-1)!.value.toFixed(3)} on train samples, mu is ${over(clean, "explained", clean.epochs.length - 1).toFixed(3)} of I(L; Y).`,
        `${100 * noise} % wrong train labels: T0 is ${shown(noisy)}; test accuracy is at most ${Math.max(...noisy.test.accuracy.map(({ value }) => value)).toFixed(3)} and ${noisy.test.accuracy.at(-1)!.value.toFixed(3)} in the end, where train accuracy is ${noisy.train.accuracy.at(-1)!.value.toFixed(3)}; mu is ${noisy.test.kept.at(-1)!.value.toFixed(3)} of I(L; Y) then by true labels of test samples, ${noisy.train.kept.at(-1)!.value.toFixed(3)} by the labels that were trained on.`,
      ],
      figures: [
        {
          name: "true-labels",
          caption: `I(F_t; Y) and mu(F_t; L) on test samples: ${setting}.`,
          draw: (options) => complexityFigure(figureData(clean), options),
        },
        {
          name: "noisy-labels",
          caption: `The same with ${100 * noise} % of the train labels wrong; test labels are true, the dotted curve is of train samples with the labels that were trained on.`,
          draw: (options) => complexityFigure(figureData(noisy), options),
        },
        retentionFigure(noisy, noise),
      ],
    };
  },
});
