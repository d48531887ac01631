/**
 * All kernels of a forecast, in one plan: train against train, test against train, and some test points among themselves.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { numberText } from "../figures/index.js";
import { computeKernel, type KernelOptions, type KernelPlan, planKernel } from "../kernels/index.js";
import type { Network } from "../network/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { type ForecastInputs, inShape } from "./inputs.js";

/** NNGP and NTK between two sets of samples. */
export interface KernelPair {
  readonly nngp: Matrix;
  readonly ntk: Matrix;
}

/** Kernels of a forecast: of the train samples, and of test against train samples. */
export interface ForecastKernels {
  readonly train: KernelPair;
  /** [test, train] */
  readonly testTrain: KernelPair;
}

/** How the kernels are computed; see `computeKernel`. */
export interface KernelWork
  extends LongWork,
    Pick<KernelOptions, "memoryLimit" | "threads" | "backend" | "precision" | "sharedMemory"> {}

/** The same without what reports and cancels. */
export const engineOf = ({ memoryLimit, threads, backend, precision, sharedMemory }: KernelWork) => ({
  memoryLimit,
  threads,
  backend,
  precision,
  sharedMemory,
});

/** Copies of an [n, n] matrix that the eigen-decompositions and the predictions hold at the same time. */
export const DENSE_COPIES = 6;
/** Copies of the outputs of all single networks: their start, in modes, scaled, at one time. */
const ENSEMBLE_COPIES = 6;
/** Copies of the joint covariance of train and test points: itself and its factor. */
const JOINT_COPIES = 2;
const BYTES = 8;

/** Plans of the kernels of so many samples. */
export function planKernelPair(
  network: Network,
  samples: { readonly train: number; readonly test: number },
  engine: Omit<KernelWork, keyof LongWork>,
): { readonly train: KernelPlan; readonly testTrain: KernelPlan } {
  const options = engineOf(engine);
  return {
    train: planKernel(network, samples.train, null, options),
    testTrain: planKernel(network, samples.test, samples.train, options),
  };
}

/** Plans of the kernel jobs and the memory of the linear algebra after them. */
export function planForecast(
  network: Network,
  inputs: ForecastInputs,
  { networks, networkTestSamples, ...engine }: ForecastPlanOptions,
): ForecastCost {
  const n = inputs.train.labels.length;
  const m = inputs.test.labels.length;
  const { train, testTrain } = planKernelPair(network, { train: n, test: m }, engine);
  const dense = DENSE_COPIES * n * n * BYTES;
  const joint = n + Math.min(m, networkTestSamples);
  const ensemble =
    (JOINT_COPIES * joint * joint + ENSEMBLE_COPIES * joint * networks * inputs.classNames.length) * BYTES;
  const total = train.bytes.total + testTrain.bytes.total + dense + ensemble;
  return {
    train,
    testTrain,
    bytes: total,
    ensembleBytes: ensemble,
    memoryLimit: train.memoryLimit,
    fits: total <= train.memoryLimit,
  };
}

export interface ForecastPlanOptions extends Omit<KernelWork, keyof LongWork> {
  /** single networks drawn for the bands, and the most test points that they are evaluated on */
  readonly networks: number;
  readonly networkTestSamples: number;
}

/** Memory and time of a forecast before it is computed. */
export interface ForecastCost {
  readonly train: KernelPlan;
  readonly testTrain: KernelPlan;
  /** in all, and for the single networks alone */
  readonly ensembleBytes: number;
  readonly bytes: number;
  readonly memoryLimit: number;
  readonly fits: boolean;
}

const megabytes = (bytes: number) => `${numberText(bytes / 1e6)} MB`;

/** Throws `ERR_MEMORY` with what would fit. */
export function requireFits(cost: ForecastCost, inputs: ForecastInputs): void {
  if (cost.fits) return;
  const [n, m] = [inputs.train.labels.length, inputs.test.labels.length];
  // every part grows at most with the square of the numbers of samples
  const share = Math.sqrt(cost.memoryLimit / cost.bytes) * 0.9;
  const [fewer, fewerTest] = [Math.floor(n * share), Math.max(2, Math.floor(m * share))];
  const wayOut =
    cost.ensembleBytes > cost.bytes / 2
      ? "draw fewer networks for the bands (training.ensemble, --ensemble)"
      : fewer >= 2
        ? `use about ${fewer} train and ${fewerTest} test samples (--train ${fewer} --test ${fewerTest})`
        : "allow more memory (--memory)";
  throw new ForetrainError(
    "ERR_MEMORY",
    `forecast: ${n} train and ${m} test samples need ${megabytes(cost.bytes)}, there are ${megabytes(cost.memoryLimit)}; ${wayOut}`,
    { argument: "data.train", got: n, bytes: cost.bytes, memoryLimit: cost.memoryLimit },
  );
}

async function pair(
  network: Network,
  x: NdArray<Float64Array>,
  x2: NdArray<Float64Array> | null,
  label: string,
  work: KernelWork,
): Promise<KernelPair> {
  const { nngp, ntk } = await computeKernel(network, inShape(x, network), x2 && inShape(x2, network), {
    ...engineOf(work),
    signal: work.signal,
    onProgress: work.onProgress && ((progress) => work.onProgress!({ ...progress, label })),
  });
  return { nngp: nngp!, ntk: ntk! };
}

export async function forecastKernels(
  network: Network,
  inputs: ForecastInputs,
  work: KernelWork,
): Promise<ForecastKernels> {
  const { train, test } = inputs;
  return {
    train: await pair(network, train.x, null, "kernel, train", work),
    testTrain: await pair(network, test.x, train.x, "kernel, test", work),
  };
}

/** The kernels of the first samples out of those of more. */
export function firstKernels({ train, testTrain }: ForecastKernels, n: number, m: number): ForecastKernels {
  const corner = ({ data, shape }: Matrix, rows: number): Matrix => {
    const out = matrix(rows, n);
    for (let i = 0; i < rows; i++) out.data.set(data.subarray(i * shape[1], i * shape[1] + n), i * n);
    return out;
  };
  const of = ({ nngp, ntk }: KernelPair, rows: number) => ({
    nngp: corner(nngp, rows),
    ntk: corner(ntk, rows),
  });
  return { train: of(train, n), testTrain: of(testTrain, m) };
}

/** One kernel of the test points among themselves, for drawing functions and noise jointly. */
export async function testKernel(
  network: Network,
  inputs: ForecastInputs,
  name: "nngp" | "ntk",
  work: KernelWork,
): Promise<Matrix> {
  const kernels = await computeKernel(network, inShape(inputs.test.x, network), null, {
    get: [name],
    ...engineOf(work),
    signal: work.signal,
  });
  return kernels[name]!;
}
