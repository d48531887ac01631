/**
 * The experiment of paper C: train a network, keep what it predicts along the way, train simple models, and measure what they explain.
 *
 * In two steps, so that the first, which is long, need not be done again: `trainSnapshots` gives what the network says for train and test
 * samples at every record, and `explainSnapshots` explains that with any simple models. `complexityExperiment` is both.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { TrainedNetwork } from "../finite/index.js";
import type { LongWork } from "../progress.js";
import { countTable, type Labels } from "./count-table.js";
import {
  type ExplainerPredictions,
  type ExplainerRecipe,
  explainerName,
  requireExplainers,
  type TrainExplainerInput,
  trainExplainer,
} from "./explainers.js";
import { type LearningCurve, recordLearningCurve } from "./learning-curve.js";
import { performanceCorrelation } from "./performance-correlation.js";
import {
  classesOfSamples,
  type LabelledSamples,
  type NetworkSnapshots,
  requireClassifier,
  type SnapshotsInput,
  trainSnapshots,
} from "./snapshots.js";

/** How information is measured. */
export interface MeasureOptions {
  readonly correctBias?: boolean | undefined;
  /** of T0, see `learningPhases` */
  readonly tolerance?: number | undefined;
  /** T0 instead of the one that is found: the first record with at least so many steps. For the first simple model on labels, and for targets `T0` */
  readonly phaseEnd?: number | undefined;
}

/** One simple model that is wanted. */
export interface ExplainerRequest extends TrainExplainerInput {
  readonly name: string;
}

/** Predictions of a network, and the simple models that are to explain them. */
export interface ExplainSnapshotsInput extends LongWork, MeasureOptions {
  readonly snapshots: NetworkSnapshots;
  /** what the network was trained on */
  readonly train: LabelledSamples;
  /** held out: information is measured here */
  readonly test: LabelledSamples;
  readonly explainers: readonly ExplainerRecipe[];
  /** default: the largest label plus one, at least 2 */
  readonly classes?: number | undefined;
  /** [train samples] without noise, where the network was trained on noisy labels */
  readonly cleanTrainLabels?: Labels | undefined;
  /**
   * stands between a request and its computation, to keep simple models and to give kept ones back; default: computes. It may add `resume`
   * and `onCheckpoint` to the request
   */
  readonly through?:
    | ((
        request: ExplainerRequest,
        compute: (request: ExplainerRequest) => Promise<ExplainerPredictions>,
      ) => Promise<ExplainerPredictions>)
    | undefined;
}

/** Informations of snapshots and of what simple models explain of them. */
export interface ExplainedSnapshots {
  readonly classes: number;
  /** on the held out samples */
  readonly curve: LearningCurve;
  /** on the train samples, with the labels that the network was trained on, noisy ones too */
  readonly trainCurve: LearningCurve;
  /** on the train samples with their true labels; null where they are not known to be others */
  readonly cleanTrainCurve: LearningCurve | null;
  /** what each simple model says, in their order */
  readonly explained: readonly ExplainerPredictions[];
}

const targetOf = ({ target = "labels" }: ExplainerRecipe) => target;

/**
 * Trains simple models to say the labels, or what the network said at T0 or at its end, and measures what they explain of the snapshots.
 * @throws ERR_SHAPE and ERR_SPEC as `requireExplainers`; ERR_SPEC for a simple model of T0 when the network never gets there; what the
 *   simple models throw
 */
export async function explainSnapshots(input: ExplainSnapshotsInput): Promise<ExplainedSnapshots> {
  const {
    snapshots,
    train,
    test,
    explainers,
    phaseEnd,
    through = (request, compute) => compute(request),
  } = input;
  const { correctBias, tolerance, signal, onProgress } = input;
  const classes = input.classes ?? classesOfSamples(train, test);
  requireExplainers(explainers, classes, phaseEnd, train.x.shape.slice(1));
  const { steps } = snapshots;
  if (phaseEnd !== undefined && !(phaseEnd <= steps.at(-1)!)) {
    throw new ForetrainError(
      "ERR_SPEC",
      `explainSnapshots: T0 is given as step ${phaseEnd}, and the last record is at step ${steps.at(-1)}; give a step up to that`,
      { argument: "phaseEnd", got: phaseEnd, expected: steps.at(-1) },
    );
  }
  const said = new Map<ExplainerRecipe, ExplainerPredictions>();
  const first = explainers.find((explainer) => targetOf(explainer) === "labels");

  const curveOf = (split: "test" | "train", labels: Labels, models: readonly ExplainerRecipe[]) => {
    const recorder = recordLearningCurve({
      labels,
      explainers: models.map((explainer) => ({
        name: explainerName(explainer),
        predictions: said.get(explainer)![split],
        phaseEnd: explainer === first ? phaseEnd : undefined,
      })),
      classes,
      correctBias,
      tolerance,
    });
    steps.forEach((step, t) => {
      recorder.add(step, snapshots[split][t]!);
    });
    return recorder.result();
  };
  /** Index of T0. */
  const phaseEndFor = (explainer: ExplainerRecipe): number => {
    if (phaseEnd !== undefined) return steps.findIndex((step) => step >= phaseEnd);
    const { end } = curveOf("test", test.labels, [first!]).explainers[0]!.phases;
    if (end !== null) return end;
    const known = performanceCorrelation(
      countTable(snapshots.test.at(-1)!, said.get(first!)!.test, test.labels, [classes, classes, classes]),
    );
    throw new ForetrainError(
      "ERR_SPEC",
      `${explainerName(explainer)}: the network never gets to T0, at its end it has ${known.network.toFixed(3)} bits and ${explainerName(first!)} ${known.simple.toFixed(3)}; train it longer`,
      { argument: "explainers", got: explainerName(explainer) },
    );
  };
  const target = (explainer: ExplainerRecipe): Int32Array => {
    if (targetOf(explainer) === "labels") return train.labels;
    return Int32Array.from(
      snapshots.train.at(targetOf(explainer) === "final" ? -1 : phaseEndFor(explainer))!,
    );
  };
  // T0 comes from a model on labels: these are first
  const onLabels = explainers.filter((explainer) => targetOf(explainer) === "labels");
  const others = explainers.filter((explainer) => targetOf(explainer) !== "labels");
  for (const explainer of [...onLabels, ...others]) {
    const labels = target(explainer);
    const name = explainerName(explainer);
    const request = { name, explainer, train: { x: train.x, labels }, test, classes, signal, onProgress };
    said.set(explainer, await through(request, trainExplainer));
  }
  return {
    classes,
    curve: curveOf("test", test.labels, explainers),
    trainCurve: curveOf("train", train.labels, explainers),
    cleanTrainCurve:
      input.cleanTrainLabels === undefined ? null : curveOf("train", input.cleanTrainLabels, explainers),
    explained: explainers.map((explainer) => said.get(explainer)!),
  };
}

/** A training with the simple models that are to explain it. */
export interface ComplexityExperimentInput
  extends SnapshotsInput,
    MeasureOptions,
    Pick<ExplainSnapshotsInput, "cleanTrainLabels" | "through"> {
  readonly explainers: readonly ExplainerRecipe[];
}

/** Snapshots of a network with what simple models explain of them (paper C). */
export interface ComplexityExperiment extends ExplainedSnapshots {
  readonly network: TrainedNetwork;
  readonly snapshots: NetworkSnapshots;
  /** [records][test samples] */
  readonly predictions: readonly Uint8Array[];
}

/**
 * Runs the experiment: the network is trained, and simple models after it.
 * Theory notes C3.1.
 *
 * @throws ERR_SHAPE for networks without one output for each class; ERR_SPEC for a simple model of T0 without one on labels, or when the
 *   network never gets to T0; what `trainNetwork` and the simple models throw
 */
export async function complexityExperiment(input: ComplexityExperimentInput): Promise<ComplexityExperiment> {
  const { explainers, correctBias, tolerance, phaseEnd, cleanTrainLabels, through, ...training } = input;
  const { train, test, signal, onProgress } = input;
  const classes = input.classes ?? classesOfSamples(train, test);
  requireClassifier(input.network, classes, "complexityExperiment");
  requireExplainers(explainers, classes, phaseEnd, train.x.shape.slice(1));
  const { network, snapshots } = await trainSnapshots({ ...training, classes });
  const explained = await explainSnapshots({
    snapshots,
    train,
    test,
    explainers,
    classes,
    cleanTrainLabels,
    correctBias,
    tolerance,
    phaseEnd,
    through,
    signal,
    onProgress,
  });
  return { ...explained, network, snapshots, predictions: snapshots.test };
}
