/**
 * The plan of a kernel job in words.
 * @module
 */
import type { KernelPlan } from "../kernels/index.js";
import type { KernelStreamPlan } from "../runs/index.js";
import { byteSize, duration } from "./terminal.js";

/** The plan in words. */
export function planText(plan: KernelPlan, stream: KernelStreamPlan | null = null): string {
  const [n1, n2] = plan.shape;
  const { bytes } = plan;
  const engine = [plan.backend, ...(plan.variant === null ? [] : [`(${plan.variant})`]), plan.precision].join(
    " ",
  );
  const giga = (plan.flops.gram + plan.flops.layers) / 1e9;
  return [
    `kernel ${n1} x ${n2}${plan.symmetric ? ", symmetric: one triangle is computed" : ""}`,
    `  ${plan.entries} entries in ${plan.tiles} tiles of ${plan.tile} x ${plan.tile}`,
    `  ${engine}, ${plan.threads} thread${plan.threads === 1 ? "" : "s"}`,
    `  memory ${byteSize(bytes.total)} (inputs ${byteSize(bytes.inputs)}, result ${byteSize(bytes.result)}, work ${byteSize(bytes.work)}) of ${byteSize(plan.memoryLimit)}; with Node itself ${byteSize(bytes.total + bytes.runtime)}`,
    ...(stream === null
      ? []
      : [
          `  to disk in ${stream.blocks} blocks of ${stream.block} x ${stream.block}: ${byteSize(stream.disk.blocks)}, put together ${byteSize(stream.disk.whole)}`,
        ]),
    `  ${giga.toPrecision(3)} Gflop, about ${duration(plan.seconds)}`,
    ...(plan.fits ? [] : [`  does not fit: ${plan.advice}`]),
  ].join("\n");
}
