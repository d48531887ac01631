/**
 * The kernel engine's WebAssembly module, its instances and their memory.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import * as binary from "../../wasm/generated/pairs.js";
import { type LoadedModule, loadModule, type Variant } from "../../wasm/load.js";
import { byteSize } from "../memory.js";

type RunTile = (
  frame: number,
  row: number,
  m: number,
  col: number,
  n: number,
  triangle: number,
  tangent: number,
) => void;
type Distances = (
  m: number,
  n: number,
  features: number,
  stride: number,
  a: number,
  b: number,
  out: number,
  width: number,
  rowHalf: number,
  colHalf: number,
  triangle: number,
  gaps: number,
  numbers: number,
) => number;
type PlaneFunction = (frame: number, dy: number, dx: number, entries: number) => void;
export type ChainFunction = (
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
  readonly runTile64: RunTile;
  readonly runTile32: RunTile;
  readonly distances64: Distances;
  readonly distances32: Distances;
  readonly plane64: PlaneFunction;
  readonly plane32: PlaneFunction;
  readonly planeChain64: ChainFunction;
  readonly planeChain32: ChainFunction;
  /** samples with themselves; as if all layers had biases */
  readonly planeChainOwn64: ChainFunction;
}

const modules = new Map<Variant | null, LoadedModule | null>();

/** The engine's module, compiled once per thread; null where the runtime has no such variant. */
export function pairsModule(variant: Variant | null): LoadedModule | null {
  let module = modules.get(variant);
  if (module === undefined) {
    module = loadModule(binary, variant ?? undefined);
    modules.set(variant, module);
  }
  return module;
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

/** Bytes rounded up to the alignment of every array. */
export const aligned = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Hands out memory from `base` upwards, 64-byte aligned. */
export class Arena {
  constructor(private top: number) {
    this.top = aligned(top);
  }
  take(bytes: number): number {
    const at = this.top;
    this.top = aligned(at + bytes);
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
