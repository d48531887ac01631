/**
 * Cuts products, factorizations and solves in units for several threads. Cuts do not change a single bit: an element of a
 * product is a sum over k in one order whatever part it is computed with, and rows (columns) of a triangular solve do not
 * meet. Addresses and strides are in bytes.
 * @module
 */
import type { Call, Unit } from "./board.js";
import type { Region } from "./implementation.js";
import type { Team } from "./team.js";
import type { LinearAlgebraExports } from "./wasm-memory.js";
import { cut, cutTriangle } from "./workspace.js";

const DOUBLE = 8;
/** Columns that the module packs at one time: cutting there costs nothing. */
const PACKED_COLUMNS = 1024;
/** Rows of a unit, at least: each unit packs the other operand anew. */
const FEWEST_ROWS = 384;
/** Right-hand sides of a unit, at least: each unit packs the triangle anew. */
const FEWEST_SIDES = 128;
/** Units of each thread, at most: more than one, so that a thread that is held up leaves its part to others. */
const UNITS_PER_THREAD = 4;
/** Smaller diagonal blocks of a Cholesky factorization are left to one thread: (256 / n)^2 of the work. */
const SERIAL_SIDE = 256;

export const REGION: Record<Region, number> = { full: 0, lower: 1, upper: 2 };

/** Arguments of the module's dgemm, without its scratch area. */
export type ProductArguments = Readonly<
  Parameters<LinearAlgebraExports["dgemm"]> extends [...infer Rest, scratch: number] ? Rest : never
>;

/** How many parts of at least `least` of `count` are made for so many threads. */
function partsFor(count: number, least: number, threads: number): number {
  return Math.max(threads, Math.min(UNITS_PER_THREAD * threads, Math.floor(count / least)));
}

/** C += alpha A B as units. */
export function productUnits(args: ProductArguments, threads: number): readonly Unit[] {
  const [m, n, k, alpha, a, ars, acs, b, brs, bcs, c, ldc, region] = args;
  const part = (i0: number, i1: number, j0: number, j1: number, inside = REGION.full): Call => ({
    routine: "dgemm",
    args: [
      i1 - i0,
      j1 - j0,
      k,
      alpha,
      a + i0 * ars,
      ars,
      acs,
      b + j0 * bcs,
      brs,
      bcs,
      c + i0 * ldc + j0 * DOUBLE,
      ldc,
      inside,
    ],
  });
  if (region !== REGION.full) {
    // strips of rows: the block on the diagonal, and the rectangle beside it
    const lower = region === REGION.lower;
    const parts = partsFor(m / 2, FEWEST_ROWS, threads);
    return cutTriangle(m, parts, lower ? "lower" : "upper").map(([i0, i1]) => [
      part(i0, i1, i0, Math.min(n, i1), region),
      lower ? part(i0, i1, 0, Math.min(n, i0)) : part(i0, i1, i1, n),
    ]);
  }
  if (m < 96 * threads) {
    // few rows: cut between columns, at the width of the module's tiles
    return cut(n, partsFor(n, FEWEST_ROWS, threads)).map(([j0, j1]) => [part(0, m, j0, j1)]);
  }
  const columns = Array.from(
    { length: Math.ceil(n / PACKED_COLUMNS) },
    (_, j) => [j * PACKED_COLUMNS, Math.min(n, (j + 1) * PACKED_COLUMNS)] as const,
  );
  const rows = cut(m, partsFor(m, FEWEST_ROWS, Math.ceil(threads / columns.length)));
  return columns.flatMap(([j0, j1]) => rows.map(([i0, i1]) => [part(i0, i1, j0, j1)]));
}

/** Arguments of the module's dtrsm, without its scratch area. */
export type SolveArguments = readonly [
  n: number,
  k: number,
  l: number,
  lRowStride: number,
  lColStride: number,
  x: number,
  xRowStride: number,
];

/** L X = B as units of right-hand sides. */
export function solveUnits(args: SolveArguments, threads: number): readonly Unit[] {
  const [n, k, l, lrs, lcs, x, ldx] = args;
  return cut(k, partsFor(k, FEWEST_SIDES, threads)).map(([from, to]) => [
    { routine: "dtrsm", args: [n, to - from, l, lrs, lcs, x + from * DOUBLE, ldx] },
  ]);
}

/**
 * Lower Cholesky factor in place, as the module's dpotrf, by its own recursion: the same cuts, with the solve and the
 * product of each level spread over the threads.
 */
export function factorShared(team: Team, n: number, a: number, ld: number, floors: number): number {
  const { exports, scratch, threads } = team;
  if (n <= SERIAL_SIDE) return exports.dpotrf(n, a, ld, floors, scratch);
  const top = exports.factorCut(n);
  const failed = factorShared(team, top, a, ld, floors);
  if (failed >= 0) return failed;
  const below = a + top * ld;
  const at = top * DOUBLE;
  const rest = n - top;
  const strips = cut(rest, partsFor(rest, FEWEST_SIDES, threads));
  team.run(
    strips.map(([from, to]) => [{ routine: "solveRight", args: [to - from, top, a, below + from * ld, ld] }]),
  );
  const update = [rest, rest, top, -1, below, ld, DOUBLE, below, DOUBLE, ld, below + at, ld] as const;
  team.run(productUnits([...update, REGION.lower], threads));
  const failedBelow = factorShared(team, rest, below + at, ld, floors + at);
  return failedBelow < 0 ? -1 : top + failedBelow;
}

/** Runs a product on the threads of a team, or on this one alone. */
export type RunProduct = (...args: ProductArguments) => void;

export function teamProduct(team: Team): RunProduct {
  return (...args) => team.run(productUnits(args, team.threads));
}

export function loneProduct(exports: LinearAlgebraExports, scratch: number): RunProduct {
  return (...args) => exports.dgemm(...args, scratch);
}
