/**
 * A network compiled for the kernel engine: a flat list of steps over pair states.
 *
 * The state of a pair (x, x') after a layer holds, for every pair of positions that the layer keeps (one for vectors),
 *   k = E[h(x) h(x')], the nngp kernel,
 *   d = E[(h(x) - h(x'))^2] / 2 = (q + q') / 2 - k, carried beside k so that it keeps its digits for close pairs,
 *   t = Theta(x, x'), the tangent kernel of everything before.
 * The state of a sample is q = k(x, x) and t(x, x). States live in numbered slots; a step reads slots and writes one,
 * possibly one that it reads, entry by entry.
 * @module
 */
import type { Activation } from "../activations/activation.js";

interface StepBase {
  /** JSON path of the layer, for messages */
  readonly path: string;
  /** slot that the step writes */
  readonly to: number;
  /** positions of the result, e.g. [8, 8]; [] for vectors */
  readonly positions: readonly number[];
}

/** k = x . x' / n_0, d = |x - x'|^2 / (2 n_0), t = 0. */
export interface InputStep extends StepBase {
  readonly op: "input";
}
/** k' = weight k + bias, d' = weight d, t' = weight t + tangentK k + tangentOne. */
export interface DenseStep extends StepBase {
  readonly op: "dense";
  readonly from: number;
  /** sigma_w^2 */
  readonly weight: number;
  /** sigma_b^2 */
  readonly bias: number;
  /** sigma_w^2 (ntk) or the layer's input width (standard) */
  readonly tangentK: number;
  /** sigma_b^2 (ntk) or the number of biases of the unit, 0 or 1 (standard) */
  readonly tangentOne: number;
}
/** k' = T(q, q', k), d' = D, t' = Td t with the dual activation T and its derivative kernel Td. */
export interface ActivationStep extends StepBase {
  readonly op: "activation";
  readonly from: number;
  readonly activation: Activation;
}
/** Layer normalization of a centred Gaussian state: everything divided by sqrt(q q'). */
export interface NormalizeStep extends StepBase {
  readonly op: "normalize";
  readonly from: number;
}
/** Dropout: the same sample's entries are divided by keepRate, others stay. */
export interface DropoutStep extends StepBase {
  readonly op: "dropout";
  readonly from: number;
  readonly keepRate: number;
}
/** Sum of uncorrelated branches: k, d and t add. */
export interface SumStep extends StepBase {
  readonly op: "sum";
  readonly parts: readonly number[];
}

export type KernelStep = InputStep | DenseStep | ActivationStep | NormalizeStep | DropoutStep | SumStep;

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
  return step.op === "sum" ? step.parts : [step.from];
}
