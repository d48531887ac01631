import { readCsv } from "foretrain";
import { describe, expect, test } from "vitest";
import { csvText } from "../../../lab/src/figures/export.js";

describe("a figure as CSV", () => {
  test("numbers read back as the same float64", () => {
    const values = [0.1 + 0.2, 1e-300, -2 / 3, 123456789.123];
    const text = csvText({ columns: ["a", "label"], rows: values.map((value, i) => [value, i % 2]) });
    const { samples } = readCsv(text, "figure.csv");
    expect([...samples.x.data]).toEqual(values);
  });

  test("what does not exist is an empty cell, and texts with commas and quotes are quoted", () => {
    const text = csvText({ columns: ['a "b", c', "d"], rows: [[null, "x,y"]] });
    expect(text).toBe('"a ""b"", c",d\n,"x,y"\n');
  });
});
