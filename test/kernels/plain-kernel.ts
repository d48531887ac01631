/**
 * The kernel recursion written down once more in the plainest way, as an oracle: one pair at a time, expectations as
 * trapezoidal sums over two independent normals. For a function analytic in a strip of half-width w the sum's error
 * falls like exp(-2 pi w / h); no formula is shared with the package.
 */

const STEP = 1 / 10;
const REACH = 9; // the normal density is 1e-18 there
const NODES = Array.from({ length: 2 * REACH * 10 + 1 }, (_, i) => (i - REACH * 10) * STEP);
const WEIGHTS = NODES.map((z) => (STEP * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI));

export interface PlainLayer {
  readonly weightVariance: number;
  readonly biasVariance: number;
}

/** E f(u) f(v) for a centred Gaussian pair with variances q1, q2 and covariance k. */
export function pairMean(f: (x: number) => number, q1: number, q2: number, k: number): number {
  const s1 = Math.sqrt(q1);
  const slope = k / s1;
  const rest = Math.sqrt(Math.max(0, q2 - slope * slope));
  let total = 0;
  for (const [i, z] of NODES.entries()) {
    let inner = 0;
    for (const [j, y] of NODES.entries()) inner += WEIGHTS[j]! * f(slope * z + rest * y);
    total += WEIGHTS[i]! * f(s1 * z) * inner;
  }
  return total;
}

/** E f(sqrt(q) z)^2. */
export function squareMean(f: (x: number) => number, q: number): number {
  return NODES.reduce((sum, z, i) => sum + WEIGHTS[i]! * f(Math.sqrt(q) * z) ** 2, 0);
}

/** nngp and ntk (ntk parameterization) of dense layers with one activation between each two. */
export function plainKernel(
  x: readonly number[],
  y: readonly number[],
  layers: readonly PlainLayer[],
  phi: (x: number) => number,
  derivative: (x: number) => number,
): { nngp: number; ntk: number } {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, v, i) => sum + v * b[i]!, 0) / a.length;
  let [q1, q2, k, t] = [dot(x, x), dot(y, y), dot(x, y), 0];
  layers.forEach(({ weightVariance, biasVariance }, index) => {
    if (index > 0) {
      t *= pairMean(derivative, q1, q2, k);
      k = pairMean(phi, q1, q2, k);
      q1 = squareMean(phi, q1);
      q2 = squareMean(phi, q2);
    }
    k = weightVariance * k + biasVariance;
    q1 = weightVariance * q1 + biasVariance;
    q2 = weightVariance * q2 + biasVariance;
    t = weightVariance * t + k;
  });
  return { nngp: k, ntk: t };
}
