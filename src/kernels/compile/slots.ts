/**
 * Slots for the values of a program.
 * @module
 */
import { type KernelStep, readsOf } from "../program.js";

/** Steps that read other entries than the one they write. */
const MOVING: ReadonlySet<KernelStep["op"]> = new Set(["conv", "pool", "globalPool", "flatten", "concat"]);

/** Replaces value numbers by slots, each reused once its value has been read for the last time. */
export function assignSlots(
  steps: readonly KernelStep[],
  outputs: readonly number[],
  carried: number | null = null,
): { steps: KernelStep[]; slots: number; outputs: number[]; carried: number | null } {
  const lastRead = new Map<number, number>(outputs.map((output) => [output, steps.length]));
  if (carried !== null) lastRead.set(carried, steps.length);
  steps.forEach((step, at) => {
    for (const value of readsOf(step)) lastRead.set(value, Math.max(lastRead.get(value) ?? -1, at));
  });
  const slotOf = new Map<number, number>();
  const free: number[] = [];
  let slots = 0;
  const assigned = steps.map((step, at): KernelStep => {
    const values = readsOf(step);
    const reads = values.map((value) => slotOf.get(value)!);
    const released = [...new Set(values)]
      .filter((value) => lastRead.get(value) === at)
      .map((value) => slotOf.get(value)!);
    if (!MOVING.has(step.op)) free.push(...released);
    const to = free.pop() ?? slots++;
    if (MOVING.has(step.op)) free.push(...released);
    slotOf.set(step.to, to);
    if (step.op === "input" || step.op === "resume") return { ...step, to };
    return "parts" in step ? { ...step, to, parts: reads } : { ...step, to, from: reads[0]! };
  });
  const end = carried === null ? null : slotOf.get(carried)!;
  return { steps: assigned, slots, outputs: outputs.map((value) => slotOf.get(value)!), carried: end };
}
