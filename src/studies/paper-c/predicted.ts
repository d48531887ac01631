/**
 * What a linear model explains of networks that nobody has trained: paper C's measure on the predictions of paper B's kernels.
 * @module
 */
import { classify, learningPhases, logisticRegression, predictedComplexity } from "../../complexity/index.js";
import {
  binaryTaskGroups,
  chooseSubset,
  classesOf,
  type Dataset,
  groupClasses,
  normalizeInputs,
  oneHotCentred,
  sinusoidDataset,
} from "../../data/index.js";
import { ensembleOutputs, meanOutputs, spectralModel } from "../../dynamics/index.js";
import { ForetrainError } from "../../errors.js";
import { trainNetworks } from "../../finite/index.js";
import { computeKernel } from "../../kernels/index.js";
import { activationLayer, dense, input, type Network, network } from "../../network/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { largestLearningRate } from "../../trainability/index.js";
import { datasetKey } from "../dataset-key.js";
import { criticalLayer, type PaperLayer } from "../paper-b/deep-network.js";
import { smallImages } from "../small-images.js";
import { defineStudy } from "../study.js";
import { differenceOfShares, meanStatements, predictedChecks } from "./predicted-checks.js";
import { predictedFigures } from "./predicted-figures.js";
import {
  type PredictedCurves,
  type PredictedOutcome,
  type PredictedPhase,
  singleCurves,
  type TrainedCurves,
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
  /**
   * real ones of two widths, ascending; how many steps they are trained, and the step at which they are held against predicted ones: an early
   * one, since kernels move with every step, and in the ordered phase soon so far that the gap has terms beyond 1 / N
   */
  readonly networks: readonly number[];
  readonly widths: readonly number[];
  readonly steps: number;
  readonly compared: number;
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

/** Throws `ERR_DOMAIN` unless there are two widths, ascending, with at least two networks of each. */
function requireWidths(widths: readonly number[], networks: readonly number[]): void {
  if (widths.length === 2 && widths[0]! < widths[1]! && networks.length === 2 && networks.every((n) => n > 1))
    return;
  throw new ForetrainError(
    "ERR_DOMAIN",
    `C.predicted: widths are [${widths.join(", ")}] with [${networks.join(", ")}] networks, expected two ascending widths with two networks or more of each, such as widths=[64,256] networks=[24,12]`,
    { argument: "widths", got: widths },
  );
}

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
    test: 3000,
    dimensions: 4,
    frequency: 2,
    side: 7,
    depth: 2,
    ridge: 0.01,
    draws: 64,
    networks: [48, 20],
    widths: [128, 512],
    steps: 16,
    compared: 10,
  },
  full: {
    train: 2000,
    test: 10_000,
    dimensions: 4,
    frequency: 2,
    side: 14,
    depth: 2,
    ridge: 0.01,
    draws: 64,
    networks: [48, 16],
    widths: [256, 1024],
    steps: 16,
    compared: 10,
  },
  references: ["jacot2018ntk", "lee2019wide"],
  run: async (parameters, context) => {
    const {
      train,
      test,
      dimensions,
      frequency,
      side,
      depth,
      ridge,
      draws,
      networks,
      widths,
      steps,
      compared,
    } = parameters;
    const { seed, threads, signal } = context;
    requireWidths(widths, networks);
    const set = await context.dataset();
    const images = chooseSubset(groupClasses(smallImages(set, side), binaryTaskGroups(set, "first-five")), {
      train,
      test,
      seed,
    });
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
        version: 2,
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
          const clocks = STEPS.map((step) => ({ kind: "gd", learningRate, steps: step }) as const);
          const found = await predictedComplexity({
            ...{ model, targets, testTrain: cross.ntk!, labels: set.test.y, explainers, signal },
            times: STEPS.map((step, t) => ({ step, clock: clocks[t]! })),
          });
          const said = Array.from(meanOutputs(model, { targets, testTrain: cross.ntk! }, clocks), (outputs) =>
            classesOf(outputs.test!).join(""),
          );
          const drawn: Float64Array[][] = Array.from({ length: draws }, () => []);
          const ensemble = {
            ...{ targets, testTrain: cross.ntk!, draws, seed },
            ...{ nngpTrain: own.nngp!, nngpTestTrain: cross.nngp!, nngpTest: tests.nngp! },
          };
          for await (const outputs of ensembleOutputs(model, ensemble, clocks, { signal })) {
            const { data } = outputs.test!;
            drawn.forEach((list, draw) => {
              list.push(
                Float64Array.from(
                  { length: 2 * test },
                  (_, i) => data[(i >> 1) * 2 * draws + 2 * draw + (i & 1)]!,
                ),
              );
            });
          }
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
            said,
            single: singleCurves(drawn, STEPS, set.test.y, explainers[0]!.predictions),
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
        : widths.map((width, w) => ({
            ...{ ...one, networks: networks[w]!, width, steps },
            learningRate: curves[i]!.learningRate,
          })),
    );
    const trained = await context.values(
      {
        name: "networks",
        version: 2,
        unit: "ensembles",
        compute: async ({
          task,
          phase,
          learningRate,
          networks: count,
          width,
        }: (typeof real)[number]): Promise<TrainedCurves> => {
          const { x, testX, targets, testTargets, set, explainers } = taskOf(task);
          const { networks: all } = await trainNetworks({
            network: phaseNetwork(phase, x.shape[1], depth, width),
            recipe: { steps: shown.at(-1)!, learningRate, dtype: "float32", seed: seed + width },
            train: { x, y: targets, labels: set.train.y },
            test: { x: testX, y: testTargets, labels: set.test.y },
            networks: count,
            records: shown,
            keepOutputs: "test",
            signal,
          });
          const outputs = all.map(({ outputs: { test: own } }) =>
            shown.map((_, t) => own!.data.subarray(2 * test * t, 2 * test * (t + 1))),
          );
          return {
            ...{ steps: shown, width, networks: count },
            ...singleCurves(outputs, shown, set.test.y, explainers[0]!.predictions),
          };
        },
      },
      real,
    );
    const answers = (task: string) => {
      const { set, explainers } = taskOf(task);
      return { simple: explainers[0]!.predictions, labels: set.test.y, seed };
    };
    const ofSinusoid = (phase: PredictedPhase) =>
      curves[cases.findIndex((one) => one.task === "sinusoid" && one.phase === phase)]!;
    const linear = differenceOfShares(ofSinusoid("ordered"), ofSinusoid("chaotic"), answers("sinusoid"));
    const outcomes = cases.map(
      ({ task, phase }, i): PredictedOutcome => ({
        task: task === "sinusoid" ? "sinusoid" : `${images.name}, ${images.classNames.join(" or ")}`,
        id: task,
        phase,
        predicted: curves[i]!,
        statements: meanStatements({ predicted: curves[i]!, ...answers(task) }),
        trained: trained.filter((_, k) => real[k]!.task === task && real[k]!.phase === phase),
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
              [`${id}_${phase}_single_mean_${name}`, line(predicted.single[name].mean)],
              [`${id}_${phase}_single_error_${name}`, line(predicted.single[name].error)],
              ...own.flatMap(({ width, [name]: found }) => [
                [`${id}_${phase}_trained${width}_${name}`, line(found.mean)] as const,
                [`${id}_${phase}_trained${width}_${name}_error`, line(found.error)] as const,
              ]),
            ]),
          ),
        ),
      },
      checks: predictedChecks(outcomes, { linear, compared }),
      notes: outcomes.map(({ task, phase, predicted: { steps: at, end }, statements }) => {
        const text = ({ value, error }: { readonly value: number; readonly error: number }) =>
          `${value.toFixed(3)} +- ${error.toFixed(3)}`;
        return end === null
          ? `${task}, ${phase}: T0 is never reached.`
          : `${task}, ${phase}: T0 is step ${at[end]}, where the linear model explains ${text(statements.atEnd)} of I(F; Y); mu / I(L; Y) after T0 is at least ${text(statements.retained)}, and falls by ${text(statements.lost)} from its largest to the last step.`;
      }),
      figures: predictedFigures(outcomes, { samples: test }),
    };
  },
});
