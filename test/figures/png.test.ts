import { crc32, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { encodePng, type IndexedImage, pngDataUri } from "../../src/figures/png.js";

const image: IndexedImage = {
  width: 3,
  height: 2,
  pixels: Uint8Array.from([0, 1, 2, 2, 1, 0]),
  palette: [
    [255, 0, 0],
    [0, 255, 0],
    [1, 2, 3],
  ],
  transparent: 2,
};

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** Reads the chunks of a PNG file and checks each check sum against Node's own zlib. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const file = Buffer.from(bytes);
  expect(file.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const out: Chunk[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    out.push({ type: body.subarray(0, 4).toString("latin1"), data: body.subarray(4) });
    at += length + 12;
  }
  return out;
}

describe("encodePng", () => {
  test("writes a file that the format's definition reads back", () => {
    const chunks = chunksOf(encodePng(image));
    expect(chunks.map((chunk) => chunk.type)).toEqual(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
    const [header, palette, alpha, data] = chunks as [Chunk, Chunk, Chunk, Chunk];
    expect([...header.data]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
    expect([...palette.data]).toEqual([255, 0, 0, 0, 255, 0, 1, 2, 3]);
    expect([...alpha.data]).toEqual([255, 255, 0]);
    expect([...inflateSync(data.data)]).toEqual([0, 0, 1, 2, 0, 2, 1, 0]);
  });

  test("writes no transparency when there is none", () => {
    const { transparent: _, ...opaque } = image;
    expect(chunksOf(encodePng(opaque)).map((chunk) => chunk.type)).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
  });

  test("refuses pixels that do not fill the image and palettes that do not fit", () => {
    expect(() => encodePng({ ...image, width: 4 })).toThrow("6 pixels, expected 4 x 2 = 8");
    expect(() => encodePng({ ...image, width: Number.NaN })).toThrow("6 pixels");
    expect(() => encodePng({ ...image, palette: [] })).toThrow("0 colours, expected 1 to 256");
  });

  test("goes into an address as base64", () => {
    const [head, body] = pngDataUri(image).split(",");
    expect(head).toBe("data:image/png;base64");
    expect(Uint8Array.from(Buffer.from(body!, "base64"))).toEqual(encodePng(image));
  });
});
