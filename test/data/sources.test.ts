import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/data/catalogue.js";
import { defaultCacheDir, locateDataset } from "../../src/data/index-node.js";
import { emptyFolder } from "../support/files.js";

describe("where data are looked for", () => {
  test("the cache folder follows FORETRAIN_CACHE, then XDG_CACHE_HOME, then the home folder", () => {
    expect(defaultCacheDir({ FORETRAIN_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(defaultCacheDir({ XDG_CACHE_HOME: "/b" })).toBe(join("/b", "foretrain"));
    if (process.platform !== "win32") {
      expect(defaultCacheDir({})).toBe(join(homedir(), ".cache", "foretrain"));
    }
  });

  test("an incomplete cache counts as none", () => {
    const cacheDir = emptyFolder();
    mkdirSync(join(cacheDir, "mnist"));
    writeFileSync(join(cacheDir, "mnist", "train-images-idx3-ubyte.gz"), "");
    expect(locateDataset(CATALOGUE.mnist, { cacheDir, packageRoots: [] })).toBeNull();
  });
});
