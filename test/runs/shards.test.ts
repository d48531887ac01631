import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNpy, writeNpy } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";
import type { Progress } from "../../src/progress.js";
import { canonicalJson, type Json, localExecutor, type ShardTask, shardKey } from "../../src/runs/index.js";
import { folderStore } from "../../src/runs/index-node.js";
import { emptyFolder, rejection } from "../support/files.js";

/** Squares of numbers, counting how often each is computed. */
function squares(
  computed: number[],
  onCompute: (x: number) => void = () => {},
): ShardTask<{ x: number }, number> {
  return {
    name: "square",
    version: 1,
    compute: ({ x }) => {
      computed.push(x);
      onCompute(x);
      return x * x;
    },
    encode: (value) => writeNpy({ data: Float64Array.of(value), shape: [1] }),
    decode: (bytes) => readNpy(bytes).data[0]!,
  };
}
const inputs = [1, 2, 3, 4].map((x) => ({ x }));

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe("canonicalJson", () => {
  test("does not depend on the order of keys, and is JSON", () => {
    const value = { b: [1, { d: 0.1, c: "ä\n" }], a: null, e: true };
    expect(canonicalJson(value)).toBe('{"a":null,"b":[1,{"c":"ä\\n","d":0.1}],"e":true}');
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });

  test.each([
    ["NaN", { a: [1, Number.NaN] }, "input.a[1]"],
    ["a typed array", { x: Float64Array.of(1) }, "input.x"],
    ["undefined", { x: { y: undefined } }, "input.x.y"],
  ])("refuses %s with its place", (_, value, place) => {
    try {
      canonicalJson(value as unknown as Json);
      throw new Error("did not throw");
    } catch (error) {
      expect(isForetrainError(error, "ERR_DOMAIN")).toBe(true);
      expect((error as Error).message).toContain(`${place}: got`);
    }
  });
});

describe("shardKey", () => {
  test("is the SHA-256 of name, version and input, and of nothing else", async () => {
    const key = await shardKey({ name: "t", version: 2 }, { b: 1, a: 2 });
    const text = '{"input":{"a":2,"b":1},"task":"t","version":2}';
    expect(key).toBe(createHash("sha256").update(text).digest("hex"));
    expect(await shardKey({ name: "t", version: 3 }, { b: 1, a: 2 })).not.toBe(key);
    expect(await shardKey({ name: "t", version: 2 }, { b: 1, a: 3 })).not.toBe(key);
  });
});

describe("localExecutor", () => {
  test("computes every piece, repeated ones once, and reports progress", async () => {
    const computed: number[] = [];
    const seen: Progress[] = [];
    const results = await collect(
      localExecutor().execute(squares(computed), [...inputs, { x: 2 }], { onProgress: (p) => seen.push(p) }),
    );
    expect(results.map(({ index, output, stored }) => [index, output, stored])).toEqual([
      [0, 1, false],
      [1, 4, false],
      [2, 9, false],
      [3, 16, false],
      [4, 4, true],
    ]);
    expect(computed).toEqual([1, 2, 3, 4]);
    expect(seen.map(({ done, total }) => `${done}/${total}`)).toEqual([
      "0/5",
      "1/5",
      "2/5",
      "3/5",
      "4/5",
      "5/5",
    ]);
  });

  test("a cancelled job continues from its folder with the rest", async () => {
    const folder = join(emptyFolder(), "store");
    const executor = localExecutor({ store: folderStore(folder) });
    const controller = new AbortController();
    const first: number[] = [];
    const cancelling = squares(first, (x) => x === 3 && controller.abort());
    await rejection(
      collect(executor.execute(cancelling, inputs, { signal: controller.signal })),
      "ERR_ABORTED",
    );
    expect(first).toEqual([1, 2, 3]);
    const second: number[] = [];
    const results = await collect(executor.execute(squares(second), inputs));
    expect(second).toEqual([3, 4]); // 3 was cancelled before it was kept
    expect(results.map(({ output }) => output)).toEqual([1, 4, 9, 16]);
  });

  test("a damaged result is computed again; an error of the computation is passed on", async () => {
    const folder = emptyFolder();
    const store = folderStore(folder);
    const task = squares([]);
    await collect(localExecutor({ store }).execute(task, inputs));
    const key = await shardKey(task, { x: 2 });
    writeFileSync(join(folder, key.slice(0, 2), key), "half");
    const computed: number[] = [];
    const results = await collect(localExecutor({ store }).execute(squares(computed), inputs));
    expect(computed).toEqual([2]);
    expect(results[1]!.output).toBe(4);
    const failing = squares([], () => {
      throw new Error("overflow");
    });
    await expect(collect(localExecutor().execute(failing, inputs))).rejects.toThrow("overflow");
  });

  test("a store refuses keys that could leave its folder", async () => {
    const folder = emptyFolder();
    expect(() => folderStore(folder).put("../../x", new Uint8Array(1))).toThrow(/is no key/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
