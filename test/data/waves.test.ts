import { describe, expect, test } from "vitest";
import { waveProblem } from "../../src/data/index.js";

describe("waveProblem", () => {
  test("the line has its training points at random within [-1, 1] and an even grid of test points", () => {
    const { train, test: held } = waveProblem({ kind: "line", train: 50, test: 5, seed: 3 });
    expect(train.x.shape).toEqual([50, 1]);
    expect(train.x.data.every((x) => x >= -1 && x < 1)).toBe(true);
    // 50 uniform numbers in one half: probability 2^-49
    expect(train.x.data.some((x) => x < 0) && train.x.data.some((x) => x > 0)).toBe(true);
    expect([...held.x.data]).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(held.y[2]).toBe(0.5);
    expect(held.y[4]).toBeCloseTo(Math.sin(3) + Math.cos(2) / 2, 15);
  });

  test("the plane has random points, and its targets are the product of two waves", () => {
    const { train, test: held } = waveProblem({ kind: "plane", train: 4, test: 7, seed: 0 });
    expect([train.x.shape, held.x.shape]).toEqual([
      [4, 2],
      [7, 2],
    ]);
    train.y.forEach((y, i) => {
      const [a, b] = [train.x.data[2 * i]!, train.x.data[2 * i + 1]!];
      expect(y).toBeCloseTo(Math.sin(3 * a) * Math.cos(2 * b), 15);
    });
  });

  test("a seed gives the same points, and more of them begin with those", () => {
    const of = (train: number, seed: number) => [
      ...waveProblem({ kind: "plane", train, test: 3, seed }).train.x.data,
    ];
    expect(of(5, 1)).toEqual(of(5, 1));
    expect(of(9, 1).slice(0, 10)).toEqual(of(5, 1));
    expect(of(5, 2)).not.toEqual(of(5, 1));
  });

  test("one test point of the line is its middle; no points are refused", () => {
    expect([...waveProblem({ kind: "line", train: 1, test: 1, seed: 0 }).test.x.data]).toEqual([0]);
    expect(() => waveProblem({ kind: "line", train: 0, test: 1, seed: 0 })).toThrow(/train is 0, expected/);
    expect(() => waveProblem({ kind: "plane", train: 1, test: 1.5, seed: 0 })).toThrow(/test is 1.5/);
  });
});
