import { describe, expect, test } from "vitest";
import { contourLines, type Field, fieldAt } from "../../src/figures/heatmap.js";

const axis = (count: number, high: number) =>
  Array.from({ length: count }, (_, i) => (high * i) / (count - 1));

/** f(x, y) = x + 2 y on [0, 2] x [0, 1]. */
const plane: Field = {
  x: axis(9, 2),
  y: axis(5, 1),
  values: axis(5, 1).map((y) => axis(9, 2).map((x) => x + 2 * y)),
};

describe("fieldAt", () => {
  test("is exact on a plane, edges included", () => {
    for (const [x, y] of [
      [0, 0],
      [2, 1],
      [0.33, 0.71],
      [1.999, 0.001],
    ] as const) {
      expect(fieldAt(plane, x, y)).toBeCloseTo(x + 2 * y, 12);
    }
  });

  test("has no value outside and beside cells without one", () => {
    expect(fieldAt(plane, -0.01, 0.5)).toBeNull();
    expect(fieldAt(plane, Number.NaN, 0.5)).toBeNull();
    const holed: Field = {
      ...plane,
      values: plane.values.map((row, j) => row.map((v, i) => (i === 4 && j === 2 ? null : v))),
    };
    expect(fieldAt(holed, 0.9, 0.45)).toBeNull();
    expect(fieldAt(holed, 0.25, 0.25)).toBeCloseTo(0.75, 12);
  });

  test("follows axes that are not equally spaced", () => {
    const field: Field = {
      x: [0, 1, 10],
      y: [0, 1],
      values: [
        [0, 1, 10],
        [0, 1, 10],
      ],
    };
    expect(fieldAt(field, 5.5, 0.5)).toBeCloseTo(5.5, 12);
  });
});

describe("contourLines", () => {
  test("lie on the level and end at the edges of the grid", () => {
    const lines = contourLines(plane, 1.3);
    expect(lines).toHaveLength(1);
    const [points] = lines as [{ x: number; y: number }[]];
    for (const { x, y } of points) expect(x + 2 * y).toBeCloseTo(1.3, 9);
    const ends = [points[0]!, points.at(-1)!].sort((a, b) => a.x - b.x);
    expect(ends[0]!.x).toBeCloseTo(0, 9);
    expect(ends[1]!.y).toBeCloseTo(0, 9);
  });

  test("are closed around a hill and whole", () => {
    const grid = axis(21, 2).map((v) => v - 1);
    const hill: Field = { x: grid, y: grid, values: grid.map((y) => grid.map((x) => 1 - x * x - y * y)) };
    const lines = contourLines(hill, 0.5);
    expect(lines).toHaveLength(1);
    const points = lines[0]!;
    expect(points[0]).toEqual(points.at(-1));
    // linear interpolation between grid points 0.1 apart: within h^2/8 of the value, 0.005 of the radius
    for (const { x, y } of points) expect(Math.abs(Math.hypot(x, y) - Math.SQRT1_2)).toBeLessThan(0.005);
  });

  test("stop where the field has no value", () => {
    const cut: Field = { ...plane, values: plane.values.map((row) => row.map((v, i) => (i > 4 ? null : v))) };
    for (const line of contourLines(cut, 1.3)) for (const { x } of line) expect(x).toBeLessThanOrEqual(1);
    expect(contourLines(cut, 1.3).length).toBeGreaterThan(0);
  });

  test("are none where the level does not occur", () => {
    expect(contourLines(plane, 99)).toEqual([]);
  });
});

test("contours do not run along the edge of a region without values", () => {
  const axis = Array.from({ length: 11 }, (_, i) => i / 10);
  // x is the value; nothing is known beyond x = 0.6
  const values = axis.map(() => axis.map((x) => (x <= 0.6 ? x : null)));
  const points = contourLines({ x: axis, y: axis, values }, 0.25).flat();
  expect(points.length).toBeGreaterThan(5);
  for (const { x } of points) expect(x).toBeCloseTo(0.25, 9);
});
