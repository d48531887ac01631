import { expect, test } from "vitest";
import { planeGrid } from "../../src/complexity/index.js";

test("a grid has its points row by row, edges among them", () => {
  const { x, y, samples } = planeGrid([-1, 1], [0, 4], 3);
  expect(x).toEqual([-1, 0, 1]);
  expect(y).toEqual([0, 2, 4]);
  expect(samples.shape).toEqual([9, 2]);
  expect([...samples.data.subarray(0, 8)]).toEqual([-1, 0, 0, 0, 1, 0, -1, 2]);
  expect(() => planeGrid([1, 1], [0, 1])).toThrow(/xRange is \[1, 1\] with 81 points/);
});
