/**
 * Ranges of samples that are small enough for one pass.
 * @module
 */
import type { Tape } from "./tape.js";

/** Arrays of one pass are kept below about this many numbers: batches are cut. */
const NUMBERS_AT_ONCE = 2 ** 25; // 256 MiB

/** Ranges of samples that are small enough for a pass of the given order. */
export function sampleRanges(
  tape: Tape,
  samples: number,
  order: number,
): readonly (readonly [from: number, to: number])[] {
  const each = Math.max(1, Math.floor(NUMBERS_AT_ONCE / (tape.numbersPerSample * (order + 1))));
  return ranges(samples, each);
}

/** 0 .. count in pieces of `each`. */
export function ranges(count: number, each: number): readonly (readonly [from: number, to: number])[] {
  const out: [number, number][] = [];
  for (let from = 0; from < count; from += each) out.push([from, Math.min(count, from + each)]);
  return out;
}

/** The numbers of a range of samples. */
export function sliceSamples(
  data: Float64Array,
  samples: number,
  [from, to]: readonly [number, number],
): Float64Array {
  const size = data.length / Math.max(1, samples);
  return data.subarray(from * size, to * size);
}
