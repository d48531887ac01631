/**
 * What a linear model explains of networks that nobody has trained: paper C's measure on the predictions of paper B's kernels.
 * @module
 */
import { classify, learningPhases, logisticRegression, predictedComplexity } from "../../complexity/index.js";
import {
  BINARY_TASKS,
  chooseSubset,
  type Dataset,
  groupClasses,
  normalizeInputs,
  oneHotCentred,
  sinusoidDataset,
} from "../../data/index.js";
import { spectralModel } from "../../dynamics/index.js";
import { trainNetworks } from "../../finite/index.js";
import { computeKernel } from "../../kernels/index.js";
import { activationLayer, dense, input, type Network, network } from "../../network/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { largestLearningRate } from "../../trainability/index.js";
import { datasetKey } from "../dataset-key.js";
import { criticalLayer, type PaperLayer } from "../paper-b/deep-network.js";
import { smallImages } from "../small-images.js";
import { defineStudy } from "../study.js";
import { predictedChecks } from "./predicted-checks.js";
import { predictedFigures } from "./predicted-figures.js";
import {
  type PredictedCurves,
  type PredictedOutcome,
  type PredictedPhase,
  type TrainedCurves,
  trainedCurves,
} from "./predicted-results.js";

interface PredictedParameters {
  readonly [name: string]: number | readonly number[];
  readonly train: number;
  readonly test: number;
  /** of the sinusoid task, and side of the images */
  readonly dimensions: number;
  readonly frequency: number;
  readonly side: number;
  readonly depth: number;
  readonly ridge: number;
  /** single networks drawn from the prediction */
  readonly draws: number;
  /** real ones, their width, and how many steps they are trained */
  readonly networks: number;
  readonly width: number;
  readonly steps: number;
}

const BIAS = 0.05;
const TASKS = ["sinusoid", "images"] as const;
const LAYERS: Readonly<Record<PredictedPhase, PaperLayer>> = {
  ordered: { activation: "erf", weightVariance: 0.5, biasVariance: BIAS },
  critical: criticalLayer("erf", BIAS),
  chaotic: { activation: "erf", weightVariance: 4, biasVariance: BIAS },
};
const PHASES = ["ordered", "critical", "chaotic"] as const;
/** Of the last layer, over the hidden layers' weight variance: outputs at the start are small beside the targets. */
const READOUT = 0.1;
/** Steps looked at, eta = n / lambda_max: half the largest stable rate. */
const STEPS = Array.from({ length: 26 }, (_, i) => Math.round(10 ** (i / 5))).filter(
  (step, i, all) => i === 0 || step > all[i - 1]!,
);

function phaseNetwork(phase: PredictedPhase, inputs: number, depth: number, width: number): Network {
  const { activation, weightVariance, biasVariance } = LAYERS[phase];
  return network(
    input([inputs]),
    dense(width, { weightVariance: 1, biasVariance: 0 }),
    activationLayer(activation),
    ...Array.from({ length: depth - 1 }).flatMap(() => [
      dense(width, { weightVariance, biasVariance }),
      activationLayer(activation),
    ]),
    dense(2, { weightVariance: READOUT * weightVariance }),
  );
}

const flat = ({ data, shape }: NdArray<Float64Array>): Matrix =>
  matrix(shape[0]!, data.length / shape[0]!, data);

/** A task with its linear model. */
function prepare(set: Dataset, ridge: number) {
  const inputs = normalizeInputs(set, "unit");
  const [x, testX] = [flat(inputs.train), flat(inputs.test)];
  const predictions = classify(logisticRegression(x, set.train.y, { classes: 2, ridge }), testX);
  return {
    set,
    x,
    testX,
    targets: oneHotCentred(set.train.y, 2),
    testTargets: oneHotCentred(set.test.y, 2),
    explainers: [{ name: "logistic regression", predictions }],
  };
}

export const predictedStudy = defineStudy<PredictedParameters>({
  id: "C.predicted",
  papers: ["C", "B"],
  title: "What a linear model explains of networks that nobody has trained",
  expected:
    "The predicted network learns what the linear model knows first, and on images keeps it while it learns more (from few samples of the sinusoid it over-fits in the end and loses much of it); the more a kernel is dominated by linear functions - the ordered phase - the closer mu is to I(F; Y). Trained wide networks have the same curves.",
  data: "mnist",
  quick: {
    train: 400,
    test: 1500,
    dimensions: 4,
    frequency: 2,
    side: 7,
    depth: 2,
    ridge: 0.01,
    draws: 8,
    networks: 3,
    width: 256,
    steps: 60,
  },
  full: {
    train: 2000,
    test: 10_000,
    dimensions: 4,
    frequency: 2,
    side: 14,
    depth: 2,
    ridge: 0.01,
    draws: 16,
    networks: 8,
    width: 1024,
    steps: 400,
  },
  references: ["jacot2018ntk", "lee2019wide"],
  run: async (parameters, context) => {
    const { train, test, dimensions, frequency, side, depth, ridge, draws, networks, width, steps } =
      parameters;
    const { seed, threads, signal } = context;
    const images = chooseSubset(
      groupClasses(smallImages(await context.dataset(), side), BINARY_TASKS["first-five"]),
      { train, test, seed },
    );
    const sets = { sinusoid: sinusoidDataset({ train, test, dimensions, frequency, seed }), images };
    const prepared = new Map<string, ReturnType<typeof prepare>>();
    const taskOf = (task: string) => {
      const found = prepared.get(task) ?? prepare(sets[task as (typeof TASKS)[number]], ridge);
      prepared.set(task, found);
      return found;
    };
    const keys = { sinusoid: await datasetKey(sets.sinusoid), images: await datasetKey(images) };
    const cases = TASKS.flatMap((task) =>
      PHASES.map((phase) => ({ task, phase, depth, ridge, draws, seed, data: keys[task] })),
    );
    type Case = (typeof cases)[number];
    const curves = await context.values(
      {
        name: "predictions",
        version: 1,
        unit: "kernels",
        compute: async ({ task, phase }: Case): Promise<PredictedCurves> => {
          const { x, testX, targets, set, explainers } = taskOf(task);
          const net = phaseNetwork(phase, x.shape[1], depth, 1);
          const options = { threads, signal };
          const own = await computeKernel(net, x, null, options);
          const cross = await computeKernel(net, testX, x, options);
          const tests = await computeKernel(net, testX, null, { ...options, get: ["nngp"] });
          const model = await spectralModel(own.ntk!, { signal });
          const learningRate = largestLearningRate(model.conditioning.lambdaMax, train) / 2;
          const found = await predictedComplexity({
            model,
            targets,
            testTrain: cross.ntk!,
            labels: set.test.y,
            explainers,
            times: STEPS.map((step) => ({ step, clock: { kind: "gd", learningRate, steps: step } })),
            ensemble: {
              nngpTrain: own.nngp!,
              nngpTestTrain: cross.nngp!,
              nngpTest: tests.nngp!,
              draws,
              seed,
            },
            signal,
          });
          const [explainer] = found.mean.explainers;
          const values = (list: readonly { readonly value: number; readonly error: number }[]) => ({
            value: list.map(({ value }) => value),
            error: list.map(({ error }) => error),
          });
          const { end, firstPhaseShare, retention } = learningPhases({
            network: found.mean.network.map(({ value }) => value),
            explained: explainer!.explained.map(({ value }) => value),
            simple: explainer!.information.value,
          });
          return {
            steps: STEPS,
            learningRate,
            information: explainer!.information.value,
            mean: { network: values(found.mean.network), explained: values(explainer!.explained) },
            single: { network: found.single!.network, explained: found.single!.explainers[0]!.explained },
            end,
            firstPhaseShare,
            retention,
          };
        },
      },
      cases,
    );
    // training records its start too
    const shown = [0, ...STEPS.filter((step) => step <= steps)];
    const real = cases.flatMap((one, i) =>
      one.phase === "critical"
        ? []
        : [{ ...one, networks, width, steps, learningRate: curves[i]!.learningRate }],
    );
    const trained = await context.values(
      {
        name: "networks",
        version: 1,
        unit: "ensembles",
        compute: async ({ task, phase, learningRate }: (typeof real)[number]): Promise<TrainedCurves> => {
          const { x, testX, targets, testTargets, set, explainers } = taskOf(task);
          const { networks: all } = await trainNetworks({
            network: phaseNetwork(phase, x.shape[1], depth, width),
            recipe: { steps: shown.at(-1)!, learningRate, dtype: "float32", seed },
            train: { x, y: targets, labels: set.train.y },
            test: { x: testX, y: testTargets, labels: set.test.y },
            networks,
            records: shown,
            keepOutputs: "test",
            signal,
          });
          return trainedCurves(
            all.map(({ outputs }) => outputs.test!),
            shown,
            set.test.y,
            explainers[0]!.predictions,
          );
        },
      },
      real,
    );
    const outcomes = cases.map(
      ({ task, phase }, i): PredictedOutcome => ({
        task: task === "sinusoid" ? "sinusoid" : `${images.name}, ${images.classNames.join(" or ")}`,
        id: task,
        phase,
        predicted: curves[i]!,
        trained: trained[real.findIndex((one) => one.task === task && one.phase === phase)] ?? null,
      }),
    );
    const line = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
    return {
      arrays: {
        steps: line(STEPS),
        trainedSteps: line(shown),
        ...Object.fromEntries(
          outcomes.flatMap(({ id, phase, predicted, trained: own }) =>
            (["network", "explained"] as const).flatMap((name) => [
              [`${id}_${phase}_mean_${name}`, line(predicted.mean[name].value)],
              [`${id}_${phase}_single_${name}`, line(predicted.single[name].median)],
              ...(own === null ? [] : [[`${id}_${phase}_trained_${name}`, line(own[name].mean)] as const]),
            ]),
          ),
        ),
      },
      checks: predictedChecks(outcomes),
      notes: outcomes.map(
        ({ task, phase, predicted: { steps: at, end, retention } }) =>
          `${task}, ${phase}: T0 ${end === null ? "is never reached" : `is step ${at[end]}`}; mu / I(L; Y) after T0 is at least ${retention === null ? "-" : retention.toFixed(3)}.`,
      ),
      figures: predictedFigures(outcomes, { networks, width, samples: test }),
    };
  },
});
