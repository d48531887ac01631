/**
 * Empirical kernels over random initializations: their mean, their spread, and how far single networks are from a limit.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { Network } from "../../network/index.js";
import { holdNativeThreads, nativeSingleProduct } from "../../numeric/linalg/dispatch.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import type { LongWork } from "../../progress.js";
import { hardwareThreads, MOST_THREADS, runLongPieces, workerPool } from "../../threads/index.js";
import { finiteModel, samplesOf } from "../model.js";
import {
  type EmpiricalKernelName,
  type EmpiricalKernelOptions,
  type EmpiricalKernelPlan,
  planEmpiricalKernels,
  requireEmpiricalFits,
} from "./empirical-plan.js";
import {
  type EmpiricalSampleJob,
  type EmpiricalSampleNote,
  type EmpiricalSampleValue,
  openEmpiricalSample,
} from "./empirical-task.js";

export interface EmpiricalSampleOptions extends EmpiricalKernelOptions, LongWork {
  /** networks that are drawn, >= 1, default 10 */
  readonly networks?: number | undefined;
  /** default 0 */
  readonly seed?: number | undefined;
  /**
   * threads, each computing one network at a time, as many as the memory holds; default all cores where the work is worth it. The
   * bits are the same for any number
   */
  readonly threads?: number | undefined;
  /** kernels of the shape of the result to which every network's distance is taken, those of infinite width for example */
  readonly reference?: Partial<Readonly<Record<EmpiricalKernelName, NdArray>>> | undefined;
}

/** One kernel over the networks. */
export interface KernelSample {
  readonly mean: NdArray<Float64Array>;
  /** standard deviation of single networks in every entry; NaN for one network */
  readonly deviation: NdArray<Float64Array>;
  /** |K - reference| / |reference| of every network (Frobenius norms); null without reference */
  readonly distances: Float64Array | null;
}

/** Kernels of finite networks over seeds: mean, spread, distance to infinite width. */
export interface EmpiricalKernelSample {
  readonly networks: number;
  readonly parameterCount: number;
  /** of one network */
  readonly plan: EmpiricalKernelPlan;
  /** threads that computed, each one network at a time */
  readonly threads: number;
  readonly nngp?: KernelSample;
  readonly ntk?: KernelSample;
}

/** |a - b| / |b|, Frobenius norms. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

/** Running mean and sum of squared differences (Welford 1962). */
class Moments {
  readonly mean: Float64Array;
  readonly #squares: Float64Array;
  readonly distances: Float64Array | null;
  #count = 0;

  constructor(
    size: number,
    networks: number,
    private readonly reference: ArrayLike<number> | null,
  ) {
    this.mean = new Float64Array(size);
    this.#squares = new Float64Array(size);
    this.distances = reference === null ? null : new Float64Array(networks);
  }

  add(values: Float64Array): void {
    if (this.distances !== null) {
      this.distances[this.#count] = relativeDistance(values, this.reference!);
    }
    this.#count++;
    for (let i = 0; i < values.length; i++) {
      const delta = values[i]! - this.mean[i]!;
      this.mean[i]! += delta / this.#count;
      this.#squares[i]! += delta * (values[i]! - this.mean[i]!);
    }
  }

  sample(shape: readonly number[]): KernelSample {
    const deviation = this.#squares.map((sum) => Math.sqrt(sum / (this.#count - 1)));
    return {
      mean: { data: this.mean, shape },
      deviation: { data: deviation, shape },
      distances: this.distances,
    };
  }
}

/** Multiply-adds below which another thread is not worth its start. */
const ALONE = 5e8;

/**
 * Kernels of `networks` random initializations at the declared widths: mean, standard deviation of single networks, and the
 * distance of each to a reference. The options are those of `empiricalKernels`.
 *
 * Single networks differ from the kernels of infinite width by order 1 / sqrt(width), the means by order 1 / width. Standard errors
 * of the means are deviation / sqrt(networks). Network k has the parameters of the stream `network` k of the seed, whatever
 * the number of networks.
 *
 * @throws as `empiricalKernels`; ERR_ABORTED
 * @example
 * const { ntk: limit } = await computeKernelArrays(net, x, null, { get: ["ntk"] });
 * const { ntk } = await sampleEmpiricalKernels(net, x, null, { networks: 20, reference: { ntk: limit } });
 * ntk.distances // about c / sqrt(width)
 */
export async function sampleEmpiricalKernels(
  network: Network,
  x1: NdArray,
  x2: NdArray | null,
  options: EmpiricalSampleOptions = {},
): Promise<EmpiricalKernelSample> {
  const where = "sampleEmpiricalKernels";
  const {
    networks = 10,
    seed = 0,
    reference = {},
    threads: _,
    signal,
    onProgress,
    ...kernelOptions
  } = options;
  const get = [...new Set(options.get ?? (["nngp", "ntk"] as const))];
  if (!(Number.isSafeInteger(networks) && networks >= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: networks is ${networks}, expected a whole number >= 1`,
      {
        argument: "networks",
        got: networks,
      },
    );
  }
  if (
    options.threads !== undefined &&
    !(Number.isSafeInteger(options.threads) && options.threads >= 1 && options.threads <= MOST_THREADS)
  ) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: threads is ${options.threads}, expected a whole number from 1 to ${MOST_THREADS}`,
      { argument: "threads", got: options.threads },
    );
  }
  createRng(seed); // refuses what is no seed
  const model = finiteModel(network);
  const n1 = samplesOf(model, x1, where, "x1").samples;
  const n2 = x2 === null ? null : samplesOf(model, x2, where, "x2").samples;
  const plan = planEmpiricalKernels(model, n1, n2, { ...kernelOptions, get });
  const moments = get.map((name) => {
    const limit = reference[name];
    if (limit !== undefined && limit.data.length !== sizeOf(plan.shape)) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `${where}: reference.${name} has shape [${limit.shape.join(", ")}], the kernel has [${plan.shape.join(", ")}]`,
        { argument: `reference.${name}`, got: limit.shape, expected: plan.shape },
      );
    }
    return new Moments(sizeOf(plan.shape), networks, limit?.data ?? null);
  });
  requireEmpiricalFits(plan);
  const worth = plan.multiplyAdds * networks >= ALONE;
  const fitting = Math.max(1, Math.floor(plan.memoryLimit / plan.bytes.total));
  const threads = Math.min(networks, fitting, options.threads ?? (worth ? hardwareThreads() : 1));
  const job: EmpiricalSampleJob = {
    network,
    x1,
    x2,
    options: { ...kernelOptions, get, memory: plan.memoryLimit },
    seed,
    native: nativeSingleProduct() !== null,
  };
  const done = new Float64Array(networks);
  const report = (index: number, share: number) => {
    done[index] = share;
    const sum = done.reduce((a, b) => a + b, 0);
    onProgress?.({ label: "empirical kernels", done: sum, total: networks, unit: "networks" });
  };
  // moments know the order of what they are given
  const early = new Map<number, EmpiricalSampleValue>();
  let next = 0;
  // of several networks each has a thread of its own, and the bits must not depend on how many
  const release = networks > 1 ? holdNativeThreads(1) : () => {};
  await runLongPieces<null, EmpiricalSampleNote, EmpiricalSampleValue>({
    task: "empirical",
    payload: job,
    count: networks,
    run: openEmpiricalSample(job),
    argument: async () => null,
    note: report,
    receive(index, value) {
      early.set(index, value);
      for (let ready = early.get(next); ready !== undefined; ready = early.get(next)) {
        for (const [i, values] of ready.entries()) moments[i]!.add(values);
        early.delete(next++);
      }
      report(index, 1);
    },
    threads,
    pool: threads > 1 ? workerPool() : null,
    strict: options.threads !== undefined,
    signal,
  }).finally(release);
  const samples = Object.fromEntries(get.map((name, i) => [name, moments[i]!.sample(plan.shape)]));
  return { networks, parameterCount: model.parameterCount, plan, threads, ...samples };
}
