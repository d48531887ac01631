/**
 * Inputs of many dimensions in the few that the samples span.
 *
 * With W ~ N(0, v I) the fields W . x depend on the inner products of the samples only, and training moves W within their span. So
 * rows R with R R^T = X X^T, of as many columns as X has rank, give networks of exactly the same law.
 * @module
 */

import type { Law } from "../numeric/law.js";
import { eigenSymmetric, gemm, view } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import type { ShallowNetwork } from "./shallow.js";

/** A network with one hidden layer and its samples, in coordinates of the space that the samples span. */
export interface InputSpan {
  readonly network: ShallowNetwork;
  readonly x: Matrix;
  readonly testX: Matrix | null;
}

/** Directions whose share of the largest squared length is below this are rounding. */
const NEGLIGIBLE = 1e-13;

/** The same network on inputs of lower dimension; null where the law is not N(0, v I) or the samples span all dimensions. */
export async function inputSpan(
  network: ShallowNetwork,
  x: Matrix,
  testX: Matrix | null,
): Promise<InputSpan | null> {
  const first = network.inner[0];
  const isSame = (law: Law) =>
    law.kind === "normal" &&
    first?.kind === "normal" &&
    (law.mean ?? 0) === 0 &&
    law.variance === first.variance;
  if (!network.inner.every(isSame)) return null;
  const samples = await samplesInSpan(x, testX);
  if (samples === null) return null;
  return { ...samples, network: { ...network, inner: new Array<Law>(samples.x.shape[1]).fill(first!) } };
}

/** Samples of as many dimensions as they span, with the same inner products; null where there are as many samples as dimensions. */
export async function samplesInSpan(
  x: Matrix,
  testX: Matrix | null,
): Promise<Pick<InputSpan, "x" | "testX"> | null> {
  const [n, dim] = x.shape;
  const rows = n + (testX?.shape[0] ?? 0);
  if (rows >= dim) return null;
  const all = new Float64Array(rows * dim);
  all.set(x.data);
  if (testX !== null) all.set(testX.data, x.data.length);
  const gram = new Float64Array(rows * rows);
  gemm(rows, rows, dim, 1, view(all, 0, dim), view(all, 0, dim, true), gram, 0, rows);
  const { values, vectors } = await eigenSymmetric(matrix(rows, rows, gram));
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  const kept = Array.from(values.keys()).filter((k) => values[k]! > NEGLIGIBLE * largest);
  const reduced = matrix(rows, kept.length);
  for (let i = 0; i < rows; i++) {
    kept.forEach((k, j) => {
      reduced.data[i * kept.length + j] = vectors!.data[i * rows + k]! * Math.sqrt(values[k]!);
    });
  }
  const part = (from: number, to: number) =>
    matrix(to - from, kept.length, reduced.data.slice(from * kept.length, to * kept.length));
  return {
    x: part(0, n),
    testX: testX === null ? null : part(n, rows),
  };
}
