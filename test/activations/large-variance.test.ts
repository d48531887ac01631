import { describe, expect, test } from "vitest";
import { type Activation, activation, type PairMap, prepareDual } from "../../src/activations/index.js";

const out = new Float64Array(4);
const ANGLES = [1e-3, 0.7, 2.9];

function evaluate(map: PairMap, i: number, j: number, q1: number, q2: number, theta: number) {
  const scale = Math.sqrt(q1 * q2);
  const half = Math.sin(theta / 2);
  const d = 0.5 * (Math.sqrt(q1) - Math.sqrt(q2)) ** 2 + 2 * scale * half * half;
  map.pair(i, j, scale * Math.cos(theta), d, out);
  return { T: out[0]!, Td: out[1]!, D: out[2]! };
}

/** Numerical methods for `name` against its closed form, whose error is a few ulp. */
function agreesWithClosedForm(name: string, variances: Float64Array): PairMap {
  const map = prepareDual({ ...activation(name), closedDual: null } as Activation, variances, variances);
  const exact = prepareDual(activation(name), variances, variances);
  expect(map.errorBound).toBeLessThanOrEqual(1e-12);
  const last = variances.length - 1;
  const [q1, q2] = [variances[0]!, variances[last]!];
  const second = Math.sqrt(exact.rowSecond[0]! * exact.colSecond[last]!);
  const slope = Math.sqrt(exact.rowDerivativeSecond[0]! * exact.colDerivativeSecond[last]!);
  for (const theta of ANGLES) {
    const got = evaluate(map, 0, last, q1, q2, theta);
    const want = evaluate(exact, 0, last, q1, q2, theta);
    expect(Math.abs(got.T - want.T) / second).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(got.Td - want.Td) / slope).toBeLessThanOrEqual(1e-12);
    expect(got.D).toBeWithinRelative(want.D, 1e-11);
  }
  return map;
}

describe("numerical duals at large variance", () => {
  test.each([
    ["erf", 100],
    ["gelu", 100],
    ["gelu", 600],
  ] as const)("agree with the closed form of %s at one variance, %d", (name, q) => {
    expect(agreesWithClosedForm(name, Float64Array.of(q)).method).toBe("table");
  });

  test.each([
    ["erf", 100],
    ["gelu", 100],
    ["erf", 1000],
    ["gelu", 1e6],
  ] as const)("agree with the closed form of %s at %d and other variances", (name, q) => {
    expect(agreesWithClosedForm(name, Float64Array.of(q, q / 1.7)).method).toBe("table");
  });

  test("tables over variances keep the tolerance: erf between 25 and 100", () => {
    const map = agreesWithClosedForm("erf", Float64Array.of(100, 85, 61, 47, 33, 25));
    expect(map.method).toBe("table");
  });

  test.each([100, 400])("softplus, sigmoid and tanh agree at %d, though each has its own series", (q) => {
    const one = Float64Array.of(q);
    const quarter = Float64Array.of(q / 4);
    const softplus = prepareDual(activation("softplus"), one, one);
    const sigmoid = prepareDual(activation("sigmoid"), one, one);
    const tanh = prepareDual(activation("tanh"), quarter, quarter);
    for (const map of [softplus, sigmoid, tanh]) expect(map.errorBound).toBeLessThanOrEqual(1e-12);
    for (const theta of ANGLES) {
      // softplus' = sigmoid = (1 + tanh(x / 2)) / 2
      const a = evaluate(softplus, 0, 0, q, q, theta).Td;
      const b = evaluate(sigmoid, 0, 0, q, q, theta);
      const c = evaluate(tanh, 0, 0, q / 4, q / 4, theta);
      expect(Math.abs(a - b.T)).toBeLessThanOrEqual(5e-13);
      expect(Math.abs(b.T - (1 + c.T) / 4)).toBeLessThanOrEqual(5e-13);
      expect(Math.abs(b.Td - c.Td / 16)).toBeLessThanOrEqual(1e-12 * sigmoid.rowDerivativeSecond[0]!);
      expect(b.D).toBeWithinRelative(c.D / 4, 1e-11);
    }
  });

  test("a tanh pair of variances 100 and 60 meets the tolerance, as softplus at 400 and 240 shows", () => {
    const q = Float64Array.of(100, 60);
    const map = prepareDual(activation("tanh"), q, q);
    expect(map.errorBound).toBeLessThanOrEqual(1e-12);
    const four = Float64Array.of(400, 240);
    const softplus = prepareDual(activation("softplus"), four, four);
    for (const theta of ANGLES) {
      const tanh = evaluate(map, 0, 1, 100, 60, theta).T;
      const slope = evaluate(softplus, 0, 1, 400, 240, theta).Td;
      expect(Math.abs(slope - (1 + tanh) / 4)).toBeLessThanOrEqual(1e-12);
    }
  });
});
