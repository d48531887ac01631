/**
 * The experiment of paper C: train a network, keep what it predicts along the way, train simple models, and measure what they explain.
 * @module
 */
import { classesOf, oneHotCentred, signTargets } from "../data/index.js";
import { ForetrainError } from "../errors.js";
import {
  finiteModel,
  parseTrainingRecipe,
  type TrainedNetwork,
  type TrainingRecipeInput,
  type TrainNetworkInput,
  trainingSteps,
  trainNetwork,
} from "../finite/index.js";
import type { Network } from "../network/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { countTable } from "./count-table.js";
import { type LearningCurve, recordLearningCurve } from "./learning-curve.js";
import { classify, leastSquaresClassifier, logisticRegression } from "./linear-classifier.js";
import { performanceCorrelation } from "./performance-correlation.js";

/** Samples with classes. */
export interface LabelledSamples {
  /** [n, ...input] */
  readonly x: NdArray;
  /** [n], from 0 */
  readonly labels: Int32Array;
}

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
      /** on all features of a sample; see `logisticRegression`, `leastSquaresClassifier` */
      readonly kind: "logistic" | "leastSquares";
      readonly ridge?: number | undefined;
    }
  | {
      /** another network, trained by its own recipe to its end; outputs and loss as those of the network */
      readonly kind: "network";
      readonly network: Network;
      readonly recipe: TrainingRecipeInput;
    }
);

export interface ComplexityExperimentInput extends LongWork {
  /** one output for each class, or one for two classes: its sign */
  readonly network: Network;
  /** `loss` defaults to `crossEntropy` here, to `logistic` for one output */
  readonly recipe: TrainingRecipeInput;
  readonly train: LabelledSamples;
  /** held out: information is measured here */
  readonly test: LabelledSamples;
  readonly explainers: readonly ExplainerRecipe[];
  /** steps at which the network is looked at; default about 40, evenly spaced in the logarithm; 0 and the last are always among them */
  readonly records?: readonly number[] | undefined;
  readonly correctBias?: boolean | undefined;
  /** of T0, see `learningPhases` */
  readonly tolerance?: number | undefined;
  /** of the network's training, see `trainNetwork` */
  readonly resume?: TrainNetworkInput["resume"];
  readonly onCheckpoint?: TrainNetworkInput["onCheckpoint"];
}

export interface ComplexityExperiment {
  readonly classes: number;
  /** on the held out samples */
  readonly curve: LearningCurve;
  /** I(F_t; Y) and accuracy on the train samples with the labels that it was trained on, without simple models */
  readonly trainCurve: LearningCurve;
  readonly network: TrainedNetwork;
  /** [records][test samples] */
  readonly predictions: readonly Int32Array[];
}

/** The classes of every record's outputs [records, n, k]. */
function predictionsOf({ data, shape }: NdArray<Float64Array>): Int32Array[] {
  const [records, n, k] = shape as readonly [number, number, number];
  return Array.from({ length: records }, (_, t) =>
    classesOf(matrix(n, k, data.subarray(t * n * k, (t + 1) * n * k))),
  );
}

const outputsOf = (network: Network): number => finiteModel(network).outputShape[0]!;

const withLoss = (recipe: TrainingRecipeInput, network: Network): TrainingRecipeInput => ({
  loss: outputsOf(network) === 1 ? "logistic" : "crossEntropy",
  ...recipe,
});

/**
 * Signs for one output and for the logistic loss. Otherwise one-hot rows: centred for squared error, which is the better scale for it,
 * and probabilities for cross entropy.
 */
function targetsFor(
  labels: Int32Array,
  classes: number,
  recipe: TrainingRecipeInput,
  network: Network,
): Matrix {
  const outputs = outputsOf(network);
  if (outputs === 1 || recipe.loss === "logistic") return signTargets(labels, outputs);
  return recipe.loss === "squared"
    ? oneHotCentred(labels, classes)
    : oneHotCentred(labels, classes, new Float64Array(classes));
}

const flat = ({ data, shape }: NdArray): Matrix => {
  const n = shape[0]!;
  return matrix(
    n,
    shape.slice(1).reduce((a, b) => a * b, 1),
    data instanceof Float64Array ? data : Float64Array.from(data),
  );
};

const nameOf = ({ name, kind, target = "labels" }: ExplainerRecipe) =>
  name ?? (target === "labels" ? kind : `${kind} on ${target}`);

function requireClasses(network: Network, classes: number, where: string): void {
  const { outputShape } = finiteModel(network);
  if (outputShape.length === 1 && (outputShape[0] === classes || (outputShape[0] === 1 && classes === 2)))
    return;
  throw new ForetrainError(
    "ERR_SHAPE",
    `${where}: the network's output is [${outputShape.join(", ")}], expected [${classes}], one for each class${classes === 2 ? ", or [1], whose sign decides" : ""}`,
    { argument: "network", got: outputShape, expected: [classes] },
  );
}

/**
 * Runs the experiment. Simple models on labels are made before the network is looked at, the others after it has been trained.
 *
 * @throws ERR_SHAPE for networks without one output for each class; ERR_SPEC for a simple model of T0 without one on labels, or when the
 *   network never gets to T0; what `trainNetwork` and the simple models throw
 */
export async function complexityExperiment(input: ComplexityExperimentInput): Promise<ComplexityExperiment> {
  const { train, test, explainers, correctBias, tolerance, signal, onProgress } = input;
  const classes = [train.labels, test.labels].reduce(
    (most, labels) => labels.reduce((top, label) => Math.max(top, label + 1), most),
    2,
  );
  requireClasses(input.network, classes, "complexityExperiment");
  const recipe = withLoss(input.recipe, input.network);
  for (const explainer of explainers) {
    if (explainer.kind === "network") requireClasses(explainer.network, classes, nameOf(explainer));
  }
  if (
    explainers.some(({ target }) => target === "T0") &&
    !explainers.some(({ target = "labels" }) => target === "labels")
  ) {
    throw new ForetrainError(
      "ERR_SPEC",
      'complexityExperiment: there is a simple model of what the network says at T0 and none on the labels, which T0 comes from; add one such as { kind: "logistic" }',
      { argument: "explainers", got: explainers.map(nameOf) },
    );
  }

  /** Predictions for the test samples of a simple model that is trained to say these classes for the train samples. */
  const explain = async (explainer: ExplainerRecipe, labels: Int32Array): Promise<Int32Array> => {
    if (explainer.kind === "network") {
      const own = withLoss(explainer.recipe, explainer.network);
      const targets = (list: Int32Array) => targetsFor(list, classes, own, explainer.network);
      const trained = await trainNetwork({
        network: explainer.network,
        recipe: own,
        train: { x: train.x, y: targets(labels), labels },
        test: { x: test.x, y: targets(test.labels), labels: test.labels },
        records: [trainingSteps(parseTrainingRecipe(own), train.labels.length)],
        keepOutputs: "test",
        signal,
        onProgress: (progress) => onProgress?.({ ...progress, label: nameOf(explainer) }),
      });
      return predictionsOf(trained.outputs.test!).at(-1)!;
    }
    const options = { classes, ridge: explainer.ridge };
    const model =
      explainer.kind === "logistic"
        ? logisticRegression(flat(train.x), labels, { ...options, signal })
        : leastSquaresClassifier(flat(train.x), labels, options);
    return classify(model, flat(test.x));
  };

  const said = new Map<ExplainerRecipe, Int32Array>();
  for (const explainer of explainers) {
    if ((explainer.target ?? "labels") === "labels")
      said.set(explainer, await explain(explainer, train.labels));
  }
  const targets = (list: Int32Array) => targetsFor(list, classes, recipe, input.network);
  const network = await trainNetwork({
    network: input.network,
    recipe,
    train: { x: train.x, y: targets(train.labels), labels: train.labels },
    test: { x: test.x, y: targets(test.labels), labels: test.labels },
    records: input.records && [
      ...input.records,
      trainingSteps(parseTrainingRecipe(recipe), train.labels.length),
    ],
    keepOutputs: "both",
    resume: input.resume,
    onCheckpoint: input.onCheckpoint,
    signal,
    onProgress,
  });
  const predictions = predictionsOf(network.outputs.test!);
  const onTrain = predictionsOf(network.outputs.train!);
  const steps = network.records.map(({ step }) => step);

  const curveOf = (
    labels: Int32Array,
    snapshots: readonly Int32Array[],
    models: readonly ExplainerRecipe[],
  ): LearningCurve => {
    const recorder = recordLearningCurve({
      labels,
      explainers: models.map((explainer) => ({
        name: nameOf(explainer),
        predictions: said.get(explainer)!,
      })),
      classes,
      correctBias,
      tolerance,
    });
    steps.forEach((step, t) => {
      recorder.add(step, snapshots[t]!);
    });
    return recorder.result();
  };
  for (const explainer of explainers) {
    if (explainer.target === "final") said.set(explainer, await explain(explainer, onTrain.at(-1)!));
    if (explainer.target === "T0") {
      const first = explainers.find(({ target = "labels" }) => target === "labels")!;
      const { end } = curveOf(test.labels, predictions, [first]).explainers[0]!.phases;
      if (end === null) {
        const known = performanceCorrelation(countTable(predictions.at(-1)!, said.get(first)!, test.labels));
        throw new ForetrainError(
          "ERR_SPEC",
          `${nameOf(explainer)}: the network never gets to T0, at its end it has ${known.network.toFixed(3)} bits and ${nameOf(first)} ${known.simple.toFixed(3)}; train it longer`,
          { argument: "explainers", got: nameOf(explainer) },
        );
      }
      said.set(explainer, await explain(explainer, onTrain[end]!));
    }
  }
  return {
    classes,
    curve: curveOf(test.labels, predictions, explainers),
    trainCurve: curveOf(train.labels, onTrain, []),
    network,
    predictions,
  };
}
