/**
 * All kernels of a forecast, in one plan: train against train, test against train, and some test points among themselves.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { computeKernel, type KernelPlan, planKernel } from "../kernels/index.js";
import type { Network } from "../network/index.js";
import type { Matrix, NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import { type ForecastInputs, inShape } from "./inputs.js";

/** NNGP and NTK between two sets of samples. */
export interface KernelPair {
  readonly nngp: Matrix;
  readonly ntk: Matrix;
}

export interface ForecastKernels {
  readonly train: KernelPair;
  /** [test, train] */
  readonly testTrain: KernelPair;
}

export interface KernelWork extends LongWork {
  readonly memoryLimit?: number | undefined;
}

/** Copies of an [n, n] matrix that the eigen-decomposition and the predictions hold at the same time. */
const DENSE_COPIES = 6;
const BYTES = 8;

/** Plans of the kernel jobs and the memory of the linear algebra after them. */
export function planForecast(network: Network, inputs: ForecastInputs, memoryLimit?: number): ForecastCost {
  const n = inputs.train.labels.length;
  const m = inputs.test.labels.length;
  const options = { memoryLimit };
  const train = planKernel(network, n, null, options);
  const testTrain = planKernel(network, m, n, options);
  const dense = DENSE_COPIES * n * n * BYTES;
  const total = train.bytes.total + testTrain.bytes.total + dense;
  return { train, testTrain, bytes: total, memoryLimit: train.memoryLimit, fits: total <= train.memoryLimit };
}

export interface ForecastCost {
  readonly train: KernelPlan;
  readonly testTrain: KernelPlan;
  readonly bytes: number;
  readonly memoryLimit: number;
  readonly fits: boolean;
}

/** Throws `ERR_MEMORY` with the subset that would fit. */
export function requireFits(cost: ForecastCost, inputs: ForecastInputs): void {
  if (cost.fits) return;
  const n = inputs.train.labels.length;
  const smaller = Math.max(2, Math.floor(n * Math.sqrt(cost.memoryLimit / cost.bytes) * 0.9));
  throw new ForetrainError(
    "ERR_MEMORY",
    `forecast: ${n} train and ${inputs.test.labels.length} test samples need ${(cost.bytes / 1e9).toPrecision(3)} GB, ` +
      `there are ${(cost.memoryLimit / 1e9).toPrecision(3)} GB; use about ${smaller} train samples (--train ${smaller})`,
    {
      argument: "data.train",
      got: n,
      bytes: cost.bytes,
      memoryLimit: cost.memoryLimit,
      suggestedTrain: smaller,
    },
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
    memoryLimit: work.memoryLimit,
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

/** NNGP of the first `samples` test points among themselves, for drawing functions jointly. */
export async function testKernel(
  network: Network,
  inputs: ForecastInputs,
  work: KernelWork,
): Promise<Matrix> {
  const { nngp } = await computeKernel(network, inShape(inputs.test.x, network), null, {
    get: ["nngp"],
    memoryLimit: work.memoryLimit,
    signal: work.signal,
  });
  return nngp!;
}
