/**
 * The 2 x 2 covariance of a pair in forms that do not cancel near correlation +1.
 *
 * Callers give q1, q2, k and the deficit d = (q1 + q2) / 2 - k. With s_i = sqrt(q_i):
 * gap g = s1 s2 - k = s1 s2 (1 - c) = d - (s1 - s2)^2 / 2, determinant r^2 = q1 q2 - k^2 = g (s1 s2 + k).
 * @module
 */

/** s1 s2 (1 - c) >= 0, with the relative accuracy of `d` for c > 1/2 and of `k` below, where nothing cancels. */
export function gap(q1: number, q2: number, k: number, d: number): number {
  const s1 = Math.sqrt(q1);
  const s2 = Math.sqrt(q2);
  const scale = s1 * s2;
  // the deficit form loses what the larger variance has more than the smaller one: not for very different variances
  if (!(k > 0.5 * scale)) return Math.max(scale - k, 0);
  const difference = (q1 - q2) / (s1 + s2);
  return Math.max(d - 0.5 * difference * difference, 0);
}

/** r = sqrt(q1 q2 - k^2) >= 0, without leaving the range of float64 where r itself does not. */
export function rootDeterminant(q1: number, q2: number, k: number, d: number): number {
  const h = Math.sqrt(q1) * Math.sqrt(q2) + k;
  return h <= 0 ? 0 : Math.sqrt(gap(q1, q2, k, d)) * Math.sqrt(h);
}

/** sqrt(x + r^2) for x >= 0, without overflow. */
export function rootOfSum(x: number, r: number): number {
  const sum = x + r * r;
  return sum < Number.POSITIVE_INFINITY ? Math.sqrt(sum) : Math.hypot(Math.sqrt(x), r);
}

/**
 * Angle between two pre-activations, acos(c) in [0, pi], from r = sqrt(determinant).
 * A sample of zero variance counts as orthogonal to everything: a kinked phi' then takes its mean value at 0.
 */
export function angle(r: number, k: number): number {
  return r === 0 && k === 0 ? Math.PI / 2 : Math.atan2(r, k);
}

/** sin t - t cos t for t in [0, pi], t^3 / 3 for small t, to full relative accuracy. */
export function sineMinusArc(t: number): number {
  if (t > 0.9) return Math.sin(t) - t * Math.cos(t);
  // sum over n >= 1 of (-1)^{n+1} 2n / (2n+1)! t^{2n+1}
  const y = t * t;
  return (
    t *
    y *
    (1 / 3 -
      y *
        (1 / 30 -
          y * (1 / 840 - y * (1 / 45360 - y * (1 / 3991680 - y * (1 / 518918400 - y / 93405312000))))))
  );
}

/** t - sin t cos t for t in [0, pi], 2 t^3 / 3 for small t, to full relative accuracy. */
export function arcMinusSineCosine(t: number): number {
  // with u = 2 t: (u - sin u) / 2, and u - sin u = (sin u - u cos u) + u (cos u - 1) + ... is written as its own series
  const u = 2 * t;
  if (u > 1.2) return (u - Math.sin(u)) / 2;
  const y = u * u;
  return (
    (u *
      y *
      (1 / 6 -
        y *
          (1 / 120 -
            y *
              (1 / 5040 -
                y * (1 / 362880 - y * (1 / 39916800 - y * (1 / 6227020800 - y / 1307674368000))))))) /
    2
  );
}
