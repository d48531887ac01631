import { describe, expect, test } from "vitest";
import { ForetrainError } from "../../src/errors.js";
import { memoryStore, type ShardTask } from "../../src/runs/index.js";
import { ClaimBook, type Claims, sharedExecutor } from "../../src/runs/shared-executor.js";

/** Claims of one participant, as a lane has them. */
const claimsOf = (book: ClaimBook, name: string): Claims => ({
  claim: async (key) => book.claim(key, name),
  settle: (key, how) => book.settle(key, how),
  settled: (key) => book.settled(key),
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

function squares(computed: [string, number][], who: string, failAt = -1): ShardTask<number, number> {
  return {
    name: "squares",
    version: 1,
    compute: async (x) => {
      await pause();
      if (x === failAt) throw new ForetrainError("ERR_NUMERICAL", `${who} fails`);
      computed.push([who, x]);
      return x * x;
    },
    encode: (output) => new TextEncoder().encode(String(output)),
    decode: (bytes) => Number(new TextDecoder().decode(bytes)),
  };
}

const inputs = Array.from({ length: 12 }, (_, x) => x);
const expected = inputs.map((x) => x * x);

async function results(run: AsyncIterable<{ index: number; output: number; stored: boolean }>) {
  const outputs: number[] = [];
  let stored = 0;
  for await (const piece of run) {
    outputs[piece.index] = piece.output;
    if (piece.stored) stored++;
  }
  return { outputs, stored };
}

describe("sharedExecutor", () => {
  test("two participants compute each piece once, both have all results, and both take part", async () => {
    const [book, store, computed] = [new ClaimBook(), memoryStore(), [] as [string, number][]];
    const both = await Promise.all(
      ["a", "b"].map((who) =>
        results(sharedExecutor(store, claimsOf(book, who)).execute(squares(computed, who), inputs)),
      ),
    );
    for (const { outputs, stored } of both) {
      expect(outputs).toEqual(expected);
      expect(stored).toBe(0); // computed in this run, whoever did it
    }
    expect(computed.map(([, x]) => x).sort((a, b) => a - b)).toEqual(inputs);
    expect(new Set(computed.map(([who]) => who))).toEqual(new Set(["a", "b"]));
  });

  test("what an earlier run left counts as stored and is not computed again", async () => {
    const [store, computed] = [memoryStore(), [] as [string, number][]];
    const run = (list: readonly number[]) =>
      results(sharedExecutor(store, claimsOf(new ClaimBook(), "a")).execute(squares(computed, "a"), list));
    await run(inputs.slice(0, 5));
    const { outputs, stored } = await run(inputs);
    expect(outputs).toEqual(expected);
    expect(stored).toBe(5);
    expect(computed).toHaveLength(12);
  });

  test("a piece whose computation throws is left to the others", async () => {
    const [book, store, computed] = [new ClaimBook(), memoryStore(), [] as [string, number][]];
    const run = (who: string, failAt?: number) =>
      results(sharedExecutor(store, claimsOf(book, who)).execute(squares(computed, who, failAt), inputs));
    const [a, b] = await Promise.allSettled([run("a", 0), run("b")]);
    expect(a.status).toBe("rejected");
    expect(b.status === "fulfilled" && b.value.outputs).toEqual(expected);
  });

  test("a participant that ends gives up what it held", async () => {
    const book = new ClaimBook();
    expect(book.claim("k", "a")).toBe("mine");
    expect(book.claim("k", "b")).toBe("taken");
    const waited = book.settled("k");
    book.release("a");
    await waited;
    expect(book.claim("k", "b")).toBe("mine");
    book.settle("k", "computed");
    expect(book.claim("k", "a")).toBe("computed");
  });
});
