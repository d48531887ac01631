/**
 * Simple models of growing complexity that explain a deep network one after another (paper C, claim 2).
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type Network, preset } from "../../network/index.js";
import { defineStudy, type StudyContext, type StudyOutcome } from "../study.js";
import { type ImageRecipe, outputsFor, trainImageNetworks } from "./image-networks.js";
import { type ImageTask, imageTask } from "./image-tasks.js";
import { increasingOutcome } from "./increasing-sequence.js";
import { trainSimpleSequence } from "./simple-sequence.js";

type IncreasingParameters = ImageRecipe & {
  readonly task: string;
  readonly side: number;
  readonly train: number;
  readonly test: number;
  /** what is explained: `resnet`, the paper's, or `max-pool-cnn`, a smaller one of the kind of the simple models */
  readonly network: string;
  /** its blocks in each of three stages, or its convolutions; and its filters (of the first stage) */
  readonly depth: number;
  readonly width: number;
  /** convolutions of the simple models; a linear model comes before them */
  readonly simple: readonly number[];
  readonly filters: number;
  readonly networks: number;
  readonly ridge: number;
  readonly snapshots: number;
  readonly parts: number;
};

const KINDS: Readonly<Record<string, (depth: number) => string>> = {
  resnet: (depth) => `a residual network of three stages of ${depth} blocks`,
  "max-pool-cnn": (depth) => `a network of ${depth} convolutions`,
};

function explainedNetwork({ network, depth, width }: IncreasingParameters, task: ImageTask): Network {
  if (!Object.hasOwn(KINDS, network)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `C.increasing: network is "${network}", expected ${Object.keys(KINDS).join(" or ")}`,
      { argument: "network", got: network, expected: Object.keys(KINDS) },
    );
  }
  return preset(network, { ...{ input: task.inputShape, depth, width }, classes: outputsFor(task.classes) });
}

async function train(parameters: IncreasingParameters, context: StudyContext) {
  const { side, train: samples, test, simple, filters, ridge, snapshots, parts } = parameters;
  const { learningRate, momentum, batch, epochs } = parameters;
  const { seed } = context;
  const set = await context.dataset();
  const task = await imageTask(set, {
    ...{ task: parameters.task, side, train: samples, test, noise: 0, seed },
  });
  const recipe = { learningRate, momentum, batch, epochs };
  const cnn = (convolutions: number) =>
    preset("max-pool-cnn", {
      ...{ input: task.inputShape, depth: convolutions, width: filters },
      classes: outputsFor(task.classes),
    });
  const network = explainedNetwork(parameters, task);
  const seeds = Array.from({ length: parameters.networks }, (_, i) => 1000 * seed + i);
  const networks = await trainImageNetworks({ task, network, recipe, seeds, snapshots, parts }, context);
  const models = await trainSimpleSequence(
    {
      ...{ task, network, recipe, seeds, networks },
      linear: { kind: "logistic", ridge },
      simple: simple.map(cnn),
    },
    context,
  );
  return { task, networks, models };
}

async function runIncreasing(parameters: IncreasingParameters, context: StudyContext): Promise<StudyOutcome> {
  const { task, networks, models } = await train(parameters, context);
  const kind = KINDS[parameters.network]!(parameters.depth);
  const { notes, ...outcome } = increasingOutcome({
    ...{ task, networks, models, kind, seed: context.seed, shown: "ends" },
    names: ["linear", ...parameters.simple.map((convolutions) => `CNN${convolutions}`)],
    simple: "convolutional networks",
    samples: `${task.train.labels.length} train and ${task.test.labels.length} test images of ${parameters.side} x ${parameters.side} pixels`,
  });
  return {
    ...outcome,
    notes: [
      ...(parameters.network === "resnet"
        ? [
            "The paper's recipe flips and shifts its images while it trains; these networks are trained without such augmentation.",
          ]
        : []),
      ...notes,
    ],
  };
}

export const increasingStudy = defineStudy<IncreasingParameters>({
  id: "C.increasing",
  papers: ["C"],
  title: "Functions of increasing complexity",
  expected:
    "Paper C, claim 2: classifiers g_1, g_2, ... of growing complexity have times T_1 < T_2 < ...: until T_i the network is explained by g_i, and afterwards mu(F_t; g_i) stays near I(g_i; Y). The quick size shows the first step only, from the linear model to convolutional ones: those of two and of four convolutions learn the same from 10,000 photographs, so that their times are the same within errors. The ridge of the linear model is that with the most information about images held out.",
  data: "cifar10",
  quick: {
    // about five bits out of a hundred are all that 10,000 images teach of the first five classes against the last
    task: "animals-objects",
    side: 16,
    train: 10_000,
    test: 5000,
    network: "max-pool-cnn",
    depth: 6,
    width: 8,
    simple: [2, 4],
    filters: 8,
    networks: 4,
    learningRate: 0.03,
    momentum: 0,
    batch: 32,
    epochs: 12,
    ridge: 0.1,
    snapshots: 28,
    parts: 1,
  },
  full: {
    task: "first-five",
    side: 32,
    train: 50_000,
    test: 10_000,
    network: "resnet",
    depth: 3,
    width: 16,
    simple: [2, 4, 6],
    filters: 32,
    networks: 3,
    learningRate: 0.01,
    momentum: 0.9,
    batch: 128,
    epochs: 100,
    ridge: 1e-2,
    snapshots: 40,
    parts: 100,
  },
  run: runIncreasing,
});
