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
 * sample to sample in float64. The state of a sample is (q_p, theta_p) at every position. States live in numbered slots;
 * a step reads slots and writes one. Steps that work entry by entry may write a slot that they read; conv, pool,
 * globalPool, flatten and concat never do.
 * @module
 */
import type { Activation } from "../activations/activation.js";
import type { Padding } from "../network/spec.js";

/**
 * Which pairs of positions a state holds: `one` for vectors; `diagonal` for equal positions p = p' only, row-major over
 * positions; `full` for all pairs (p, p'), p outer, both row-major over positions. A value that a pool reads is `full` for
 * its other readers too, also for those whose own layout is `diagonal` and for flatten: they take its equal positions.
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

/**
 * k = x_p . x'_p' / n_0 over the channels (over all values in layout `one`), d = |x_p - x'_p'|^2 / (2 n_0), t = g = 0.
 * A program has one such step for each layout in which its branches read the data.
 */
export interface InputStep extends StepBase {
  readonly op: "input";
}

/**
 * The states that the part of the network before left at its `carried` slot, k, d, t and g of every pair. Such a step
 * stands first, in place of the data.
 */
export interface ResumeStep extends StepBase {
  readonly op: "resume";
}

/** Constants of a layer with weights; on kernels averaged over the filter: k' = weight k + bias, d' = weight d. Theory notes B1.1, B1.2. */
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

/**
 * Kernels averaged over the filter: (1 / |F|) sum_f K(p s + f, p' s + f), then as a dense layer: d' = weight mean(d),
 * g' = weight mean(g) + tangentK mean(d). Outside the input (`same`) q, k, theta and t are 0. So where one of the two
 * positions p s + f, p' s + f is outside, d is half the q of the other and g half its theta.
 */
export interface ConvStep extends StepBase, WeightedStep, WindowStep {
  readonly op: "conv";
}

/**
 * Pooling: sum over a of the window at p and b of the window at p' of K(a, b), divided by scale(p) scale(p'), where
 * scale is 1 (sum), the window's size (average), or the number of its inputs that exist (average with normalizeEdges).
 *
 * With W(p) the number of inputs in the window over scale(p), m(p) = sum_a q_a / scale(p), and the half mean deficit
 * e(p) = sum_ab d_ab / (2 scale(p)^2) of a sample with itself in the window, d'(p, p') = sum_ab d_ab / (scale scale') -
 * e(p) - e'(p') + (W(p) - W(p')) (m(p) - m'(p')) / 2 and q'(p) = W(p) m(p) - 2 e(p); g and theta in the same way.
 */
export interface PoolStep extends StepBase, WindowStep {
  readonly op: "pool";
  readonly from: number;
  readonly average: boolean;
  readonly normalizeEdges: boolean;
}

/**
 * Mean (or sum) over all pairs of positions; deficits as in {@link PoolStep} with the whole input as the window.
 * Theory notes B6.1.
 */
export interface GlobalPoolStep extends StepBase {
  readonly op: "globalPool";
  readonly from: number;
  /** positions of what it reads */
  readonly inputPositions: readonly number[];
  readonly average: boolean;
}

/** Mean over the pairs of equal positions. Theory notes B6.1. */
export interface FlattenStep extends StepBase {
  readonly op: "flatten";
  readonly from: number;
  /** positions of what it reads */
  readonly inputPositions: readonly number[];
}

/**
 * k' = T(q, q', k), d' = D, t' = Td t, g' = Td g + Dd (theta + theta') / 2 + (A - A') (theta - theta') / 4, with the dual
 * activation T, its derivative kernel Td, their deficits D and Dd, and A = E phi'^2 of each sample.
 * Theory notes B1.1, B1.2.
 */
export interface ActivationStep extends StepBase {
  readonly op: "activation";
  readonly from: number;
  readonly activation: Activation;
}

/**
 * Layer normalization of a centred state: k and t divided by s_p s'_p', s = sqrt(v), v the mean of q over the normalized
 * axes: `over` lists the spatial ones (indices into positions), the channels are always among them.
 * d' = [d + (s' - s) (q / s - q' / s') / 2] / (s s'), g' in the same way with theta. Where v = 0, q' = k' = 0.
 */
export interface NormalizeStep extends StepBase {
  readonly op: "normalize";
  readonly from: number;
  readonly over: readonly number[];
}

/**
 * Dropout: entries of the same sample at the same position are divided by keepRate, others stay. So q' = q / keepRate and
 * d' = d + (1 / keepRate - 1) (q + q') / 2 for others.
 * Theory notes B6.
 */
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

/**
 * Product of independent branches: k = prod k_b, t = sum_b t_b prod_{c != b} k_c. For two branches
 * d = k_a d_b + k_b d_a + d_a d_b + (q_a - q'_a) (q_b - q'_b) / 4; t_a k_b has the same deficit in (theta, t, g)_a and
 * (q, k, d)_b; more branches one after another.
 */
export interface ProductStep extends StepBase {
  readonly op: "product";
  readonly parts: readonly number[];
}

/**
 * Branches side by side. Along the channels (`axis` null): k and t are the means of the branches' with `weights` (their
 * shares of the channels). Along the spatial axis `axis`: pairs of positions in different branches have k = t = 0, hence
 * d = (q + q') / 2 and g = (theta + theta') / 2.
 */
export interface ConcatStep extends StepBase {
  readonly op: "concat";
  readonly parts: readonly number[];
  readonly axis: number | null;
  readonly weights: readonly number[];
  /** positions of each part along `axis` */
  readonly sides: readonly number[];
}

/** One step of a kernel program, from slots to a slot. */
export type KernelStep =
  | InputStep
  | ResumeStep
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

/** A network compiled to steps on kernel entries. */
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
  /** slot of the states that the next part of the network resumes from; null or missing: there is no next part */
  readonly carried?: number | null;
  /** positions of the result; [] for vectors */
  readonly outputPositions: readonly number[];
  /** of a network at several depths; missing: `output` is the only result */
  readonly readouts?: Readouts;
}

/**
 * Several results, vectors all: copies of one readout that read different values. Their steps are the last of the program,
 * the first step of every copy, then the second of every copy, and so on.
 */
export interface Readouts {
  /** slots of the results; the last one is the program's `output` */
  readonly slots: readonly number[];
  /** number of the first step of the first readout */
  readonly from: number;
}

/** Slots of all results. */
export const outputsOf = ({ readouts, output }: KernelProgram): readonly number[] =>
  readouts?.slots ?? [output];

/** The steps that do in all readouts what step `index` does in its own; itself alone where there is one result. */
export function alikeIn({ readouts }: KernelProgram, index: number): readonly number[] {
  if (readouts === undefined || index < readouts.from) return [index];
  const { slots, from } = readouts;
  const first = index - ((index - from) % slots.length);
  return slots.map((_, k) => first + k);
}

/** Slots that a step reads. */
export function readsOf(step: KernelStep): readonly number[] {
  if (step.op === "input" || step.op === "resume") return [];
  return "parts" in step ? step.parts : [step.from];
}

/** Number of positions of a step's result, 1 for vectors. */
export function positionsOf({ positions }: KernelStep): number {
  return positions.reduce((product, side) => product * side, 1);
}

/** Entries that a step's result holds for one pair, by its layout. */
export function entriesOf(step: KernelStep): number {
  return step.layout === "full" ? positionsOf(step) ** 2 : positionsOf(step);
}

/** Numbers of one pair in each result: 1 for vectors, the square of the number of positions otherwise. */
export function pairSizeOf({ outputPositions }: KernelProgram): number {
  return outputPositions.reduce((product, side) => product * side, 1) ** 2;
}

/** Numbers of one pair in all results. */
export const pairNumbersOf = (program: KernelProgram): number =>
  pairSizeOf(program) * outputsOf(program).length;
