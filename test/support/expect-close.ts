import { expect } from "vitest";

/** The first entries of `got` are those of `listed`, up to an absolute tolerance below which each has to stay. */
export function expectClose(got: ArrayLike<number>, listed: readonly number[], tolerance: number): void {
  listed.forEach((value, i) => {
    expect(Math.abs(got[i]! - value)).toBeLessThan(tolerance);
  });
}
