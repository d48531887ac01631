/**
 * The SIMD backend: WebAssembly where a job has a SIMD form, the reference backend where it has none.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import type { KernelBackend, OpenJob } from "../backend.js";
import { openReference } from "../reference-backend.js";
import { runSamplePass } from "../sample-pass.js";
import { lower, openLowered } from "./job.js";
import { pairsModule } from "./vector-engine.js";

/** A SIMD backend that takes this variant of the modules only; null: the best that the runtime has. */
export function simdBackendOf(variant: Variant | null): KernelBackend {
  return {
    name: "simd",
    async open(job, work): Promise<OpenJob> {
      const pass = await runSamplePass(job.program, job.rows, job.cols, job.ntk, work);
      const lowered = pairsModule(variant) === null ? null : lower(job, pass, variant).job;
      if (lowered === null) return openReference(job, pass);
      const { run, close } = openLowered(lowered);
      return { diagonal: { rows: pass.rows, cols: pass.cols }, lanes: 1, run, close };
    },
  };
}

/** One thread, 128-bit SIMD, float64 or float32. */
export const simdBackend: KernelBackend = simdBackendOf(null);
