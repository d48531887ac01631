/**
 * Simple models that a network is explained with: how each is made, and what it says (paper C).
 * @module
 */
import { ForetrainError } from "../errors.js";
import {
  parseTrainingRecipe,
  type TrainingRecipeInput,
  type TrainNetworkInput,
  trainingSteps,
  trainNetwork,
} from "../finite/index.js";
import { dense, flatten, input, type Network, network } from "../network/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { classify, fitLogistic, leastSquaresClassifier } from "./linear-classifier.js";
import { classTargets, type LabelledSamples, requireClassifier, withLoss } from "./snapshots.js";

/**
 * What a simple model is trained to say: the train labels, what the network says at T0, or what it says at the end. T0 is that of
 * the first simple model that is trained on labels.
 */
export type ExplainerTarget = "labels" | "T0" | "final";

/** How a simple model is made. */
export type ExplainerRecipe = {
  /** default: the kind, and the target unless that is the labels */
  readonly name?: string | undefined;
  /** default `labels` */
  readonly target?: ExplainerTarget | undefined;
} & (
  | {
      /** a linear model on all features of a sample, at its exact optimum; see `logisticRegression` */
      readonly kind: "logistic";
      readonly ridge?: number | undefined;
      /** a dense layer that is trained by this recipe, from 0 by default, instead of the exact optimum: one logit for two classes. Without a ridge */
      readonly recipe?: TrainingRecipeInput | undefined;
    }
  | {
      /** see `leastSquaresClassifier` */
      readonly kind: "leastSquares";
      readonly ridge?: number | undefined;
    }
  | {
      /** another network, trained by its own recipe to its end; outputs and loss as those of the network */
      readonly kind: "network";
      readonly network: Network;
      readonly recipe: TrainingRecipeInput;
    }
);

/** What a simple model says, a byte for each sample. */
export interface ExplainerPredictions {
  readonly test: Uint8Array;
  readonly train: Uint8Array;
}

/** The name of a simple model: its own, or its kind with its target. */
export const explainerName = ({ name, kind, target = "labels" }: ExplainerRecipe): string =>
  name ?? (target === "labels" ? kind : `${kind} on ${target}`);

/**
 * Refuses simple models that do not go together, before anything is trained.
 * @param sampleShape  shape of a sample, which networks must take
 * @throws ERR_SPEC for two of one name, or one of T0 without one on labels (or a T0 that is given); ERR_SHAPE for networks of other inputs, or
 *   without one output for each class
 */
export function requireExplainers(
  explainers: readonly ExplainerRecipe[],
  classes: number,
  phaseEnd?: number | undefined,
  sampleShape?: readonly number[] | undefined,
): void {
  const names = explainers.map(explainerName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new ForetrainError(
      "ERR_SPEC",
      `explainers: two are called "${twice}", expected different names; give one of them a name of its own`,
      { argument: "explainers", got: names },
    );
  }
  for (const explainer of explainers) {
    if (explainer.kind !== "network") continue;
    requireClassifier(explainer.network, classes, explainerName(explainer));
    const { input: own } = explainer.network;
    if (sampleShape === undefined || own.join() === sampleShape.join()) continue;
    throw new ForetrainError(
      "ERR_SHAPE",
      `${explainerName(explainer)}: the network's input is [${own.join(", ")}], expected [${sampleShape.join(", ")}], the shape of a sample`,
      { argument: "explainers", got: own, expected: sampleShape },
    );
  }
  if (phaseEnd !== undefined || !explainers.some(({ target }) => target === "T0")) return;
  if (explainers.some(({ target = "labels" }) => target === "labels")) return;
  throw new ForetrainError(
    "ERR_SPEC",
    'complexityExperiment: there is a simple model of what the network says at T0 and none on the labels, which T0 comes from; add one such as { kind: "logistic" }',
    { argument: "explainers", got: names },
  );
}

const flat = ({ data, shape }: NdArray): Matrix => {
  const n = shape[0]!;
  return matrix(
    n,
    shape.slice(1).reduce((a, b) => a * b, 1),
    data instanceof Float64Array ? data : Float64Array.from(data),
  );
};

/** A simple model with the samples that it learns from and is asked about. */
export interface TrainExplainerInput extends LongWork {
  readonly explainer: ExplainerRecipe;
  /** with the labels that it learns to say */
  readonly train: LabelledSamples;
  readonly test: LabelledSamples;
  readonly classes: number;
  /** of a model that is trained step by step, see `trainNetwork` */
  readonly resume?: TrainNetworkInput["resume"];
  /** given every checkpoint */
  readonly onCheckpoint?: TrainNetworkInput["onCheckpoint"];
  readonly checkpointSeconds?: number | undefined;
}

/** A linear network from samples of a shape to so many classes; one logit for two. */
const linearNetwork = (shape: readonly number[], classes: number): Network =>
  network(input(shape), ...(shape.length > 1 ? [flatten()] : []), dense(classes === 2 ? 1 : classes));

/** Makes one simple model and asks it about test and train samples. @throws what its training throws */
export async function trainExplainer(given: TrainExplainerInput): Promise<ExplainerPredictions> {
  const { explainer, train, test, classes, signal } = given;
  const name = explainerName(explainer);
  const onProgress: LongWork["onProgress"] =
    given.onProgress && ((progress) => given.onProgress?.({ ...progress, label: name }));
  const steps = explainer.kind === "leastSquares" ? undefined : explainer.recipe;
  if (steps === undefined) {
    const options = { classes, ridge: explainer.kind === "network" ? undefined : explainer.ridge };
    const x = flat(train.x);
    const model =
      explainer.kind === "logistic"
        ? await fitLogistic(x, train.labels, { ...options, signal, onProgress })
        : leastSquaresClassifier(x, train.labels, options);
    return {
      test: Uint8Array.from(classify(model, flat(test.x))),
      train: Uint8Array.from(classify(model, x)),
    };
  }
  const model =
    explainer.kind === "network" ? explainer.network : linearNetwork(train.x.shape.slice(1), classes);
  const recipe = withLoss(
    explainer.kind === "network" ? steps : { initialization: "zeros", ...steps },
    model,
  );
  const split = ({ x, labels }: LabelledSamples) => ({
    x,
    y: classTargets(labels, classes, recipe, model),
    labels,
  });
  const { classes: said } = await trainNetwork({
    network: model,
    recipe,
    train: split(train),
    test: split(test),
    records: [trainingSteps(parseTrainingRecipe(recipe), train.labels.length)],
    keepClasses: "both",
    resume: given.resume,
    onCheckpoint: given.onCheckpoint,
    checkpointSeconds: given.checkpointSeconds,
    signal,
    onProgress,
  });
  const { length } = train.labels;
  return {
    test: said.test!.data.slice(-test.labels.length),
    train: said.train!.data.slice(-length),
  };
}
