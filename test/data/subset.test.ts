import { describe, expect, test } from "vitest";
import { chooseSubset, classCounts, splitSamples } from "../../src/data/index.js";
import { counted, message, setOf } from "./support/sets.js";

describe("chooseSubset", () => {
  const set = counted();

  test("the same seed gives the same samples, another seed others", () => {
    const draw = (seed: number) => chooseSubset(set, { train: 50, test: 20, seed });
    expect(draw(3)).toEqual(draw(3));
    expect(draw(4).train.x.data).not.toEqual(draw(3).train.x.data);
  });

  test("draws without replacement, keeps labels with samples, and mixes no test into train", () => {
    const { train, test: held } = chooseSubset(set, { train: 300, test: 60, seed: 1 });
    expect([...train.x.data].sort((a, b) => a - b)).toEqual([...set.train.x.data]);
    expect([...held.x.data].sort((a, b) => a - b)).toEqual([...set.test.x.data]);
    train.y.forEach((label, i) => {
      expect(label).toBe(set.train.y[train.x.data[i]!]);
    });
  });

  test("a smaller draw is the beginning of a larger one, and train does not depend on test", () => {
    const large = chooseSubset(set, { train: 200, test: 60, seed: 7 });
    const small = chooseSubset(set, { train: 20, test: 5, seed: 7 });
    expect(small.train.x.data).toEqual(large.train.x.data.subarray(0, 20));
    expect(small.test.x.data).toEqual(large.test.x.data.subarray(0, 5));
  });

  test("every order is about equally likely: the mean index is within 5 standard errors", () => {
    const means = Array.from({ length: 100 }, (_, seed) => {
      const { data } = chooseSubset(set, { train: 30, seed }).train.x;
      return Array.from(data as Float64Array).reduce((a, b) => a + b, 0) / 30;
    });
    // of one draw of 30 from 0..299: sd = 300/sqrt(12)/sqrt(30) * sqrt(1 - 30/300)
    const stderr = (300 / Math.sqrt(12 * 30) / Math.sqrt(100)) * Math.sqrt(0.9);
    expect(Math.abs(means.reduce((a, b) => a + b, 0) / 100 - 149.5)).toBeLessThan(5 * stderr);
  });

  test("classes are kept in the given order with their names", () => {
    const { train, classNames } = chooseSubset(set, { classes: [2, 0], seed: 0 });
    expect(classNames).toEqual(["c", "a"]);
    expect(classCounts(train.y, 2)).toEqual([30, 180]);
    train.y.forEach((label, i) => {
      expect([2, 0][label]).toBe(set.train.y[train.x.data[i]!]);
    });
  });

  test("stratified draws are as equal as the classes allow", () => {
    const count = (train: number) =>
      classCounts(chooseSubset(set, { train, seed: 5, stratified: true }).train.y, 3);
    expect(count(30)).toEqual([10, 10, 10]);
    expect(count(31)).toEqual([11, 10, 10]);
    expect(count(120)).toEqual([45, 45, 30]); // only 30 of class c there
  });

  test("keeps the compact type of the features", () => {
    const bytes = setOf({ data: Uint8Array.from({ length: 20 }, (_, i) => i), shape: [10, 2] });
    expect(chooseSubset(bytes, { train: 4, seed: 0 }).train.x.data).toBeInstanceOf(Uint8Array);
  });

  test("asks for too much are errors with the number there is", () => {
    expect(message(() => chooseSubset(set, { train: 301 }))).toMatch(
      /counted train: 301 samples asked for, there are 300; ask for at most 300/,
    );
    expect(message(() => chooseSubset(set, { train: 271, classes: [0, 1] }))).toMatch(
      /271 samples asked for, there are 270 of these classes \(300 of all\)/,
    );
  });

  test("classes that do not exist, or one class, are errors that list the classes", () => {
    for (const classes of [[0, 3], [1], [0, 0], [0.5, 1], [Number.NaN, 1], []]) {
      expect(message(() => chooseSubset(set, { classes }), "ERR_SPEC")).toMatch(/0 a, 1 b, 2 c/);
    }
  });

  test("a draw of one class is an error", () => {
    expect(message(() => chooseSubset(set, { train: 1, seed: 0 }))).toMatch(/expected at least two classes/);
  });

  test.each([-1, 1.5, Number.NaN])("refuses %s samples", (train) => {
    message(() => chooseSubset(set, { train }), "ERR_DOMAIN");
  });
});

describe("splitSamples", () => {
  test("cuts by the fraction, keeps the file's order inside each part", () => {
    const { train, test: held } = splitSamples(counted(100).train, { testFraction: 0.25, seed: 2 });
    expect([train.y.length, held.y.length]).toEqual([75, 25]);
    const ascending = (data: ArrayLike<number>) =>
      Array.from(data).every((v, i, all) => i === 0 || v > all[i - 1]!);
    expect(ascending(train.x.data) && ascending(held.x.data)).toBe(true);
  });

  test("always leaves one sample in each part, and refuses other fractions", () => {
    expect(splitSamples(counted(2).train, { testFraction: 0.001 }).test.y).toHaveLength(1);
    expect(splitSamples(counted(2).train, { testFraction: 0.999 }).train.y).toHaveLength(1);
    for (const testFraction of [0, 1, -1, Number.NaN]) {
      message(() => splitSamples(counted(9).train, { testFraction }), "ERR_DOMAIN");
    }
    message(() => splitSamples(counted(1).train));
  });
});
