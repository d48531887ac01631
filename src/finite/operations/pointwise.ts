/**
 * Activations on jets: the Taylor series of phi at x_0, composed with the rest of the argument.
 * @module
 */
import { type Activation, taylorSeries } from "../../activations/index.js";
import { type Jet, multiplyJets } from "../jet.js";
import type { Applied, Operation } from "../operation.js";

/**
 * Composes element by element. `series` [j] are coefficients at x_0, `x` the argument's; writes sum_j series_j h^j with
 * h = x_1 eps + x_2 eps^2 + ..., by Horner's rule, which needs order - j coefficients of the inner sums only.
 */
function compose(
  series: Float64Array,
  first: number,
  x: readonly (Float64Array | null)[],
  e: number,
  order: number,
  sum: Float64Array,
): void {
  sum.fill(0);
  sum[0] = series[first + order]!;
  for (let j = order - 1; j >= 0; j--) {
    // sum <- series_j + h sum, from the highest coefficient down, so that it can happen in place
    for (let k = order - j; k >= 1; k--) {
      let value = 0;
      for (let i = 1; i <= k; i++) value += (x[i]?.[e] ?? 0) * sum[k - i]!;
      sum[k] = value;
    }
    sum[0] = series[first + j]!;
  }
}

/** phi and phi' of a jet; phi' only where it is needed. */
function evaluate(
  activation: Activation,
  x: Jet,
  order: number,
  slope: boolean,
): { readonly value: Jet; readonly slope: Jet | null } {
  const length = x.find((a) => a !== null)!.length;
  const varies = x.slice(1).some((a) => a !== null);
  const kept = varies ? order : 0;
  const make = () =>
    Array.from({ length: order + 1 }, (_, k) => (k <= kept ? new Float64Array(length) : null));
  const value = make();
  const slopes = slope ? make() : null;
  const highest = kept + (slope ? 1 : 0);
  const series = taylorSeries(activation, highest);
  const coefficients = new Float64Array(highest + 1);
  const derivative = new Float64Array(kept + 1);
  const sum = new Float64Array(kept + 1);
  const x0 = x[0];
  for (let e = 0; e < length; e++) {
    series(x0?.[e] ?? 0, coefficients);
    compose(coefficients, 0, x, e, kept, sum);
    for (let k = 0; k <= kept; k++) value[k]![e] = sum[k]!;
    if (slopes === null) continue;
    for (let k = 0; k <= kept; k++) derivative[k] = (k + 1) * coefficients[k + 1]!;
    compose(derivative, 0, x, e, kept, sum);
    for (let k = 0; k <= kept; k++) slopes[k]![e] = sum[k]!;
  }
  return { value, slope: slopes };
}

/** phi, element by element. Its transpose multiplies by phi'. */
export function pointwise(activation: Activation): Operation {
  return ([x], run, [wanted]): Applied => {
    const { value, slope } = evaluate(activation, x!, run.order, run.reverse && wanted === true);
    if (!run.reverse) return { output: value, pullback: null };
    return {
      output: value,
      pullback: (cotangent) => [slope === null ? null : multiplyJets(cotangent, slope)],
    };
  };
}
