import { describe, expect, test } from "vitest";
import { activation, prepareDual } from "../../src/activations/index.js";

/** T, Td and D of one pair with variances q1, q2 and correlation c. */
function pairOf(name: string, q1: number, q2: number, c: number): Float64Array {
  const map = prepareDual(activation(name), Float64Array.of(q1), Float64Array.of(q2), { derivative: true });
  const k = c * Math.sqrt(q1) * Math.sqrt(q2);
  const out = new Float64Array(4);
  map.pair(0, 0, k, (q1 + q2) / 2 - k, out);
  return out;
}

describe("pairs of very different variances", () => {
  // degree-1 homogeneous: T / (s1 s2) and Td depend on c alone
  const equal = pairOf("relu", 1, 1, 0.3);

  test.each([1e-12, 1e-30, 1e-60, 1e-150, 1e-300])(
    "relu keeps all digits for a variance of %d beside 1",
    (q2) => {
      const [value, slope] = pairOf("relu", 1, q2, 0.3);
      expect(value! / Math.sqrt(q2)).toBeWithinRelative(equal[0]!, 1e-14);
      expect(slope!).toBeWithinRelative(equal[1]!, 1e-14);
    },
  );

  test.each([1e-160, 1e-200, 1e150, 1e200])(
    "relu at two variances of %d neither under- nor overflows",
    (q) => {
      const [value, slope, deficit] = pairOf("relu", q, q, 0.3);
      expect(value! / q).toBeWithinRelative(equal[0]!, 1e-14);
      expect(slope!).toBeWithinRelative(equal[1]!, 1e-14);
      expect(deficit! / q).toBeWithinRelative(equal[2]!, 1e-14);
    },
  );

  // u is of order 1 and v tiny, so phi(v) is its linear part, phi'(0) v for smooth phi: T -> phi'(0) k E_1[phi'] (Stein)
  test("tanh and erf at a tiny variance are linear there", () => {
    const q2 = 1e-40;
    const k = 0.3 * Math.sqrt(q2);
    expect(pairOf("erf", 1, q2, 0.3)[0]!).toBeWithinRelative(
      ((2 / Math.sqrt(Math.PI)) * k * (2 / Math.sqrt(Math.PI))) / Math.sqrt(3),
      1e-12,
    );
    const meanSlope = 0.6057056; // E_1[sech^2], to 7 digits
    expect(pairOf("tanh", 1, q2, 0.3)[0]! / k).toBeWithinRelative(meanSlope, 1e-6);
  });
});
