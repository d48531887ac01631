/**
 * Kernels of samples with and without positions, for tests: entries by position, comparisons, samples with moved pixels.
 */
import { expect } from "vitest";
import { computeKernelArrays } from "../../src/kernels/index.js";
import type * as n from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

/** Kernels as arrays of any rank: [n1, n2] or [n1, n2, h, h, w, w]. */
export interface Values {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}
export type Kernels = { readonly nngp: Values; readonly ntk: Values };

export const NAMES = ["nngp", "ntk"] as const;

/** The oracle, and what computes by default: the SIMD engine wherever it has a form for the network. */
export const BACKENDS = ["reference", "auto"] as const;

/** Both kernels by one backend, on this thread. */
export const kernelsBy =
  (backend: (typeof BACKENDS)[number]) =>
  async (
    net: n.Network,
    x: NdArray,
    y: NdArray | null = null,
    options: { tile?: number; sameSamples?: boolean; precision?: "float32" } = {},
  ): Promise<Kernels> =>
    await computeKernelArrays(net, x, y, { backend, threads: 1, ...options });

/** Samples of a shape; the last is nearly the first. */
export function samples(seed: number, count: number, shape: readonly number[]): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = createRng(seed).normals(new Float64Array(count * size));
  if (count > 2) {
    data.copyWithin((count - 1) * size, 0, size);
    data[(count - 1) * size]! += 1e-6;
  }
  return { data, shape: [count, ...shape] };
}

/** The samples `rows` of a set, or the same samples with other values. */
export function taken(
  { data, shape }: NdArray<Float64Array>,
  rows: readonly number[],
): NdArray<Float64Array> {
  const size = data.length / shape[0]!;
  const out = new Float64Array(rows.length * size);
  rows.forEach((from, to) => {
    out.set(data.subarray(from * size, (from + 1) * size), to * size);
  });
  return { data: out, shape: [rows.length, ...shape.slice(1)] };
}

/** New images [n, h, w, c] (or [n, w, c]) whose pixel at a position is that of `from(position)`, or zero for null. */
export function moved(
  { data, shape }: NdArray<Float64Array>,
  sides: readonly number[],
  from: (at: readonly number[]) => readonly number[] | null,
): NdArray<Float64Array> {
  const old = shape.slice(1, -1);
  const channels = shape.at(-1)!;
  const places = (of: readonly number[]) => of.reduce((a, b) => a * b, 1);
  const out = new Float64Array(shape[0]! * places(sides) * channels);
  for (let i = 0; i < shape[0]!; i++) {
    for (let p = 0; p < places(sides); p++) {
      const at = sides.map((_, a) => Math.floor(p / places(sides.slice(a + 1))) % sides[a]!);
      const source = from(at);
      if (source === null) continue;
      const q = source.reduce((index, s, a) => index * old[a]! + s, 0);
      for (let c = 0; c < channels; c++) {
        out[(i * places(sides) + p) * channels + c] = data[(i * places(old) + q) * channels + c]!;
      }
    }
  }
  return { data: out, shape: [shape[0]!, ...sides, channels] };
}

/** Root of the mean square: entries may pass through zero, the whole array does not. */
export const sizeOf = ({ data }: Values) => Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);

/** Entry [i, j] of an array with axes h, h', w, w' as the function of positions [h, w] and [h', w']. */
export function at(values: Values, i: number, j: number, p: readonly number[], q: readonly number[]): number {
  let index = i * values.shape[1]! + j;
  p.forEach((_, a) => {
    const side = values.shape[2 + 2 * a]!;
    index = (index * side + p[a]!) * side + q[a]!;
  });
  return values.data[index]!;
}

export function positionsOf(values: Values): number[][] {
  const sides = values.shape.slice(2).filter((_, axis) => axis % 2 === 0);
  return sides.reduce<number[][]>(
    (list, side) => list.flatMap((head) => Array.from({ length: side }, (_, s) => [...head, s])),
    [[]],
  );
}

export function expectClose(actual: Values, expected: Values, tolerance: number, label = ""): void {
  expect(actual.shape).toEqual(expected.shape);
  const size = sizeOf(expected);
  let worst = 0;
  actual.data.forEach((v, i) => {
    worst = Math.max(worst, Math.abs(v - expected.data[i]!) / size);
  });
  expect(worst, label).toBeLessThanOrEqual(tolerance);
}

export function expectSame(actual: Kernels, expected: Kernels, label = ""): void {
  for (const name of NAMES) {
    expect(actual[name].shape).toEqual(expected[name].shape);
    expect(actual[name].data, `${label} ${name}`).toEqual(expected[name].data);
  }
}
