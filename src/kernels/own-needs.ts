/**
 * Whether the pass over samples needs pairs of positions within samples at a pool.
 * @module
 */
import { type KernelProgram, type KernelStep, readsOf } from "./program.js";

/** Steps whose kernel is a linear map of the kernels that they read: k = (q + q') / 2 - d comes out right whatever q is. */
const LINEAR: ReadonlySet<KernelStep["op"]> = new Set([
  "dense",
  "conv",
  "pool",
  "globalPool",
  "flatten",
  "sum",
  "concat",
]);

/**
 * Whether only linear steps use the result of step `index`. A pool's variance W m - 2 e has the half mean deficit e of the
 * sample with itself in its windows, which its kernel does not depend on: with e = 0 in the variance and in the deficit,
 * the kernels of the steps after it are the same as long as those are linear.
 */
export function linearAfter({ steps }: KernelProgram, index: number): boolean {
  const users = new Set([index]);
  const written: number[] = [];
  for (const [s, step] of steps.entries()) {
    const uses = readsOf(step).some((slot) => users.has(written[slot]!));
    if (uses && s !== index) {
      if (!LINEAR.has(step.op)) return false;
      users.add(s);
    }
    written[step.to] = s;
  }
  return true;
}

/** Whether a sample with itself is no pair like others: its two passes share their dropout masks. */
export const masks = ({ steps }: KernelProgram): boolean => steps.some(({ op }) => op === "dropout");
