/**
 * What a linear model explains of convolutional networks while they learn digits and photographs (paper C, conjecture 1).
 * @module
 */
import { recordLearningCurve } from "../../complexity/index.js";
import { complexityFigure } from "../../figures/index.js";
import { preset } from "../../network/index.js";
import { meanOf } from "../../numeric/statistics/index.js";
import type { Json } from "../../runs/index.js";
import { defineStudy, type StudyContext, type StudyFigure, type StudyOutcome } from "../study.js";
import { type ImageRecipe, outputsFor, trainImageNetworks, trainSimpleModels } from "./image-networks.js";
import { imageTask } from "./image-tasks.js";
import { type CaseResult, checksOf, type ImageCase, idOf, nameOf, notesOf } from "./images-checks.js";
import { meanCurve } from "./mean-curve.js";
import { measureStatements, type StatementOutcome } from "./statements.js";

export type ImageParameters = ImageRecipe & {
  readonly cases: readonly ImageCase[];
  readonly side: number;
  readonly train: number;
  readonly test: number;
  readonly filters: number;
  readonly units: number;
  readonly ridge: number;
  readonly snapshots: number;
  readonly parts: number;
};

async function runCase(
  one: ImageCase,
  parameters: ImageParameters,
  context: StudyContext,
): Promise<CaseResult> {
  const { side, train, test, filters, units, ridge, snapshots, parts } = parameters;
  const { learningRate, momentum, batch, epochs } = parameters;
  const { seed } = context;
  const set = await context.dataset();
  const task = await imageTask(set, { task: one.task, side, train, test, noise: one.noise, seed });
  const { classes, inputShape } = task;
  const outputs = { input: inputShape, classes: outputsFor(classes) };
  const net = preset("binary-cnn", { ...outputs, width: filters, denseWidth: units });
  const recipe = { learningRate, momentum, batch, epochs };
  const seeds = Array.from({ length: one.networks }, (_, i) => 1000 * seed + i);
  const explainer = { kind: "logistic", ridge } as const;
  const onTrain = [{ explainer, labels: task.train.labels, origin: "labels" }];
  const [linear] = (await trainSimpleModels(task, onTrain, context)) as [Uint8Array];
  const networks = await trainImageNetworks({ task, network: net, recipe, seeds, snapshots, parts }, context);
  const { labels } = task.test;
  const { steps } = networks[0]!;
  const statementsOf = (
    simple: (network: number) => Uint8Array,
    ends?: readonly (number | null)[],
  ): StatementOutcome =>
    measureStatements({
      ...{ labels, classes, steps, seed },
      networks: networks.map((network, i) => ({
        snapshots: network.test,
        simple: simple(i),
        ...(ends === undefined ? {} : { end: ends[i]! }),
      })),
    });
  const onLabels = statementsOf(() => linear);
  const reached = networks.flatMap((network, i) => {
    const end = onLabels.ends[i]!;
    return end === null ? [] : [{ i, labels: network.train[end]!, step: steps[end]! }];
  });
  const models = await trainSimpleModels(
    task,
    reached.map(({ i, labels: said, step }) => ({
      explainer,
      labels: said,
      origin: { seed: seeds[i]!, step, recipe, network: net as unknown as Json },
    })),
    context,
  );
  const likeNetworks = networks.map((_, i) => models[reached.findIndex((item) => item.i === i)] ?? null);
  const onNetworks = statementsOf((i) => likeNetworks[i] ?? linear, onLabels.ends);
  return { one, data: set.name, task, networks, linear, onLabels, likeNetworks, onNetworks };
}

function curvesOf({ task, networks, linear, likeNetworks }: CaseResult) {
  const { classes } = task;
  const each = networks.map(({ steps, test, train }, i) => {
    const like = likeNetworks[i];
    const recorder = recordLearningCurve({
      ...{ labels: task.test.labels, classes, correctBias: true },
      explainers: [
        { name: "L", predictions: linear },
        ...(like == null ? [] : [{ name: "L at T0", predictions: like }]),
      ],
    });
    const onTrain = recordLearningCurve({
      ...{ labels: task.train.labels, classes, correctBias: true, explainers: [] },
    });
    steps.forEach((step, t) => {
      recorder.add(step, test[t]!);
      onTrain.add(step, train[t]!);
    });
    return { test: recorder.result(), train: onTrain.result() };
  });
  const names = each.every(({ test }) => test.explainers.length === 2) ? ["L", "L at T0"] : ["L"];
  return {
    steps: each[0]!.test.steps,
    network: meanCurve(each.map(({ test }) => test.network)),
    train: meanCurve(each.map(({ train }) => train.network)).value,
    explainers: names.map((name, k) => ({
      name,
      information: meanOf(each.map(({ test }) => test.explainers[k]!.information.value)).value,
      explained: meanCurve(each.map(({ test }) => test.explainers[k]!.explained)),
    })),
  };
}

function figureOf(result: CaseResult): StudyFigure {
  const { one, onLabels } = result;
  const name = nameOf(one);
  const curves = curvesOf(result);
  const { value: logEnd } = onLabels.statements.logEnd;
  return {
    name: idOf(one),
    caption: `${name[0]!.toUpperCase()}${name.slice(1)}: information of ${one.networks} networks about the test labels of ${result.data} (mean), and what logistic regression explains of it: L trained on the labels, and L trained to say what each network says at T0. Dashed: I(L; Y). The curve on the train samples is for the labels that were trained on.`,
    draw: (options) =>
      complexityFigure(
        {
          ...curves,
          explainers: curves.explainers.map((explainer, k) => ({
            ...explainer,
            phaseEnd: k > 0 || Number.isNaN(logEnd) ? null : 10 ** logEnd,
          })),
        },
        options,
      ),
  };
}

function arraysOf(results: readonly CaseResult[]) {
  return Object.fromEntries(
    results.flatMap((result) => {
      const { steps, network, train, explainers } = curvesOf(result);
      const id = idOf(result.one).replaceAll("-", "_");
      const column = (values: readonly number[]) => ({
        data: Float64Array.from(values),
        shape: [values.length],
      });
      return [
        [`${id}_steps`, column(steps)],
        [`${id}_network`, column(network.value)],
        [`${id}_network_error`, column(network.error)],
        [`${id}_train`, column(train)],
        ...explainers.flatMap(({ information, explained }, k) => [
          [`${id}_linear${k}`, column([information])],
          [`${id}_explained${k}`, column(explained.value)],
          [`${id}_explained${k}_error`, column(explained.error)],
        ]),
      ];
    }),
  );
}

async function runImages(parameters: ImageParameters, context: StudyContext): Promise<StudyOutcome> {
  const results: CaseResult[] = [];
  for (const one of parameters.cases) results.push(await runCase(one, parameters, context));
  return {
    arrays: arraysOf(results),
    checks: results.flatMap(checksOf),
    notes: results.flatMap(notesOf),
    figures: results.map(figureOf),
  };
}

const EXPECTED =
  "Paper C: until T0 a linear model L explains what the network knows, mu(F_t; L) is about I(F_t; Y); at T0 the network has the performance of L; afterwards it learns more, and mu(F_t; L) stays about I(L; Y). Checked is that L explains more than its accuracy alone would, that the network then learns what L does not know, and that it keeps what it had from L.";

/** How near 1 the shares are that the paper says to be about 1. */
const SHARES =
  " How far 'about' goes is measured, not taken for granted: the notes say for each share whether it is near 1.";

const FULL = {
  train: 60_000,
  test: 10_000,
  filters: 32,
  units: 2000,
  learningRate: 0.001,
  momentum: 0,
  batch: 32,
  epochs: 50,
  ridge: 1e-4,
  snapshots: 40,
  parts: 50,
} as const;

export const mnistImagesStudy = defineStudy<ImageParameters>({
  id: "C.mnist",
  papers: ["C"],
  title: "A linear model explains the first phase of learning digits",
  titleOn: (data) => `A linear model explains the first phase of learning ${data}`,
  expected: `${EXPECTED}${SHARES} Reduced networks on 10,000 digits fall short of it: L explains about three quarters until T0 (of two groups of digits, nine tenths of ten classes), and four fifths to nine tenths of I(L; Y) are kept.`,
  data: "mnist",
  quick: {
    cases: [
      { task: "first-five", noise: 0, networks: 3 },
      { task: "first-five", noise: 0.1, networks: 3 },
      { task: "classes", noise: 0, networks: 3 },
    ],
    side: 14,
    train: 10_000,
    test: 5000,
    filters: 8,
    units: 128,
    learningRate: 0.03,
    momentum: 0,
    batch: 32,
    epochs: 8,
    ridge: 1e-3,
    snapshots: 28,
    parts: 1,
  },
  full: {
    cases: [
      { task: "first-five", noise: 0, networks: 3 },
      { task: "first-five", noise: 0.1, networks: 3 },
      { task: "classes", noise: 0, networks: 3 },
    ],
    side: 28,
    ...FULL,
  },
  run: runImages,
});

export const cifarImagesStudy = defineStudy<ImageParameters>({
  id: "C.cifar",
  papers: ["C"],
  title: "A linear model and the first phase of learning photographs",
  titleOn: (data) => `A linear model and the first phase of learning ${data}`,
  expected: `${EXPECTED}${SHARES} Reduced networks on 10,000 photographs fall short of it: until T0 L explains little more than half of what they know of five classes against five, and three quarters of animals against objects; the least that is kept afterwards is about as much of I(L; Y). The ridge of L is that of 0.0001 to 0.1 with the most information about images held out.`,
  data: "cifar10",
  quick: {
    cases: [
      { task: "first-five", noise: 0, networks: 3 },
      { task: "animals-objects", noise: 0, networks: 3 },
    ],
    side: 16,
    train: 10_000,
    test: 5000,
    filters: 16,
    units: 128,
    learningRate: 0.015,
    momentum: 0,
    batch: 32,
    epochs: 20,
    // of 1e-4, 1e-3, 1e-2 and 1e-1 the one with the most information about held out images: with 10,000 images less overfits
    ridge: 0.1,
    snapshots: 28,
    parts: 1,
  },
  full: {
    cases: [
      { task: "first-five", noise: 0, networks: 3 },
      { task: "first-five", noise: 0.1, networks: 3 },
      { task: "animals-objects", noise: 0, networks: 3 },
    ],
    side: 32,
    ...FULL,
  },
  run: runImages,
});
