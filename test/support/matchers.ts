/**
 * Matchers for numbers: deterministic results in ulp or relative error, statistical ones in standard errors.
 * @module
 */
import { expect } from "vitest";

const bits = new BigInt64Array(1);
const asDouble = new Float64Array(bits.buffer);

/** Position of a double on the number line of all doubles: neighbours differ by 1, -0 and 0 are equal. */
function ordinal(x: number): bigint {
  asDouble[0] = x;
  const b = bits[0]!;
  return b < 0n ? -(b & 0x7fffffffffffffffn) : b;
}

/** Number of representable doubles between `a` and `b`. */
export function ulpDistance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b))
    return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  const d = ordinal(a) - ordinal(b);
  return Number(d < 0n ? -d : d);
}

function relativeError(actual: number, expected: number, floor: number): number {
  if (actual === expected) return 0;
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), floor);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

expect.extend({
  toBeWithinUlp(actual: number, expected: number, ulp: number) {
    const distance = ulpDistance(actual, expected);
    return {
      pass: distance <= ulp,
      message: () => `expected ${actual} to be within ${ulp} ulp of ${expected}, is ${distance} ulp away`,
    };
  },
  toBeWithinRelative(actual: number, expected: number, tolerance: number, floor = 0) {
    const error = relativeError(actual, expected, floor);
    return {
      pass: error <= tolerance,
      message: () =>
        `expected ${actual} to be within relative ${tolerance} of ${expected}, error is ${error}`,
    };
  },
  toAllBeWithinRelative(
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    tolerance: number,
    floor = 0,
  ) {
    let worst = -1;
    let at = -1;
    for (let i = 0; i < expected.length; i++) {
      const error = relativeError(actual[i]!, expected[i]!, floor);
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    const sameLength = actual.length === expected.length;
    return {
      pass: sameLength && worst <= tolerance,
      message: () =>
        sameLength
          ? `worst relative error is ${worst} at index ${at} (${actual[at]} for ${expected[at]}), allowed ${tolerance}`
          : `expected ${expected.length} numbers, got ${actual.length}`,
    };
  },
  toAgreeWith(actual: number, theory: number, { stderr, z = 5 }: { stderr: number; z?: number }) {
    const score = Math.abs(actual - theory) / stderr;
    return {
      pass: score <= z,
      message: () =>
        `estimate ${actual} +- ${stderr} is ${score} standard errors from ${theory}, allowed ${z}`,
    };
  },
});

interface NumberMatchers<R = unknown> {
  /** at most `ulp` doubles away */
  toBeWithinUlp(expected: number, ulp: number): R;
  /** |actual - expected| <= tolerance * max(|expected|, floor) */
  toBeWithinRelative(expected: number, tolerance: number, floor?: number): R;
  /** elementwise {@link toBeWithinRelative} */
  toAllBeWithinRelative(expected: ArrayLike<number>, tolerance: number, floor?: number): R;
  /** a statistical estimate agrees with theory within z (default 5) standard errors */
  toAgreeWith(theory: number, options: { stderr: number; z?: number }): R;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: must repeat the default of the interface that it extends
  interface Matchers<T = any> extends NumberMatchers<T> {}
}
