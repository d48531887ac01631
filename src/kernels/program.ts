/**
 * A network compiled for the kernel engine: a flat list of steps over pair states.
 *
 * The state of a pair (x, x') after a layer holds, for the pairs of positions (p, p') that its layout names,
 *   k = E[h_p(x) h_p'(x')], the nngp kernel,
 *   d = E[(h_p(x) - h_p'(x'))^2] / 2 = (q + q') / 2 - k, the deficit of k,
 *   t = Theta_pp'(x, x'), the tangent kernel of everything before,
 *   g = (theta + theta') / 2 - t, the deficit of t,
 * with q, theta the entries of a sample with itself at one position. Deficits are carried beside (or instead of) k and t
 * because they keep their digits for close pairs and in deep ordered networks, where k and t no longer differ from
 * sample to sample in float64. The state of a sample is (q_p, theta_p). States live in numbered slots; a step reads
 * slots and writes one, possibly one that it reads, entry by entry.
 * @module
 */
import type { Activation } from "../activations/activation.js";
import type { Padding } from "../network/spec.js";

/**
 * Which pairs of positions a state holds: `one` for vectors; `diagonal` for equal positions p = p' only, row-major over
 * positions; `full` for all pairs (p, p'), p outer, both row-major over positions.
 */
export type Layout = "one" | "diagonal" | "full";

interface StepBase {
  /** JSON path of the layer, for messages */
  readonly path: string;
  /** slot that the step writes */
  readonly to: number;
  /** positions of the result, e.g. [8, 8]; [] for vectors */
  readonly positions: readonly number[];
  /** layout of the result; a network that flattens never holds pairs of different positions */
  readonly layout: Layout;
}

/** k = x_p . x'_p' / n_0 over the channels (over all values in layout `one`), d = |x_p - x'_p'|^2 / (2 n_0), t = 0. */
export interface InputStep extends StepBase {
  readonly op: "input";
}

/** Constants of a layer with weights; on kernels averaged over the filter: k' = weight k + bias, d' = weight d. */
export interface WeightedStep {
  readonly from: number;
  /** sigma_w^2 */
  readonly weight: number;
  /** sigma_b^2 */
  readonly bias: number;
  /** t' = weight t + tangentK k + tangentOne: sigma_w^2 (ntk) or the number of inputs of a unit (standard) */
  readonly tangentK: number;
  /** sigma_b^2 (ntk) or the number of biases of the unit, 0 or 1 (standard) */
  readonly tangentOne: number;
}

/** A dense layer, at every position by itself where there are any. */
export interface DenseStep extends StepBase, WeightedStep {
  readonly op: "dense";
}

/** One axis of a sliding window: output o covers inputs o stride - before ... o stride - before + size - 1. */
export interface WindowAxis {
  readonly size: number;
  readonly stride: number;
  readonly before: number;
  /** inputs along the axis */
  readonly inputs: number;
  readonly outputs: number;
}
export interface WindowStep {
  readonly window: readonly WindowAxis[];
  /** `same`: inputs outside are zero; `circular`: they wrap; `valid`: there are none */
  readonly padding: Padding;
}

/** Kernels averaged over the filter: (1 / |F|) sum_f K(p s + f, p' s + f), then as a dense layer. */
export interface ConvStep extends StepBase, WeightedStep, WindowStep {
  readonly op: "conv";
}

/**
 * Pooling: sum over a of the window at p and b of the window at p' of K(a, b), divided by scale(p) scale(p'), where
 * scale is 1 (sum), the window's size (average), or the number of its inputs that exist (average with normalizeEdges).
 */
export interface PoolStep extends StepBase, WindowStep {
  readonly op: "pool";
  readonly from: number;
  readonly average: boolean;
  readonly normalizeEdges: boolean;
}

/** Mean (or sum) over all pairs of positions. */
export interface GlobalPoolStep extends StepBase {
  readonly op: "globalPool";
  readonly from: number;
  readonly average: boolean;
}

/** Mean over the pairs of equal positions. */
export interface FlattenStep extends StepBase {
  readonly op: "flatten";
  readonly from: number;
}

/** k' = T(q, q', k), d' = D, t' = Td t with the dual activation T and its derivative kernel Td. */
export interface ActivationStep extends StepBase {
  readonly op: "activation";
  readonly from: number;
  readonly activation: Activation;
}

/**
 * Layer normalization of a centred Gaussian state: k and t divided by sqrt(v_p v'_p'), v the mean of q over the
 * normalized axes: `over` lists the spatial ones (indices into positions), the channels are always among them.
 */
export interface NormalizeStep extends StepBase {
  readonly op: "normalize";
  readonly from: number;
  readonly over: readonly number[];
}

/** Dropout: entries of the same sample at the same position are divided by keepRate, others stay. */
export interface DropoutStep extends StepBase {
  readonly op: "dropout";
  readonly from: number;
  readonly keepRate: number;
}

/** Sum of uncorrelated branches: k, d, t and g add. */
export interface SumStep extends StepBase {
  readonly op: "sum";
  readonly parts: readonly number[];
}

/** Product of independent branches: k = prod k_b, t = sum_b t_b prod_{c != b} k_c. */
export interface ProductStep extends StepBase {
  readonly op: "product";
  readonly parts: readonly number[];
}

/**
 * Branches side by side. Along the channels (`axis` null): k and t are the means of the branches' with `weights` (their
 * shares of the channels). Along the spatial axis `axis`: pairs of positions in different branches have k = t = 0.
 */
export interface ConcatStep extends StepBase {
  readonly op: "concat";
  readonly parts: readonly number[];
  readonly axis: number | null;
  readonly weights: readonly number[];
  /** positions of each part along `axis` */
  readonly sides: readonly number[];
}

export type KernelStep =
  | InputStep
  | DenseStep
  | ConvStep
  | PoolStep
  | GlobalPoolStep
  | FlattenStep
  | ActivationStep
  | NormalizeStep
  | DropoutStep
  | SumStep
  | ProductStep
  | ConcatStep;

export interface KernelProgram {
  /** shape of one sample; inputs are read as rows of its product */
  readonly input: readonly number[];
  /** its product, n_0 */
  readonly features: number;
  readonly steps: readonly KernelStep[];
  /** number of slots that are alive at once */
  readonly slots: number;
  /** slot of the result */
  readonly output: number;
  /** positions of the result; [] for vectors */
  readonly outputPositions: readonly number[];
}

/** Slots that a step reads. */
export function readsOf(step: KernelStep): readonly number[] {
  if (step.op === "input") return [];
  return "parts" in step ? step.parts : [step.from];
}
