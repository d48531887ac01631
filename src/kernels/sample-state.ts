/**
 * States of single samples, which the pass over samples computes and the pair pass reads.
 * @module
 */
import type { PairMap } from "../activations/index.js";
import type { KernelProgram } from "./program.js";
import type { SampleSet } from "./samples.js";

/** Variance q and ntk diagonal theta (null when not asked for): one for each sample and position, [n, positions]. */
export interface SampleState {
  readonly q: Float64Array;
  readonly t: Float64Array | null;
}

/** `cols` is `rows` for the symmetric case. */
export interface SampleSides {
  readonly rows: SampleState;
  readonly cols: SampleState;
}

/**
 * e(p) = sum_ab d_ab / (2 scale(p)^2) over a pool's window, d the deficits of a sample with itself, [n, positions of the
 * pool]; `g` is the same of the ntk's deficits.
 */
export interface OwnDeficits {
  readonly d: Float64Array;
  readonly g: Float64Array | null;
}

/**
 * States of pairs between two parts of a network, [rows, columns, entries] each; `g` and `t` are empty when only the nngp is
 * asked for. `k` and `t` are null where nobody keeps them: they follow from the deficits and the samples' own values.
 */
export interface CarriedPairs {
  readonly d: Float64Array;
  readonly g: Float64Array;
  k: Float64Array | null;
  t: Float64Array | null;
}

/** What is carried from one part of a network to the next: a part resumes from it and leaves its end in it. */
export interface Carry {
  /** samples where the part resumes; null: it begins with the data */
  readonly samples: SampleSides | null;
  readonly pairs: CarriedPairs;
  /** every sample with itself, [n, entries]; null where no step needs pairs of positions within samples */
  readonly own: { readonly rows: CarriedPairs; readonly cols: CarriedPairs } | null;
}

/** What one step of the pair pass needs of the samples. */
export interface PreparedStep {
  /** the prepared dual of an activation over samples and positions, null for other steps */
  readonly map: PairMap | null;
  /** variances before the step ([n, positions]; of the inputs for an input step, of the first part for several) */
  readonly qRows: Float64Array;
  readonly qCols: Float64Array;
  /** states before the step, one for each value that it reads */
  readonly reads: readonly SampleSides[];
  /** own deficits of the samples in the windows of a pool, null for other steps */
  readonly own: { readonly rows: OwnDeficits; readonly cols: OwnDeficits } | null;
}

/** One set of samples against itself, as far as the pass over samples has come. */
export interface OwnJob {
  readonly program: KernelProgram;
  readonly set: SampleSet;
  /** the kernel's derivatives are carried too */
  readonly tangent: boolean;
  /** of the steps so far */
  readonly prepared: readonly PreparedStep[];
  /** the samples with themselves where the program resumes */
  readonly carried?: CarriedPairs | null | undefined;
}

/** Pairs of positions within samples; t and g are empty when the kernel's derivatives are not carried. */
export interface OwnResults {
  readonly k: Float64Array;
  readonly d: Float64Array;
  readonly t: Float64Array;
  readonly g: Float64Array;
}

/** Computes what the pass over samples needs of pairs of positions within samples; {@link OwnJob.prepared} tells how far. */
export interface OwnPairs {
  /** deficits of every sample with itself that the pool at step `index` needs */
  deficits(job: OwnJob, index: number, breath: () => Promise<void>): Promise<OwnDeficits>;
  /** every sample with itself at the end of the program, [n, entries] each; `state` is that of the samples there */
  results(job: OwnJob, state: SampleState, breath: () => Promise<void>): Promise<OwnResults>;
}
