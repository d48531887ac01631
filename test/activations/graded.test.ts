/**
 * Duals without a closed form at variances from 1e-12 to 1e6, against extended precision and by counting work.
 */
import { describe, expect, test } from "vitest";
import { type Activation, activation, customActivation, prepareDual } from "../../src/activations/index.js";
import { erf } from "../../src/numeric/special/erf.js";
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

  test("samples a thousand times smaller than the largest cost no adaptive quadrature", () => {
    const { a, calls } = counted("tanh");
    const q = Float64Array.from({ length: 60 }, (_, i) => 10 ** (-1 + (7.5 * i) / 59));
    const map = prepareDual(a, q, q);
    for (const k of [-0.3, 0.4]) {
      for (const j of [0, 5, 20, 59]) map.pair(0, j, k * Math.sqrt(q[0]! * q[j]!), 1, out);
    }
    // tables for 60 samples; adaptive quadrature takes a million for each pair, Hermite series more than that
    expect(calls()).toBeLessThan(5e7);
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

describe("samples a thousand times smaller than the largest", () => {
  const pairs: readonly (readonly [Activation, Activation])[] = [
    [
      customActivation({
        name: "error function",
        value: erf,
        derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
        secondDerivative: (x) => (-4 / Math.sqrt(Math.PI)) * x * Math.exp(-x * x),
        growth: { kind: "bounded" },
      }),
      activation("erf"),
    ],
    [
      customActivation({
        name: "ramp",
        value: (x) => Math.max(x, 0),
        derivative: (x) => (x > 0 ? 1 : 0),
        secondDerivative: () => 0,
        breakPoints: [{ at: 0, order: 1 }],
        growth: { kind: "polynomial", degree: 1 },
      }),
      activation("relu"),
    ],
  ];

  test.each(pairs)("%o keeps T, Td and their deficits", (own, known) => {
    const s = [1e-7, 3e-4, 3.001e-4, 0.01, 0.8, 700];
    const q = Float64Array.from(s, (x) => x * x);
    const map = prepareDual(own, q, q);
    const exact = prepareDual(known, q, q);
    expect(map.method).toBe("table");
    const want = new Float64Array(4);
    for (let i = 0; i < s.length; i++) {
      for (let j = 0; j < s.length; j++) {
        for (const v of [1e-9, 0.01, 0.6, 1, 1.4, 1.999]) {
          const ratio = Math.max(s[i]! / s[j]!, s[j]! / s[i]!);
          if (ratio > 1e3 && v < 0.5) continue; // the rounding of d hides the angle
          const d = 0.5 * (s[i]! - s[j]!) ** 2 + s[i]! * s[j]! * v;
          const k = (1 - v) * s[i]! * s[j]!;
          map.pair(i, j, k, d, out);
          exact.pair(i, j, k, d, want);
          const size = Math.sqrt(exact.rowSecond[i]! * exact.rowSecond[j]!);
          const slope = Math.sqrt(exact.rowDerivativeSecond[i]! * exact.rowDerivativeSecond[j]!);
          const at = `${s[i]} ${s[j]} ${v}`;
          // T beside a table is the mean less the deficit, which leaves eps times the ratio of the sizes
          const rest = Math.abs(out[0]! - want[0]!) / size;
          expect(rest, `T ${at}`).toBeLessThanOrEqual(1e-12 + 1e-14 * ratio);
          expect(Math.abs(out[1]! - want[1]!) / slope, `Td ${at}`).toBeLessThanOrEqual(1e-12);
          expect(out[2]!, `D ${at}`).toBeWithinRelative(want[2]!, 1e-11);
        }
      }
    }
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
