import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Activation,
  activation,
  activationNames,
  derivativeSecondMoment,
  prepareDual,
  secondMoment,
  secondMomentSlope,
} from "../../src/activations/index.js";

const SPECIAL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  abRelu: { a: -0.5, b: 1.5 },
  monomial: { degree: 3 },
  rectifiedMonomial: { degree: 3 },
  polynomial: { coefficients: [0.5, -1, 0.25, 2] },
  hermite: { degree: 4 },
  expression: { expression: "x*tanh(x)" },
};
const catalogue = activationNames()
  .filter((name) => name !== "reciprocal")
  .map((name) => [name, activation(name, SPECIAL[name] ?? {})] as const);
const variance = fc.oneof(
  fc.constantFrom(0, 1e-300, 1e-12, 1, 50),
  fc.double({ min: -12, max: 1.5, noNaN: true }).map((x) => 10 ** x),
);
const correlation = fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1, max: 1, noNaN: true }));

function check(a: Activation, q1: number, q2: number, c: number): void {
  const derivative = a.breakPoints.every((b) => b.order > 0);
  const map = prepareDual(a, Float64Array.of(q1), Float64Array.of(q2), { derivative });
  const out = new Float64Array(4);
  const k = c * Math.sqrt(q1) * Math.sqrt(q2);
  map.pair(0, 0, k, Math.max(0, 0.5 * q1 + 0.5 * q2 - k), out);
  const at = `${a.label} at q1 = ${q1}, q2 = ${q2}, c = ${c}`;
  // a signed polynomial whose E phi^2 overflows has terms of both signs that do
  const finite =
    secondMoment(a, q1) < Number.POSITIVE_INFINITY && secondMoment(a, q2) < Number.POSITIVE_INFINITY;
  if (finite) expect(out[0], `T of ${at}`).not.toBeNaN();
  expect(out[2], `D of ${at}`).toBeGreaterThanOrEqual(0);
  if (derivative && finite) expect(out[1], `Td of ${at}`).not.toBeNaN();
  for (const q of [q1, q2]) {
    expect(secondMoment(a, q), `E phi^2 of ${at}`).toBeGreaterThanOrEqual(0);
    if (derivative) expect(derivativeSecondMoment(a, q), `E phi'^2 of ${at}`).toBeGreaterThanOrEqual(0);
    if (finite) expect(secondMomentSlope(a, q), `slope of ${at}`).not.toBeNaN();
  }
  if (q1 === 0 && q2 === 0) {
    expect(out[0]).toBeWithinRelative(a.kernelOnly ? 0 : a.value(0) ** 2, 1e-14);
    expect(out[2]).toBe(0);
  }
}

describe("finite variances never give NaN", () => {
  test.each(catalogue)("%s over random covariances, variance 0 included", (_, a) => {
    // numerical duals take milliseconds each
    const numRuns = a.closedDual === null ? 8 : 150;
    fc.assert(
      fc.property(variance, variance, correlation, (q1, q2, c) => check(a, q1, q2, c)),
      { numRuns, seed: 7 },
    );
  });

  test.each(catalogue.filter(([, a]) => a.closedDual !== null))(
    "%s at variances from 1e-300 to 1e300, where overflow is Infinity",
    (_, a) => {
      for (const q1 of [0, 1e-300, 1, 1e100, 1e300]) {
        for (const q2 of [0, 1e-300, 1, 1e100, 1e300]) {
          for (const c of [-1, -0.4, 0, 0.7, 1]) check(a, q1, q2, c);
        }
      }
    },
  );
});
