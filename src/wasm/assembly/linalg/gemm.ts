/**
 * C += alpha A B on strided operands, packed and cache-blocked, for T = f64 (4 x 4 tiles) or f32 (4 x 8 tiles).
 *
 * Element (i, j) of an operand is at `base + i * rowStride + j * colStride`, strides in bytes; C is row-major. Each element
 * of C is a sum over k in blocks of 256 in ascending order, whatever part of C is computed, so results do not depend on how
 * C is cut among calls or threads.
 * @module
 */
import { madd } from "../lanes";

const MR: i32 = 4;
const KC: i32 = 256; // a sliver of A or B is 8 KiB: both stay in L1
const MC: i32 = 96; // packed block of A: 192 KiB, stays in L2
const NC: i32 = 1024; // packed block of B: 2 MiB

/** Bytes of scratch memory that {@link gemm} needs: a tile, the packed block of A, the packed block of B. */
export const GEMM_SCRATCH: usize = 256 + <usize>(MC * KC) * 8 + <usize>(NC * KC) * 8;

export const FULL: i32 = 0;
/** Only tiles that meet the lower triangle (i >= j); tiles on the diagonal are computed whole. */
export const LOWER: i32 = 1;
/** Only tiles that meet the upper triangle (i <= j). */
export const UPPER: i32 = 2;

// @ts-ignore: decorator
@inline
function loadSplat<T>(at: usize, offset: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(at + offset) : v128.load64_splat(at + offset);
}

/** Slivers of 4 rows; within one the column index runs slowest. Times alpha; missing rows are 0. */
// @ts-ignore: decorator
@inline
function packRows<T>(rows: i32, depth: i32, from: usize, rs: usize, cs: usize, alpha: T, to: usize): void {
  for (let i: i32 = 0; i < rows; i += MR) {
    let s = from + <usize>i * rs;
    if (i + MR <= rows && rs == sizeof<T>()) {
      // a transposed operand: the rows lie side by side
      const factor = v128.splat<T>(alpha);
      for (let p: i32 = 0; p < depth; p++) {
        v128.store(to, v128.mul<T>(factor, v128.load(s)));
        if (sizeof<T>() == 8) v128.store(to, v128.mul<T>(factor, v128.load(s, 16)), 16);
        s += cs;
        to += 4 * sizeof<T>();
      }
    } else if (i + MR <= rows) {
      const s1: usize = rs;
      const s2: usize = rs + rs;
      const s3: usize = s2 + rs;
      for (let p: i32 = 0; p < depth; p++) {
        store<T>(to, alpha * load<T>(s));
        store<T>(to + sizeof<T>(), alpha * load<T>(s + s1));
        store<T>(to + 2 * sizeof<T>(), alpha * load<T>(s + s2));
        store<T>(to + 3 * sizeof<T>(), alpha * load<T>(s + s3));
        s += cs;
        to += 4 * sizeof<T>();
      }
    } else {
      const left = rows - i;
      for (let p: i32 = 0; p < depth; p++) {
        for (let r: i32 = 0; r < MR; r++) {
          store<T>(to, r < left ? alpha * load<T>(s + <usize>r * rs) : <T>0);
          to += sizeof<T>();
        }
        s += cs;
      }
    }
  }
}

/** Slivers of 32 bytes of columns; within one the row index runs slowest. Missing columns are 0. */
// @ts-ignore: decorator
@inline
function packColumns<T>(depth: i32, cols: i32, from: usize, rs: usize, cs: usize, to: usize): void {
  const NR: i32 = 32 / sizeof<T>();
  for (let j: i32 = 0; j < cols; j += NR) {
    let s = from + <usize>j * cs;
    const left = min(NR, cols - j);
    if (left == NR && cs == sizeof<T>()) {
      for (let p: i32 = 0; p < depth; p++) {
        v128.store(to, v128.load(s));
        v128.store(to, v128.load(s, 16), 16);
        s += rs;
        to += 32;
      }
    } else {
      for (let p: i32 = 0; p < depth; p++) {
        let q = s;
        for (let r: i32 = 0; r < NR; r++) {
          store<T>(to, r < left ? load<T>(q) : <T>0);
          q += cs;
          to += sizeof<T>();
        }
        s += rs;
      }
    }
  }
}

/** C tile of 4 rows x 32 bytes += packed sliver of A x packed sliver of B. */
function tile<T>(depth: i32, a: usize, b: usize, c: usize, ldc: usize): void {
  let c00 = v128.splat<T>(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = b + (<usize>depth << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = loadSplat<T>(a, 0);
    c00 = madd<T>(a0, b0, c00);
    c01 = madd<T>(a0, b1, c01);
    const a1 = loadSplat<T>(a, sizeof<T>());
    c10 = madd<T>(a1, b0, c10);
    c11 = madd<T>(a1, b1, c11);
    const a2 = loadSplat<T>(a, 2 * sizeof<T>());
    c20 = madd<T>(a2, b0, c20);
    c21 = madd<T>(a2, b1, c21);
    const a3 = loadSplat<T>(a, 3 * sizeof<T>());
    c30 = madd<T>(a3, b0, c30);
    c31 = madd<T>(a3, b1, c31);
    a += 4 * sizeof<T>();
    b += 32;
  }
  v128.store(c, v128.add<T>(v128.load(c), c00));
  v128.store(c, v128.add<T>(v128.load(c, 16), c01), 16);
  c += ldc;
  v128.store(c, v128.add<T>(v128.load(c), c10));
  v128.store(c, v128.add<T>(v128.load(c, 16), c11), 16);
  c += ldc;
  v128.store(c, v128.add<T>(v128.load(c), c20));
  v128.store(c, v128.add<T>(v128.load(c, 16), c21), 16);
  c += ldc;
  v128.store(c, v128.add<T>(v128.load(c), c30));
  v128.store(c, v128.add<T>(v128.load(c, 16), c31), 16);
}

/** The product; `scratch` as large as {@link GEMM_SCRATCH}, 16-byte aligned. */
export function gemm<T>(
  m: i32,
  n: i32,
  k: i32,
  alpha: T,
  a: usize,
  ars: usize,
  acs: usize,
  b: usize,
  brs: usize,
  bcs: usize,
  c: usize,
  ldc: usize,
  region: i32,
  scratch: usize,
): void {
  const NR: i32 = 32 / sizeof<T>();
  const edge = scratch;
  const packedA = scratch + 256;
  const packedB = packedA + <usize>(MC * KC) * sizeof<T>();
  for (let jc: i32 = 0; jc < n; jc += NC) {
    const nb = min(NC, n - jc);
    for (let pc: i32 = 0; pc < k; pc += KC) {
      const kb = min(KC, k - pc);
      packColumns<T>(kb, nb, b + <usize>pc * brs + <usize>jc * bcs, brs, bcs, packedB);
      for (let ic: i32 = 0; ic < m; ic += MC) {
        const mb = min(MC, m - ic);
        if (region == LOWER && ic + mb <= jc) continue;
        if (region == UPPER && jc + nb <= ic) break;
        packRows<T>(mb, kb, a + <usize>ic * ars + <usize>pc * acs, ars, acs, alpha, packedA);
        for (let j: i32 = 0; j < nb; j += NR) {
          const right = min(NR, nb - j);
          const sliverB = packedB + <usize>(j * kb) * sizeof<T>();
          let i: i32 = 0;
          if (region == LOWER) i = max(0, (jc + j - ic) & ~(MR - 1)); // the first tile row that meets i >= j
          const end = region == UPPER ? min(mb, jc + j + right - ic) : mb;
          for (; i < end; i += MR) {
            const down = min(MR, mb - i);
            const sliverA = packedA + <usize>(i * kb) * sizeof<T>();
            const at = c + <usize>(ic + i) * ldc + <usize>(jc + j) * sizeof<T>();
            if (down == MR && right == NR) {
              tile<T>(kb, sliverA, sliverB, at, ldc);
            } else {
              memory.fill(edge, 0, 128);
              tile<T>(kb, sliverA, sliverB, edge, 32);
              for (let r: i32 = 0; r < down; r++) {
                for (let s: i32 = 0; s < right; s++) {
                  const q = at + <usize>r * ldc + <usize>s * sizeof<T>();
                  store<T>(q, load<T>(q) + load<T>(edge + <usize>(32 * r) + <usize>s * sizeof<T>()));
                }
              }
            }
          }
        }
      }
    }
  }
}
