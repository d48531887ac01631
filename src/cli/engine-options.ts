/**
 * The options that say how kernels are computed, of every command that does.
 * @module
 */
import type { KernelOptions, Precision } from "../kernels/index.js";

export interface EngineOptions {
  readonly memory?: number;
  readonly threads?: number;
  readonly backend?: "auto" | "simd" | "reference";
  readonly precision?: Precision;
}

/** The same for the library. */
export function engineOptions({
  memory,
  threads,
  backend,
  precision,
}: EngineOptions): Pick<KernelOptions, "memoryLimit" | "threads" | "backend" | "precision"> {
  return { memoryLimit: memory, threads, backend, precision };
}
