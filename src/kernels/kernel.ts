/**
 * What a kernel computation is asked for and what it returns.
 *
 * `nngp` is K(x, x') = E[h(x) h(x')] of one output unit, `ntk` is Theta(x, x') = sum over parameters of
 * d f(x) / d theta . d f(x') / d theta of one output unit, both at infinite width.
 * @module
 */
import type { Matrix, NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import type { KernelBackend } from "./backend.js";

/**
 * `nngp` K and `ntk` Theta, and their deficit matrices `nngpGap` (q + q') / 2 - K and `ntkGap` (theta + theta') / 2 - Theta,
 * with q = K(x, x), theta = Theta(x, x). For close samples and in deep ordered networks K and Theta differ from sample to
 * sample in the last digits only, or not at all in float64; the gaps are carried through the layers beside them and keep
 * their relative accuracy. On centred vectors (those that sum to zero) -gap acts as the kernel itself when all q are
 * equal, so that bulk spectra and differences of predictions come from the gaps.
 */
export type KernelName = "nngp" | "ntk" | "nngpGap" | "ntkGap";

export const KERNEL_NAMES: readonly KernelName[] = ["nngp", "ntk", "nngpGap", "ntkGap"];

/** Arithmetic of the pairs. */
export type Precision = "float64" | "float32";

export interface KernelOptions<Name extends KernelName = KernelName> extends LongWork {
  /** Which matrices; default both. */
  readonly get?: readonly Name[] | undefined;
  /** Side of a square tile of pairs, default chosen by the plan, no more than there are samples. Results do not depend on it. */
  readonly tile?: number | undefined;
  /** Bytes that the job may use; default: what the machine has free (`planKernel` tells). */
  readonly memoryLimit?: number | undefined;
  /**
   * Threads that compute, at most 1024: default all that the machine has (fewer where memory is short), 1 for this thread
   * only. Results do not depend on it. The reference backend has one thread whatever is asked for: the plan says so.
   */
  readonly threads?: number | undefined;
  /**
   * Share memory with the other threads: default where the runtime allows it (Node, pages that are cross-origin
   * isolated); false sends tiles as messages. Where it is shared, the arrays of the result are over a
   * SharedArrayBuffer, which can be posted to workers but not transferred.
   */
  readonly sharedMemory?: boolean | undefined;
  /**
   * Arithmetic of the pairs: float64 (default), or float32 (about 1e-6 relative), which the reference backend refuses.
   * Networks that `auto` leaves to the reference backend, and variances beyond the range of float32, are computed in
   * float64 all the same: the plan says which.
   */
  readonly precision?: Precision | undefined;
  /**
   * What computes the tiles: `auto` (default) takes `simd`, the WebAssembly SIMD engine, for every network that it has
   * a form for, else `reference`, plain TypeScript in float64; or a backend of your own.
   */
  readonly backend?: "auto" | "simd" | "reference" | KernelBackend | undefined;
  /**
   * Random layers (dropout) give the same sample twice a larger covariance than two samples. True (the default when
   * `x2` is null) treats equal indices as the same sample; false never does, as for test against train.
   */
  readonly sameSamples?: boolean | undefined;
}

/** The matrices that were asked for; others are absent. */
export type KernelMatrices = { readonly [name in KernelName]?: Matrix };

/**
 * Entries between samples: [n1, n2], or [n1, n2, h, h, w, w] ([n1, n2, l, l] in one dimension) where the network keeps
 * positions, the entry of a pair at (p, p') in [.., h_p, h_p', w_p, w_p'].
 */
export interface KernelArray extends NdArray<Float64Array> {
  readonly shape: readonly [rows: number, cols: number, ...positions: number[]];
}

/** Bytes of a kernel job at its peak. */
export interface KernelBytes {
  /** inputs as float64 */
  readonly inputs: number;
  readonly result: number;
  /** variances and coefficients of the samples, copies of the inputs that threads keep, tiles, and the workers themselves */
  readonly work: number;
  /** the sum of these: what `memoryLimit` is held against */
  readonly total: number;
  /** what the runtime takes beside the job: code and heap of a Node process; there before the job begins */
  readonly runtime: number;
}

/** The cost of a kernel job, known before it runs. */
export interface KernelPlan {
  /** rows and columns of the result */
  readonly shape: readonly [number, number];
  /** positions that the network keeps, [] for vectors */
  readonly positions: readonly number[];
  readonly symmetric: boolean;
  /** pairs that are computed: one triangle with the diagonal when symmetric */
  readonly entries: number;
  /** side of a tile of pairs, number of tiles */
  readonly tile: number;
  readonly tiles: number;
  /** what computes: `simd` with the build that the runtime takes (`relaxed` has fused multiply-add), or `reference` */
  readonly backend: string;
  readonly variant: string | null;
  readonly precision: Precision;
  /** threads that compute: 1 for jobs that are over before another has begun */
  readonly threads: number;
  readonly bytes: KernelBytes;
  /** floating-point operations of the inner products and of the layers */
  readonly flops: { readonly gram: number; readonly layers: number };
  /** predicted seconds on this machine's speed class; a rough figure, +-2x */
  readonly seconds: number;
  readonly memoryLimit: number;
  readonly fits: boolean;
  /** what to do when it does not fit */
  readonly advice: string | null;
}
