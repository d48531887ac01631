/**
 * Networks of no, one and two hidden layers that explain a deeper one after another, on a task made for it (paper C, claim 2).
 * @module
 */
import { productsDataset } from "../../data/index.js";
import { preset } from "../../network/index.js";
import { defineStudy, type StudyContext, type StudyOutcome } from "../study.js";
import { type ImageRecipe, trainImageNetworks } from "./image-networks.js";
import type { ImageTask } from "./image-tasks.js";
import { increasingOutcome } from "./increasing-sequence.js";
import { trainSimpleSequence } from "./simple-sequence.js";

type ProductsParameters = ImageRecipe & {
  readonly dimensions: number;
  readonly train: number;
  readonly test: number;
  /** hidden layers of what is explained, and units of each */
  readonly layers: number;
  readonly units: number;
  /** the same of the simple models; a linear model comes before them */
  readonly simple: readonly { readonly layers: number; readonly units: number }[];
  readonly networks: number;
  readonly snapshots: number;
};

function taskOf({ dimensions, train, test }: ProductsParameters, seed: number): ImageTask {
  const set = productsDataset({ dimensions, train, test, seed });
  const split = ({ x, y }: typeof set.train) => ({
    x: { data: x.data as Float64Array<ArrayBuffer>, shape: x.shape },
    labels: y,
  });
  return {
    ...{ classes: 2, inputShape: [dimensions], train: split(set.train), test: split(set.test) },
    key: { products: dimensions, train, test, seed },
  };
}

async function runProducts(parameters: ProductsParameters, context: StudyContext): Promise<StudyOutcome> {
  const { dimensions, layers, units, simple, snapshots } = parameters;
  const { learningRate, momentum, batch, epochs } = parameters;
  const { seed } = context;
  const task = taskOf(parameters, seed);
  const connected = (depth: number, width: number) =>
    preset("fcn", { input: [dimensions], depth, width, classes: 1 });
  const network = connected(layers, units);
  const recipe = { learningRate, momentum, batch, epochs };
  const seeds = Array.from({ length: parameters.networks }, (_, i) => 1000 * seed + i);
  const networks = await trainImageNetworks(
    // the linear part is learned within some ten steps
    { task, network, recipe, seeds, snapshots, first: 2, parts: 1 },
    context,
  );
  const models = await trainSimpleSequence(
    {
      ...{ task, network, recipe, seeds, networks },
      linear: { kind: "logistic" },
      simple: simple.map((model) => connected(model.layers, model.units)),
    },
    context,
  );
  return increasingOutcome({
    ...{ task, networks, models, seed, shown: "every step" },
    names: ["linear", ...simple.map((model) => `${model.layers} x ${model.units}`)],
    kind: `a network of ${layers} hidden layers of ${units} units`,
    simple: "networks of hidden layers x units",
    samples: `${task.train.labels.length} train and ${task.test.labels.length} test samples in ${dimensions} dimensions`,
  });
}

export const productsStudy = defineStudy<ProductsParameters>({
  id: "C.products",
  papers: ["C"],
  title: "Functions of increasing complexity: products of one, two and three coordinates",
  expected:
    "Paper C, claim 2: classifiers g_1, g_2, ... of growing complexity have times T_1 < T_2 < ...; until T_i the network is explained by g_i, and afterwards mu(F_t; g_i) stays near I(g_i; Y). Here the labels are sign(x_1 + 0.9 x_2 x_3 + 0.8 x_4 x_5 x_6), x ~ N(0, I), a task made so that a linear model, one hidden layer and two of about as many weights learn more and more of it: the network learns what each of them knows in this order, each a few times later than the one before. Not a task of the paper, which has photographs (C.increasing).",
  quick: {
    dimensions: 10,
    train: 10_000,
    test: 5000,
    layers: 3,
    units: 128,
    simple: [
      { layers: 1, units: 128 },
      { layers: 2, units: 32 },
    ],
    networks: 4,
    learningRate: 0.1,
    momentum: 0,
    batch: 32,
    epochs: 20,
    snapshots: 28,
  },
  full: {
    dimensions: 10,
    train: 20_000,
    test: 20_000,
    layers: 3,
    units: 256,
    simple: [
      { layers: 1, units: 128 },
      { layers: 2, units: 32 },
    ],
    networks: 8,
    learningRate: 0.1,
    momentum: 0,
    batch: 32,
    epochs: 20,
    snapshots: 40,
  },
  run: runProducts,
});
