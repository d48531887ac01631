/**
 * From eigenvectors of the tridiagonal matrix to those of the full one.
 * @module
 */
import { view } from "./plain-gemm.js";
import type { Steps } from "./steps.js";
import type { Tridiagonal } from "./tridiagonal.js";
import { cut, type Product, type Workspace } from "./workspace.js";

const BLOCK = 64; // reflectors applied as one; 32 to 128 differ by some per cent
const SLICE = 3e8; // multiplications between two steps: some tens of milliseconds

/** Numbers that {@link applyReflectors} allocates, at most. */
export function reflectorMemory(n: number): number {
  return BLOCK * n + 2 * BLOCK * BLOCK + 2 * BLOCK * n;
}

/**
 * Rows of `z` [n, n] are eigenvectors of T on entry, of `Q T Q^T` on return. Blocks of reflectors are applied as
 * I - V S V^T (compact WY form; Schreiber and Van Loan 1989). 2 n^3 flops.
 */
export function* applyReflectors(
  work: Workspace,
  { reflectors, stride, tau }: Tridiagonal,
  z: Float64Array,
  n: number,
): Steps<void> {
  const count = Math.max(0, n - 1);
  const blocks = Math.ceil(count / BLOCK);
  const mark = work.mark();
  const v = work.allocate(BLOCK * n);
  const gram = work.allocate(BLOCK * BLOCK);
  const s = work.allocate(BLOCK * BLOCK);
  const zv = work.allocate(BLOCK * n);
  const zvs = work.allocate(BLOCK * n);
  for (let b = blocks - 1; b >= 0; b--) {
    const k0 = b * BLOCK;
    const size = Math.min(BLOCK, count - k0);
    const width = n - k0 - 1; // reflector k0 starts at column k0 + 1
    for (let p = 0; p < size; p++) {
      const from = (k0 + p) * stride;
      v.fill(0, p * width, p * width + p);
      v.set(reflectors.subarray(from + k0 + p + 1, from + n), p * width + p);
    }
    gram.fill(0, 0, size * size);
    work.gemm(size, size, width, 1, view(v, 0, width), view(v, 0, width, true), gram, 0, size, "lower");
    triangularFactor(gram, s, size, tau.subarray(k0, k0 + size));
    const chunk = Math.min(n, Math.max(BLOCK, Math.ceil((work.lanes * SLICE) / (2 * size * width))));
    for (let i0 = 0; i0 < n; i0 += chunk) {
      const rows = Math.min(chunk, n - i0);
      zv.fill(0, 0, rows * size);
      zvs.fill(0, 0, rows * size);
      work.products(
        cut(rows, work.lanes).map(([from, to]): Product[] => {
          const m = to - from;
          const at = (i0 + from) * n + k0 + 1;
          const part = from * size;
          return [
            [m, size, width, 1, view(z, at, n), view(v, 0, width, true), zv, part, size],
            [m, size, size, 1, view(zv, part, size), view(s, 0, size, true), zvs, part, size],
            [m, width, size, -1, view(zvs, part, size), view(v, 0, width), z, at, n],
          ];
        }),
      );
      yield (blocks - 1 - b + (i0 + rows) / n) / blocks;
    }
  }
  work.release(mark);
}

/** S of H_0 H_1 ... = I - V S V^T, upper triangular, from the lower triangle of V V^T. */
function triangularFactor(gram: Float64Array, s: Float64Array, size: number, tau: Float64Array): void {
  s.fill(0, 0, size * size);
  for (let j = 0; j < size; j++) {
    const t = tau[j]!;
    s[j * size + j] = t;
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let p = i; p < j; p++) sum += s[i * size + p]! * gram[j * size + p]!;
      s[i * size + j] = -t * sum;
    }
  }
}
