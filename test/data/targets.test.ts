import { describe, expect, test } from "vitest";
import { classesOf, classFrequencies, oneHotCentred, signTargets } from "../../src/data/index.js";
import { message } from "./support/sets.js";

describe("oneHotCentred", () => {
  const labels = Int32Array.of(2, 0, 2, 1);

  test("rows are e_label - 1/k and sum to zero", () => {
    const { data, shape } = oneHotCentred(labels, 4);
    expect(shape).toEqual([4, 4]);
    expect([...data.subarray(0, 4)]).toEqual([-0.25, -0.25, 0.75, -0.25]);
    for (let i = 0; i < 4; i++) expect(data.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0)).toBe(0);
  });

  test("minus the class frequencies, columns sum to zero over the samples", () => {
    const offset = classFrequencies(labels, 3);
    expect([...offset]).toEqual([0.25, 0.25, 0.5]);
    const { data } = oneHotCentred(labels, 3, offset);
    for (let c = 0; c < 3; c++) {
      expect([0, 1, 2, 3].reduce((sum, i) => sum + data[i * 3 + c]!, 0)).toBe(0);
    }
  });

  test("classesOf gives the labels back, and the first of equal outputs", () => {
    expect(classesOf(oneHotCentred(labels, 3))).toEqual(labels);
    expect([...classesOf({ data: Float64Array.of(1, 1, 0, -1), shape: [2, 2] })]).toEqual([0, 0]);
  });

  test("refuses labels out of range, one class, and an offset of another length", () => {
    expect(message(() => oneHotCentred(Int32Array.of(0, 3), 3))).toMatch(/label 1 is 3, expected 0 to 2/);
    message(() => oneHotCentred(labels, 1), "ERR_DOMAIN");
    message(() => oneHotCentred(labels, Number.NaN), "ERR_DOMAIN");
    message(() => oneHotCentred(labels, 3, [0.5, 0.5]), "ERR_SHAPE");
  });
});

describe("signTargets", () => {
  test("one column for two classes, one for each against the rest otherwise, and classesOf undoes both", () => {
    const two = signTargets(Int32Array.of(1, 0, 1), 1);
    expect([...two.data]).toEqual([1, -1, 1]);
    expect([...classesOf(two)]).toEqual([1, 0, 1]);
    const three = signTargets(Int32Array.of(2, 0), 3);
    expect([...three.data]).toEqual([-1, -1, 1, 1, -1, -1]);
    expect([...classesOf(three)]).toEqual([2, 0]);
  });

  test("refuses labels that are no classes", () => {
    expect(() => signTargets(Int32Array.of(0, 2), 1)).toThrow(/label 1 is 2, expected 0 to 1/);
  });
});
