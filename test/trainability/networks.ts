/** Networks and data of the trainability tests. */
import * as n from "../../src/network/index.js";
import { type Matrix, matrix, type NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import type { FixedPoint } from "./deep-kernels.js";

const { network, input, dense, repeat } = n;

export const FEATURES = 20;
export const M = 12;

/** Random directions with |x_p|^2 = features q at every position. */
export function sphere(
  count: number,
  shape: readonly number[],
  q: number,
  seed: number,
): NdArray<Float64Array> {
  const features = shape.at(-1)!;
  const size = shape.reduce((product, side) => product * side, 1);
  const data = createRng(seed).normals(new Float64Array(count * size));
  for (let at = 0; at < data.length; at += features) {
    const x = data.subarray(at, at + features);
    const scale = Math.sqrt((features * q) / x.reduce((sum, v) => sum + v * v, 0));
    for (let f = 0; f < features; f++) x[f]! *= scale;
  }
  return { data, shape: [count, ...shape] };
}

/** Targets with three outputs. */
export const targetsOf = (count: number, seed: number): Matrix =>
  matrix(count, 3, createRng(seed).normals(new Float64Array(3 * count)));

export const stack = ({ weightVariance, biasVariance }: FixedPoint, phi: n.Layer, ...last: n.Layer[]) => {
  const hidden = dense(1, { weightVariance, biasVariance });
  return last.length === 0
    ? network(input([FEATURES]), dense(1), repeat(2, phi, hidden))
    : network(input([FEATURES]), dense(1), phi, repeat(2, hidden, phi), ...last, hidden);
};

export const dataOf = (q: number, samples = M, shape: readonly number[] = [FEATURES]) => ({
  x: sphere(samples, shape, q, 3),
  targets: targetsOf(samples, 4),
  test: sphere(5, shape, q, 5),
});

/** Of the last depth. */
export const end = (series: readonly (number | null)[]) => series.at(-1)!;
