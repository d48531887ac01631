import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/data/crc32.js";
import {
  classCounts,
  gunzip,
  readCifarArchive,
  readCifarBatches,
  readIdx,
  readIdxImages,
  readIdxLabels,
} from "../../src/data/index.js";
import { readTar } from "../../src/data/tar.js";
import { isForetrainError } from "../../src/errors.js";
import { cifarBatch, cifarPixel, gzip, idx, tar, text } from "./support/bytes.js";
import { HISTOGRAMS, hasSharedData, SHARED_DATA } from "./support/shared.js";

function dataError(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (isForetrainError(error, "ERR_DATA")) return error.message;
    throw error;
  }
  throw new Error("expected ERR_DATA");
}

describe("crc32", () => {
  test("equals the check value of the standard, and of zlib at every length and offset", () => {
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) % 256);
    for (let start = 0; start < 9; start++) {
      for (let end = start; end <= 64; end++) {
        const part = bytes.subarray(start, end);
        const trailer = gzip(part).subarray(-8);
        expect(crc32(part)).toBe(new DataView(trailer.slice().buffer).getUint32(0, true));
      }
    }
  });

  test("continues over parts", () => {
    const bytes = text("The quick brown fox jumps over the lazy dog");
    expect(crc32(bytes.subarray(5), crc32(bytes.subarray(0, 5)))).toBe(crc32(bytes));
  });
});

describe("gunzip", () => {
  const content = text("0123456789".repeat(500));

  test("returns the content of gzip, and anything else as it is", () => {
    expect(gunzip(gzip(content), "f.gz")).toEqual(content);
    expect(gunzip(content, "f")).toBe(content);
    expect(gunzip(gzip(new Uint8Array(0)), "f.gz")).toHaveLength(0);
  });

  test("every cut is an error that names the file", () => {
    const packed = gzip(content);
    for (let length = 3; length < packed.length; length++) {
      expect(dataError(() => gunzip(packed.subarray(0, length), "mnist.gz"))).toMatch(
        /^mnist\.gz: .*(cut|damaged|CRC|holds)/,
      );
    }
  });

  test("a flipped bit in the data or the trailer is an error, unless the content is the same", () => {
    const packed = gzip(content);
    let found = 0;
    for (let at = 10; at < packed.length; at++) {
      const bad = packed.slice();
      bad[at]! ^= 0x10;
      try {
        expect(gunzip(bad, "m.gz")).toEqual(content); // the bits after the end mark of deflate mean nothing
      } catch (error) {
        if (!isForetrainError(error, "ERR_DATA")) throw error;
        expect(error.message).toMatch(/^m\.gz: /);
        found++;
      }
    }
    expect(found).toBeGreaterThanOrEqual(packed.length - 10 - 1);
  });
});

describe("readIdx", () => {
  const images = idx([2, 2, 3], [0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);

  test("reads images and labels, plain and gzipped", () => {
    for (const bytes of [images, gzip(images)]) {
      const { data, shape } = readIdxImages(bytes, "i");
      expect(shape).toEqual([2, 2, 3]);
      expect([...data]).toEqual([0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);
    }
    expect(readIdxImages(Buffer.from(images), "i").data.constructor).toBe(Uint8Array);
    expect(readIdxLabels(gzip(idx([3], [9, 0, 4])), "l", 10)).toEqual(Int32Array.of(9, 0, 4));
  });

  test("a truncated file: what the header says, what is there, what to do", () => {
    const full = idx([10000, 28, 28], []);
    const file = new Uint8Array(16 + 7_000_016);
    file.set(full);
    expect(dataError(() => readIdxImages(file, "t10k-images-idx3-ubyte"))).toBe(
      "t10k-images-idx3-ubyte: the header says 10,000 images of 28 x 28 = 7,840,000 bytes, the file has 7,000,016 after its header; the file is cut or damaged: fetch it again",
    );
    for (let length = 0; length < images.length; length++) {
      dataError(() => readIdx(images.subarray(0, length), "i"));
    }
  });

  test("too many bytes, another type, mixed-up files and impossible labels are errors", () => {
    expect(dataError(() => readIdx(Uint8Array.of(...images, 0), "i"))).toMatch(/12 bytes, the file has 13/);
    const float = images.slice();
    float[2] = 0x0d;
    expect(dataError(() => readIdx(float, "i"))).toMatch(/IDX type 0xd/);
    expect(dataError(() => readIdx(text("<html>404</html>"), "i"))).toMatch(/is no IDX file/);
    expect(dataError(() => readIdxLabels(images, "i"))).toMatch(/mixed up/);
    expect(dataError(() => readIdxImages(idx([1], [3]), "l"))).toMatch(/mixed up/);
    expect(dataError(() => readIdxLabels(idx([2], [3, 10]), "l", 10))).toMatch(/label 1 is 10.*0 to 9/);
  });

  test.skipIf(!hasSharedData)("reads the first 2,000 images of MNIST", () => {
    const read = (name: string) => readFileSync(join(SHARED_DATA, "tiny", name));
    const x = readIdxImages(read("mnist-train-first2000-images-idx3-ubyte.gz"), "x");
    const y = readIdxLabels(read("mnist-train-first2000-labels-idx1-ubyte.gz"), "y", 10);
    expect(x.shape).toEqual([2000, 28, 28]);
    expect(y).toHaveLength(2000);
    expect([...y.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]); // the famous first ten
  });
});

describe("CIFAR-10 batches", () => {
  test("become images with channels last", () => {
    const { x, y } = readCifarBatches([
      { bytes: cifarBatch([3, 9]), file: "a.bin" },
      { bytes: gzip(cifarBatch([0])), file: "b.bin.gz" },
    ]);
    expect(x.shape).toEqual([3, 32, 32, 3]);
    expect([...y]).toEqual([3, 9, 0]);
    for (const [image, inBatch] of [
      [0, 0],
      [1, 1],
      [2, 0],
    ] as const) {
      for (const pixel of [0, 1, 31, 32, 517, 1023]) {
        for (const channel of [0, 1, 2]) {
          expect(x.data[image * 3072 + pixel * 3 + channel]).toBe(cifarPixel(inBatch, pixel, channel));
        }
      }
    }
  });

  test("a cut batch and an impossible label are errors", () => {
    const batch = cifarBatch([1, 2]);
    expect(
      dataError(() => readCifarBatches([{ bytes: batch.subarray(0, 6000), file: "data_batch_1.bin" }])),
    ).toMatch(/^data_batch_1\.bin: has 6,000 bytes, no multiple of 3,073/);
    dataError(() => readCifarBatches([{ bytes: new Uint8Array(0), file: "e" }]));
    batch[3073] = 10;
    expect(dataError(() => readCifarBatches([{ bytes: batch, file: "b" }]))).toMatch(/record 1 has label 10/);
  });

  test("are found in the published archive, and a missing one is named", () => {
    const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat("test_batch.bin");
    const files = Object.fromEntries(
      names.map((name, i) => [`cifar-10-batches-bin/${name}`, cifarBatch([i])]),
    );
    const found = readCifarArchive(gzip(tar(files)), "c.tar.gz");
    expect(found.get("data_batch_4.bin")![0]).toBe(3);
    delete files["cifar-10-batches-bin/test_batch.bin"];
    expect(dataError(() => readCifarArchive(gzip(tar(files)), "c.tar.gz"))).toMatch(
      /holds no test_batch\.bin/,
    );
  });

  test.skipIf(!hasSharedData)(
    "the first 500 of batch 1 have the labels of the first 500 of the whole",
    () => {
      const read = (name: string) => ({ bytes: readFileSync(join(SHARED_DATA, name)), file: name });
      const tiny = readCifarBatches([read("tiny/cifar10-data_batch_1-first500.bin.gz")]);
      const whole = readCifarBatches([read("cifar-10-batches-bin/data_batch_1.bin.gz")]);
      expect(classCounts(whole.y, 10)).toEqual(HISTOGRAMS.cifarBatch1);
      expect(tiny.x.shape).toEqual([500, 32, 32, 3]);
      expect(Buffer.compare(tiny.x.data, whole.x.data.subarray(0, 500 * 3072))).toBe(0);
      expect(tiny.y).toEqual(whole.y.subarray(0, 500));
    },
  );
});

describe("readTar", () => {
  const archive = tar({ "a.txt": text("hello"), "dir/b": new Uint8Array(513) });

  test("reads regular files", () => {
    const files = readTar(archive, "t");
    expect([...files.keys()]).toEqual(["a.txt", "dir/b"]);
    expect(new TextDecoder().decode(files.get("a.txt"))).toBe("hello");
    expect(files.get("dir/b")).toHaveLength(513);
  });

  test("cuts and damaged headers are errors", () => {
    for (let length = 0; length < archive.length - 1024; length += 100) {
      expect(dataError(() => readTar(archive.subarray(0, length), "t.tar"))).toMatch(/^t\.tar: /);
    }
    const bad = archive.slice();
    bad[0] = 0x62;
    expect(dataError(() => readTar(bad, "t.tar"))).toMatch(/check sum/);
  });
});
