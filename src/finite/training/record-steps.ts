/**
 * After which steps training is measured.
 * @module
 */
import { ForetrainError } from "../../errors.js";

/** Points of a curve that is drawn on a logarithmic axis. */
const POINTS = 40;

/**
 * The steps asked for, or 0, about 40 from 1 on spaced evenly in the logarithm, and the last. Step 0 is always there: divergence is
 * told from its loss.
 * @throws ERR_DOMAIN for steps that are none or beyond the last
 */
export function recordSteps(asked: readonly number[] | undefined, last: number): ReadonlySet<number> {
  const steps = new Set([0]);
  if (asked === undefined) {
    for (let i = 0; i < POINTS; i++) steps.add(Math.round(last ** (i / (POINTS - 1))));
    steps.add(last);
    return steps;
  }
  for (const step of asked) {
    if (!(Number.isSafeInteger(step) && step >= 0 && step <= last)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `trainNetwork: records has ${step}, expected whole numbers from 0 to ${last}`,
        {
          argument: "records",
          got: step,
          expected: [0, last],
        },
      );
    }
    steps.add(step);
  }
  return steps;
}
