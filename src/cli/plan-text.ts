/**
 * The plan of a kernel job in words.
 * @module
 */
import type { KernelPlan } from "../kernels/index.js";
import { byteSize, duration } from "./terminal.js";

/** The plan in words. */
export function planText(plan: KernelPlan): string {
  const [n1, n2] = plan.shape;
  const giga = (plan.flops.gram + plan.flops.layers) / 1e9;
  return [
    `kernel ${n1} x ${n2}${plan.symmetric ? ", symmetric: one triangle is computed" : ""}`,
    `  ${plan.entries} entries in ${plan.tiles} tiles of ${plan.tile} x ${plan.tile}`,
    `  memory ${byteSize(plan.bytes.total)} (inputs ${byteSize(plan.bytes.inputs)}, result ${byteSize(plan.bytes.result)}, work ${byteSize(plan.bytes.work)}) of ${byteSize(plan.memoryLimit)}`,
    `  ${giga.toPrecision(3)} Gflop, about ${duration(plan.seconds)}`,
    ...(plan.fits ? [] : [`  does not fit: ${plan.advice}`]),
  ].join("\n");
}
