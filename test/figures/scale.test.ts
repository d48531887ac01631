import { describe, expect, test } from "vitest";
import { axisScale, extentOf, type ScaleOptions } from "../../src/figures/scale.js";

const scale = (options: Partial<ScaleOptions>) =>
  axisScale({ kind: "linear", domain: [0, 1], range: [0, 100], count: 5, ...options });
const labels = (options: Partial<ScaleOptions>) =>
  scale(options)
    .ticks.filter((tick) => tick.label !== "")
    .map((tick) => tick.label);

describe("extentOf", () => {
  test("ignores null, NaN and infinities, and what is not positive on request", () => {
    expect(extentOf([null, 3, Number.NaN, -2, Number.POSITIVE_INFINITY])).toEqual([-2, 3]);
    expect(extentOf([null, 3, -2, 0, 0.5], { positive: true })).toEqual([0.5, 3]);
    expect(extentOf([null, Number.NaN])).toBeNull();
    expect(extentOf([-1], { positive: true })).toBeNull();
  });
});

describe("linear axes", () => {
  test("have labels of equal precision", () => {
    expect(labels({})).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(labels({ domain: [-1, 1] })).toEqual(["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
    expect(labels({ domain: [0, 30_000], count: 3 })).toEqual(["0", "10,000", "20,000", "30,000"]);
  });

  test("use powers of ten for large and small numbers", () => {
    expect(labels({ domain: [0, 4e6], count: 2 })).toEqual(["0", "2×10^{6}", "4×10^{6}"]);
    expect(labels({ domain: [0, 2e-5], count: 2 })).toEqual(["0", "10^{−5}", "2×10^{−5}"]);
  });

  test("label whole numbers only where asked to", () => {
    expect(labels({ domain: [0, 3], count: 8, integer: true })).toEqual(["0", "1", "2", "3"]);
  });

  test("make an interval of one value", () => {
    expect(scale({ domain: [2, 2] }).domain).toEqual([1.8, 2.2]);
    expect(scale({ domain: [0, 0] }).domain).toEqual([-1, 1]);
    expect(scale({ kind: "log", domain: [2, 2] }).domain).toEqual([1, 4]);
  });

  test("have no place for what is not finite", () => {
    expect(scale({}).position(Number.NaN)).toBeNaN();
    expect(scale({}).position(Number.POSITIVE_INFINITY)).toBeNaN();
    expect(scale({}).position(0.25)).toBe(25);
  });
});

describe("logarithmic axes", () => {
  test("label decades, all in one style", () => {
    expect(labels({ kind: "log", domain: [0.01, 1000], count: 9 })).toEqual([
      "0.01",
      "0.1",
      "1",
      "10",
      "100",
      "1,000",
    ]);
    expect(labels({ kind: "log", domain: [1e-4, 1], count: 9 })).toEqual([
      "10^{−4}",
      "10^{−3}",
      "10^{−2}",
      "10^{−1}",
      "10^{0}",
    ]);
  });

  test("thin out the labels of many decades but keep every tick", () => {
    const many = scale({ kind: "log", domain: [1e-16, 1e4], count: 6 });
    expect(many.ticks).toHaveLength(21);
    const shown = many.ticks.filter((tick) => tick.label !== "");
    expect(shown.map((tick) => Math.round(Math.log10(tick.value)))).toEqual([-16, -12, -8, -4, 0, 4]);
  });

  test("label 1, 2, 5 over few decades and plain steps within one", () => {
    expect(labels({ kind: "log", domain: [1, 32], count: 5 })).toEqual(["1", "2", "5", "10", "20"]);
    expect(labels({ kind: "log", domain: [3, 4.6], count: 4 })).toEqual(["3", "3.5", "4", "4.5"]);
  });

  test("have no place for zero and below", () => {
    const log = scale({ kind: "log", domain: [1, 100] });
    expect(log.position(0)).toBeNaN();
    expect(log.position(-1)).toBeNaN();
    expect(log.position(10)).toBeCloseTo(50, 9);
  });
});

describe("symlog axes", () => {
  test("have mirrored ticks where they begin below 0", () => {
    const z = { kind: "symlog", domain: [-85, 85], threshold: 1, count: 4 } as const;
    expect(labels(z)).toEqual(["−10", "−1", "0", "1", "10"]);
    const both = scale(z);
    expect(both.position(0)).toBeCloseTo(50, 9);
    expect(both.position(-10) + both.position(10)).toBeCloseTo(100, 9);
    const values = both.ticks.map(({ value }) => value);
    expect(values.every((value) => Math.abs(value) <= 85)).toBe(true);
    // an end nearer to 0 has its own ticks only
    expect(labels({ ...z, domain: [-2, 85] })).toEqual(["−1", "0", "1", "10"]);
  });

  test("have a place for step 0 and are logarithmic from the threshold on", () => {
    const steps = scale({ kind: "symlog", domain: [0, 10_000], threshold: 1, count: 9 });
    expect(steps.position(0)).toBe(0);
    expect(steps.position(10_000)).toBeCloseTo(100, 9);
    const decade = steps.position(10_000) - steps.position(1000);
    expect(steps.position(1000) - steps.position(100)).toBeCloseTo(decade, 0);
    expect(labels({ kind: "symlog", domain: [0, 10_000], threshold: 1, count: 9 })).toEqual([
      "0",
      "10^{0}",
      "10^{1}",
      "10^{2}",
      "10^{3}",
      "10^{4}",
    ]);
  });

  test("that never reach a decade have linear ticks", () => {
    expect(labels({ kind: "symlog", domain: [0, 8], threshold: 2, count: 4 })[0]).toBe("0");
    expect(labels({ kind: "symlog", domain: [0, 8], threshold: 2, count: 4 }).length).toBeGreaterThan(3);
  });
});
