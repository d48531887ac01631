/**
 * Activations that the user supplies as functions.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Activation, BreakPoint, Growth } from "./activation.js";
import { inspectGrowth } from "./inspect-growth.js";
import { permissibilityOf } from "./permissibility.js";

/** An activation by its functions, and what is known about them. */
export interface CustomActivation {
  readonly name: string;
  /** phi(x); must be a number for every finite x (an infinite value marks a pole) */
  readonly value: (x: number) => number;
  /** phi' and phi'' almost everywhere. Leave out what you do not know: the tangent kernel needs `value` alone. */
  readonly derivative?: ((x: number) => number) | undefined;
  /** phi'' almost everywhere */
  readonly secondDerivative?: ((x: number) => number) | undefined;
  /** phi''' almost everywhere */
  readonly thirdDerivative?: ((x: number) => number) | undefined;
  /** Where phi jumps (order 0), kinks (1), or a higher derivative jumps (2, ...). Undeclared breaks cost accuracy. */
  readonly breakPoints?: readonly BreakPoint[] | undefined;
  /** How |phi| grows; found numerically when not given. */
  readonly growth?: Growth | undefined;
}

/**
 * An activation of your own: `customActivation({ name: "mish", value: (x) => x * Math.tanh(Math.log1p(Math.exp(x))) })`.
 *
 * Nothing is differentiated numerically: without `derivative` the derivative kernel comes from the Hermite
 * coefficients of phi (E phi' he_k = sqrt(k + 1) a_{k+1} / sqrt(q)), and scalars that need phi' itself are NaN.
 * A function that jumps must say so in `breakPoints` (order 0), or its tangent kernel would be meaningless.
 * @throws ERR_SPEC for a description that cannot be used
 */
export function customActivation({
  name,
  value,
  derivative,
  secondDerivative,
  thirdDerivative,
  breakPoints = [],
  growth,
}: CustomActivation): Activation {
  const fail = (argument: string, got: unknown, expected: string): never => {
    throw new ForetrainError(
      "ERR_SPEC",
      `customActivation: ${argument} must be ${expected}, got ${String(got)}`,
      { argument, got, expected },
    );
  };
  if (typeof name !== "string" || name === "") fail("name", name, "a non-empty string");
  if (typeof value !== "function") fail("value", value, "a function of one number");
  for (const x of [-1.7, -0.3, 0.2, 1.1]) {
    const y = value(x);
    if (typeof y !== "number" || Number.isNaN(y)) fail(`value(${x})`, y, "a number");
  }
  for (const point of breakPoints) {
    if (!Number.isFinite(point.at)) fail("breakPoints[].at", point.at, "a finite number");
    if (!(Number.isInteger(point.order) && point.order >= 0)) {
      fail(
        "breakPoints[].order",
        point.order,
        "a whole number: 0 (phi jumps), 1 (phi' jumps), 2 (phi'' jumps), ...",
      );
    }
  }
  const found = growth ?? inspectGrowth(value, breakPoints);
  const judged = permissibilityOf(found, growth === undefined ? "sampled" : "declared");
  return {
    name,
    parameters: {},
    label: name,
    value,
    derivative: derivative ?? null,
    secondDerivative: secondDerivative ?? null,
    thirdDerivative: thirdDerivative ?? null,
    breakPoints,
    growth: found,
    permissibility:
      growth === undefined ? { ...judged, reason: `${judged.reason} (found by evaluating phi)` } : judged,
    closedDual: null,
    kernelOnly: false,
  };
}
