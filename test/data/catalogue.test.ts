import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CATALOGUE, DATASET_NAMES } from "../../src/data/catalogue.js";
import { hasSharedData, SHARED_DATA } from "./support/shared.js";

describe("the catalogue", () => {
  test("sums have their length, addresses end with a slash, sizes fit the shapes", () => {
    for (const name of DATASET_NAMES) {
      const entry = CATALOGUE[name];
      expect(entry.name).toBe(name);
      expect(entry.baseUrls.every((base) => /^https?:\/\/.*\/$/.test(base))).toBe(true);
      for (const { sha256, md5 } of [...entry.contents, ...entry.downloads]) {
        if (sha256 !== undefined) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        if (md5 !== undefined) expect(md5).toMatch(/^[0-9a-f]{32}$/);
      }
      for (const content of entry.contents) expect(content.sha256 ?? content.md5).toBeDefined();
    }
    expect(CATALOGUE.mnist.contents.map(({ bytes }) => bytes)).toEqual([
      16 + 60000 * 784,
      8 + 60000,
      16 + 10000 * 784,
      8 + 10000,
    ]);
  });

  test.skipIf(!hasSharedData)("the sums of the archives are those of the canonical files", () => {
    for (const { file, sha256, md5, bytes } of CATALOGUE.mnist.downloads) {
      const content = readFileSync(join(SHARED_DATA, "mnist", file));
      expect(content).toHaveLength(bytes!);
      expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
      expect(createHash("md5").update(content).digest("hex")).toBe(md5);
    }
  });
});
