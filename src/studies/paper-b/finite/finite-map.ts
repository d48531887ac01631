/**
 * Accuracy of finite networks, trained, over weight variance and depth, beside what their kernels predict (paper B, heat maps of
 * finite networks).
 * @module
 */
import { chooseSubset, classFrequencies, normalizeInputs, oneHotCentred } from "../../../data/index.js";
import { isForetrainError } from "../../../errors.js";
import {
  finiteModel,
  initialParameters,
  largestCurvature,
  stableLearningRate,
  trainNetwork,
} from "../../../finite/index.js";
import { kernelsAtDepths } from "../../../kernels/index.js";
import type { NdArray } from "../../../numeric/matrix.js";
import { datasetKey } from "../../dataset-key.js";
import { trainKept } from "../../kept-training.js";
import { smallImages } from "../../small-images.js";
import { defineStudy } from "../../study.js";
import { flattened } from "../accuracy-map/column.js";
import { deepNetwork } from "../deep-network.js";
import { depthScales, equalSteps, SCALES, scaleCurves } from "../depth-scales.js";
import { finiteMapChecks } from "./finite-map-checks.js";
import { finiteMapFigures } from "./finite-map-figures.js";
import type { FiniteMaps } from "./finite-maps.js";
import { type MapKernels, predictedAccuracy } from "./map-prediction.js";
import { paperNetwork } from "./paper-networks.js";

interface FiniteMapParameters {
  readonly [name: string]: number | readonly number[];
  readonly train: number;
  readonly test: number;
  readonly classes: readonly number[];
  /** side of the images */
  readonly side: number;
  readonly biasVariance: number;
  /** sigma_w^2 from, to, number of values */
  readonly weightVariance: readonly number[];
  readonly depths: readonly number[];
  readonly width: number;
  readonly steps: number;
  /** c of eta = c 2 / lambda_max, at most 1/2 */
  readonly factor: number;
  readonly networks: number;
}

/** lambda_max of a network to this share: the rate may be off by as much. */
const CURVATURE_TOLERANCE = 1e-2;

/** Of one trained network; null: training diverged. */
interface TrainedCell {
  readonly train: number | null;
  readonly test: number | null;
}

export const finiteMapStudy = defineStudy<FiniteMapParameters>({
  id: "B.finite-map",
  papers: ["B"],
  title: "Accuracy of finite networks over weight variance and depth, beside their kernels",
  expected: `Finite networks, trained by gradient descent, fit and generalize where the NTK says so: in the ordered phase to about ${SCALES} xi_1 layers, in the chaotic phase they fit at every depth, but beyond ${SCALES} xi_* layers what they learn says nothing about other images.`,
  data: "cifar10",
  quick: {
    train: 64,
    test: 400,
    classes: [0, 1],
    side: 4,
    biasVariance: 0.18,
    weightVariance: [0.5, 3, 9],
    depths: [1, 2, 4, 8, 16, 24, 32],
    width: 128,
    steps: 256,
    factor: 0.5,
    networks: 3,
  },
  full: {
    train: 128,
    test: 2000,
    classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    side: 32,
    biasVariance: 0.18,
    weightVariance: [0.5, 3, 11],
    depths: [1, 2, 4, 8, 12, 16, 24, 32, 48, 64],
    width: 512,
    steps: 512,
    factor: 0.5,
    networks: 4,
  },
  run: async (parameters, context) => {
    const { classes, side, biasVariance, depths, width, steps, factor, networks } = parameters;
    const { seed, threads, signal } = context;
    const all = smallImages(await context.dataset(), side);
    const set = chooseSubset(all, { train: parameters.train, test: parameters.test, classes, seed });
    const images = normalizeInputs(set, "unit");
    const [train, test] = [flattened(images.train), flattened(images.test)];
    const k = set.classNames.length;
    const frequencies = classFrequencies(set.train.y, k);
    const of = (labels: Int32Array, x: NdArray<Float64Array>) => ({
      x,
      y: oneHotCentred(labels, k, frequencies),
      labels,
    });
    const [trainSplit, testSplit] = [of(set.train.y, train), of(set.test.y, test)];
    const key = await datasetKey(set);
    const columns = equalSteps(parameters.weightVariance);

    const predicted = await context.values(
      {
        name: "kernels",
        version: 1,
        unit: "weight variances",
        compute: async ({
          weightVariance,
        }: {
          weightVariance: number;
          biasVariance: number;
          depths: readonly number[];
          steps: number;
          factor: number;
          data: string;
        }) => {
          const net = deepNetwork({ activation: "erf", weightVariance, biasVariance }, train.shape[1]!);
          const get = ["nngp", "ntk"] as const;
          const work = { get, threads, signal };
          const own: MapKernels["train"][] = [];
          for await (const { nngp, ntk } of kernelsAtDepths(net, depths, train, null, work))
            own.push({ nngp, ntk });
          const out: { train: number; test: number }[] = [];
          for await (const { nngp, ntk, own: variances } of kernelsAtDepths(net, depths, test, train, work)) {
            const at = own[out.length]!;
            const kernels = { train: at, test: { nngp, ntk }, own: variances.rows.nngp };
            const labels = {
              targets: trainSplit.y,
              trainLabels: set.train.y,
              testLabels: set.test.y,
            };
            const found = await predictedAccuracy(kernels, labels, { steps, factor });
            out.push({ train: found.train, test: found.test });
          }
          return out;
        },
      },
      columns.map((weightVariance) => ({ weightVariance, biasVariance, depths, steps, factor, data: key })),
    );

    const cells = depths.flatMap((depth, d) =>
      columns.flatMap((weightVariance, w) =>
        Array.from({ length: networks }, (_, n) => ({
          weightVariance,
          biasVariance,
          depth,
          width,
          steps,
          factor,
          // networks of their own in every cell: with one seed all cells would share their draws
          seed: seed + (d * columns.length + w) * networks + n,
          data: key,
        })),
      ),
    );
    const trained = await context.values(
      {
        name: "networks",
        version: 1,
        unit: "networks",
        amount: { unit: "steps", of: () => steps },
        compute: async (
          { weightVariance, depth, seed: own }: (typeof cells)[number],
          work,
        ): Promise<TrainedCell> => {
          const net = paperNetwork({
            architecture: "FCN",
            layer: { activation: "erf", weightVariance, biasVariance },
            depth,
            width,
            classes: k,
            image: set.inputShape,
          });
          const model = finiteModel(net);
          const { value } = await largestCurvature(model, initialParameters(model, { seed: own }), train, {
            samples: parameters.train,
            tolerance: CURVATURE_TOLERANCE,
            signal,
          });
          try {
            const { records } = await trainKept({ to: steps }, work, (keeping) =>
              trainNetwork({
                network: net,
                recipe: { steps, learningRate: factor * stableLearningRate(value), seed: own },
                train: trainSplit,
                test: testSplit,
                records: [steps],
                ...keeping,
              }),
            );
            const { trainAccuracy, testAccuracy } = records.at(-1)!;
            return { train: trainAccuracy, test: testAccuracy };
          } catch (error) {
            if (!isForetrainError(error, "ERR_NUMERICAL")) throw error;
            return { train: null, test: null };
          }
        },
      },
      cells,
    );

    const scales = columns.map((weightVariance) => depthScales(weightVariance, biasVariance));
    const at = (d: number, w: number) =>
      trained.slice((d * columns.length + w) * networks, (d * columns.length + w + 1) * networks);
    const chance = {
      train: Math.max(...frequencies),
      test: Math.max(...classFrequencies(set.test.y, k)),
    };
    const finite = (part: "train" | "test") =>
      depths.map((_, d) => columns.map((_, w) => at(d, w).map((cell) => cell[part] ?? chance[part])));
    const theory = (part: "train" | "test") =>
      depths.map((_, d) => columns.map((_, w) => predicted[w]![d]![part]));
    const maps: FiniteMaps = {
      weightVariance: columns,
      depths,
      width,
      steps,
      factor,
      finite: { train: finite("train"), test: finite("test") },
      predicted: { train: theory("train"), test: theory("test") },
      scales,
      curves: scaleCurves(columns, biasVariance),
      chance,
      samples: { train: set.train.y.length, test: set.test.y.length },
    };
    const diverged = trained.filter((cell) => cell.train === null).length;
    const shape = [depths.length, columns.length];
    const list = (values: readonly number[], size = [values.length]) => ({
      data: Float64Array.from(values),
      shape: size,
    });
    return {
      arrays: {
        weightVariance: list(columns),
        depth: list(depths),
        predictedTrain: list(maps.predicted.train.flat(), shape),
        predictedTest: list(maps.predicted.test.flat(), shape),
        train: list(maps.finite.train.flat(2), [...shape, networks]),
        test: list(maps.finite.test.flat(2), [...shape, networks]),
      },
      figures: finiteMapFigures(maps, set),
      checks: finiteMapChecks(maps),
      notes:
        diverged === 0 ? [] : [`${diverged} of ${trained.length} networks diverged; they count as chance.`],
    };
  },
});
