import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlaps, placeLabel, sampled, spread } from "../../src/figures/placement.js";

const within = { x: 0, y: 0, width: 100, height: 100 };
const box = (x: number, y: number) => ({ x, y, width: 20, height: 10 });

describe("placeLabel", () => {
  test("takes the first candidate when none covers anything", () => {
    expect(placeLabel([box(10, 10), box(50, 50)], { points: [], boxes: [] }, within)).toEqual(box(10, 10));
  });

  test("prefers covering points to covering labels to leaving the plot", () => {
    const points = [{ x: 15, y: 15 }];
    expect(placeLabel([box(10, 10), box(50, 50)], { points, boxes: [] }, within)).toEqual(box(50, 50));
    expect(placeLabel([box(10, 10), box(50, 50)], { points, boxes: [box(55, 50)] }, within)).toEqual(
      box(10, 10),
    );
    expect(placeLabel([box(90, 10), box(50, 50)], { points: [], boxes: [box(55, 50)] }, within)).toEqual(
      box(50, 50),
    );
  });
});

describe("sampled", () => {
  test("puts points along long segments, ends included", () => {
    const points = sampled([
      { x: 0, y: 0 },
      { x: 30, y: 0 },
    ]);
    expect(points[0]).toEqual({ x: 0, y: 0 });
    expect(points.at(-1)).toEqual({ x: 30, y: 0 });
    for (let i = 1; i < points.length; i++)
      expect(points[i]!.x - points[i - 1]!.x).toBeLessThanOrEqual(6 + 1e-9);
  });
});

describe("spread", () => {
  test("leaves labels alone that are apart", () => {
    expect(spread([10, 40, 90], 12, 0, 100)).toEqual([10, 40, 90]);
  });

  test("keeps any labels that fit apart, inside and in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }), (wanted) => {
        const out = spread(wanted, 12, 0, 100);
        const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
        const sorted = order.map((i) => out[i]!);
        for (const [i, y] of sorted.entries()) {
          expect(y).toBeGreaterThanOrEqual(-1e-9);
          expect(y).toBeLessThanOrEqual(100 + 1e-9);
          if (i > 0) expect(y - sorted[i - 1]!).toBeGreaterThanOrEqual(12 - 1e-9);
        }
      }),
      { seed: 7 },
    );
  });
});

test("boxes that only touch do not overlap", () => {
  expect(overlaps(box(0, 0), box(20, 0))).toBe(false);
  expect(overlaps(box(0, 0), box(19, 9))).toBe(true);
});
