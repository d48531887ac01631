import { describe, expect, test } from "vitest";
import { createRng, xoshiro128 } from "../../src/numeric/random.js";

/** z-score of a chi-square statistic by the cube-root (Wilson-Hilferty) approximation, good to 1 % for df >= 10. */
function chiSquareZ(counts: ArrayLike<number>, expected: number): number {
  let x = 0;
  for (let i = 0; i < counts.length; i++) x += (counts[i]! - expected) ** 2 / expected;
  const df = counts.length - 1;
  return (Math.cbrt(x / df) - (1 - 2 / (9 * df))) / Math.sqrt(2 / (9 * df));
}

const BITS = {
  uint32: [804656505, 4293196232, 4288151813],
  fork: 2327075012,
  normals: [-0.5578654341942866, 0.9205749767211253, 0.8975987293979376, -0.34149014603902067],
};

describe("createRng", () => {
  test("gives the same bits for a seed for ever", () => {
    // values of this implementation, kept so that a change of any bit of any stream is noticed
    const rng = createRng(0);
    expect([rng.uint32(), rng.uint32(), rng.uint32()]).toEqual(BITS.uint32);
    expect(createRng(0).fork("a", 1).uint32()).toBe(BITS.fork);
    const normals = createRng(42).normals(new Float64Array(4));
    expect([...normals]).toEqual(BITS.normals);
  });

  test("follows the published recurrence of xoshiro128**", () => {
    // the same recurrence in unbounded integers
    const next = xoshiro128([1, 2, 3, 4]);
    const state = [1n, 2n, 3n, 4n];
    const mask = 0xffffffffn;
    const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
    for (let i = 0; i < 100; i++) {
      const result = (rotate((state[1]! * 5n) & mask, 7n) * 9n) & mask;
      expect(next()).toBe(Number(result));
      const t = (state[1]! << 9n) & mask;
      state[2]! ^= state[0]!;
      state[3]! ^= state[1]!;
      state[1]! ^= state[2]!;
      state[0]! ^= state[3]!;
      state[2]! ^= t;
      state[3] = rotate(state[3]!, 11n);
    }
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("refuses the seed %s", (seed) => {
    expect(() => createRng(seed)).toThrow(/seed/);
  });
});

describe("fork", () => {
  test("does not depend on what the parent has drawn, and does not advance it", () => {
    const a = createRng(3);
    const b = createRng(3);
    b.normal();
    b.uniform();
    expect(b.fork("x", 2).uint32()).toBe(a.fork("x", 2).uint32());
    const c = createRng(3);
    a.fork("y");
    expect(a.uint32()).toBe(c.uint32());
  });

  test("gives different streams for different names, indices, paths and seeds", () => {
    const seen = new Set<number>();
    let count = 0;
    for (let seed = 0; seed < 5; seed++) {
      for (const name of ["", "a", "b", "ab", "layer"]) {
        for (let index = 0; index < 20; index++) {
          const child = createRng(seed).fork(name, index);
          seen.add(child.uint32() * 2 ** 21 + (child.uint32() >>> 11));
          const grandchild = child.fork("a");
          seen.add(grandchild.uint32() * 2 ** 21 + (grandchild.uint32() >>> 11));
          count += 2;
        }
      }
    }
    expect(seen.size).toBe(count);
    expect(createRng(1).fork("a").fork("b").uint32()).not.toBe(createRng(1).fork("b").fork("a").uint32());
  });

  test("siblings are uncorrelated: 2000 neighbouring streams, first numbers", () => {
    const n = 2000;
    let lag = 0;
    const bins = new Float64Array(50);
    let previous = createRng(0).fork("s", n).normal();
    for (let i = 0; i < n; i++) {
      const stream = createRng(0).fork("s", i);
      const x = stream.normal();
      lag += x * previous;
      previous = x;
      bins[Math.floor(50 * stream.uniform())]!++;
    }
    expect(Math.abs(lag / Math.sqrt(n))).toBeLessThan(5);
    expect(Math.abs(chiSquareZ(bins, n / 50))).toBeLessThan(5);
  });
});

describe("uniform", () => {
  test("lies in [0, 1) and fills 1000 equal cells evenly", () => {
    const n = 400_000;
    const rng = createRng(11);
    const counts = new Float64Array(1000);
    let outside = 0;
    for (let i = 0; i < n; i++) {
      const u = rng.uniform();
      if (!(u >= 0 && u < 1)) outside++;
      counts[Math.floor(u * 1000)]!++;
    }
    expect(outside).toBe(0);
    expect(Math.abs(chiSquareZ(counts, n / 1000))).toBeLessThan(5);
  });

  test("pairs and triples of successive numbers fill the square and the cube evenly", () => {
    const n = 120_000;
    const rng = createRng(12);
    const square = new Float64Array(400);
    const cube = new Float64Array(512);
    for (let i = 0; i < n; i++) {
      const a = rng.uniform();
      const b = rng.uniform();
      const c = rng.uniform();
      square[Math.floor(a * 20) * 20 + Math.floor(b * 20)]!++;
      cube[Math.floor(a * 8) * 64 + Math.floor(b * 8) * 8 + Math.floor(c * 8)]!++;
    }
    expect(Math.abs(chiSquareZ(square, n / 400))).toBeLessThan(5);
    expect(Math.abs(chiSquareZ(cube, n / 512))).toBeLessThan(5);
  });

  test("every bit of uint32 is set half of the time and independent of its neighbours", () => {
    const n = 100_000;
    const rng = createRng(13);
    const ones = new Float64Array(32);
    const equal = new Float64Array(32);
    let previous = rng.uint32();
    for (let i = 0; i < n; i++) {
      const x = rng.uint32();
      for (let b = 0; b < 32; b++) {
        ones[b]! += (x >>> b) & 1;
        equal[b]! += (((x ^ previous) >>> b) & 1) ^ 1;
      }
      previous = x;
    }
    for (let b = 0; b < 32; b++) {
      expect(Math.abs(ones[b]! - n / 2) / Math.sqrt(n / 4)).toBeLessThan(5);
      expect(Math.abs(equal[b]! - n / 2) / Math.sqrt(n / 4)).toBeLessThan(5);
    }
  });
});

describe("normal", () => {
  const n = 400_000;
  const x = createRng(21).normals(new Float64Array(n));

  test("has the first six moments of N(0, 1) within 5 standard errors", () => {
    // E z^2k = 1, 3, 15, 105, 945, 10395
    const even = [1, 1, 3, 15, 105, 945, 10395];
    for (let power = 1; power <= 6; power++) {
      let sum = 0;
      for (const z of x) sum += z ** power;
      const mean = power % 2 === 0 ? even[power / 2]! : 0;
      const variance = even[power]! - mean * mean;
      expect(sum / n).toAgreeWith(mean, { stderr: Math.sqrt(variance / n), z: 5 });
    }
  });

  test("has the tails of N(0, 1): P(|z| > 1, 2, 3, 4)", () => {
    for (const [t, p] of [
      [1, 0.31731050786291415],
      [2, 0.04550026389635842],
      [3, 0.0026997960632601866],
      [4, 6.334248366623973e-5],
    ] as const) {
      const count = x.reduce((c, z) => c + (Math.abs(z) > t ? 1 : 0), 0);
      expect(count / n).toAgreeWith(p, { stderr: Math.sqrt((p * (1 - p)) / n), z: 5 });
    }
  });

  test("the two halves of a polar pair and successive pairs are uncorrelated, squares too", () => {
    for (const lag of [1, 2, 3]) {
      let product = 0;
      let squares = 0;
      for (let i = lag; i < n; i++) {
        product += x[i]! * x[i - lag]!;
        squares += (x[i]! ** 2 - 1) * (x[i - lag]! ** 2 - 1);
      }
      expect(Math.abs(product / Math.sqrt(n - lag))).toBeLessThan(5);
      expect(Math.abs(squares / (2 * Math.sqrt(n - lag)))).toBeLessThan(5);
    }
  });
});

describe("integer", () => {
  test("is uniform where the range does not divide 2^32", () => {
    const rng = createRng(31);
    const n = 140_000;
    const counts = new Float64Array(7);
    for (let i = 0; i < n; i++) counts[rng.integer(7)]!++;
    expect(Math.abs(chiSquareZ(counts, n / 7))).toBeLessThan(5);
    // a plain remainder would give the lower half of this range twice as often
    const range = 3 * 2 ** 30;
    let lower = 0;
    for (let i = 0; i < 40_000; i++) if (rng.integer(range) < range / 2) lower++;
    expect(lower / 40_000).toAgreeWith(0.5, { stderr: 0.5 / Math.sqrt(40_000) });
  });

  test("takes 1 and 2^32 and refuses what is outside", () => {
    const rng = createRng(1);
    expect(rng.integer(1)).toBe(0);
    expect(rng.integer(2 ** 32)).toBeLessThan(2 ** 32);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) expect(() => rng.integer(n)).toThrow(/integer/);
  });
});

describe("shuffle and choose", () => {
  test("shuffle gives all 24 orders of 4 things equally often", () => {
    const rng = createRng(41);
    const counts = new Map<string, number>();
    const n = 48_000;
    for (let i = 0; i < n; i++) {
      const key = rng.shuffle([0, 1, 2, 3]).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareZ([...counts.values()], n / 24))).toBeLessThan(5);
  });

  test("choose gives k different numbers, every ordered pair equally often", () => {
    const rng = createRng(42);
    const counts = new Map<string, number>();
    const n = 40_000;
    for (let i = 0; i < n; i++) {
      const key = rng.choose(5, 2).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    expect(Math.abs(chiSquareZ([...counts.values()], n / 20))).toBeLessThan(5);
    expect(new Set(rng.choose(1000, 1000)).size).toBe(1000);
    expect(rng.choose(10, 0)).toHaveLength(0);
    expect(() => rng.choose(3, 4)).toThrow(/choose: k/);
    expect(() => rng.choose(3, Number.NaN)).toThrow(/choose: k/);
  });
});
