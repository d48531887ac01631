/** The maps of the SIMD elementary functions over arrays. */
import { loadModule, type Variant } from "../../src/wasm/load.js";
import * as binary from "./generated/elementary.js";

export type Bits = 32 | 64;

interface Exports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  readonly [name: string]: unknown;
}

export interface ElementaryModule {
  /** f at each x, or at each pair of x and second, rounded to the precision before and after */
  map(name: string, bits: Bits, x: ArrayLike<number>, second?: ArrayLike<number>): Float64Array;
}

/** Null where the runtime lacks the variant. */
export function openElementary(variant: Variant): ElementaryModule | null {
  const loaded = loadModule(binary, variant);
  if (loaded === null) return null;
  const exports = new WebAssembly.Instance(loaded.module, {}).exports as unknown as Exports;
  return {
    map(name, bits, x, second) {
      const f = exports[`${name}${bits}`] as (n: number, x: number, y: number) => void;
      const start = Math.ceil(exports.heapBase() / 16) * 16;
      const stride = Math.ceil((x.length * bits) / 8 / 16) * 16;
      const missing = start + 2 * stride - exports.memory.buffer.byteLength;
      if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536));
      const Values = bits === 64 ? Float64Array : Float32Array;
      new Values(exports.memory.buffer, start, x.length).set(x);
      // functions of two arguments find the second where they write
      if (second !== undefined) new Values(exports.memory.buffer, start + stride, x.length).set(second);
      f(x.length, start, start + stride);
      return Float64Array.from(new Values(exports.memory.buffer, start + stride, x.length));
    },
  };
}
