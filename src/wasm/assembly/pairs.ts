/**
 * The kernel engine's WebAssembly module.
 * @module
 */
import { madd, splat } from "./lanes";

/** The first byte of the memory that the host may use. */
export function heapBase(): usize {
  return __heap_base;
}

/** Whether this build multiplies and adds with one rounding. */
export function fused(): i32 {
  // (1 + e)(1 - e) - 1 = -e^2, which two roundings lose
  const e: f64 = 1e-9;
  const r = madd<f64>(splat<f64>(1 + e), splat<f64>(1 - e), splat<f64>(-1));
  return f64x2.extract_lane(r, 0) != 0 ? 1 : 0;
}

export { distances32, distances64 } from "./pairs/gram";
export { runTile32, runTile64 } from "./pairs/interpreter";
export { planeChain32, planeChain64, planeChainOwn64 } from "./planes/chain";
export { plane32, plane64 } from "./planes/engine";
