import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readNpy, readNpz, writeNpy, writeNpz } from "../../src/data/index.js";
import { readZip, zipPieces } from "../../src/data/zip.js";
import { isForetrainError } from "../../src/errors.js";
import type { NdArray } from "../../src/numeric/matrix.js";

const fixture = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/npz.json"), "utf8")) as {
  cases: { name: string; npy: string; shape: number[]; values: string[] }[];
  texts: { name: string; npy: string; shape: number[]; values: string[] }[];
  refused: Record<string, string>;
  npz: { stored: string; compressed: string; zip64: string; x: string[] };
};
const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, "base64"));
const number = (text: string) => (text === "nan" ? Number.NaN : Number(text.replace("inf", "Infinity")));

function errorOf(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    if (isForetrainError(error, "ERR_DATA")) return error;
    throw error;
  }
  throw new Error("expected ERR_DATA");
}

describe("readNpy", () => {
  test.each(fixture.cases)("reads what numpy wrote: $name", ({ npy, shape, values }) => {
    const array = readNpy(bytesOf(npy));
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.data)).toEqual(values.map(number));
  });

  test("keeps compact types: bytes stay bytes, labels of 64 bits become int32", () => {
    const typeOf = (name: string) =>
      readNpy(bytesOf(fixture.cases.find((c) => c.name === name)!.npy)).data.constructor.name;
    expect(typeOf("u1")).toBe("Uint8Array");
    expect(typeOf("b1")).toBe("Uint8Array");
    expect(typeOf("<i8")).toBe("Int32Array");
    expect(typeOf("int64 beyond int32")).toBe("Float64Array");
    expect(typeOf("<f2")).toBe("Float32Array");
    expect(typeOf(">f4")).toBe("Float32Array");
  });

  test.each(fixture.texts)(
    "reads texts as indices into the sorted different ones: $name",
    ({ npy, shape, values }) => {
      const { data, shape: found, texts } = readNpy(bytesOf(npy));
      expect(found).toEqual(shape);
      expect(texts).toEqual([...new Set(values)].sort());
      expect(data).toBeInstanceOf(Int32Array);
      expect(Array.from(data, (code) => texts![code])).toEqual(values);
    },
  );

  test("refuses a text with characters that there are not", () => {
    const bytes = bytesOf(fixture.texts[0]!.npy);
    bytes.set([0xff, 0xff, 0xff, 0x7f], bytes.length - 24);
    expect(errorOf(() => readNpy(bytes, "t.npz: y")).message).toMatch(
      /^t\.npz: y.*element 5 is no text.*damaged/,
    );
  });

  test.each(Object.entries(fixture.refused))("refuses %s with the way out", (_, npy) => {
    expect(errorOf(() => readNpy(bytesOf(npy), "t.npz: x")).message).toMatch(/^t\.npz: x.*(astype|float64)/);
  });

  test("says how many bytes are missing when it is cut at any place", () => {
    const bytes = writeNpy({ data: new Float64Array(12), shape: [3, 4] });
    expect(errorOf(() => readNpy(bytes.subarray(0, bytes.length - 1), "a.npy")).message).toContain(
      "3 x 4 of 8 bytes = 96 bytes, there are 95",
    );
    for (let length = 0; length < bytes.length; length++) {
      errorOf(() => readNpy(bytes.subarray(0, length)));
    }
  });

  test("gives plain arrays of their own from a Node Buffer, whose slice is a view", () => {
    for (const { npy, values } of fixture.cases) {
      const buffer = Buffer.concat([Buffer.from("odd"), Buffer.from(npy, "base64")]).subarray(3);
      const before = Buffer.from(buffer);
      const { data } = readNpy(buffer);
      expect(Array.from(data)).toEqual(values.map(number));
      expect(data.buffer.byteLength).toBe(data.byteLength);
      expect(Buffer.isBuffer(data)).toBe(false);
      expect(buffer.equals(before)).toBe(true);
    }
  });

  test("does not take its data from the caller's buffer", () => {
    const bytes = writeNpy({ data: Uint8Array.of(1, 2), shape: [2] });
    const array = readNpy(bytes);
    bytes.fill(0);
    expect(Array.from(array.data)).toEqual([1, 2]);
  });
});

describe("writeNpy", () => {
  test("writes data at a multiple of 64 bytes, and reads back every type", () => {
    const arrays: NdArray[] = [
      { data: Float64Array.of(-0, 5e-324, Number.NaN), shape: [3, 1] },
      { data: Float32Array.of(1.5), shape: [] },
      { data: Int32Array.of(-(2 ** 31)), shape: [1] },
      { data: Uint32Array.of(2 ** 32 - 1), shape: [1] },
      { data: Int16Array.of(-32768, 1), shape: [2] },
      { data: Uint16Array.of(65535, 1), shape: [1, 2] },
      { data: Int8Array.of(-128), shape: [1] },
      { data: Uint8Array.of(255), shape: [1] },
      { data: new Float64Array(0), shape: [0, 7] },
    ];
    for (const array of arrays) {
      const bytes = writeNpy(array);
      expect((bytes.length - array.data.byteLength) % 64).toBe(0);
      const back = readNpy(bytes);
      expect(back.shape).toEqual(array.shape);
      expect(back.data).toEqual(array.data);
    }
  });

  test("refuses a shape that does not fit the data", () => {
    expect(() => writeNpy({ data: new Float64Array(5), shape: [2, 3] })).toThrow(/has 5 elements.*needs 6/);
  });
});

describe("npz", () => {
  test.each(["stored", "compressed", "zip64"] as const)("reads what numpy wrote: %s", (kind) => {
    const arrays = readNpz(bytesOf(fixture.npz[kind]), "n.npz");
    expect(Object.keys(arrays).sort()).toEqual(["mask", "x", "y"]);
    expect(Array.from(arrays["x"]!.data)).toEqual(fixture.npz.x.map(Number));
    expect(Array.from(arrays["y"]!.data)).toEqual([0, 1]);
    expect([...arrays["mask"]!.data].filter((value) => value === 1)).toHaveLength(20);
  });

  test("gives back any arrays, stored or compressed", () => {
    const anyArray = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) =>
      fc
        .array(fc.double(), { minLength: shape.reduce((a, b) => a * b, 1), maxLength: 4 ** 4 })
        .map((values) => ({
          shape,
          data: Float64Array.from(
            values.slice(
              0,
              shape.reduce((a, b) => a * b, 1),
            ),
          ),
        })),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-zé_]{1,8}$/), anyArray, { maxKeys: 4 }),
        fc.boolean(),
        (arrays, compress) => {
          const back = readNpz(writeNpz(arrays, { compress }));
          expect(Object.keys(back)).toEqual(Object.keys(arrays));
          for (const name of Object.keys(arrays)) expect(back[name]).toEqual(arrays[name]);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  test("the same arrays give the same bytes", () => {
    const arrays = { x: { data: Float64Array.of(1, 2), shape: [2] } };
    expect(writeNpz(arrays)).toEqual(writeNpz(arrays));
  });

  test("reads only the arrays that are asked for, and names what there is when one is missing", () => {
    const bytes = bytesOf(fixture.npz.stored);
    expect(Object.keys(readNpz(bytes, "n.npz", ["y"]))).toEqual(["y"]);
    expect(errorOf(() => readNpz(bytes, "n.npz", ["z"])).message).toBe(
      'n.npz: has no array "z"; it holds x, y, mask',
    );
  });

  test("every cut is an error, never wrong data", () => {
    const whole = writeNpz({ x: { data: Float64Array.from({ length: 20 }, (_, i) => i), shape: [4, 5] } });
    for (let length = 0; length < whole.length; length++) {
      expect(errorOf(() => readNpz(whole.subarray(0, length), "c.npz")).message).toContain("c.npz");
    }
  });

  test.each([false, true])("every flipped data bit is found by the CRC (compressed: %s)", (compress) => {
    const data = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i));
    const whole = writeNpz({ x: { data, shape: [64] } }, { compress });
    const central = whole.length - 22 - (46 + 5);
    let found = 0;
    for (let at = 35; at < central; at += 3) {
      const bytes = whole.slice();
      bytes[at]! ^= 1 << (at % 8);
      if (/CRC-32|inflate|bytes/.test(errorOf(() => readNpz(bytes, "f.npz")).message)) found++;
    }
    expect(found).toBe(Math.ceil((central - 35) / 3));
  });

  test("the 64-bit form holds more files than 16 bits count", () => {
    const files = Array.from({ length: 65_600 }, (_, i) => ({
      name: `${i}`,
      parts: [Uint8Array.of(i & 255)],
    }));
    const pieces = [...zipPieces(files)];
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    const entries = readZip(bytes, "many.zip");
    expect(entries).toHaveLength(65_600);
    expect([...entries[65_599]!.read()]).toEqual([65_599 & 255]);
  });

  test("an array name with a slash is refused", () => {
    expect(() => writeNpz({ "a/b": { data: new Float64Array(0), shape: [0] } })).toThrow(
      /no name of an array/,
    );
  });

  const python = spawnSync("python3", ["-c", "import numpy"]).status === 0;
  test.skipIf(!python)("numpy reads what we write, with the same types and numbers", () => {
    const folder = mkdtempSync(join(tmpdir(), "foretrain-npz-"));
    try {
      const file = join(folder, "w.npz");
      const arrays = {
        a: { data: Float64Array.of(Math.PI, -1, 0.1, 5, 6, 7), shape: [2, 3] },
        b: { data: Uint8Array.of(1, 255), shape: [2] },
        c: { data: Int32Array.of(-5), shape: [] },
      };
      for (const compress of [false, true]) {
        writeFileSync(file, writeNpz(arrays, { compress }));
        const script =
          "import numpy, sys\nz = numpy.load(sys.argv[1])\nfor k in z.files: print(k, z[k].dtype, z[k].shape, z[k].ravel().tolist())";
        expect(execFileSync("python3", ["-c", script, file], { encoding: "utf8" })).toBe(
          `a float64 (2, 3) [${Math.PI}, -1.0, 0.1, 5.0, 6.0, 7.0]\nb uint8 (2,) [1, 255]\nc int32 () [-5]\n`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
