/**
 * Eigenvalues of a symmetric tridiagonal matrix: implicit QL, the base case of divide and conquer and the whole work when
 * no eigenvectors are wanted.
 * @module
 */
import { ForetrainError } from "../../errors.js";

const EPS = Number.EPSILON;
const FLOOR = EPS; // of the norm: rotations renew couplings of this size, and dropping any number of them moves no eigenvalue by more than 2 eps
const SWEEPS = 60; // per eigenvalue; 2 to 3 are usual

/**
 * Implicit QL with Wilkinson shifts on tridiag(e, d, e), in place: d becomes the eigenvalues (unordered), e is destroyed.
 * When `z` is given, its rows `zRow .. zRow + n` at columns `zCol .. zCol + width` are rotated along, so that with the
 * identity there row i becomes the eigenvector of d[i]: each rotation combines two contiguous rows.
 * Converges fastest when the large entries are at the end; give graded matrices in that order.
 * @param e [n] with e[i] coupling i and i + 1; e[n - 1] is scratch
 * @throws ERR_NUMERICAL after 60 sweeps for one eigenvalue (not seen)
 */
export function implicitQl(
  d: Float64Array,
  e: Float64Array,
  n: number,
  z: Float64Array | null = null,
  zStride = 0,
  zRow = 0,
  zCol = 0,
  width = 0,
): void {
  e[n - 1] = 0;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]!), Math.abs(e[i]!));
  const floor = FLOOR * norm;
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > floor + EPS * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      if (sweep === SWEEPS) {
        throw new ForetrainError(
          "ERR_NUMERICAL",
          `eigenSymmetric: eigenvalue ${l} of ${n} did not converge in ${SWEEPS} sweeps`,
          {
            index: l,
          },
        );
      }
      const gap = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.sqrt(gap * gap + 1);
      let g = d[m]! - d[l]! + e[l]! / (gap + (gap >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        if (z !== null)
          rotateRows(z, (zRow + i) * zStride + zCol, (zRow + i + 1) * zStride + zCol, width, c, s);
      }
      if (i >= l) continue; // r vanished in mid-sweep: start again on the smaller matrix
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

/** (lower, upper) <- (c lower - s upper, s lower + c upper) for the rows at `lower` and `upper`. */
export function rotateRows(
  z: Float64Array,
  lower: number,
  upper: number,
  width: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < width; k++) {
    const f = z[upper + k]!;
    const g = z[lower + k]!;
    z[upper + k] = s * g + c * f;
    z[lower + k] = c * g - s * f;
  }
}
