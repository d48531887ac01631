import { describe, expect, test } from "vitest";
import { type Block, newBlock, placeBlocks } from "../../../src/finite/float32/arena.js";
import { createRng } from "../../../src/numeric/random.js";

function randomBlocks(seed: number, count: number): Block[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => {
    const block = newBlock(1 + rng.integer(1000), rng.integer(40));
    block.to += rng.integer(15);
    return block;
  });
}

const end = ({ address, floats }: Block) => address + 4 * floats;

describe("places of arrays in a shared memory", () => {
  test.each([1, 2, 3, 4, 5])("never overlap while both live, seed %d", (seed) => {
    const blocks = randomBlocks(seed, 60);
    const bytes = placeBlocks(blocks);
    blocks.forEach((a, i) => {
      expect(a.address % 64).toBe(0);
      // whole vectors may be written
      expect(a.address + 4 * Math.ceil(a.floats / 4) * 4).toBeLessThanOrEqual(bytes);
      for (const b of blocks.slice(0, i)) {
        const together = a.from <= b.to && b.from <= a.to;
        if (together) expect(a.address >= end(b) || b.address >= end(a)).toBe(true);
      }
    });
    // at least what lives at the busiest time, and far less than everything
    const live = Array.from({ length: 60 }, (_, t) =>
      blocks.reduce((sum, b) => sum + (b.from <= t && t <= b.to ? 4 * b.floats : 0), 0),
    );
    const all = blocks.reduce((sum, b) => sum + 4 * b.floats, 0);
    expect(bytes).toBeGreaterThanOrEqual(Math.max(...live));
    expect(bytes).toBeLessThan(0.7 * all);
  });

  test("a chain of equal arrays needs two places", () => {
    const chain = Array.from({ length: 20 }, (_, t) => {
      const block = newBlock(16, t);
      block.to = t + 1;
      return block;
    });
    expect(placeBlocks(chain)).toBe(2 * 64);
  });
});
