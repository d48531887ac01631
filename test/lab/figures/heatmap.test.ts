import { viridis } from "foretrain";
import { describe, expect, test } from "vitest";
import { lookupTable, paintPixels } from "../../../lab/src/figures/heatmap.js";

const bytes = (pixel: number) => [...new Uint8Array(Uint32Array.of(pixel).buffer)];

describe("the painter of fields", () => {
  const table = lookupTable(viridis);

  test("puts the first row at the bottom", () => {
    const pixels = new Uint32Array(4);
    paintPixels({ columns: 2, rows: 2, values: Float64Array.of(0, 0, 1, 1) }, (x) => x, table, pixels);
    expect([...pixels]).toEqual([table[255], table[255], table[1], table[1]]);
  });

  test("the ends of the map have the colours of 0 and 1, and what is beyond has them too", () => {
    const pixels = new Uint32Array(4);
    paintPixels({ columns: 4, rows: 1, values: Float64Array.of(-5, 0, 1, 5) }, (x) => x, table, pixels);
    expect(bytes(pixels[0]!)).toEqual([...viridis(0), 255]);
    expect(pixels[1]).toBe(pixels[0]);
    expect(bytes(pixels[3]!)).toEqual([...viridis(1), 255]);
    expect(pixels[2]).toBe(pixels[3]);
  });

  test("a value that does not exist is transparent", () => {
    const pixels = new Uint32Array(1).fill(1);
    paintPixels({ columns: 1, rows: 1, values: Float64Array.of(Number.NaN) }, (x) => x, table, pixels);
    expect(bytes(pixels[0]!)).toEqual([0, 0, 0, 0]);
  });
});
