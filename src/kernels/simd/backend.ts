/**
 * The SIMD backend: WebAssembly where a job has a SIMD form, the reference backend where it has none.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import { type KernelBackend, NoReadouts, type OpenJob } from "../backend.js";
import { openReference } from "../reference-backend.js";
import { referenceTile } from "../reference-cost.js";
import { runSamplePass } from "../sample-pass.js";
import { simdCost, simdLacks } from "./cost.js";
import { lower, openLowered } from "./job.js";
import { runChainPass } from "./planes-chain-pass.js";
import { planesOwnPairs } from "./planes-own.js";
import { pairsModule } from "./wasm-memory.js";

/** A SIMD backend that takes this variant of the modules only; null: the best that the runtime has. */
export function simdBackendOf(variant: Variant | null): KernelBackend {
  return {
    name: "simd",
    get variant() {
      return pairsModule(variant)?.variant ?? null;
    },
    lowers: true,
    lacks: (program) =>
      pairsModule(variant) === null ? "this runtime has no WebAssembly SIMD" : simdLacks(program),
    cost: simdCost,
    async open(job, work): Promise<OpenJob> {
      const { program, rows, cols, ntk, carry = null, threads = 1 } = job;
      const pairsOnly = job.kernelsOnly === true && job.diagonal !== true;
      const chain = carry === null ? await runChainPass(job, work, variant) : null;
      if (chain !== null) {
        const { pass, job: lowered } = chain;
        const { run, close } = openLowered(lowered);
        return { diagonal: { rows: pass.rows, cols: pass.cols }, lanes: 1, lowered, run, close };
      }
      const own = planesOwnPairs(variant, { ...work, threads });
      const pass = await runSamplePass(program, rows, cols, ntk, { ...work, pairsOnly }, own, null, carry);
      const { job: lowered, reason } = lower(job, pass, variant);
      if (lowered === null) {
        // the plain way would hold all pairs of positions of every depth
        if (program.readouts !== undefined) throw new NoReadouts(reason);
        const tile = referenceTile(job.program, job.tile);
        return { ...openReference({ ...job, tile }, pass), fallback: { reason, tile } };
      }
      if (carry !== null) Object.assign(carry.pairs, { k: null, t: null });
      const { run, close } = openLowered(lowered);
      const diagonal = { rows: pass.rows, cols: pass.cols };
      return { diagonal, carried: pass.carried ?? null, lanes: 1, lowered, run, close };
    },
  };
}

/** One thread, 128-bit SIMD, float64 or float32. */
export const simdBackend: KernelBackend = simdBackendOf(null);
