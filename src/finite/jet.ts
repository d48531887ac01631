/**
 * Jets: arrays whose elements are truncated power series in one variable eps, x = x_0 + x_1 eps + ... + x_K eps^K.
 *
 * With parameters theta_0 + eps v the coefficient k of an output f is f^(k)[v, ..., v] / k!: order 0 is evaluation,
 * order 1 the directional derivative, order k the k-th Taylor term. Sending cotangents backwards through the same
 * arithmetic gives the series of the gradient: coefficient 1 is the Hessian times v, coefficient 2 half the third
 * derivative applied to (v, v), and so on.
 *
 * Jets are values: no function writes to one that it was given.
 * @module
 */

/** Coefficient arrays of equal length, order K at index K; null is an array of zeros. */
export type Jet = readonly (Float64Array | null)[];

/** A jet without variation. */
export function constantJet(data: Float64Array, order: number): Jet {
  return [data, ...new Array<null>(order).fill(null)];
}

/** The sum; shares arrays with its arguments where only one of them is not zero. */
export function addJets(a: Jet, b: Jet): Jet {
  return a.map((x, k) => {
    const y = b[k]!;
    if (x === null) return y;
    if (y === null) return x;
    const sum = Float64Array.from(x);
    for (let i = 0; i < sum.length; i++) sum[i]! += y[i]!;
    return sum;
  });
}

/** The product element by element, cut after the order of the arguments. */
export function multiplyJets(a: Jet, b: Jet): Jet {
  const out = new Array<Float64Array | null>(a.length).fill(null);
  a.forEach((x, i) => {
    if (x === null) return;
    for (let j = 0; i + j < out.length; j++) {
      const y = b[j]!;
      if (y === null) continue;
      const sum = out[i + j] ?? new Float64Array(x.length);
      for (let e = 0; e < x.length; e++) sum[e]! += x[e]! * y[e]!;
      out[i + j] = sum;
    }
  });
  return out;
}

/** A linear map applied to every coefficient. */
export function mapJet(jet: Jet, linear: (coefficient: Float64Array) => Float64Array): Jet {
  return jet.map((coefficient) => (coefficient === null ? null : linear(coefficient)));
}
