/**
 * Which pairs of positions every step has to hold, decided backwards from the outputs.
 * @module
 */
import { type KernelStep, type Layout, readsOf } from "../program.js";

/** Layout of what a step reads, for the layout of its result. */
function layoutRead(step: KernelStep, result: Layout): Layout {
  if (step.op === "flatten") return "diagonal";
  return step.op === "pool" || step.op === "globalPool" ? "full" : result;
}

/** A value that the next part of a network resumes from, and the pairs of positions that it needs of it. */
export interface CarriedValue {
  readonly value: number;
  readonly layout: Layout;
}

/** Steps with their layouts, without those that nothing reads; values keep their numbers. */
export function decideLayouts(
  steps: readonly KernelStep[],
  outputs: readonly number[],
  carried: CarriedValue | null = null,
): KernelStep[] {
  const needed = new Map<number, Layout>();
  const need = (value: number, layout: Layout): void => {
    if (needed.get(value) !== "full") needed.set(value, layout);
  };
  for (const output of outputs) need(output, "full");
  if (carried !== null) need(carried.value, carried.layout);
  const decided: KernelStep[] = [];
  for (const step of [...steps].reverse()) {
    const wanted = needed.get(step.to);
    if (wanted === undefined) continue;
    const layout = step.positions.length === 0 ? "one" : wanted;
    for (const value of readsOf(step)) need(value, layoutRead(step, layout));
    decided.push({ ...step, layout });
  }
  return decided.reverse();
}
