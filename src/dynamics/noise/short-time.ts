/**
 * Noisy training at short times: expected weights and outputs as power series in time (paper A, frozen coefficients).
 *
 *   d theta = a(theta) dt + s dW,   a = -grad L:   E phi(theta_t) = sum_k t^k / k! (G^k phi)(theta_0),   G = a.grad + (s^2 / 2) Laplacian
 *
 *   E theta_t = theta_0 - t grad L + t^2 / 2 ( hess L grad L - (s^2 / 2) grad tr hess L ) + ...
 *   E f_t     = f_0 + t ( -grad L.grad f + (s^2 / 2) tr hess f ) + ...
 *
 * Here the network is not expanded: the terms hold for any size of eps, but only for short times.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { passOf } from "../../finite/model.js";
import { sizeOf } from "../../numeric/matrix.js";
import {
  addProduct,
  countMonomials,
  derivative,
  type Monomials,
  monomials,
  outputPolynomials,
} from "./polynomials.js";
import {
  lossGradients,
  type ShortTimeInput,
  type ShortTimeProblem,
  type ShortTimeSeries,
  shortTimeProblem,
} from "./short-time-problem.js";
import { secondOrderByProbes } from "./short-time-traces.js";

/** Monomials up to which the polynomial path is taken. */
const MOST_MONOMIALS = 4000;

/**
 * The series to t^order, in units of learning rate times steps. Without noise: any network, any order, by jets in time. With
 * noise: any order for a few parameters (exact, from Taylor polynomials of the outputs of degree 2 order), and order <= 2 for
 * all others, with Laplacians from random directions.
 * Theory notes A6.1.
 * @throws ERR_MEMORY for noise at order > 2 of a network with too many parameters; ERR_UNAVAILABLE for kinks; ERR_DOMAIN, ERR_SHAPE
 */
export async function shortTimeSeries(input: ShortTimeInput): Promise<ShortTimeSeries> {
  const problem = shortTimeProblem(input);
  const { noise, order, point } = problem;
  if (noise === 0) return noiseFree(problem);
  const p = point.model.parameterCount;
  const count = countMonomials(p, 2 * order);
  if (count <= MOST_MONOMIALS && p * Math.log2(2 * order + 1) <= 52) return byPolynomials(problem);
  if (order > 2) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `shortTimeSeries: order ${order} with noise needs Taylor polynomials of ${count} terms in ${p} parameters, at most ` +
        `${MOST_MONOMIALS} are possible; use order 2, a smaller network, or noise 0`,
      { argument: "order", got: count, expected: MOST_MONOMIALS },
    );
  }
  return secondOrderByProbes(problem, noiseFree(problem), input.traces ?? { probes: 64, seed: 0 }, input);
}

/** Gradient flow by its own Taylor series: theta_(k+1) = -(coefficient k of grad L) / (k + 1). */
function noiseFree({ point, train, targets, order }: ShortTimeProblem): ShortTimeSeries {
  const weights: Float64Array[] = [Float64Array.from(point.parameters)];
  for (let k = 0; k < order; k++) {
    const gradient = lossGradients(train, targets, weights)[k]!;
    weights.push(gradient.map((value) => -value / (k + 1)));
  }
  const { output } = passOf(point.model, weights, point.x, point.samples);
  const rows = point.samples * sizeOf(point.model.outputShape);
  const outputs = weights.map((_, k) => output[k] ?? new Float64Array(rows));
  return { weights, outputs: outputs.map((values) => Float64Array.from(values)), errors: null };
}

/** G^k of the weights and of the outputs' Taylor polynomials, at w = 0. Theory notes A6.1. */
function byPolynomials({ point, targets, train, noise, order }: ShortTimeProblem): ShortTimeSeries {
  const p = point.model.parameterCount;
  const of = monomials(p, Math.max(1, 2 * order), "shortTimeSeries");
  const taylor = outputPolynomials(point, of);
  const drift = Array.from({ length: p }, (_, variable) => {
    const a = new Float64Array(of.exponents.length);
    targets.forEach((target, i) => {
      const residual = Float64Array.from(taylor[i]!);
      residual[0]! -= target;
      addProduct(of, residual, derivative(of, taylor[i]!, variable), -1 / train.samples, a);
    });
    return a;
  });
  const series = (start: Float64Array) => {
    const values = [start[0]!];
    let phi = start;
    let factorial = 1;
    for (let k = 1; k <= order; k++) {
      phi = generated(of, drift, noise, phi, 2 * (order - k));
      factorial *= k;
      values.push(phi[0]! / factorial);
    }
    return values;
  };
  const weights = Array.from({ length: p }, (_, variable) => {
    const w = new Float64Array(of.exponents.length);
    w[of.index.get(of.axis[variable]!)!] = 1;
    w[0] = point.parameters[variable]!;
    return series(w);
  });
  const outputs = taylor.map(series);
  const byPower = (all: readonly number[][]) =>
    Array.from({ length: order + 1 }, (_, k) => Float64Array.from(all, (values) => values[k]!));
  return { weights: byPower(weights), outputs: byPower(outputs), errors: null };
}

/** G phi to degree `cut`, of which the given polynomials know enough. */
function generated(
  of: Monomials,
  drift: readonly Float64Array[],
  noise: number,
  phi: Float64Array,
  cut: number,
): Float64Array {
  const out = new Float64Array(phi.length);
  for (let p = 0; p < of.variables; p++) {
    const slope = derivative(of, phi, p);
    addProduct(of, drift[p]!, slope, 1, out, cut);
    const curvature = derivative(of, slope, p);
    for (let a = 0; a < of.upTo[cut]!; a++) out[a]! += (noise ** 2 / 2) * curvature[a]!;
  }
  return out;
}

/** The series' value at time t. */
export function shortTimeValue(coefficients: readonly Float64Array[], t: number): Float64Array {
  const out = new Float64Array(coefficients[0]!.length);
  for (const c of coefficients.toReversed())
    for (let i = 0; i < out.length; i++) out[i] = out[i]! * t + c[i]!;
  return out;
}

/**
 * Terms of the expansion of E X_t around the frozen drift, for one weight: X_t = x + u_0 + u_1 + u_2 + ... with a, a', a'' at x,
 *
 *   u_0 = a t,   u_1 = a a' t^2 / 2,   u_2 = a'' ( a^2 t^3 / 6 + s^2 t^2 / 4 ) + a'^2 a t^3 / 6
 *
 * @see paper A; Lorig, Pagliarani and Pascucci's expansion with phi(x) = x
 */
export function frozenDriftTerms(
  [a, slope, curvature]: readonly [value: number, first: number, second: number],
  noise: number,
  t: number,
): [u0: number, u1: number, u2: number] {
  return [
    a * t,
    (a * slope * t ** 2) / 2,
    curvature * ((a ** 2 * t ** 3) / 6 + (noise ** 2 * t ** 2) / 4) + (slope ** 2 * a * t ** 3) / 6,
  ];
}
