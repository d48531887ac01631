/**
 * What computes kernels: a backend is opened for one job and then runs tiles of pairs, in any order.
 *
 * The engine owns everything else: plan, order of tiles, symmetry, progress, cancellation, checks of the result.
 * A backend with threads answers `run` with promises and says in `lanes` how many tiles it takes at once. A network
 * that keeps positions makes every pair an image of `pairSize` numbers; the geometry is in the program's steps.
 * @module
 */
import type { LongWork } from "../progress.js";
import type { Tile } from "./gram.js";
import type { Precision } from "./kernel.js";
import type { KernelProgram } from "./program.js";
import type { Carry, SampleSides } from "./sample-state.js";
import type { SampleSet } from "./samples.js";

/** All that a backend needs to know. `cols` is `rows` for the symmetric case. */
export interface KernelJob {
  readonly program: KernelProgram;
  readonly rows: SampleSet;
  readonly cols: SampleSet;
  readonly nngp: boolean;
  /** the tangent kernel is needed: ntk or ntkGap is asked for */
  readonly ntk: boolean;
  /** no tile is larger than this along either side */
  readonly tile: number;
  /** arithmetic of the pairs, default float64; a backend without float32 computes in float64 */
  readonly precision?: Precision | undefined;
  /** states of pairs that the program resumes from and leaves behind, where it is a part of a network */
  readonly carry?: Carry | null | undefined;
  /** nobody asks for gaps: what only they need may be left out */
  readonly kernelsOnly?: boolean | undefined;
  /** with `kernelsOnly`, whether the kernels of samples with themselves must be there; else only where tiles lack them */
  readonly diagonal?: boolean | undefined;
  /** threads that may work on the pass over samples, default 1 */
  readonly threads?: number | undefined;
}

/**
 * Kernels of each sample with itself at the output, `pairSize` numbers each in the order of a tile's entries; the
 * tangent ones are null when the job does not ask for them. Gaps are 0 for vectors.
 */
export interface KernelDiagonals {
  readonly nngp: Float64Array;
  readonly ntk: Float64Array | null;
  readonly nngpGap: Float64Array;
  readonly ntkGap: Float64Array | null;
}

/**
 * Where a tile's results go, pairs row-major and `pairSize` numbers for each: [p, p'], positions row-major, where the network
 * keeps them; null for what was not asked for.
 */
export interface TileOutput {
  readonly nngp: Float64Array | null;
  readonly ntk: Float64Array | null;
  /** (q + q') / 2 - nngp */
  readonly nngpGap: Float64Array | null;
  /** (theta + theta') / 2 - ntk */
  readonly ntkGap: Float64Array | null;
}

/** Computes tiles one after another, on the thread that opened it. */
export interface TileRunner {
  /** Computes one tile; entries left of the diagonal of a `triangle` tile are not defined. */
  run(tile: Tile, out: TileOutput): void;
  /** Frees what it holds. */
  close(): void;
}

/** A job whose per-sample pass is done. */
export interface OpenJob {
  /** null: a sample with itself is a pair like others, tiles have it right */
  readonly diagonal: { readonly rows: KernelDiagonals | null; readonly cols: KernelDiagonals | null };
  /** states of the samples at the program's carried slot; null or missing: it has none */
  readonly carried?: SampleSides | null;
  /** tiles that may be in flight at once */
  readonly lanes: number;
  /** the job as plain data, where a worker can open it too: the engine then spreads the tiles over threads */
  readonly lowered?: unknown;
  /** why the reference backend computes this job in place of the one that was asked; the largest tile that it takes */
  readonly fallback?: { readonly reason: string; readonly tile: number };
  /** Computes one tile; entries left of the diagonal of a `triangle` tile are not defined. */
  run(tile: Tile, out: TileOutput): void | Promise<void>;
  /** Frees what it holds. */
  close(): void;
}

/** What a program costs with a backend: the plan's source. */
export interface BackendCost {
  /** nanoseconds of one pair, apart from the inner product of the inputs; and of one multiply-add of that */
  readonly pairNs: number;
  readonly gramNs: number;
  /** nanoseconds of preparing one sample, on one thread */
  readonly sampleNs: number;
  /** bytes that stay for each sample beside its inputs */
  readonly sampleBytes: number;
  /** bytes of each thread: for each sample, for each pair of a tile, and in all */
  readonly threadSampleBytes: number;
  readonly pairBytes: number;
  readonly threadBytes: number;
  /** pairs of a row that are computed together; default 1 */
  readonly lanes?: number;
}

/** A program with several readouts turned out to have no fast form for its samples: it is for one depth after the other. */
export class NoReadouts extends Error {}

/** What computes kernels: its name and how a job is opened. */
export interface KernelBackend {
  readonly name: string;
  /** the build that this runtime takes, where there are several */
  readonly variant?: string | null;
  /** Why it cannot compute this program; null (or no such function) when it can. */
  lacks?(program: KernelProgram): string | null;
  /** its open jobs can be `lowered`, so that workers compute them too */
  readonly lowers?: boolean;
  /** Without it, the plan takes the costs of the reference backend. */
  cost?(program: KernelProgram, precision: Precision, ntk: boolean): BackendCost;
  /** Prepares a job on this thread or others. */
  open(job: KernelJob, work: LongWork): Promise<OpenJob>;
}
