/** Matrices for tests, by seed. */
import { gramMatrix, matmul } from "../../../src/numeric/linalg/index.js";
import { type Matrix, matrix } from "../../../src/numeric/matrix.js";
import { createRng } from "../../../src/numeric/random.js";

export function randomMatrix(rows: number, cols: number, seed = 1): Matrix {
  return matrix(rows, cols, createRng(seed).normals(new Float64Array(rows * cols)));
}

/** a a^T / cols of a random [n, cols] matrix. */
export function wishart(n: number, cols: number, seed = 1): Matrix {
  const g = gramMatrix(randomMatrix(n, cols, seed));
  for (let i = 0; i < g.data.length; i++) g.data[i]! /= cols;
  return g;
}

export function identity(n: number): Matrix {
  const out = matrix(n, n);
  for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
  return out;
}

/** V diag(values) V^T with V a product of random reflections, symmetric to the last bit. */
export function withSpectrum(values: readonly number[], seed = 1): Matrix {
  const n = values.length;
  let v = identity(n);
  for (let r = 0; r < 3; r++) {
    const u = createRng(seed).fork("reflection", r).normals(new Float64Array(n));
    const norm2 = u.reduce((s, x) => s + x * x, 0);
    const h = identity(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) h.data[i * n + j]! -= (2 * u[i]! * u[j]!) / norm2;
    v = matmul(v, h);
  }
  const scaled = matrix(
    n,
    n,
    v.data.map((x, k) => x * values[k % n]!),
  );
  const out = matmul(scaled, v, { transposeB: true });
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out.data[j * n + i] = out.data[i * n + j]!;
  return out;
}

/** Largest |a - b|. */
export function distance(a: Matrix, b: Matrix): number {
  let worst = a.shape.join() === b.shape.join() ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.data.length; i++) {
    const d = Math.abs(a.data[i]! - b.data[i]!);
    worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(worst, d);
  }
  return worst;
}

/** The plain triple loop. */
export function naiveProduct(a: Matrix, b: Matrix): Matrix {
  const [m, k] = a.shape;
  const n = b.shape[1];
  const out = matrix(m, n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let p = 0; p < k; p++) out.data[i * n + j]! += a.data[i * k + p]! * b.data[p * n + j]!;
  return out;
}

/** Cyclic Jacobi rotations: slow and independent of the method under test. Values, largest first. */
export function jacobiEigenvalues(input: Matrix): Float64Array {
  const n = input.shape[0];
  const a = input.data.slice();
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q]!;
        if (Math.abs(apq) < 1e-18) continue; // entries are of order 1: rotating noise only adds noise
        off = 1;
        const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const x = a[k * n + p]!;
          const y = a[k * n + q]!;
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = a[p * n + k]!;
          const y = a[q * n + k]!;
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
        }
      }
    }
    if (off === 0) break;
  }
  return Float64Array.from({ length: n }, (_, i) => a[i * n + i]!)
    .sort()
    .reverse();
}

/** Whether all numbers have the same bits; compared as bytes, since element by element large arrays take minutes. */
export function sameBits(a: Matrix, b: Matrix): boolean {
  const bytes = ({ data }: Matrix) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.compare(bytes(a), bytes(b)) === 0;
}
