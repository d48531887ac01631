/**
 * Matrix products on row-major matrices.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { type Matrix, matrix } from "../matrix.js";
import { gemm } from "./dispatch.js";
import { numbers } from "./numbers.js";
import { view } from "./plain-gemm.js";
import { type Threaded, threadsOf } from "./thread-count.js";

export interface MatmulOptions extends Threaded {
  /** Use a^T instead of a; the transpose is not formed. Default false. */
  readonly transposeA?: boolean | undefined;
  /** Use b^T instead of b. Default false. */
  readonly transposeB?: boolean | undefined;
  /** Where to write the product; overwritten, must not share memory with `a` or `b`. Default: a new matrix. */
  readonly out?: Matrix | undefined;
}

/**
 * Matrix product `op(a) op(b)`, [m, k] x [k, n] -> [m, n].
 *
 * Each element is a sum over k in blocks of 256 in ascending order: relative to sum |a_ip b_pj| the error is at most about
 * k eps, in practice some eps. NaN and Infinity propagate. Cost 2 m n k flops.
 * @throws ERR_SHAPE when the inner sides differ or `out` has another shape
 * @throws ERR_MEMORY when there is no memory for the product
 * @throws ERR_DOMAIN when `threads` is not a whole number above 0
 */
export function matmul(a: Matrix, b: Matrix, options: MatmulOptions = {}): Matrix {
  const { transposeA = false, transposeB = false } = options;
  const threads = threadsOf(options.threads, "matmul");
  const m = transposeA ? a.shape[1] : a.shape[0];
  const k = transposeA ? a.shape[0] : a.shape[1];
  const kb = transposeB ? b.shape[1] : b.shape[0];
  const n = transposeB ? b.shape[0] : b.shape[1];
  if (k !== kb) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `matmul: inner sides differ: [${m}, ${k}] x [${kb}, ${n}]; check transposeA and transposeB`,
      { argument: "b", got: [kb, n], expected: [k, n] },
    );
  }
  const out = options.out ?? matrix(m, n, numbers(m * n, "matmul"));
  if (out.shape[0] !== m || out.shape[1] !== n) {
    throw new ForetrainError("ERR_SHAPE", `matmul: out is [${out.shape.join(", ")}], expected [${m}, ${n}]`, {
      argument: "out",
      got: out.shape,
      expected: [m, n],
    });
  }
  if (options.out !== undefined) {
    if (out.data === a.data || out.data === b.data) {
      throw new ForetrainError("ERR_DOMAIN", "matmul: out is also an operand; pass another matrix", {
        argument: "out",
      });
    }
    out.data.fill(0);
  }
  const left = view(a.data, 0, a.shape[1], transposeA);
  const right = view(b.data, 0, b.shape[1], transposeB);
  gemm(m, n, k, 1, left, right, out.data, 0, n, "full", threads);
  return out;
}

/**
 * Gram matrix `a a^T` of the rows of `a` [n, d] -> [n, n], exactly symmetric: one triangle is computed and mirrored.
 * Cost n^2 d flops. The diagonal is a sum of squares, hence never negative.
 */
export function gramMatrix(a: Matrix, options: Threaded = {}): Matrix {
  const [n, d] = a.shape;
  const threads = threadsOf(options.threads, "gramMatrix");
  const out = matrix(n, n, numbers(n * n, "gramMatrix"));
  gemm(n, n, d, 1, view(a.data, 0, d), view(a.data, 0, d, true), out.data, 0, n, "lower", threads);
  mirrorLower(out);
  return out;
}

/** Copies the lower triangle onto the upper one, in place. */
function mirrorLower(a: Matrix): void {
  const n = a.shape[0];
  const x = a.data;
  const SIDE = 32; // 32 x 32 doubles = 8 KiB: source and target tiles stay in L1
  for (let i0 = 0; i0 < n; i0 += SIDE) {
    const i1 = Math.min(n, i0 + SIDE);
    for (let j0 = 0; j0 <= i0; j0 += SIDE) {
      for (let i = i0; i < i1; i++) {
        const j1 = Math.min(i, j0 + SIDE);
        for (let j = j0; j < j1; j++) x[j * n + i] = x[i * n + j]!;
      }
    }
  }
}
