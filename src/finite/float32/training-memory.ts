/**
 * One WebAssembly instance of the training module with a memory of fixed size: it never grows, so views of it stay valid.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import * as binary from "../../wasm/generated/training.js";
import { loadModule, type Variant } from "../../wasm/load.js";

type ActivationFunction = (
  n: number,
  slope: boolean,
  x: number,
  y: number,
  ...parameters: readonly number[]
) => void;

type WindowFunction = (
  first: number,
  rows: number,
  inputs: number,
  outputs: number,
  size: number,
  channels: number,
  taps: number,
  from: number,
  to: number,
) => void;

type PoolFunction = (
  samples: number,
  inputs: number,
  outputs: number,
  size: number,
  channels: number,
  taps: number,
  weights: number,
  from: number,
  to: number,
) => void;

type RowsFunction = (
  rows: number,
  width: number,
  from: number,
  fromStride: number,
  to: number,
  toStride: number,
) => void;

/** Activations that the module has: y = phi(x), and phi' over x where a slope is asked for. */
export type ModuleActivation =
  | "arctan"
  | "elu"
  | "erfOf"
  | "exponential"
  | "gaussian"
  | "gelu"
  | "piecewiseLinear"
  | "sigmoid"
  | "silu"
  | "sine"
  | "softplus"
  | "softsign"
  | "tanh";

/** The module's functions: float32, addresses and strides in bytes, counts in numbers. */
export interface TrainingExports extends Readonly<Record<ModuleActivation, ActivationFunction>> {
  readonly memory: WebAssembly.Memory;
  heapStart(): number;
  gemmScratch(): number;
  sgemm(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    aRowStride: number,
    aColStride: number,
    b: number,
    bRowStride: number,
    bColStride: number,
    c: number,
    cRowStride: number,
    scratch: number,
  ): void;
  clear(n: number, to: number): void;
  addTo(n: number, from: number, to: number): void;
  multiply(n: number, a: number, b: number, to: number): void;
  multiplyAdd(n: number, a: number, b: number, to: number): void;
  subtractScaled(n: number, factor: number, from: number, to: number): void;
  fillRows(rows: number, width: number, factor: number, from: number, to: number): void;
  columnSums(rows: number, width: number, factor: number, from: number, to: number): void;
  readonly copyRows: RowsFunction;
  readonly addRows: RowsFunction;
  readonly gather: WindowFunction;
  readonly scatter: WindowFunction;
  readonly pool: PoolFunction;
  readonly poolBack: PoolFunction;
  batchMoments(rows: number, channels: number, x: number, moments: number): void;
  trackMoments(
    rows: number,
    channels: number,
    momentum: number,
    moments: number,
    means: number,
    variances: number,
  ): void;
  runningMoments(channels: number, means: number, variances: number, moments: number): void;
  normalizeBatch(
    rows: number,
    channels: number,
    epsilon: number,
    moments: number,
    scale: number,
    scaleFactor: number,
    shift: number,
    shiftFactor: number,
    x: number,
    y: number,
    lines: number,
    stride: number,
  ): void;
  normalizeBatchSums(
    rows: number,
    channels: number,
    x: number,
    cotangent: number,
    lines: number,
    stride: number,
    sums: number,
    scaleGradient: number,
    scaleFactor: number,
    shiftGradient: number,
    shiftFactor: number,
  ): void;
  normalizeBatchBack(
    rows: number,
    channels: number,
    frozen: boolean,
    x: number,
    cotangent: number,
    lines: number,
    stride: number,
    sums: number,
  ): void;
  maxPool(
    samples: number,
    inputs: number,
    outputs: number,
    size: number,
    channels: number,
    taps: number,
    x: number,
    y: number,
    places: number,
  ): void;
  maxPoolBack(
    samples: number,
    inputs: number,
    outputs: number,
    channels: number,
    places: number,
    y: number,
    x: number,
  ): void;
  relu(n: number, x: number, y: number): void;
  reluBack(n: number, y: number, cotangent: number): void;
  layerNorm(
    samples: number,
    numbers: number,
    groups: number,
    size: number,
    floor: number,
    places: number,
    x: number,
    y: number,
    roots: number,
  ): void;
  layerNormBack(
    samples: number,
    numbers: number,
    groups: number,
    size: number,
    places: number,
    y: number,
    roots: number,
    cotangent: number,
  ): void;
}

export interface TrainingMemory {
  readonly exports: TrainingExports;
  /** address of the scratch area of the matrix product */
  readonly scratch: number;
  /** first free address, a multiple of 64 */
  readonly start: number;
}

const PAGE = 65_536;
/** 32-bit addresses */
const MOST_BYTES = 2 ** 32 - PAGE;

/**
 * An instance with so many free bytes, all zero.
 * @param variant  takes this build; default the best there is
 * @throws ERR_UNAVAILABLE where the runtime has no WebAssembly SIMD; ERR_MEMORY when there is not so much memory
 */
export function openTrainingMemory(bytes: number, where: string, variant?: Variant): TrainingMemory {
  const loaded = loadModule(binary, variant);
  if (loaded === null) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${where}: float32 needs WebAssembly with 128-bit SIMD, which this runtime does not have; use dtype "float64"`,
      { argument: "dtype", got: "float32" },
    );
  }
  const instance = new WebAssembly.Instance(loaded.module, {});
  const exports = instance.exports as unknown as TrainingExports;
  const scratch = align(exports.heapStart());
  const start = align(scratch + exports.gemmScratch());
  const missing = start + bytes - exports.memory.buffer.byteLength;
  try {
    if (start + bytes > MOST_BYTES) throw new RangeError("beyond 32-bit addresses");
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
  } catch {
    const megabytes = Math.ceil(bytes / 2 ** 20);
    throw new ForetrainError(
      "ERR_MEMORY",
      `${where}: the network with a batch of this size needs ${megabytes} MB in one WebAssembly memory (at most 4096 MB, and as much as is free); use a smaller batch, or dtype "float64"`,
      { argument: "batch", needed: bytes },
    );
  }
  return { exports, scratch, start };
}

/** Rounded up to a cache line. */
export function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
