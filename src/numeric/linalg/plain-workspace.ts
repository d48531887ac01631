/**
 * The eigen-solver's workspace in ordinary arrays and plain TypeScript.
 * @module
 */
import { gemm } from "./dispatch.js";
import { numbers } from "./numbers.js";
import { tridiagonalize } from "./tridiagonal.js";
import { runInTurn, type Workspace } from "./workspace.js";

function plainSymmetricProduct(
  a: Float64Array,
  n: number,
  stride: number,
  x: Float64Array,
  y: Float64Array,
): void {
  y.fill(0, 0, n);
  for (let i = 0; i < n; i++) {
    const row = i * stride;
    const xi = x[i]!;
    let sum = a[row + i]! * xi;
    for (let j = i + 1; j < n; j++) {
      const v = a[row + j]!;
      sum += v * x[j]!;
      y[j]! += v * xi;
    }
    y[i]! += sum;
  }
}

function plainProjectOut(rows: Float64Array, stride: number, count: number, x: Float64Array): void {
  const n = x.length;
  const coefficients = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += rows[p * stride + i]! * x[i]!;
    coefficients[p] = sum;
  }
  for (let p = 0; p < count; p++) {
    const c = coefficients[p]!;
    for (let i = 0; i < n; i++) x[i]! -= c * rows[p * stride + i]!;
  }
}

/** Ordinary arrays; products take the best implementation for their size. */
export function plainWorkspace(): Workspace {
  return {
    allocate: (length) => numbers(length, "eigenSymmetric"),
    mark: () => 0,
    release: () => {},
    gemm,
    lanes: 1,
    products: (lanes) => runInTurn(lanes, gemm),
    tridiagonalize,
    symmetricProduct: plainSymmetricProduct,
    projectOut: plainProjectOut,
    close: () => {},
  };
}
