import { describe, expect, test } from "vitest";
import { checkDataset } from "../../src/data/index.js";
import { counted, message } from "./support/sets.js";

describe("checkDataset", () => {
  test("refuses labels without a name, empty shapes, and a shape that does not fit the data", () => {
    const set = counted();
    expect(checkDataset(set)).toBe(set);
    expect(message(() => checkDataset({ ...set, classNames: ["a", "b"] }))).toMatch(/label 9 is 2/);
    message(() => checkDataset({ ...set, inputShape: [] }), "ERR_SHAPE");
    message(() => checkDataset({ ...set, valueScale: 0 }), "ERR_DOMAIN");
    const x = { data: new Float64Array(7), shape: [300, 1] };
    expect(message(() => checkDataset({ ...set, train: { ...set.train, x } }), "ERR_SHAPE")).toMatch(
      /7 elements.*needs 300/,
    );
  });
});
