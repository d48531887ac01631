/**
 * Predictions at a list of times in one call: what `foretrain predict` writes to its file.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import { breathe } from "../progress.js";
import type { Clock, SpectrumSummary } from "../trainability/index.js";
import { initializationModes, outputCovariance } from "./initialization.js";
import { requireShared } from "./kernel-axes.js";
import { meanOutputs } from "./mean.js";
import { expectFinite, type ModelOptions, spectralModel } from "./model.js";

/** Kernels of the network on train and test points. */
export interface PredictionKernels<Kernel extends NdArray = Matrix> {
  /** [n, n]; an ntk without covariance may also be [n, n, k, k], between all pairs of outputs */
  readonly train: Kernel;
  /** [m, n], or [m, n, k, k] */
  readonly testTrain: Kernel;
}

/** Kernels, targets and times of `predict`. */
export interface PredictInput {
  /** "ntk": all layers are trained; "nngp": the last layer only, whose infinite limit is the Bayesian posterior */
  readonly get: "nngp" | "ntk";
  /** needed for get "nngp" and for covariances */
  readonly nngp: PredictionKernels | null;
  /** needed for get "ntk" */
  readonly ntk: PredictionKernels<NdArray> | null;
  /** NNGP among the test points: [m] suffices for "std", [m, m] for "full" */
  readonly nngpTest: Float64Array | Matrix | null;
  /** [n, k] */
  readonly targets: Matrix;
  readonly clocks: readonly Clock[];
  /** spread over random initializations; default "none" */
  readonly covariance?: "none" | "std" | "full" | undefined;
}

/** Outputs of trained infinitely wide networks at the times asked for, with their standard deviations. */
export interface Prediction {
  readonly clocks: readonly Clock[];
  /** mean output over initializations on the test points [times, m, k] */
  readonly mean: NdArray<Float64Array>;
  /** the same on the train points [times, n, k] */
  readonly trainMean: NdArray<Float64Array>;
  /** standard deviation over initializations [times, m]; null unless asked for */
  readonly std: NdArray<Float64Array> | null;
  /** covariance over initializations [times, m, m]; null unless asked for */
  readonly covariance: NdArray<Float64Array> | null;
  readonly conditioning: SpectrumSummary;
}

/**
 * Mean and spread over random initializations of an infinitely wide network trained with squared loss, at each clock, for
 * time or steps finite or infinite; one eigen-decomposition for all of them.
 *
 * @throws ERR_SPEC when a kernel that `get` or `covariance` needs is missing; ERR_DATA for NaN or infinite entries of the
 *   arrays that are used; otherwise as `spectralModel`, `meanOutputs` and
 *   `outputCovariance`
 */
export async function predict(input: PredictInput, options: ModelOptions = {}): Promise<Prediction> {
  const { get, nngp, ntk, nngpTest, targets, clocks, covariance = "none" } = input;
  const trained = get === "ntk" ? ntk : nngp;
  const missing = (name: string, why: string) =>
    new ForetrainError("ERR_SPEC", `predict: ${name} is missing, expected it for ${why}`, { argument: name });
  if (!trained) throw missing(get, `get "${get}"`);
  if (covariance !== "none" && !nngp) throw missing("nngp", `covariance "${covariance}"`);
  if (covariance !== "none" && !nngpTest) throw missing("nngpTest", `covariance "${covariance}"`);
  if (covariance === "full" && nngpTest instanceof Float64Array) {
    throw missing("nngpTest as a matrix", 'covariance "full"');
  }
  // before the O(n^3) work, and by the names of this input
  expectFinite("predict", "targets", targets);
  const { data, shape } = trained.testTrain;
  const entries = data instanceof Float64Array ? data : Float64Array.from(data);
  expectFinite(
    "predict",
    `${get}.testTrain`,
    shape.length === 2 ? matrix(shape[0]!, shape[1]!, entries) : entries,
  );
  if (covariance !== "none") {
    expectFinite("predict", "nngp.train", nngp?.train);
    expectFinite("predict", "nngp.testTrain", nngp?.testTrain);
    expectFinite("predict", "nngpTest", nngpTest);
  }
  const model = await spectralModel(trained.train, options);
  if (covariance !== "none") requireShared("predict", model);
  const n = model.samples;
  const m = trained.testTrain.shape[0]!;
  const k = targets.shape[1];
  const times = clocks.length;
  const mean = new Float64Array(times * m * k);
  const trainMean = new Float64Array(times * n * k);
  let t = 0;
  for (const { train, test } of meanOutputs(model, { targets, testTrain: trained.testTrain }, clocks)) {
    mean.set(test!.data, t * m * k);
    trainMean.set(train.data, t * n * k);
    t++;
    await breathe(options.signal);
  }
  const spread = covariance === "none" ? null : new Float64Array(times * (covariance === "full" ? m * m : m));
  if (spread) {
    const modes = initializationModes(model, {
      nngpTrain: get === "ntk" ? nngp!.train : null,
      testTrain: trained.testTrain as Matrix,
      nngpTestTrain: get === "ntk" ? nngp!.testTrain : null,
      nngpTest,
    });
    for (let i = 0; i < times; i++) {
      await breathe(options.signal);
      options.onProgress?.({ label: "covariance", done: i, total: times, unit: "times" });
      const full = covariance === "full";
      const { test } = outputCovariance(modes, clocks[i]!, {
        covariance: full ? "full" : "diagonal",
        train: false,
      });
      if (test instanceof Float64Array) spread.set(test.map(Math.sqrt), i * m);
      else spread.set(test!.data, i * m * m);
    }
  }
  return {
    clocks,
    mean: { data: mean, shape: [times, m, k] },
    trainMean: { data: trainMean, shape: [times, n, k] },
    std: covariance === "std" ? { data: spread!, shape: [times, m] } : null,
    covariance: covariance === "full" ? { data: spread!, shape: [times, m, m] } : null,
    conditioning: model.conditioning,
  };
}
