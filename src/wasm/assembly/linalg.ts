/**
 * Dense linear algebra: WebAssembly module.
 * @module
 */
import { madd, splat } from "./lanes";

/** Whether this build multiplies and adds with one rounding. */
export function fused(): i32 {
  const e: f64 = 1e-9;
  const r = madd<f64>(splat<f64>(1 + e), splat<f64>(1 - e), splat<f64>(-1));
  return f64x2.extract_lane(r, 0) != 0 ? 1 : 0;
}
