/**
 * The kernels of one network of several that are drawn, on whichever thread.
 * @module
 */
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { type LongRunner, longTask } from "../../threads/long-pieces.js";
import { finiteModel, initialParameters } from "../model.js";
import { computeEmpiricalKernels } from "./empirical-kernel.js";
import type { EmpiricalKernelName, EmpiricalKernelOptions } from "./empirical-plan.js";

/** The job as plain data. */
export interface EmpiricalSampleJob {
  readonly network: Network;
  readonly x1: NdArray;
  readonly x2: NdArray | null;
  /** with `memory` and `get` given, so that every thread makes the same plan */
  readonly options: EmpiricalKernelOptions & { readonly get: readonly EmpiricalKernelName[] };
  readonly seed: number;
  /** whether the host has a native library plugged in: a worker then plugs the same in */
  readonly native: boolean;
}

/** Share of the network that is done. */
export type EmpiricalSampleNote = number;

/** Every kernel's numbers, in the order of `get`. */
export type EmpiricalSampleValue = readonly Float64Array[];

/** Draws network number `index` and computes its kernels. */
export function openEmpiricalSample({
  network,
  x1,
  x2,
  options,
  seed,
}: EmpiricalSampleJob): LongRunner<null, EmpiricalSampleNote, EmpiricalSampleValue> {
  const model = finiteModel(network);
  const streams = createRng(seed);
  return async (index, _, { signal, report }) => {
    const parameters = initialParameters(model, { seed: streams.fork("network", index) });
    const kernels = await computeEmpiricalKernels(model, parameters, x1, x2, {
      ...options,
      signal,
      onProgress: ({ done, total }) => report(Math.min(1, done / total)),
    });
    const value = options.get.map((name) => kernels[name]!.data);
    return { value, transfer: value.map(({ buffer }) => buffer as ArrayBuffer) };
  };
}

/** The task of a worker; `plug` plugs a native library in, or takes it out. */
export const empiricalSampleTask = (plug: (native: boolean) => Promise<void> = async () => {}) =>
  longTask<EmpiricalSampleJob, null, EmpiricalSampleNote, EmpiricalSampleValue>((job) => {
    const run = openEmpiricalSample(job);
    return async (...piece) => {
      await plug(job.native);
      return run(...piece);
    };
  });
