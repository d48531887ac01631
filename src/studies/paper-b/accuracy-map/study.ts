/**
 * The main experiment of paper B: exact NTK training over weight variance and depth, with the depth scales laid over it.
 * @module
 */
import { chooseSubset, classFrequencies, normalizeInputs, oneHotCentred } from "../../../data/index.js";
import { datasetKey } from "../../dataset-key.js";
import { defineStudy, type PieceArrays } from "../../study.js";
import { depthScales, equalSteps, SCALES, scaleCurves } from "../depth-scales.js";
import { mapChecks } from "./checks.js";
import { accuracyColumn, flattened, type MapData } from "./column.js";
import { mapFigures } from "./figures.js";
import type { AccuracyMaps } from "./maps.js";

interface MapParameters {
  readonly [name: string]: number | readonly number[];
  readonly train: number;
  readonly test: number;
  readonly biasVariance: number;
  /** sigma_w^2 from, to, number of values */
  readonly weightVariance: readonly number[];
  readonly depths: readonly number[];
  readonly times: readonly number[];
  readonly networkSamples: number;
}

/** Columns side by side. */
function assemble(parameters: MapParameters, columns: readonly PieceArrays[], chance: number): AccuracyMaps {
  const { depths, times, biasVariance } = parameters;
  const weightVariance = equalSteps(parameters.weightVariance);
  const scales = weightVariance.map((w) => depthScales(w, biasVariance));
  const at = (name: string, t: number, d: number) =>
    columns.map((column) => (column[name]!.data as Float64Array)[t * depths.length + d]!);
  const grid = (name: string, t: number) => depths.map((_, d) => at(name, t, d));
  return {
    weightVariance,
    biasVariance,
    depths,
    times,
    train: times.map((_, t) => grid("trainAccuracy", t)),
    test: times.map((_, t) => grid("testAccuracy", t)),
    network: grid("networkAccuracy", 0),
    predictorNorm: grid("predictorNorm", 0),
    xi1: scales.map(({ xi1 }) => xi1),
    xiStar: scales.map(({ xiStar }) => xiStar),
    phase: scales.map(({ phase }) => phase),
    curves: scaleCurves(weightVariance, biasVariance),
    chance,
    testSamples: parameters.test,
    networkSamples: parameters.networkSamples,
  };
}

const PAPER_DEPTHS = [
  ...Array.from({ length: 10 }, (_, l) => l),
  ...Array.from({ length: 20 }, (_, i) => 10 + 5 * i),
];
const TIMES = [1, 8, 64, 512, 4096];

export const accuracyMapStudy = defineStudy<MapParameters>({
  id: "B.accuracy-map",
  papers: ["B"],
  title: "Accuracy of exact NTK training over weight variance and depth",
  expected: `The region of full train accuracy grows with time; in the ordered phase it ends at about ${SCALES} xi_1 layers, in the chaotic phase it does not end. What generalizes in the chaotic phase is gone beyond ${SCALES} xi_* layers.`,
  data: "cifar10",
  quick: {
    train: 64,
    test: 500,
    biasVariance: 0.18,
    weightVariance: [0.5, 3, 16],
    depths: [0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105],
    times: TIMES,
    networkSamples: 500,
  },
  full: {
    train: 256,
    test: 10_000,
    biasVariance: 0.18,
    weightVariance: [0.5, 3, 40],
    depths: PAPER_DEPTHS,
    times: TIMES,
    networkSamples: 1000,
  },
  run: async (parameters, context) => {
    const { train, test, biasVariance, depths, times, networkSamples } = parameters;
    const { seed, threads, signal } = context;
    const all = await context.dataset();
    const set = chooseSubset(all, { train, test: Math.min(test, all.test.y.length), seed });
    const x = normalizeInputs(set, "unit");
    const k = set.classNames.length;
    const data: MapData = {
      train: flattened(x.train),
      trainLabels: set.train.y,
      targets: oneHotCentred(set.train.y, k, classFrequencies(set.train.y, k)),
      test: flattened(x.test),
      testLabels: set.test.y,
    };
    const key = await datasetKey(set);
    const seconds = { kernels: 0, training: 0 };
    const columns = await context.arrays(
      {
        name: "weight variances",
        version: 1,
        unit: "columns",
        compute: ({ data: _key, ...input }, work) =>
          accuracyColumn(input, data, { ...work, threads, seconds, signal }),
      },
      equalSteps(parameters.weightVariance).map((weightVariance) => ({
        weightVariance,
        biasVariance,
        depths,
        times,
        networkSamples,
        seed,
        data: key,
      })),
    );
    const chance = Math.max(...classFrequencies(set.test.y, k));
    const maps = assemble({ ...parameters, test: set.test.y.length }, columns, chance);
    const flat = (values: readonly (readonly (readonly number[])[])[]) => ({
      data: Float64Array.from(values.flat(2)),
      shape: [values.length, depths.length, maps.weightVariance.length],
    });
    const list = (values: readonly (number | null)[]) => ({
      data: Float64Array.from(values, (value) => value ?? Number.NaN),
      shape: [values.length],
    });
    const total = seconds.kernels + seconds.training;
    const layers = depths.reduce((sum, depth) => sum + depth, 0);
    return {
      arrays: {
        weightVariance: list(maps.weightVariance),
        depth: list(depths),
        time: list(times),
        trainAccuracy: flat(maps.train),
        testAccuracy: flat(maps.test),
        networkAccuracy: flat([maps.network]),
        predictorNorm: flat([maps.predictorNorm]),
        xi1: list(maps.xi1),
        xiStar: list(maps.xiStar),
      },
      figures: mapFigures(maps, set.name),
      checks: mapChecks(maps),
      notes:
        total === 0
          ? []
          : [
              `${((100 * seconds.kernels) / total).toFixed(0)} % of the time went into kernels, ${((100 * seconds.training) / total).toFixed(0)} % into eigenvalues and predictions. All depths come from one pass of ${depths.at(-1)} layers; starting again at every depth would be ${layers} layers.`,
            ],
    };
  },
});
