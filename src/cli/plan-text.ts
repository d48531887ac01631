/**
 * The plan of a kernel job in words.
 * @module
 */
import type { KernelPlan } from "../kernels/index.js";
import type { KernelStreamPlan } from "../runs/index.js";
import { byteSize, duration } from "./terminal.js";

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

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
    `  ${counted(plan.entries, "entry", "entries")} in ${counted(plan.tiles, "tile")} of ${plan.tile} x ${plan.tile}`,
    `  ${engine}, ${counted(plan.threads, "thread")}`,
    `  memory ${byteSize(bytes.total)} (inputs ${byteSize(bytes.inputs)}, result ${byteSize(bytes.result)}, work ${byteSize(bytes.work)}) of ${byteSize(plan.memoryLimit)}; with Node itself ${byteSize(bytes.total + bytes.runtime)}`,
    ...(stream === null
      ? []
      : [
          `  to disk in ${counted(stream.blocks, "block")} of ${stream.block} x ${stream.block}: ${byteSize(stream.disk.blocks)}, put together ${byteSize(stream.disk.whole)}`,
        ]),
    `  ${giga.toPrecision(3)} Gflop, about ${duration(plan.seconds)}`,
    ...(plan.fits ? [] : [`  does not fit: ${plan.advice}`]),
  ].join("\n");
}
