import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkWritable, writeFileAtomic } from "../../src/runs/index-node.js";
import { emptyFolder, rejection } from "../support/files.js";

const bytes = (n: number, value: number) => new Uint8Array(n).fill(value);

describe("writeFileAtomic", () => {
  test("writes texts as UTF-8, bytes, and bytes in pieces", async () => {
    const folder = emptyFolder();
    await writeFileAtomic(join(folder, "a"), "σ_w² = 1,76\n");
    await writeFileAtomic(join(folder, "b"), bytes(3, 7));
    await writeFileAtomic(join(folder, "c"), [bytes(2, 1), bytes(0, 0), bytes(1, 2)]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("σ_w² = 1,76\n");
    expect([...readFileSync(join(folder, "b"))]).toEqual([7, 7, 7]);
    expect([...readFileSync(join(folder, "c"))]).toEqual([1, 1, 2]);
    expect(readdirSync(folder).sort()).toEqual(["a", "b", "c"]);
  });

  test("a piece larger than one part arrives whole", async () => {
    const file = join(emptyFolder(), "large");
    const content = new Uint8Array(40_000_000);
    for (let i = 0; i < content.length; i += 4096) content[i] = i >> 12;
    await writeFileAtomic(file, content);
    expect(Buffer.compare(readFileSync(file), content)).toBe(0);
  });

  test("makes missing parent folders", async () => {
    const file = join(emptyFolder(), "a", "b", "c.json");
    await writeFileAtomic(file, "{}");
    expect(readFileSync(file, "utf8")).toBe("{}");
  });

  test("a failure half-way leaves the old file and no temporary one", async () => {
    const folder = emptyFolder();
    const file = join(folder, "a.npz");
    writeFileSync(file, "old");
    function* broken(): Generator<Uint8Array> {
      yield bytes(100, 1);
      throw new Error("no more");
    }
    const error = await rejection(writeFileAtomic(file, broken()), "ERR_FILE");
    expect(error.message).toContain("no more");
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a.npz"]);
  });

  test("a cancellation half-way leaves the old file and no temporary one", async () => {
    const folder = emptyFolder();
    const file = join(folder, "a.npz");
    writeFileSync(file, "old");
    const controller = new AbortController();
    function* cancelled(): Generator<Uint8Array> {
      yield bytes(100, 1);
      controller.abort();
      yield bytes(100, 2);
    }
    await rejection(writeFileAtomic(file, cancelled(), { signal: controller.signal }), "ERR_ABORTED");
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a.npz"]);
  });

  test("keeps the permissions of the file that it replaces, and follows links", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "real"), "old");
    chmodSync(join(folder, "real"), 0o640);
    symlinkSync("real", join(folder, "link"));
    await writeFileAtomic(join(folder, "link"), "new");
    expect(readFileSync(join(folder, "real"), "utf8")).toBe("new");
    expect(statSync(join(folder, "real")).mode & 0o777).toBe(0o640);
  });

  test.skipIf(process.platform === "win32")("writes to a device instead of replacing it", async () => {
    await writeFileAtomic("/dev/null", "gone");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("says that the path is a folder", async () => {
    const folder = emptyFolder();
    const error = await rejection(writeFileAtomic(folder, "x"), "ERR_FILE");
    expect(error.message).toContain(folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("checkWritable", () => {
  test("accepts what can be written and leaves nothing", async () => {
    const folder = emptyFolder();
    await checkWritable(join(folder, "new", "deep", "k.npz"));
    writeFileSync(join(folder, "k.npz"), "old");
    await checkWritable(join(folder, "k.npz"));
    expect(readdirSync(folder)).toEqual(["k.npz"]);
  });

  test("refuses a folder, and a path through a file, with the reason", async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "d"));
    writeFileSync(join(folder, "f"), "");
    expect((await rejection(checkWritable(join(folder, "d")), "ERR_FILE")).message).toMatch(/it is a folder/);
    expect((await rejection(checkWritable(join(folder, "f", "k.npz")), "ERR_FILE")).message).toMatch(
      /f is a file, not a folder/,
    );
  });

  // root ignores permission bits, /proc refuses new files to everybody
  test.skipIf(process.platform !== "linux")("refuses a place where nothing can be made", async () => {
    const error = await rejection(checkWritable("/proc/k.npz"), "ERR_FILE");
    expect(error.message).toContain("/proc/k.npz");
  });

  test.skipIf(process.getuid?.() === 0)("refuses a folder without write permission", async () => {
    const folder = emptyFolder();
    chmodSync(folder, 0o500);
    expect((await rejection(checkWritable(join(folder, "k.npz")), "ERR_FILE")).message).toMatch(
      /permission denied/,
    );
  });
});
