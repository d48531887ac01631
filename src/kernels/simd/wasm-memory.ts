/**
 * Memory of the kernel engine's WebAssembly instances.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { Variant } from "../../wasm/load.js";
import { byteSize } from "../memory.js";
import { pairsModule } from "./vector-engine.js";

type PlaneFunction = (frame: number, dy: number, dx: number, entries: number) => void;
type ChainFunction = (
  frame: number,
  dy: number,
  dx: number,
  out: number,
  limit: number,
  biased: number,
) => void;

export interface PairsExports {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
  readonly plane64: PlaneFunction;
  readonly plane32: PlaneFunction;
  readonly planeChain64: ChainFunction;
  readonly planeChain32: ChainFunction;
}

/** A new instance with a memory of its own. @throws ERR_UNAVAILABLE */
export function pairsInstance(variant: Variant | null): PairsExports {
  const loaded = pairsModule(variant);
  if (loaded === null) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `the SIMD kernels need WebAssembly ${variant === "relaxed" ? "relaxed SIMD" : "SIMD"}, which this runtime does not have; use the reference backend`,
      { argument: "backend", got: variant },
    );
  }
  return new WebAssembly.Instance(loaded.module, {}).exports as unknown as PairsExports;
}

const up = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Hands out memory from `base` upwards, 64-byte aligned. */
export class Arena {
  constructor(private top: number) {
    this.top = up(top);
  }
  take(bytes: number): number {
    const at = this.top;
    this.top = up(at + bytes);
    return at;
  }
  get end(): number {
    return this.top;
  }
}

/** @throws ERR_MEMORY where the runtime has no room */
export function growMemory(memory: WebAssembly.Memory, bytes: number): void {
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / 65536);
  if (pages <= 0) return;
  try {
    memory.grow(pages);
  } catch (cause) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `the kernel engine has no room for ${byteSize(bytes)}; use fewer samples or smaller tiles`,
      { argument: "memoryLimit", expected: bytes },
      { cause },
    );
  }
}
