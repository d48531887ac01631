/**
 * Tables that are symmetric in two samples, as sums of products of one number per sample: f(x, y) = sum_t w_t p_t(x) p_t(y).
 * @module
 */

/** One symmetric matrix per entry e, in rank-one terms `start[e]` to `start[e + 1]`. */
export interface SymmetricFeatures {
  readonly start: Int32Array;
  readonly weights: Float64Array;
  /** [term][node], unit vectors over the nodes */
  readonly vectors: Float64Array;
}

const SWEEPS = 30;

/**
 * Eigen-decompositions of the matrices table[., ., e], without the eigenvalues below `negligible[e]`. Where a table comes
 * from a smooth function of both variables the eigenvalues fall geometrically: a few terms are all.
 * @param table  [node][node][entry]
 */
export function symmetricFeatures(
  table: Float64Array,
  nodes: number,
  entries: number,
  negligible: (entry: number) => number,
): SymmetricFeatures {
  const start = new Int32Array(entries + 1);
  const weights: number[] = [];
  const vectors: number[] = [];
  const matrix = new Float64Array(nodes * nodes);
  const turned = new Float64Array(nodes * nodes);
  for (let e = 0; e < entries; e++) {
    for (let i = 0; i < nodes * nodes; i++) matrix[i] = table[i * entries + e]!;
    jacobi(matrix, turned, nodes);
    const least = negligible(e);
    for (let r = 0; r < nodes; r++) {
      const value = matrix[r * nodes + r]!;
      if (!(Math.abs(value) > least)) continue;
      weights.push(value);
      for (let a = 0; a < nodes; a++) vectors.push(turned[a * nodes + r]!);
    }
    start[e + 1] = weights.length;
  }
  return { start, weights: Float64Array.from(weights), vectors: Float64Array.from(vectors) };
}

/** Jacobi's rotations: leaves the eigenvalues on the diagonal of `m` and the eigenvectors in the columns of `v`. */
function jacobi(m: Float64Array, v: Float64Array, n: number): void {
  v.fill(0);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  let size = 0;
  for (const x of m) size += x * x;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += m[p * n + q]! ** 2;
    if (off <= 1e-33 * size) return;
    for (let p = 1; p < n; p++) {
      for (let q = 0; q < p; q++) rotate(m, v, n, p, q);
    }
  }
}

function rotate(m: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const x = m[p * n + q]!;
  if (x === 0) return;
  const ratio = (m[q * n + q]! - m[p * n + p]!) / (2 * x);
  const t = (ratio >= 0 ? 1 : -1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let i = 0; i < n; i++) {
    const a = m[i * n + p]!;
    const b = m[i * n + q]!;
    m[i * n + p] = c * a - s * b;
    m[i * n + q] = s * a + c * b;
  }
  for (let i = 0; i < n; i++) {
    const a = m[p * n + i]!;
    const b = m[q * n + i]!;
    m[p * n + i] = c * a - s * b;
    m[q * n + i] = s * a + c * b;
    const y = v[i * n + p]!;
    const z = v[i * n + q]!;
    v[i * n + p] = c * y - s * z;
    v[i * n + q] = s * y + c * z;
  }
}

/** p_t of each sample from its interpolation weights over the nodes, [sample][term]; zeros where there are none. */
export function sampleFeatures(
  { weights, vectors }: SymmetricFeatures,
  samples: readonly (Float64Array | null)[],
  padded = samples.length,
): Float64Array {
  const terms = weights.length;
  const out = new Float64Array(padded * terms);
  for (const [i, w] of samples.entries()) {
    if (w === null) continue;
    for (let t = 0; t < terms; t++) {
      let sum = 0;
      for (let a = 0; a < w.length; a++) sum += w[a]! * vectors[t * w.length + a]!;
      out[i * terms + t] = sum;
    }
  }
  return out;
}
