/**
 * A kernel job as plain data for the SIMD engine: numbers and typed arrays, nothing else, so that it can be sent to a
 * worker. What is lowered and how, is in lower-vectors.ts; what runs it, in src/wasm/assembly/pairs.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import type { KernelJob, TileRunner } from "../backend.js";
import type { Precision } from "../kernel.js";
import type { SamplePass } from "../sample-pass.js";
import { lowerVectors } from "./lower-vectors.js";
import { lowerPlanes, openPlanes, type PlanesJob } from "./planes.js";
import { openVectors } from "./vector-engine.js";

/** What the engine keeps of the samples of one side. */
export interface LoweredSamples {
  readonly count: number;
  /** row-major [count, features] */
  readonly values: Float64Array;
  /** features of the samples at each step, [tables, count] */
  readonly tables: Float64Array;
}

/** Deficits of all pairs of the job, [rows, columns]; `g` is empty where no tangents are carried. */
export interface CarriedDeficits {
  readonly d: Float64Array;
  readonly g: Float64Array;
  /** the program reads them in place of the data, and writes those at its end */
  readonly resumes: boolean;
  readonly leaves: boolean;
}

/** Instructions of eight words, see src/wasm/assembly/pairs/interpreter.ts, and their constants. */
export interface Code {
  readonly code: Int32Array;
  readonly constants: Float64Array;
}

/** A network whose states are vectors. */
export interface VectorJob {
  readonly kind: "vectors";
  readonly precision: Precision;
  /** null: the best that the runtime has */
  readonly variant: Variant | null;
  readonly tangent: boolean;
  /** no tile is larger than this along either side */
  readonly tile: number;
  readonly features: number;
  readonly rows: LoweredSamples;
  /** null: the same as the rows */
  readonly cols: LoweredSamples | null;
  readonly pairs: Code;
  /** for pairs of samples on nearly one line through 0, with c near 1 and near -1; null: as all others */
  readonly aligned: readonly [Code | null, Code | null];
  readonly tables: number;
  readonly slots: number;
  /** slot of the result */
  readonly output: number;
  /** the states of pairs that the program resumes from or leaves; all threads work on the same memory */
  readonly carry: CarriedDeficits | null;
  /** tables of |x|^2 / (2 n_0), of q / 2 and of theta / 2 of the output */
  readonly inputHalf: number;
  readonly outputHalf: number;
  readonly outputTangentHalf: number;
}

export type LoweredJob = VectorJob | PlanesJob;

/** A lowered job, or why this job has no SIMD form and is for the reference backend. */
export type Lowering =
  | { readonly job: LoweredJob; readonly reason: null }
  | { readonly job: null; readonly reason: string };

/** Lowers a job whose per-sample pass is done. */
export function lower(job: KernelJob, pass: SamplePass, variant: Variant | null = null): Lowering {
  if (job.program.steps.some(({ positions }) => positions.length > 0)) {
    const planes = lowerPlanes(job, pass, variant);
    return typeof planes === "string" ? { job: null, reason: planes } : { job: planes, reason: null };
  }
  return lowerVectors(job, pass, variant);
}

/**
 * Opens a lowered job on this thread: one WebAssembly instance with its own memory.
 * @throws ERR_UNAVAILABLE where the runtime has no WebAssembly SIMD, ERR_MEMORY where the engine's memory has no room
 */
export function openLowered(job: LoweredJob): TileRunner {
  return job.kind === "planes" ? openPlanes(job) : openVectors(job);
}
