/**
 * The steps at which curves are evaluated: dense enough to draw, spaced evenly in log(step).
 * @module
 */

/**
 * 0, then whole steps from 1 to `horizon` spaced evenly in the logarithm, without repeats; both ends included.
 *
 * @param horizon last step, >= 1
 * @param count   upper bound of the number of steps after 0
 */
export function logSteps(horizon: number, count: number): number[] {
  const steps = [0];
  for (let i = 0; i < count; i++) {
    const step = Math.round(horizon ** (i / (count - 1)));
    if (step > steps[steps.length - 1]!) steps.push(step);
  }
  return steps;
}

/** The next of 1, 2, 5, 10, 20, 50, ... at or above `value` (>= 1): a horizon that a person can remember. */
export function roundUpStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  for (const lead of [1, 2, 5, 10]) if (lead * power >= value) return lead * power;
  return 10 * power;
}
