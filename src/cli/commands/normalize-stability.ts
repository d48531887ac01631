/**
 * Whether real training by the steps of `foretrain normalize` can follow the flow that theory has.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { numberText } from "../../figures/index.js";
import { activationOf } from "../../network/index.js";
import { type ShallowProblem, shallowKernels } from "../../normalization/index.js";

/** Of the largest step; the first eigenvalue of such kernels stands well apart. */
const POWER_ITERATIONS = 50;

/**
 * The largest share of a residual that one step takes away: of its own sample under SGD, along the first eigenvector of the kernel for
 * full batches. By power iteration, whose quotient is never above the eigenvalue.
 */
export function stepOf(
  { network, particles, x }: Omit<ShallowProblem, "times">,
  units: number,
  alpha: number,
  batch: string,
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

/**
 * Steps that overshoot by more than they correct end in numbers without meaning: refused before the flow is solved.
 * @param alpha in units of the scaled readout; `options.alpha` is what was asked for
 */
export function requireStable(
  problem: Omit<ShallowProblem, "times">,
  units: number,
  alpha: number,
  options: { readonly alpha: number; readonly batch: string },
) {
  const step = stepOf(problem, units, alpha, options.batch);
  if (!(step >= 2)) return;
  const limit = (2 * options.alpha) / step;
  throw new ForetrainError(
    "ERR_NUMERICAL",
    `--alpha: at ${numberText(options.alpha)} training diverges: a step of alpha / N takes ${numberText(step)} of a residual away, 2 is the limit. Use --alpha below ${numberText(limit)}, or more than ${Math.ceil((units * step) / 2)} units`,
    { argument: "--alpha", got: options.alpha, limit },
  );
}
