/**
 * What trainability against depth is asked for: data, depths and kernels, checked.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { KernelOptions } from "../kernels/index.js";
import { type Network, repeatedBlock } from "../network/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";

/** Samples, and for the mean predictor targets and test samples. */
export interface TrainabilityData {
  /** train inputs, [n, ...input], n >= 2 */
  readonly x: NdArray;
  /** train targets [n, k], centred here over the samples; missing: no mean predictor */
  readonly targets?: Matrix | undefined;
  /** test inputs [m, ...input]; missing: no mean predictor */
  readonly test?: NdArray | undefined;
}

export interface TrainabilityOptions
  extends LongWork,
    Pick<KernelOptions, "memoryLimit" | "threads" | "backend" | "sharedMemory"> {
  /** numbers of nonlinear layers; default about the powers of two up to 256 that the network can have */
  readonly depths?: readonly number[] | undefined;
  /** which kernels; default both */
  readonly get?: readonly ("ntk" | "nngp")[] | undefined;
}

export type Kernel = "ntk" | "nngp";

const DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/** Depths near the usual ones that the network's blocks can give. */
export function defaultDepths(network: Network): number[] {
  const { blockDepth, outsideDepth } = repeatedBlock(network);
  const reachable = DEPTHS.map((depth) => {
    const copies = Math.max(1, Math.round((depth - outsideDepth) / blockDepth));
    return outsideDepth + copies * blockDepth;
  });
  return [...new Set(reachable)];
}

/** Targets whose columns sum to zero. */
export function centred({ data, shape: [n, k] }: Matrix): Matrix {
  const means = Float64Array.from({ length: k }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += data[i * k + c]!;
    return sum / n;
  });
  return matrix(
    n,
    k,
    data.map((value, at) => value - means[at % k]!),
  );
}

const usage = (argument: string, got: unknown, message: string) =>
  new ForetrainError("ERR_USAGE", `trainability: ${message}`, { argument, got });

/** Numbers of train and test samples. */
export function checkData({ x, targets, test }: TrainabilityData): { n: number; m: number } {
  const n = x.shape[0] ?? 0;
  if (!(n >= 2)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `trainability: there ${n === 1 ? "is 1 train sample" : "are no train samples"}, expected at least 2: ` +
        "the bulk of a spectrum is what is beside its largest eigenvalue",
      { argument: "x", got: n },
    );
  }
  if (targets !== undefined && targets.shape[0] !== n) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `trainability: targets are [${targets.shape.join(", ")}], expected [${n}, k], one row for each train sample`,
      { argument: "targets", got: targets.shape, expected: [n] },
    );
  }
  if (test !== undefined && targets === undefined) {
    throw usage(
      "targets",
      undefined,
      "there are test inputs and no targets; give both for the mean predictor",
    );
  }
  return { n, m: test === undefined || targets === undefined ? 0 : (test.shape[0] ?? 0) };
}

export function kernelsAsked(get: TrainabilityOptions["get"]): Kernel[] {
  const known = ["ntk", "nngp"] as const;
  const names = [...new Set(get ?? known)];
  if (names.length > 0 && names.every((name) => known.includes(name))) return names;
  throw usage("get", get, `get is ${JSON.stringify(get)}, expected names of ntk, nngp`);
}
