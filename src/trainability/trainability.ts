/**
 * Trainability and generalization of a network against its depth: spectra of the train kernels, learning rates and the
 * mean predictor on given data, beside what theory predicts for them (paper B).
 * @module
 */
import { isForetrainError } from "../errors.js";
import {
  type DepthKernels,
  type KernelOptions,
  kernelsAtDepths,
  planKernelsAtDepths,
} from "../kernels/index.js";
import type { MeanField } from "../meanfield/index.js";
import { type Network, repeatedBlock } from "../network/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { bulkSpectrum } from "./bulk-spectrum.js";
import { type KernelGaps, meanPredictor, orderedMeanPredictorLimit } from "./mean-predictor.js";
import { type DepthTheory, depthSetting, depthTheory } from "./setting.js";
import {
  centred,
  checkData,
  defaultDepths,
  type Kernel,
  kernelsAsked,
  type TrainabilityData,
  type TrainabilityOptions,
} from "./trainability-input.js";

/** Numbers against depth, one for each; null where there is none (float64 does not hold it, or there is no theory). */
export type Series = readonly (number | null)[];

/** One kernel against depth. */
export interface KernelTrainability {
  readonly lambdaMax: Series;
  /** median of the eigenvalues without the largest */
  readonly lambdaBulk: Series;
  readonly lambdaMin: Series;
  /** lambdaMax / lambdaMin */
  readonly kappa: Series;
  /** largest stable learning rate 2 n / lambdaMax of full-batch descent on the loss 1/(2n) sum (f - y)^2 */
  readonly largestLearningRate: Series;
  /** largest |P(Theta) Y| over test points and outputs, Y centred */
  readonly meanPredictor: Series;
  /** all eigenvalues, largest first; null like the other numbers */
  readonly eigenvalues: readonly (readonly number[] | null)[];
  /** P(Theta) Y, [m, k] */
  readonly predictions: readonly (Matrix | null)[];
  readonly theory: {
    readonly lambdaMax: Series;
    /** mean of the bulk */
    readonly lambdaBulk: Series;
    readonly kappa: Series;
    readonly largestLearningRate: Series;
    /** |P Y| falls like this, up to a constant */
    readonly meanPredictorRate: Series;
  };
}

/** Plain data. */
export interface Trainability {
  readonly samples: number;
  readonly testSamples: number;
  readonly depths: readonly number[];
  readonly ntk: KernelTrainability | null;
  readonly nngp: KernelTrainability | null;
  /** of the hidden layer that repeats; null where the network has more than one kind of them */
  readonly meanField: MeanField | null;
  /** why there is no theory; null where there is */
  readonly noTheory: string | null;
  /** limit of P(Theta) Y and P(K) Y at infinite depth in the ordered phase, [m, k]; null elsewhere */
  readonly orderedLimit: Matrix | null;
  /** what a reader must know before using the numbers */
  readonly notes: readonly string[];
}

interface Point {
  readonly eigenvalues: readonly number[] | null;
  readonly predictions: Matrix | null;
}

const NOTHING: Point = { eigenvalues: null, predictions: null };

/** Seconds up to which the reference backend computes: it carries kernels and gaps, and both keep their digits. */
const REFERENCE_SECONDS = 5;

/** Depths of the ordered phase are extrapolated from layers in which deviations fell by e this many times. */
const DECAYS = 25;
const DEEPEST = 20_000;

/** Null where float64 has lost the numbers; other errors go on. */
async function unlessLost<T>(compute: () => Promise<T> | T): Promise<T | null> {
  try {
    return await compute();
  } catch (error) {
    if (isForetrainError(error, "ERR_SINGULAR") || isForetrainError(error, "ERR_DATA")) return null;
    if (isForetrainError(error, "ERR_NUMERICAL")) return null;
    throw error;
  }
}

interface Job extends TrainabilityData {
  readonly network: Network;
  readonly options: KernelOptions;
  readonly n: number;
  readonly m: number;
}

/** Train and test kernels of each depth together; progress counts the layers of both, by their numbers of pairs. */
async function* walk(
  { network, x, test, options, n, m }: Job,
  depths: readonly number[],
  kernels: readonly Kernel[],
): AsyncGenerator<{ train: DepthKernels; testTrain: DepthKernels | null }> {
  const get = kernels.flatMap((name) => [name, `${name}Gap`] as const);
  const { onProgress } = options;
  const weights = [(n * (n + 1)) / 2, n * m];
  const shares = [0, 0];
  const reporting = (side: 0 | 1): KernelOptions => ({
    ...options,
    get,
    onProgress:
      onProgress &&
      (({ done, total }) => {
        shares[side] = done / total;
        const all = (shares[0]! * weights[0]! + shares[1]! * weights[1]!) / (weights[0]! + weights[1]!);
        onProgress({ label: "layers", done: all * total, total, unit: "layers" });
      }),
  });
  const train = kernelsAtDepths(network, depths, x, null, reporting(0));
  const testTrain = m === 0 ? null : kernelsAtDepths(network, depths, test!, x, reporting(1));
  for await (const kernelsHere of train) {
    const next = testTrain === null ? null : await testTrain.next();
    yield { train: kernelsHere, testTrain: next === null ? null : (next.value as DepthKernels) };
  }
}

async function pointOf(
  name: Kernel,
  { train, testTrain }: { train: DepthKernels; testTrain: DepthKernels | null },
  targets: Matrix | null,
  work: LongWork,
): Promise<Point> {
  const gap = `${name}Gap` as const;
  const spectrum = await unlessLost(() => bulkSpectrum(train[name], train[gap], work));
  if (spectrum === null || !(spectrum.lambdaMax > 0)) return NOTHING;
  const { eigenvalues } = spectrum;
  if (testTrain === null || targets === null) return { eigenvalues, predictions: null };
  const gaps: KernelGaps = {
    train: train[gap],
    testTrain: testTrain[gap],
    own: { train: testTrain.own.cols[name]!, test: testTrain.own.rows[name]! },
  };
  const prediction = await unlessLost(() => meanPredictor(testTrain[name], train[name], targets, { gaps }));
  return { eigenvalues, predictions: prediction?.mean ?? null };
}

const positive = (value: number | undefined) => (value !== undefined && value > 0 ? value : null);

/** Middle of the eigenvalues without the largest. */
function bulkOf(values: readonly number[]): number {
  const bulk = values.slice(1);
  return (bulk[(bulk.length - 1) >> 1]! + bulk[bulk.length >> 1]!) / 2;
}

function seriesOf(
  points: readonly Point[],
  depths: readonly number[],
  n: number,
  theory: DepthTheory,
  name: Kernel,
): KernelTrainability {
  const spectral = (of: (values: readonly number[]) => number) =>
    points.map(({ eigenvalues }) => (eigenvalues === null ? null : of(eigenvalues)));
  const expected = depths.map((depth) => theory[name](depth));
  const lambdaMax = spectral((values) => values[0]!);
  return {
    lambdaMax,
    lambdaBulk: spectral(bulkOf).map((value) => positive(value ?? 0)),
    lambdaMin: spectral((values) => values.at(-1)!),
    kappa: points.map(({ eigenvalues }) => {
      const least = positive(eigenvalues?.at(-1));
      return least === null || !Number.isFinite(eigenvalues![0]! / least) ? null : eigenvalues![0]! / least;
    }),
    largestLearningRate: lambdaMax.map((value) => (value === null ? null : (2 * n) / value)),
    meanPredictor: points.map(({ predictions }) =>
      predictions === null ? null : predictions.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    ),
    eigenvalues: points.map(({ eigenvalues }) => eigenvalues),
    predictions: points.map(({ predictions }) => predictions),
    theory: {
      lambdaMax: expected.map((item) => item?.lambdaMax ?? null),
      lambdaBulk: expected.map((item) => item?.lambdaBulk ?? null),
      kappa: expected.map((item) => item?.kappa ?? null),
      largestLearningRate: expected.map((item) => item?.largestLearningRate ?? null),
      meanPredictorRate: expected.map((item) => item?.meanPredictorRate ?? null),
    },
  };
}

/** lim (1 - c_l) / chi_1^l of all pairs, from a depth at which it has converged. */
async function amplitudes(
  job: Job,
  { meanField: reading, reason }: DepthTheory,
): Promise<{ readonly train: Matrix; readonly testTrain: Matrix | null } | null> {
  if (reason !== null || reading === null || reading.phase !== "ordered") return null;
  const { chi1, xi1, qStar } = reading;
  if (chi1 === null || xi1 === null || qStar === null) return null;
  const { blockDepth, outsideDepth } = repeatedBlock(job.network);
  const depth = outsideDepth + Math.ceil((DECAYS * xi1) / blockDepth) * blockDepth;
  if (!(depth <= DEEPEST)) return null;
  const scaled = ({ shape, data }: Matrix) =>
    matrix(
      shape[0],
      shape[1],
      data.map((gap) => gap / qStar / chi1 ** depth),
    );
  for await (const { train, testTrain } of walk(
    { ...job, options: { ...job.options, onProgress: undefined } },
    [depth],
    ["nngp"],
  )) {
    return { train: scaled(train.nngpGap), testTrain: testTrain && scaled(testTrain.nngpGap) };
  }
  return null;
}

/** Mean over pairs of different samples. */
function meanOfPairs({ shape: [n], data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += data[i * n + j]!;
  return sum / ((n * (n - 1)) / 2);
}

/** The reference backend where it is fast enough: in chaotic networks the SIMD engine's small entries are differences. */
function backendFor(
  { network, n, m }: Omit<Job, "options">,
  depths: readonly number[],
  kernels: readonly Kernel[],
  wanted: TrainabilityOptions["backend"],
): KernelOptions["backend"] {
  if (wanted !== undefined && wanted !== "auto") return wanted;
  const options = { get: kernels, backend: "reference", memoryLimit: Number.MAX_SAFE_INTEGER } as const;
  const seconds = (n1: number, n2: number | null) =>
    planKernelsAtDepths(network, depths, n1, n2, options).seconds;
  return seconds(n, null) + (m === 0 ? 0 : seconds(m, n)) <= REFERENCE_SECONDS ? "reference" : "auto";
}

/** Why kappa has no prediction at some of the depths, though there is a theory. */
function missingPredictions(
  { reason, meanField: reading, ...theory }: DepthTheory,
  depths: readonly number[],
  kernels: readonly Kernel[],
): string[] {
  if (reason !== null) return [];
  return kernels.flatMap((name) => {
    const missing = depths.filter((depth) => depth > 0 && theory[name](depth)?.kappa === null);
    const last = missing.at(-1);
    if (last === undefined) return [];
    const where = missing.length === depths.filter((depth) => depth > 0).length ? "" : ` up to depth ${last}`;
    return reading?.phase === "chaotic"
      ? [
          `no kappa is predicted for the ${name}${where}: its entries of different samples are taken at infinite depth, ` +
            "and the diagonal, which grows like chi_1^depth, has not yet outgrown them",
        ]
      : [
          `no kappa is predicted for the ${name}${where}: its bulk in the ${reading?.phase ?? "ordered"} phase depends on the data, ` +
            "and has a formula for smooth activations without pooling only",
        ];
  });
}

/**
 * Spectra, condition numbers, largest learning rates and mean predictors of a network's kernels at many depths, with the
 * asymptotic predictions beside them. One way through the layers serves all depths (`kernelsAtDepths`), and spectra come
 * from gaps (`bulkSpectrum`), so that ordered networks keep their digits at any depth: kappa of 1e30 is a number.
 *
 * Deep chaotic kernels: |P Y| below about 1e-15 n is rounding where the SIMD engine computes (`backend: "simd"`, or jobs
 * that would take the reference backend more than some seconds).
 * Theory notes B3.1, B3.2.
 *
 * @throws ERR_SHAPE for fewer than 2 train samples, ERR_UNAVAILABLE for networks without a block to repeat or without a
 * kernel (the ntk of sign), ERR_DOMAIN for a depth that the network cannot have, and as `kernelsAtDepths`
 * @example
 * const { ntk } = await trainability(net, { x, targets, test }, { depths: [1, 10, 100, 1000] });
 * ntk.kappa; // measured
 * ntk.theory.kappa; // predicted
 */
export async function trainability(
  network: Network,
  data: TrainabilityData,
  options: TrainabilityOptions = {},
): Promise<Trainability> {
  const { signal, onProgress } = options;
  const { n, m } = checkData(data);
  const kernels = kernelsAsked(options.get);
  const parts = repeatedBlock(network);
  const depths = [...new Set(options.depths ?? defaultDepths(network))].sort((a, b) => a - b);
  const { memoryLimit, threads, sharedMemory } = options;
  const bare = { network, ...data, n, m };
  const backend = backendFor(bare, depths, kernels, options.backend);
  const job: Job = {
    ...bare,
    options: { memoryLimit, threads, sharedMemory, backend, signal, onProgress },
  };
  const targets = data.targets === undefined ? null : centred(data.targets);

  const notes: string[] = [];
  const points: Record<Kernel, Point[]> = { ntk: [], nngp: [] };
  let variance = { depth: depths[0]!, value: 0 };
  for (let asked = kernels; asked.length > 0; ) {
    const start = points[asked[0]!].length;
    try {
      for await (const here of walk(job, depths.slice(start), asked)) {
        for (const name of asked) points[name].push(await pointOf(name, here, targets, { signal }));
        const own = here.train.own.rows.nngp;
        variance = { depth: here.train.depth, value: own.reduce((sum, q) => sum + q / n, 0) };
      }
      break;
    } catch (error) {
      if (!isForetrainError(error, "ERR_NUMERICAL")) throw error;
      // the ntk of chaotic networks grows beyond float64 long before the nngp, which goes on alone
      const lost = asked.includes("ntk") ? "ntk" : "nngp";
      notes.push(
        `from depth ${depths[points[lost].length]} on the ${lost} is beyond float64: ${error.message}`,
      );
      while (points[lost].length < depths.length) points[lost].push(NOTHING);
      asked = asked.filter((name) => name !== lost);
    }
  }

  const setting = depthSetting(network, parts);
  const first = depthTheory(setting, n, variance, null);
  const limits = await unlessLost(() => amplitudes(job, first));
  const theory = limits === null ? first : depthTheory(setting, n, variance, meanOfPairs(limits.train));
  const keepRate = typeof setting === "string" ? 1 : setting.keepRate;
  const orderedLimit =
    limits === null || limits.testTrain === null || targets === null || keepRate < 1
      ? null
      : await unlessLost(() => orderedMeanPredictorLimit(limits.testTrain!, limits.train, targets));
  if (theory.meanField?.note != null) notes.push(theory.meanField.note);
  notes.push(...missingPredictions(theory, depths, kernels));
  return {
    samples: n,
    testSamples: m,
    depths,
    ntk: kernels.includes("ntk") ? seriesOf(points.ntk, depths, n, theory, "ntk") : null,
    nngp: kernels.includes("nngp") ? seriesOf(points.nngp, depths, n, theory, "nngp") : null,
    meanField: theory.meanField,
    noTheory: theory.reason,
    orderedLimit,
    notes,
  };
}
