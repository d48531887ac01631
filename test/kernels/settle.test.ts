import { describe, expect, test } from "vitest";
import type { SampleState } from "../../src/kernels/sample-state.js";
import { settle } from "../../src/kernels/settle.js";

const eps = Number.EPSILON;
const state = (q: readonly number[], t: readonly number[] | null = null): SampleState => ({
  q: Float64Array.from(q),
  t: t === null ? null : Float64Array.from(t),
});

describe("settle", () => {
  test("makes values of all samples that agree to the last bits one value, q and theta each by itself", () => {
    const rows = state([1, 1 + 8 * eps, 1 - 4 * eps], [5, 5, 6]);
    settle({ rows, cols: rows }, 1);
    expect(Array.from(rows.q)).toEqual([1, 1, 1]);
    expect(Array.from(rows.t!)).toEqual([5, 5, 6]);
  });

  test("leaves all as they are where one sample differs, in the rows or the columns", () => {
    const values = [1, 1 + 8 * eps, 1 + 100 * eps];
    const rows = state(values);
    settle({ rows, cols: rows }, 1);
    expect(Array.from(rows.q)).toEqual(values);
    const [near, far] = [state([1, 1 + 8 * eps]), state([1 + 8 * eps, 1.5])];
    settle({ rows: near, cols: far }, 1);
    expect(Array.from(near.q)).toEqual([1, 1 + 8 * eps]);
    settle({ rows: near, cols: state([1 - 8 * eps]) }, 1);
    expect(Array.from(near.q)).toEqual([1, 1]);
  });

  test("compares samples position by position", () => {
    const rows = state([1, 2, 1 + 4 * eps, 2.5]);
    settle({ rows, cols: rows }, 2);
    expect(Array.from(rows.q)).toEqual([1, 2, 1, 2.5]);
  });
});
