/**
 * Seeded, splittable random numbers.
 *
 * Generator: xoshiro128** (Blackman and Vigna 2018), period 2^128 - 1, 32 bits per call. Streams are derived by name: the
 * state of `fork(name, index)` is a 128-bit hash of the parent's identity, the name and the index, and does not depend on
 * how many numbers the parent has given. So work can be split over threads or reordered without changing a result.
 *
 * Every number is bit-identical on every platform: only integer operations, + - * / and sqrt are used, which IEEE 754 and
 * ECMAScript fix to the last bit. `Math.log` and `Math.cos` are not fixed and are not used.
 * Not for cryptography.
 * @module
 */
import { ForetrainError } from "../errors.js";

/** A stream of random numbers. */
export interface Rng {
  /** An independent stream for a purpose, e.g. `rng.fork("layer", 3)`. Forking does not advance this stream. */
  fork(name: string, index?: number): Rng;
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** A multiple of 2^-53 in [0, 1). */
  uniform(): number;
  /** Standard normal, by Marsaglia's polar method. */
  normal(): number;
  /** Fills the array with standard normals and returns it. */
  normals<T extends Float64Array | Float32Array>(out: T): T;
  /** An integer in [0, n), exactly uniform; n from 1 to 2^32. */
  integer(n: number): number;
  /** Shuffles the array in place (Fisher and Yates), all orders equally likely, and returns it. */
  shuffle<T extends ShuffledArray>(array: T): T;
  /** k different integers of [0, n) in random order; O(k) memory. */
  choose(n: number, k: number): Uint32Array;
}

type ShuffledArray =
  | unknown[]
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/**
 * A generator from a seed: any safe integer >= 0.
 * @throws ERR_DOMAIN for other seeds
 * @example
 * const rng = createRng(0);
 * const weights = rng.fork("weights", 2).normals(new Float64Array(100));
 */
export function createRng(seed: number): Rng {
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `createRng: seed is ${seed}, expected an integer from 0 to 2^53 - 1`,
      {
        argument: "seed",
        got: seed,
      },
    );
  }
  return stream(hash([seed >>> 0, Math.floor(seed / 2 ** 32), 0, 0], "seed", 0));
}

type Key = readonly [number, number, number, number];

/**
 * The generator itself, from a state of four 32-bit words, not all zero: s1 scrambled as rotl(5 s1, 7) * 9, then a linear step.
 */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const x = Math.imul(s1, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9);
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  };
}

function stream(key: Key): Rng {
  const zero = (key[0] | key[1] | key[2] | key[3]) === 0; // the one state that never leaves itself
  const uint32 = xoshiro128(zero ? [1, 0, 0, 0] : key);
  let spare = Number.NaN; // second half of a polar pair

  function uniform(): number {
    const high = uint32() >>> 5;
    return (high * 67108864 + (uint32() >>> 6)) / 9007199254740992; // 27 + 26 bits
  }

  function normal(): number {
    if (!Number.isNaN(spare)) {
      const x = spare;
      spare = Number.NaN;
      return x;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const radius = Math.sqrt((-2 * deterministicLog(s)) / s);
      spare = v * radius;
      return u * radius;
    }
  }

  function integer(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new ForetrainError("ERR_DOMAIN", `integer: n is ${n}, expected an integer from 1 to 2^32`, {
        argument: "n",
        got: n,
      });
    }
    const limit = 2 ** 32 - (2 ** 32 % n); // beyond it the remainders are not equally likely
    for (;;) {
      const x = uint32();
      if (x < limit) return x % n;
    }
  }

  return {
    fork: (name, index = 0) => {
      if (!(Number.isSafeInteger(index) && index >= 0)) {
        throw new ForetrainError(
          "ERR_DOMAIN",
          `fork: index is ${index}, expected an integer from 0 to 2^53 - 1`,
          {
            argument: "index",
            got: index,
          },
        );
      }
      return stream(hash(key, name, index));
    },
    uint32,
    uniform,
    normal,
    normals: (out) => {
      for (let i = 0; i < out.length; i++) out[i] = normal();
      return out;
    },
    integer,
    shuffle: (array) => {
      for (let i = array.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const x = array[i];
        array[i] = array[j] as never;
        array[j] = x as never;
      }
      return array;
    },
    choose: (n, k) => {
      if (!(Number.isInteger(k) && k >= 0 && k <= n)) {
        throw new ForetrainError("ERR_DOMAIN", `choose: k is ${k}, expected an integer from 0 to n = ${n}`, {
          argument: "k",
          got: k,
        });
      }
      const out = new Uint32Array(k);
      const moved = new Map<number, number>(); // the first k steps of a shuffle of 0 .. n - 1, positions touched only
      for (let i = 0; i < k; i++) {
        const j = i + integer(n - i);
        out[i] = moved.get(j) ?? j;
        moved.set(j, moved.get(i) ?? i);
      }
      return out;
    },
  };
}

/**
 * 128-bit hash of (key, name, index): four lanes absorb one word at a time and are mixed by the finalizer of MurmurHash3,
 * whose avalanche is complete; a second pass lets every lane see every other.
 */
function hash(key: Key, name: string, index: number): Key {
  const lanes = new Uint32Array([0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5cedc834]); // golden ratio bits: nothing up the sleeve
  const words = [...key, name.length];
  for (let i = 0; i < name.length; i++) words.push(name.charCodeAt(i));
  words.push(index >>> 0, Math.floor(index / 2 ** 32));
  const absorb = (word: number) => {
    lanes[0] = mix(lanes[0]! ^ word) + lanes[3]!;
    lanes[1] = mix(lanes[1]! + lanes[0]! + word);
    lanes[2] = mix(lanes[2]! ^ lanes[1]!) + word;
    lanes[3] = mix(lanes[3]! + lanes[2]!);
  };
  for (const word of words) absorb(word >>> 0);
  for (let round = 0; round < 4; round++) absorb(round);
  return [lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!];
}

function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const LN2_HIGH = 0.6931471803691238; // 33 bits: k LN2_HIGH is exact for |k| < 2^20
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm for 0 < x <= 1 with a fixed sequence of operations: x = 2^k m, log m = 2 artanh((m - 1)/(m + 1)).
 * Relative error below 4e-16.
 */
export function deterministicLog(x: number): number {
  let k = 0;
  while (x < 2 ** -32) {
    x *= 2 ** 32;
    k -= 32;
  }
  while (x < Math.SQRT1_2) {
    x *= 2;
    k--;
  }
  const s = (x - 1) / (x + 1); // |s| <= 0.1716
  const t = s * s;
  // sum_j t^j / (2 j + 1) to j = 11: the rest is below 0.03^12 / 25
  let sum = 1 / 23;
  for (let j = 10; j >= 1; j--) sum = sum * t + 1 / (2 * j + 1);
  return k * LN2_HIGH + (2 * s + (2 * s * t * sum + k * LN2_LOW));
}
