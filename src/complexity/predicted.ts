/**
 * What simple models explain of a network that nobody has trained: mu_Y(F_t; L) on the predictions of infinite width (papers B and C).
 *
 * F_t is what the largest output says - the sign, where there is one output - of the mean f_t of all networks, and of single networks
 * drawn from the Gaussian process at initialization and trained exactly. Nothing is random but these draws.
 * @module
 */
import { classesOf } from "../data/index.js";
import { type EnsembleInput, ensembleOutputs, meanOutputs, type SpectralModel } from "../dynamics/index.js";
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { sortedQuantile } from "../numeric/statistics/index.js";
import type { LongWork } from "../progress.js";
import type { Clock } from "../trainability/index.js";
import type { Labels } from "./count-table.js";
import { type LearningCurve, type LearningCurveOptions, recordLearningCurve } from "./learning-curve.js";

/** One number for each snapshot and network, summed up over networks: the median and what 80 % of them lie between. */
export interface SpreadOverNetworks {
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Single networks, on the first test samples. */
export interface SingleNetworks {
  readonly samples: number;
  readonly networks: number;
  /** I(F_t; Y), bits */
  readonly network: SpreadOverNetworks;
  readonly explainers: readonly {
    readonly name: string;
    /** mu_Y(F_t; L) */
    readonly explained: SpreadOverNetworks;
  }[];
}

/** What a simple model explains of the predicted classifier of infinite width, by time (paper C). */
export interface PredictedComplexity {
  /** of the mean output, with standard errors over test samples */
  readonly mean: LearningCurve;
  /** null: none were given */
  readonly single: SingleNetworks | null;
}

/** How informations of predicted outputs are estimated. */
export interface PredictedComplexityOptions extends LearningCurveOptions {
  /** number of outputs k of a network; 1: its sign decides between classes 0 and 1 */
  readonly outputs: number;
}

/** Takes predicted outputs, step by step, and keeps numbers only. */
export interface PredictedComplexityRecorder {
  /** the mean output [m, k] after `step` steps; @throws as `LearningCurveRecorder.add` */
  addMean(step: number, outputs: Matrix): void;
  /** single networks side by side [m', networks k] on the first m' <= m test samples, the same ones at every step */
  addSingle(step: number, outputs: Matrix): void;
  /** The curves of what was added so far. */
  result(): PredictedComplexity;
}

/** The class that every row names, of the k outputs from column `first` on. */
function classesFrom({ data, shape }: Matrix, first: number, k: number): Int32Array {
  const [n, columns] = shape;
  if (k === 1) return Int32Array.from({ length: n }, (_, i) => (data[i * columns + first]! > 0 ? 1 : 0));
  if (columns === k) return classesOf(matrix(n, k, data));
  const own = matrix(n, k);
  for (let i = 0; i < n; i++) {
    own.data.set(data.subarray(i * columns + first, i * columns + first + k), i * k);
  }
  return classesOf(own);
}

function spreadOf(values: readonly (readonly number[])[]): SpreadOverNetworks {
  const sorted = (values[0] ?? []).map((_, t) => values.map((own) => own[t]!).sort((a, b) => a - b));
  return {
    median: sorted.map((own) => sortedQuantile(own, 0.5)),
    low: sorted.map((own) => sortedQuantile(own, 0.1)),
    high: sorted.map((own) => sortedQuantile(own, 0.9)),
  };
}

const head = (labels: Labels, n: number) => Int32Array.from({ length: n }, (_, i) => labels[i]!);

/**
 * Measures predicted outputs against labels and simple models. With many classes and few samples the plug-in estimates are far off:
 * `correctBias` takes their bias off, see `informationOf`.
 * @throws as `recordLearningCurve`; ERR_SHAPE for outputs that do not fit
 */
export function recordPredictedComplexity(options: PredictedComplexityOptions): PredictedComplexityRecorder {
  const { outputs: k, ...rest } = options;
  const { labels, explainers } = options;
  // a network may name a class that no label has
  const classes =
    options.classes ??
    [labels, ...explainers.map(({ predictions }) => predictions)].reduce(
      (most, list) => Array.from(list).reduce((top, label) => Math.max(top, label + 1), most),
      Math.max(2, k),
    );
  const mean = recordLearningCurve({ ...rest, classes });
  const requireColumns = (matrix: Matrix, rows: number, columns: number) => {
    const [n, width] = matrix.shape;
    if (n <= rows && n > 0 && width > 0 && width % columns === 0) return;
    throw new ForetrainError(
      "ERR_SHAPE",
      `PredictedComplexityRecorder: outputs are [${n}, ${width}], expected [at most ${rows}, a multiple of ${columns}]`,
      { argument: "outputs", got: matrix.shape, expected: [rows, columns] },
    );
  };
  let singles: ReturnType<typeof recordLearningCurve>[] | null = null;
  let samples = 0;
  return {
    addMean(step, outputs) {
      requireColumns(outputs, labels.length, k);
      mean.add(step, classesFrom(outputs, 0, k));
    },
    addSingle(step, outputs) {
      requireColumns(outputs, labels.length, k);
      const n = outputs.shape[0];
      const own = head(labels, n);
      const models = explainers.map(({ name, predictions }) => ({ name, predictions: head(predictions, n) }));
      const networks = outputs.shape[1] / k;
      singles ??= Array.from({ length: networks }, () =>
        recordLearningCurve({ ...rest, labels: own, explainers: models, classes }),
      );
      samples = n;
      singles.forEach((recorder, i) => {
        recorder.add(step, classesFrom(outputs, i * k, k));
      });
    },
    result: () => {
      const curves = singles?.map((recorder) => recorder.result()) ?? null;
      return {
        mean: mean.result(),
        single: curves && {
          samples,
          networks: curves.length,
          network: spreadOf(curves.map(({ network }) => network.map(({ value }) => value))),
          explainers: explainers.map(({ name }, i) => ({
            name,
            explained: spreadOf(
              curves.map((curve) => curve.explainers[i]!.explained.map(({ value }) => value)),
            ),
          })),
        },
      };
    },
  };
}

/** Predicted outputs and simple models of `predictedComplexity`. */
export interface PredictedComplexityInput
  extends Pick<PredictedComplexityOptions, "labels" | "explainers" | "correctBias" | "tolerance" | "floor">,
    LongWork {
  /** of the train kernel */
  readonly model: SpectralModel;
  /** [n, k] */
  readonly targets: Matrix;
  /** kernel that trains, test against train [m, n] */
  readonly testTrain: Matrix;
  /** when to look, ascending: the axis that curves are drawn over, and the state of training there */
  readonly times: readonly { readonly step: number; readonly clock: Clock }[];
  /** single networks, on all test samples; default: none */
  readonly ensemble?:
    | Pick<EnsembleInput, "nngpTrain" | "nngpTestTrain" | "nngpTest" | "draws" | "seed">
    | undefined;
}

/**
 * mu_Y(F_t; L) and I(F_t; Y) of the infinitely wide network at all times, by closed form: 2 (n + m) n k flops for each time, and that
 * times the number of networks for single ones.
 * Theory notes O5.
 * @throws as `meanOutputs`, `ensembleOutputs` and {@link recordPredictedComplexity}
 */
export async function predictedComplexity(input: PredictedComplexityInput): Promise<PredictedComplexity> {
  const { model, targets, testTrain, times, ensemble, labels, explainers, signal, onProgress } = input;
  const { correctBias, tolerance, floor } = input;
  const recorder = recordPredictedComplexity({
    labels,
    explainers,
    outputs: targets.shape[1],
    classes: undefined,
    correctBias,
    tolerance,
    floor,
  });
  const clocks = times.map(({ clock }) => clock);
  let t = 0;
  for (const { test } of meanOutputs(model, { targets, testTrain }, clocks)) {
    recorder.addMean(times[t++]!.step, test!);
  }
  if (ensemble !== undefined) {
    t = 0;
    const drawn = ensembleOutputs(model, { ...ensemble, targets, testTrain }, clocks, { signal, onProgress });
    for await (const { test } of drawn) recorder.addSingle(times[t++]!.step, test!);
  }
  return recorder.result();
}
