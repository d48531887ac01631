/**
 * Whether real training by steps can follow the flow that theory has.
 * @module
 */
import { activationOf } from "../network/index.js";
import { shallowKernels } from "./kernels.js";
import type { ShallowProblem } from "./particle-expansion.js";

/** Of the largest step; the first eigenvalue of such kernels stands well apart. */
const POWER_ITERATIONS = 50;

/**
 * The largest share of a residual that one step of a network of N units takes away, whatever gamma: of its own sample under SGD,
 * (alpha / N) max A(x, x); along the first eigenvector of the kernel for full batches, (alpha / (N M)) lambda_max(A). Above about 1/2
 * training is far from the flow, from 2 on it diverges. By power iteration, whose quotient is never above the eigenvalue.
 */
export function shallowStepShare(
  { network, particles, x, alpha = 1 }: Omit<ShallowProblem, "times">,
  units: number,
  batch: "sgd" | "full",
): number {
  const { data, shape } = shallowKernels(activationOf(network.activation), particles, x, null).training;
  const m = shape[0];
  if (batch === "sgd") {
    return (alpha / units) * Math.max(...Array.from({ length: m }, (_, i) => data[i * (m + 1)]!));
  }
  let v = new Float64Array(m).fill(1 / Math.sqrt(m));
  let largest = 0;
  for (let k = 0; k < POWER_ITERATIONS; k++) {
    const next = v.map((_, i) => v.reduce((sum, value, j) => sum + data[i * m + j]! * value, 0));
    largest = next.reduce((sum, value, i) => sum + value * v[i]!, 0);
    const size = Math.hypot(...next);
    if (!(size > 0)) break;
    v = next.map((value) => value / size);
  }
  return (alpha * largest) / (units * m);
}
