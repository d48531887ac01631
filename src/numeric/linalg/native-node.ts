/**
 * Dense linear algebra by a native BLAS and LAPACK: the same results to rounding, several times faster.
 *
 * Fortran libraries hold matrices by columns; a row-major matrix is its own transpose there, so nothing is transposed.
 * The library takes as many threads as its own settings say (OPENBLAS_NUM_THREADS, MKL_NUM_THREADS, OMP_NUM_THREADS,
 * VECLIB_MAXIMUM_THREADS), or fewer while they are held; the last bits of results may depend on that number.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { setNativeImplementation } from "./dispatch.js";
import type {
  AscendingEigen,
  DenseImplementation,
  HoldThreads,
  SingleProduct,
  View,
} from "./implementation.js";
import { type NativeLibrary, type NativeSearch, searchNativeLibrary } from "./native-library-node.js";
import { numbers } from "./numbers.js";
import { copyUpper } from "./symmetric.js";

/** An integer argument by address, of 4 or 8 bytes. */
const integer = (x: number): Int32Array => Int32Array.of(x, x < 0 ? -1 : 0);
const real = (x: number): Float64Array => Float64Array.of(x);

/** Beyond it the workspace sizes of dsyevd do not fit 32-bit integers. */
const LARGEST_EIGEN = 30_000;

/** How a column-major library sees a view: its array is the transpose of the view, or the view itself. */
function operand(
  { data, offset, rowStride, colStride }: View,
  cols: number,
  rows: number,
): { readonly at: Float64Array; readonly isTranspose: boolean; readonly ld: Int32Array } {
  const at = data.subarray(offset);
  return colStride === 1
    ? { at, isTranspose: true, ld: integer(Math.max(1, rowStride, cols)) }
    : { at, isTranspose: false, ld: integer(Math.max(1, colStride, rows)) };
}

/** sgemm of a library. Its arguments by address are made once: the calls of a training step allocate nothing. */
function singleProduct({ sgemm }: NativeLibrary): SingleProduct {
  const [rows, cols, inner, left, right, out] = Array.from({ length: 6 }, () => new Int32Array(2));
  const factor = new Float32Array(1);
  const one = Float32Array.of(1);
  return (m, n, k, alpha, a, b, c, cStride) => {
    rows![0] = n;
    cols![0] = m;
    inner![0] = k;
    left![0] = Math.max(1, b.stride);
    right![0] = Math.max(1, a.stride);
    out![0] = Math.max(1, cStride);
    factor[0] = alpha;
    // C^T = B^T A^T
    const [opB, opA] = [b.transposed ? "T" : "N", a.transposed ? "T" : "N"];
    sgemm(opB, opA, rows, cols, inner, factor, b.data, left, a.data, right, one, c, out, 1, 1);
  };
}

/** Holds may overlap: the last that ends gives the library its own number of threads back. */
export function threadHolds({ threads: own, setThreads }: NativeLibrary): HoldThreads {
  const holds: number[] = [];
  return (threads) => {
    if (own === null || setThreads === null) return () => {};
    const apply = () => setThreads(Math.min(own, ...holds));
    holds.push(threads);
    apply();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      holds.splice(holds.indexOf(threads), 1);
      apply();
    };
  };
}

/** The routines of an open library. */
export function nativeRoutines(library: NativeLibrary): DenseImplementation {
  return {
    name: library.name,
    smallest: { gemm: 48 ** 3, factor: 64 ** 3 / 6, solve: 48 ** 3, eigen: 64 ** 3 },

    gemm(m, n, k, alpha, a, b, c, cOffset, cStride, region = "full") {
      const out = c.subarray(cOffset);
      const ldc = integer(Math.max(1, cStride));
      const one = real(1);
      if (region !== "full") {
        const square =
          m === n &&
          a.data === b.data &&
          a.offset === b.offset &&
          a.rowStride === b.colStride &&
          a.colStride === b.rowStride;
        if (!square) return false;
        const { at, isTranspose, ld } = operand(a, k, m);
        const triangle = region === "lower" ? "U" : "L";
        const op = isTranspose ? "T" : "N";
        library.dsyrk(triangle, op, integer(n), integer(k), real(alpha), at, ld, one, out, ldc, 1, 1);
        return true;
      }
      // C^T = B^T A^T
      const left = operand(b, n, k);
      const right = operand(a, k, m);
      library.dgemm(
        left.isTranspose ? "N" : "T",
        right.isTranspose ? "N" : "T",
        integer(n),
        integer(m),
        integer(k),
        real(alpha),
        left.at,
        left.ld,
        right.at,
        right.ld,
        one,
        out,
        ldc,
        1,
        1,
      );
      return true;
    },

    holdThreads: threadHolds(library),
    singleProduct: singleProduct(library),

    factor(source, l, n, floors) {
      const info = integer(0);
      library.dpotrf("U", integer(n), l, integer(n), info, 1);
      let good = info[0] === 0;
      for (let j = 0; good && j < n; j++) good = l[j * n + j]! ** 2 > floors[j]!;
      if (good) return -1;
      // the next implementation says which pivot failed and what it was
      for (let i = 0; i < n; i++) l.set(source.subarray(i * n, i * n + i + 1), i * n);
      return "unavailable";
    },

    solve(l, x, n, k, transpose) {
      // X^T L^T = B^T, where the library sees L^T as an upper triangle
      library.dtrsm(
        "R",
        "U",
        transpose ? "T" : "N",
        "N",
        integer(k),
        integer(n),
        real(1),
        l,
        integer(n),
        x,
        integer(k),
        1,
        1,
        1,
        1,
      );
      return true;
    },

    eigen(a, n, scale, vectors) {
      return n > LARGEST_EIGEN ? null : eigen(library, a, n, scale, vectors);
    },
  };
}

async function eigen(
  library: NativeLibrary,
  a: Float64Array,
  n: number,
  scale: number,
  vectors: boolean,
): Promise<AscendingEigen> {
  const rows = numbers(n * n, "eigenSymmetric");
  copyUpper(a, n, scale, rows, n);
  const values = new Float64Array(n);
  const length = vectors ? 1 + 6 * n + 2 * n * n : 2 * n + 1;
  const integers = vectors ? 3 + 5 * n : 1;
  const work = numbers(length, "eigenSymmetric");
  const iwork = new BigInt64Array(integers);
  const info = integer(0);
  const job = vectors ? "V" : "N";
  const args = [
    job,
    "L",
    integer(n),
    rows,
    integer(n),
    values,
    work,
    integer(length),
    iwork,
    integer(integers),
    info,
  ];
  await new Promise<void>((resolve, reject) => {
    library.dsyevd.async(...args, 1, 1, (error: Error | null) => (error ? reject(error) : resolve()));
  });
  if (info[0] !== 0) {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `eigenSymmetric: dsyevd of ${library.name} did not converge (info ${info[0]}); FORETRAIN_BLAS=none computes without it`,
      { argument: "a", info: info[0] },
    );
  }
  return { values, rows: vectors ? rows : null, close: () => {} };
}

/** A library that gives wrong numbers (another integer size, another calling convention) must not be used. */
function isSane(routines: DenseImplementation): boolean {
  const a = Float64Array.of(4, 0, 2, 5); // [[4, .], [2, 5]], lower triangle
  const l = a.slice();
  if (routines.factor(a, l, 2, new Float64Array(2), 1) !== -1) return false;
  if (!(Math.abs(l[0]! - 2) + Math.abs(l[2]! - 1) + Math.abs(l[3]! - 2) < 1e-14)) return false;
  const x = Float64Array.of(2, 4, 3, 8);
  routines.solve(l, x, 2, 2, false, 1);
  if (!(Math.abs(x[0]! - 1) + Math.abs(x[1]! - 2) + Math.abs(x[2]! - 1) + Math.abs(x[3]! - 3) < 1e-14))
    return false;
  const c = new Float64Array(6);
  const view = (data: Float64Array, rowStride: number): View => ({
    data,
    offset: 0,
    rowStride,
    colStride: 1,
  });
  routines.gemm(2, 3, 1, 2, view(Float64Array.of(1, 2), 1), view(Float64Array.of(3, 4, 5), 3), c, 0, 3);
  if (![6, 8, 10, 12, 16, 20].every((value, i) => c[i] === value)) return false;
  const single = new Float32Array(6);
  const operand = (data: Float32Array, stride: number) => ({ data, stride, transposed: false });
  routines.singleProduct?.(
    2,
    3,
    1,
    2,
    operand(Float32Array.of(1, 2), 1),
    operand(Float32Array.of(3, 4, 5), 3),
    single,
    3,
  );
  return [6, 8, 10, 12, 16, 20].every((value, i) => single[i] === value);
}

/**
 * Plugs the native library that `searchNativeLibrary` finds into this thread's linear algebra; without one, or with
 * FORETRAIN_BLAS=none, everything stays as it is. Calling it again is cheap.
 * @throws ERR_UNAVAILABLE when FORETRAIN_BLAS names a library that cannot be used
 */
export async function useNativeLinearAlgebra(setting?: string): Promise<NativeSearch> {
  const search = await searchNativeLibrary(setting);
  if (search.library === null) {
    setNativeImplementation(null);
    return search;
  }
  const routines = nativeRoutines(search.library);
  if (!isSane(routines)) {
    const { path } = search.library;
    setNativeImplementation(null);
    if (search.setting !== null) {
      throw new ForetrainError(
        "ERR_UNAVAILABLE",
        `FORETRAIN_BLAS is ${search.setting}, which gives wrong results for small matrices; unset it, or name another library`,
        { argument: "FORETRAIN_BLAS", got: search.setting },
      );
    }
    return { ...search, library: null, tried: [...search.tried, { path, reason: "it gives wrong results" }] };
  }
  setNativeImplementation(routines);
  return search;
}
