/**
 * Memory and routines that the eigen-solver works with: ordinary arrays and plain TypeScript here, the WebAssembly module's
 * memory and functions in wasm-workspace.ts. The solver's own code is the same for both.
 * @module
 */
import { gemm } from "./dispatch.js";
import type { GemmFunction } from "./implementation.js";
import { numbers } from "./numbers.js";
import type { Steps } from "./steps.js";
import { type Tridiagonal, tridiagonalize } from "./tridiagonal.js";

/** Arguments of a product of arrays of one workspace. */
export type Product = Parameters<GemmFunction>;

export interface Workspace {
  /** threads that compute */
  readonly lanes: number;
  /**
   * Runs the products of each lane in their order, lanes at the same time where there are threads for them; they must not
   * write where others read. A promise when it is not done yet.
   */
  products(lanes: readonly (readonly Product[])[]): Promise<void> | undefined;
  /** `length` numbers of any value. */
  allocate(length: number): Float64Array;
  /** Where the allocations stand; {@link release} gives back all that came after. */
  mark(): number;
  release(mark: number): void;
  /** Product of arrays that this workspace allocated. */
  readonly gemm: GemmFunction;
  /** Reduces a symmetric matrix of this workspace, whose upper triangle is read, to tridiagonal form. */
  tridiagonalize(a: Float64Array, n: number, stride: number): Steps<Tridiagonal>;
  /** y = A x for a symmetric matrix with rows of `stride` numbers, whose upper triangle is read. */
  symmetricProduct(a: Float64Array, n: number, stride: number, x: Float64Array, y: Float64Array): void;
  /** x -= V^T (V x) for the first `count` rows, of `stride` numbers, of V: takes components along orthonormal rows out. */
  projectOut(rows: Float64Array, stride: number, count: number, x: Float64Array): void;
  /** Gives everything back; arrays must not be used after it. */
  close(): void;
}

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

/** All products on this thread. */
export function runInTurn(lanes: readonly (readonly Product[])[], gemm: GemmFunction): undefined {
  for (const lane of lanes) for (const product of lane) gemm(...product);
}

/** Cuts 0 .. count in `parts` ranges of about equal length, at multiples of 4, which is the height of the tiles of a product. */
export function cut(count: number, parts: number): readonly (readonly [from: number, to: number])[] {
  const at = (i: number) => (i === parts ? count : Math.min(count, 4 * Math.round((count * i) / parts / 4)));
  return Array.from({ length: parts }, (_, i) => [at(i), at(i + 1)] as const).filter(
    ([from, to]) => to > from,
  );
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
