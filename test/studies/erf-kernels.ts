/**
 * Kernels of erf networks by their recursions, entry by entry: an oracle that shares no code with the kernel engine.
 */

const V = (q1: number, q2: number) => Math.sqrt((1 + 2 * q1) * (1 + 2 * q2));

/** E[erf(u) erf(v)] for variances q1, q2 and covariance k. */
export const erfDual = (q1: number, q2: number, k: number) => (2 / Math.PI) * Math.asin((2 * k) / V(q1, q2));

/** E[erf'(u) erf'(v)]. */
export const erfSlopeDual = (q1: number, q2: number, k: number) =>
  4 / Math.PI / Math.sqrt((1 + 2 * q1) * (1 + 2 * q2) - 4 * k * k);

export interface ErfLayer {
  readonly weightVariance: number;
  readonly biasVariance: number;
}

/** Fixed point of the variance by iteration from 1. */
export function erfFixedPoint({ weightVariance: w, biasVariance: b }: ErfLayer): number {
  let q = 1;
  for (let i = 0; i < 20_000; i++) q = w * erfDual(q, q, q) + b;
  return q;
}

/** chi_1 at q. */
export const erfChi1 = ({ weightVariance: w }: ErfLayer, q: number) => w * erfSlopeDual(q, q, q);

/** K^(l) and Theta^(l) of a fully connected network, [n][n], from K^(0) = Theta^(0) = x x^T / n_0. */
export function fcnKernels(
  { weightVariance: w, biasVariance: b }: ErfLayer,
  x: ArrayLike<number>,
  n: number,
  depth: number,
  keepRate = 1,
): { k: number[][]; theta: number[][] } {
  const d = x.length / n;
  const start = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => {
      let sum = 0;
      for (let a = 0; a < d; a++) sum += x[i * d + a]! * x[j * d + a]!;
      return sum / d;
    }),
  );
  let [k, theta] = [start, start];
  for (let l = 0; l < depth; l++) {
    const dropped = l === depth - 1 ? 1 / keepRate : 1;
    const before = k;
    const both = before.map((row, i) =>
      row.map((kij, j) => {
        const [qi, qj] = [before[i]![i]!, before[j]![j]!];
        const own = i === j ? dropped : 1;
        const next = own * w * erfDual(qi, qj, kij) + b;
        return [next, next + own * w * erfSlopeDual(qi, qj, kij) * theta[i]![j]!] as const;
      }),
    );
    k = both.map((row) => row.map(([next]) => next));
    theta = both.map((row) => row.map(([, next]) => next));
  }
  return { k, theta };
}

/**
 * Theta of circular 1-D convolutions with filters of 3 on d positions, flattened and averaged over positions, [n][n].
 * `x` is [n, d, channels]; the read-in is a 1 x 1 convolution.
 */
export function convolutionalTheta(
  { weightVariance: w, biasVariance: b }: ErfLayer,
  x: ArrayLike<number>,
  n: number,
  d: number,
  depth: number,
): { flat: number[][]; pooled: number[][] } {
  const channels = x.length / (n * d);
  const size = n * d;
  const inner = (s: number, t: number) => {
    let sum = 0;
    for (let a = 0; a < channels; a++) sum += x[s * channels + a]! * x[t * channels + a]!;
    return sum / channels;
  };
  let k = Array.from({ length: size }, (_, s) => Array.from({ length: size }, (_, t) => inner(s, t)));
  let theta = k;
  // sample and position of a row, shifted on the circle
  const shifted = (s: number, by: number) => Math.floor(s / d) * d + (((s % d) + by + d) % d);
  const smoothed = (f: (s: number, t: number) => number) =>
    Array.from({ length: size }, (_, s) =>
      Array.from({ length: size }, (_, t) =>
        [-1, 0, 1].reduce((sum, by) => sum + f(shifted(s, by), shifted(t, by)) / 3, 0),
      ),
    );
  for (let l = 0; l < depth; l++) {
    const [before, slopes] = [k, theta];
    const q = before.map((row, s) => row[s]!);
    k = smoothed((s, t) => w * erfDual(q[s]!, q[t]!, before[s]![t]!)).map((row) => row.map((v) => v + b));
    const through = smoothed((s, t) => w * erfSlopeDual(q[s]!, q[t]!, before[s]![t]!) * slopes[s]![t]!);
    theta = through.map((row, s) => row.map((v, t) => v + k[s]![t]!));
  }
  const read = (weigh: (a: number, c: number) => number) =>
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => {
        let sum = 0;
        for (let a = 0; a < d; a++)
          for (let c = 0; c < d; c++) sum += weigh(a, c) * theta[i * d + a]![j * d + c]!;
        return sum;
      }),
    );
  return { flat: read((a, c) => (a === c ? 1 / d : 0)), pooled: read(() => 1 / (d * d)) };
}

/** Eigenvalues of a symmetric matrix by cyclic Jacobi rotations, descending. */
export function jacobiEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p]![q]!;
        if (apq === 0) continue;
        const angle = 0.5 * Math.atan2(2 * apq, a[q]![q]! - a[p]![p]!);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let i = 0; i < n; i++) {
          const [x, y] = [a[i]![p]!, a[i]![q]!];
          a[i]![p] = c * x - s * y;
          a[i]![q] = s * x + c * y;
        }
        for (let i = 0; i < n; i++) {
          const [x, y] = [a[p]![i]!, a[q]![i]!];
          a[p]![i] = c * x - s * y;
          a[q]![i] = s * x + c * y;
        }
      }
    }
  }
  return a.map((row, i) => row[i]!).sort((x, y) => y - x);
}
