import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNpzFile, writeNpzFile } from "../../src/runs/index-node.js";
import { emptyFolder, rejection } from "../support/files.js";

describe("npz files", () => {
  const arrays = {
    x: { data: Float64Array.from({ length: 12 }, (_, i) => i / 7), shape: [3, 4] },
    y: { data: Int32Array.of(0, 1, 0), shape: [3] },
  };

  test("come back as they were written, all or the named arrays", async () => {
    const file = join(emptyFolder(), "new", "a.npz");
    await writeNpzFile(file, arrays);
    expect({ ...(await readNpzFile(file)) }).toEqual(arrays);
    expect(Object.keys(await readNpzFile(file, ["y"]))).toEqual(["y"]);
  });

  test("a missing, empty or cut file is an error with its path", async () => {
    const folder = emptyFolder();
    const file = join(folder, "a.npz");
    expect((await rejection(readNpzFile(file), "ERR_FILE")).message).toMatch(/cannot read .*a\.npz: no such/);
    writeFileSync(file, "");
    expect((await rejection(readNpzFile(file), "ERR_DATA")).message).toContain(file);
    await writeNpzFile(file, arrays);
    truncateSync(file, 200);
    expect((await rejection(readNpzFile(file), "ERR_DATA")).message).toMatch(/a\.npz: .*cut or damaged/);
    expect((await rejection(readNpzFile(folder), "ERR_FILE")).message).toMatch(/is a folder/);
    expect(readdirSync(folder)).toEqual(["a.npz"]);
  });
});
