/**
 * Duals without a closed form at variances from 1e-12 to 1e6, against extended precision and by counting work.
 */
import { describe, expect, test } from "vitest";
import { type Activation, activation, customActivation, prepareDual } from "../../src/activations/index.js";
import fixture from "../fixtures/large-variance.json" with { type: "json" };

type Case = readonly [string, number, number, number, number, number, number, number];
const cases = fixture.cases as unknown as readonly Case[];
const names = [...new Set(cases.map(([name]) => name))];
const out = new Float64Array(4);

/** Pairs as the fixture has them: several samples at once, so that tables serve them. */
function evaluate(a: Activation, s1: number, s2: number, theta: number) {
  const q = Float64Array.of(s1 * s1, s2 * s2);
  const map = prepareDual(a, q, q);
  const half = Math.sin(theta / 2);
  map.pair(0, 1, s1 * s2 * Math.cos(theta), 0.5 * (s1 - s2) ** 2 + 2 * s1 * s2 * half * half, out);
  return { map, T: out[0]!, Td: out[1]!, D: out[2]!, Dd: out[3]! };
}

/**
 * What the rounding of k and d leaves open in Td, relative to E phi'^2: 1 + c is known to one rounding, 1 - c to one of
 * (s - s')^2, and Td turns where either is about 1 / q, or with the angle where phi' jumps.
 */
function ofGiven(s1: number, s2: number, theta: number): number {
  const scale = s1 * s2;
  if (theta > 2) return 1e-15 * scale;
  return theta < 0.1 ? ((4e-16 * (s1 - s2) ** 2) / scale) * (scale + 1 / theta) : 0;
}

describe.each(names)("dual of %s between variances 1e-12 and 1e6", (name) => {
  const mine = cases.filter(([other]) => other === name);
  const a = activation(name);

  test("T and Td are right to 1e-12 of sqrt(q q') and of the slopes, as the map promises", () => {
    expect(mine.length).toBeGreaterThan(20);
    for (const [, s1, s2, theta, T, Td] of mine) {
      const got = evaluate(a, s1, s2, theta);
      const at = `${s1} ${s2} ${theta}`;
      const size = Math.sqrt(got.map.rowSecond[0]! * got.map.rowSecond[1]!);
      const slope = Math.sqrt(got.map.rowDerivativeSecond[0]! * got.map.rowDerivativeSecond[1]!);
      expect(got.map.errorBound, at).toBeLessThanOrEqual(1e-12);
      expect(Math.abs(got.T - T) / size, `T ${at}`).toBeLessThanOrEqual(1e-12);
      const given = ofGiven(s1, s2, theta);
      expect(Math.abs(got.Td - Td) / slope, `Td ${at}`).toBeLessThanOrEqual(1e-12 + given);
    }
  });

  test("the deficits of close pairs keep their digits", () => {
    for (const [, s1, s2, theta, , , D, Dd] of mine) {
      if (theta > 0.1) continue;
      const got = evaluate(a, s1, s2, theta);
      const at = `${s1} ${s2} ${theta}`;
      expect(got.D, `D ${at}`).toBeWithinRelative(D, 1e-11);
      const given = ofGiven(s1, s2, theta) * got.map.rowDerivativeSecond[1]!;
      expect(Math.abs(got.Dd - Dd), `Dd ${at}`).toBeLessThanOrEqual(1e-11 * Dd + given);
    }
  });
});

describe("work", () => {
  /** An activation that counts its evaluations. */
  function counted(name: string): { readonly a: Activation; readonly calls: () => number } {
    const { value, derivative, secondDerivative, breakPoints, growth } = activation(name);
    let calls = 0;
    const count = (f: (x: number) => number) => (x: number) => {
      calls++;
      return f(x);
    };
    const a = customActivation({
      name: `counted ${name}`,
      value: count(value),
      derivative: count(derivative!),
      secondDerivative: count(secondDerivative!),
      breakPoints,
      growth,
    });
    return { a, calls: () => calls };
  }

  test.each(["tanh", "silu", "selu"])("five samples of %s at variances about 100 take little", (name) => {
    const { a, calls } = counted(name);
    const q = Float64Array.of(61, 97, 103, 130, 88);
    prepareDual(a, q, q).pair(0, 3, 40, 55.5, out);
    // a tenth of a second; quadrature pair by pair took a hundred million
    expect(calls()).toBeLessThan(4e6);
  });

  test("the evaluations grow with the logarithm of the variance", () => {
    const at = (scale: number) => {
      const { a, calls } = counted("tanh");
      const q = Float64Array.of(0.7 * scale, scale);
      prepareDual(a, q, q).pair(0, 1, 0.5 * scale, 0.35 * scale, out);
      return calls();
    };
    expect(at(1e6) / at(1e2)).toBeLessThan(6);
  });

  test("a table serves all calls whose variances lie in one range", () => {
    const { a, calls } = counted("tanh");
    const samples = (shift: number) => Float64Array.from({ length: 20 }, (_, i) => 66 + shift + 3 * i);
    prepareDual(a, samples(0), samples(0));
    const first = calls();
    prepareDual(a, samples(0.4), samples(0.4));
    expect(calls() - first).toBeLessThan(first / 5);
  });
});

test("waves, for which graded panels are not made, keep to other methods", () => {
  const sine = customActivation({
    name: "wave",
    value: Math.sin,
    derivative: Math.cos,
    secondDerivative: (x) => -Math.sin(x),
    growth: { kind: "bounded" },
  });
  const q = Float64Array.of(30, 26);
  const map = prepareDual(sine, q, q);
  map.pair(0, 1, 24, 4, out);
  // E sin u sin v = e^{-(q + q') / 2} sinh k
  expect(Math.abs(out[0]! - Math.exp(-28) * Math.sinh(24))).toBeLessThanOrEqual(1e-12);
});
