/**
 * What the runtime offers to compiled code.
 * @module
 */
import * as linalg from "./generated/linalg.js";
import { loadModule } from "./load.js";

export interface WebAssemblyFeatures {
  /** 128-bit vectors; without them everything runs in plain TypeScript */
  readonly simd: boolean;
  /** with fused multiply-add */
  readonly relaxedSimd: boolean;
  /** memory shared between threads */
  readonly threads: boolean;
  readonly sharedArrayBuffer: boolean;
}

/** A module that only has a shared memory of one page. */
const SHARED_MEMORY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1);

export function webAssemblyFeatures(): WebAssemblyFeatures {
  const here = typeof WebAssembly !== "undefined";
  return {
    simd: here && loadModule(linalg, "simd") !== null,
    relaxedSimd: here && loadModule(linalg, "relaxed") !== null,
    threads: here && WebAssembly.validate(SHARED_MEMORY),
    sharedArrayBuffer: typeof SharedArrayBuffer !== "undefined",
  };
}
