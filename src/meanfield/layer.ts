/**
 * One hidden layer as mean-field theory sees it: an activation and the variances of the dense layer that follows it.
 *
 * Notation of the folder: q is the variance of a pre-activation, c the correlation of the pre-activations of two
 * inputs, `deficit` = 1 - c carried by itself so that nearly equal inputs keep their digits, E_q[f] the mean of
 * f(sqrt(q) z) over z ~ N(0, 1).
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { meanSquare } from "./moments.js";

/** A hidden layer: phi, then a dense layer with W_ij ~ N(0, weightVariance / fanIn), b_i ~ N(0, biasVariance). */
export interface HiddenLayer {
  readonly activation: Activation;
  /** sigma_w^2 >= 0 */
  readonly weightVariance: number;
  /** sigma_b^2 >= 0 */
  readonly biasVariance: number;
}

/** Throws `ERR_DOMAIN` unless `value` is a finite number >= 0. */
export function requireNonNegative(where: string, argument: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: ${argument} is ${value}, expected a finite number >= 0`,
      {
        argument,
        got: value,
      },
    );
  }
}

/**
 * Throws `ERR_UNAVAILABLE` for activations without a length map: E_q[phi^2] is infinite at every q > 0. Those that grow like
 * exp(c x^2) pass: their moments are finite up to some q and Infinity from there. So do those that are not permissible
 * in the sense of paper D, but have a finite E_q[phi^2] all the same (log|x|, |x|^(-1/5)).
 */
export function requireLengthMap(where: string, activation: Activation): void {
  const given: unknown = activation;
  if (typeof given !== "object" || given === null || typeof activation.value !== "function") {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: activation is ${show(given)}, expected what activation("tanh") or customActivation(...) returns`,
      { argument: "activation", got: given },
    );
  }
  const { permissibility, growth, label } = activation;
  if (permissibility.permissible || growth.kind === "gaussian" || growth.kind === "undecided") return;
  if (!squareIsIntegrable(activation)) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${where}: ${label} has no length map: ${permissibility.reason}. Mean-field theory needs E[phi(sqrt(q) z)^2] to be finite`,
      { argument: "activation", got: label },
    );
  }
}

const integrable = new WeakMap<Activation, boolean>();

/** Whether E_q[phi^2] is finite for a phi that has a pole or grows faster than exp(c x^2): the same at every q. */
function squareIsIntegrable(activation: Activation): boolean {
  let known = integrable.get(activation);
  if (known === undefined) {
    known = meanSquare(activation, 1) < Number.POSITIVE_INFINITY;
    integrable.set(activation, known);
  }
  return known;
}

/** A wrong value in a message. */
const show = (value: unknown) =>
  typeof value === "string"
    ? JSON.stringify(value)
    : value === null
      ? "null"
      : `a value of type ${typeof value}`;

/** Checks a layer at a public entry; NaN fails. */
export function checkLayer(where: string, layer: HiddenLayer): void {
  const given: unknown = layer;
  if (typeof given !== "object" || given === null) {
    throw new ForetrainError(
      "ERR_SPEC",
      `${where}: the layer is ${show(given)}, expected { activation, weightVariance, biasVariance }`,
      { argument: "layer", got: given },
    );
  }
  requireNonNegative(where, "weightVariance", layer.weightVariance);
  requireNonNegative(where, "biasVariance", layer.biasVariance);
  requireLengthMap(where, layer.activation);
}

const PROBE_POINTS = [0.013, 0.37, 1, 2.9, 41];
/** Closed expressions of phi round a few times; nothing that is not homogeneous comes this close at five points. */
const PROBE_TOLERANCE = 1e-13;

/**
 * True when phi(t x) = t phi(x) for t > 0 (identity, relu, leakyRelu, abs, abRelu and user functions like them):
 * then E_q[phi^2] = q E_1[phi^2], the length map is a straight line and chi_1 does not depend on q.
 */
export function isPositivelyHomogeneous(activation: Activation): boolean {
  const { value } = activation;
  const [left, right] = [value(-1), value(1)];
  if (value(0) !== 0 || (left === 0 && right === 0)) return false;
  return PROBE_POINTS.every(
    (x) =>
      Math.abs(value(x) - x * right) <= PROBE_TOLERANCE * x * Math.abs(right) &&
      Math.abs(value(-x) - x * left) <= PROBE_TOLERANCE * x * Math.abs(left),
  );
}

const SMALL_VARIANCE = 1e-12;

/** Small enough to lie on the first linear piece on its side of 0, large enough not to be subnormal. */
const BESIDE_ZERO = 1e-200;

/**
 * Limit of E_q[phi^2] / q for q -> 0 where phi(0) = 0: the mean of the squared one-sided slopes at 0, which is
 * also E_0[phi'^2]. Infinity where phi jumps at 0, null where phi(0) is not 0.
 */
export function squaredSlopeAtZero(activation: Activation): number | null {
  const { value, derivative, breakPoints } = activation;
  if (value(0) !== 0) return null;
  if (breakPoints.some(({ at, order }) => at === 0 && order === 0)) return Number.POSITIVE_INFINITY;
  if (derivative === null) {
    // the quotient itself: phi is smooth near 0, so that its error is of the order of the variance
    return meanSquare(activation, SMALL_VARIANCE) / SMALL_VARIANCE;
  }
  const [left, right] = [derivative(-BESIDE_ZERO), derivative(BESIDE_ZERO)];
  return (left * left + right * right) / 2;
}
