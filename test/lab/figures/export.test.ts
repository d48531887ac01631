import { readCsv } from "foretrain";
import { describe, expect, test } from "vitest";
import { exportBlob, type Table } from "../../../lab/src/figures/export.js";

/** The text of the file that a figure with these numbers gives. */
async function csvText(table: Table): Promise<string> {
  const contents = { name: "figure", svg: () => "", csv: () => table, arrays: () => ({}) };
  return (await exportBlob(contents, "csv")).text();
}

describe("a figure as CSV", () => {
  test("numbers read back as the same float64", async () => {
    const values = [0.1 + 0.2, 1e-300, -2 / 3, 123456789.123];
    const text = await csvText({ columns: ["a", "label"], rows: values.map((value, i) => [value, i % 2]) });
    const { samples } = readCsv(text, "figure.csv");
    expect([...samples.x.data]).toEqual(values);
  });

  test("what does not exist is an empty cell, and texts with commas and quotes are quoted", async () => {
    const text = await csvText({ columns: ['a "b", c', "d"], rows: [[null, "x,y"]] });
    expect(text).toBe('"a ""b"", c",d\n,"x,y"\n');
  });

  test("long tables are written in slices, between which the page does other things", async () => {
    function* rows() {
      for (let i = 0; i < 60_000; i++) yield [i, i / 7];
    }
    let meanwhile = 0;
    const timer = setInterval(() => meanwhile++, 0);
    const text = await csvText({ columns: ["i", "x"], rows: rows() });
    clearInterval(timer);
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBe(60_001);
    expect(lines.at(-1)).toBe(`59999,${59999 / 7}`);
    expect(meanwhile).toBeGreaterThan(0);
  });
});
