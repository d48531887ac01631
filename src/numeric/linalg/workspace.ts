/**
 * Memory and routines that the eigen-solver works with: ordinary arrays and plain TypeScript in
 * plain-workspace.ts, the WebAssembly module's memory and functions in wasm-workspace.ts. The solver's own code is the same for both.
 * @module
 */
import type { GemmFunction } from "./implementation.js";
import type { Steps } from "./steps.js";
import type { Tridiagonal } from "./tridiagonal.js";

/** Arguments of a product of arrays of one workspace. */
export type Product = Parameters<GemmFunction>;

export interface Workspace {
  /** threads that compute */
  readonly lanes: number;
  /**
   * Runs the products of each lane in their order, lanes at the same time where there are threads for them; they must not
   * write where others read or write.
   */
  products(lanes: readonly (readonly Product[])[]): void;
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

/** All products on this thread. */
export function runInTurn(lanes: readonly (readonly Product[])[], gemm: GemmFunction): void {
  for (const lane of lanes) for (const product of lane) gemm(...product);
}

/** Both the height of the tiles of a product and the right-hand sides that a solve takes at one time are divisors. */
const STEP = 8;

/** Ranges of 0 .. count with ends at about `at` of it, at multiples of 8; empty ones are left out. */
function ranges(
  count: number,
  parts: number,
  at: (share: number) => number,
): readonly (readonly [from: number, to: number])[] {
  const end = (i: number) =>
    i === parts ? count : Math.min(count, STEP * Math.round((count * at(i / parts)) / STEP));
  return Array.from({ length: parts }, (_, i) => [end(i), end(i + 1)] as const).filter(
    ([from, to]) => to > from,
  );
}

/** Cuts 0 .. count in `parts` ranges of about equal length. */
export function cut(count: number, parts: number): readonly (readonly [from: number, to: number])[] {
  return ranges(count, parts, (share) => share);
}

/** Cuts the rows of a triangle in `parts` ranges of about equal area. */
export function cutTriangle(
  rows: number,
  parts: number,
  region: "lower" | "upper",
): readonly (readonly [from: number, to: number])[] {
  return ranges(rows, parts, (share) => (region === "lower" ? Math.sqrt(share) : 1 - Math.sqrt(1 - share)));
}
