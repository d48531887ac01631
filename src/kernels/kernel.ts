/**
 * What a kernel computation is asked for and what it returns.
 *
 * `nngp` is K(x, x') = E[h(x) h(x')] of one output unit, `ntk` is Theta(x, x') = sum over parameters of
 * d f(x) / d theta . d f(x') / d theta of one output unit, both at infinite width.
 * @module
 */
import type { Matrix } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";

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
  /** Side of a square tile of pairs, default chosen by the plan. Results do not depend on it. */
  readonly tile?: number | undefined;
  /** Bytes that the job may use; default: what the machine has free (`planKernel` tells). */
  readonly memoryLimit?: number | undefined;
  /**
   * Random layers (dropout) give the same sample twice a larger covariance than two samples. True (the default when
   * `x2` is null) treats equal indices as the same sample; false never does, as for test against train.
   */
  readonly sameSamples?: boolean | undefined;
}

/** The matrices that were asked for; others are absent. */
export type KernelMatrices = { readonly [name in KernelName]?: Matrix };

/** The cost of a kernel job, known before it runs. */
export interface KernelPlan {
  /** rows and columns of the result */
  readonly shape: readonly [number, number];
  readonly symmetric: boolean;
  /** pairs that are computed: one triangle with the diagonal when symmetric */
  readonly entries: number;
  /** side of a tile of pairs, number of tiles */
  readonly tile: number;
  readonly tiles: number;
  /** bytes of the inputs as float64, of the result, of the working set, and their sum */
  readonly bytes: {
    readonly inputs: number;
    readonly result: number;
    readonly work: number;
    readonly total: number;
  };
  /** floating-point operations of the inner products and of the layers */
  readonly flops: { readonly gram: number; readonly layers: number };
  /** predicted seconds on this machine's speed class; a rough figure, +-2x */
  readonly seconds: number;
  readonly memoryLimit: number;
  readonly fits: boolean;
  /** what to do when it does not fit */
  readonly advice: string | null;
}
