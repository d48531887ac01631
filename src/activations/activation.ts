/**
 * What the toolkit knows about one activation function: its values, derivatives, break points, growth, whether it
 * has a length map, and its closed-form dual where one exists.
 *
 * Notation: `q` is the variance of a centred Gaussian pre-activation, (u, v) a centred Gaussian
 * pair with E u^2 = q1, E v^2 = q2, E uv = k. The dual activation is T = E[phi(u) phi(v)], its derivative kernel is
 * Td = E[phi'(u) phi'(v)]; dT/dk = Td.
 * @module
 */

/**
 * How fast |phi| can grow. `exponential` is exp(rate |x|), `subgaussian` exp(|x|^power) with 1 < power < 2, `gaussian`
 * exp(rate x^2): E_q[phi^2] is then finite only for q < 1 / (4 rate). `supergaussian` is exp(|x|^power) with power > 2, Infinity
 * for what outgrows them all (exp(exp(x))): E_q[phi^2] is infinite for every q > 0. `undecided` is growth like exp(|x|^power),
 * with a power so near 2 that values do not tell which of the last three it is. `unbounded-at-point` is a pole or a logarithm.
 */
export type Growth =
  | { readonly kind: "bounded" }
  | { readonly kind: "polynomial"; readonly degree: number }
  | { readonly kind: "exponential"; readonly rate: number }
  | { readonly kind: "subgaussian"; readonly power: number }
  | { readonly kind: "gaussian"; readonly rate: number }
  | { readonly kind: "supergaussian"; readonly power: number }
  | { readonly kind: "undecided"; readonly power: number }
  | { readonly kind: "unbounded-at-point"; readonly at: number };

/** A point where phi is not smooth: its derivative of this `order` jumps. 0 = phi itself, 1 = a kink, 2 = the curvature, ... */
export interface BreakPoint {
  readonly at: number;
  readonly order: number;
}

/** Whether phi is permissible in the sense of paper D, so that its length map exists, and why. */
export interface Permissibility {
  readonly permissible: boolean;
  readonly reason: string;
  /** `known`: from the formula; `declared`: the caller says how phi grows; `sampled`: judged by values of phi */
  readonly basis: "known" | "declared" | "sampled";
}

/**
 * Closed-form Gaussian expectations of one activation.
 *
 * Deficit form: next to k the caller passes `d = E[(u - v)^2] / 2 = (q1 + q2) / 2 - k`, computed without cancellation
 * (from |x - x'|^2 at the inputs). An implementation that uses `d` near c = 1 keeps its digits for near-duplicates.
 */
export interface ClosedDual {
  /** E_q[phi^2] for q >= 0. */
  second(q: number): number;
  /** E_q[phi'^2] for q >= 0; NaN where phi' does not exist as a function (sign, heaviside). */
  derivativeSecond(q: number): number;
  /** d/dq E_q[phi^2] for q >= 0, where it has a simple form. */
  secondSlope?(q: number): number;
  /** E_q[phi''^2] for q >= 0, where it has a simple form. */
  curvatureSecond?(q: number): number;
  /**
   * Writes `[T, Td, D, Dd]` to `out`: D = (E phi(u)^2 + E phi(v)^2) / 2 - T = E[(phi(u) - phi(v))^2] / 2 >= 0 and
   * Dd = (E phi'(u)^2 + E phi'(v)^2) / 2 - Td >= 0, the same of phi'.
   */
  pair(q1: number, q2: number, k: number, d: number, out: Float64Array): void;
  /** Writes `[T, Td]` only, where D and Dd are the costly part: callers with the second moments at hand subtract. */
  pairWithoutDeficit?(q1: number, q2: number, k: number, d: number, out: Float64Array): void;
}

/** One activation function with its parameters bound. A plain record of functions; make one with `activation(name, parameters)` or `customActivation`. */
export interface Activation {
  /** Catalogue name as in network JSON, or the name the user gave. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, number | string | readonly number[]>>;
  /** For people, with the parameters that are not the defaults: `leakyRelu(slope=0.2)`, `erf`; a formula as written. */
  readonly label: string;
  /** phi(x) */
  readonly value: (x: number) => number;
  /** phi' almost everywhere; null where it is not a function (sign, heaviside: a delta at 0). */
  readonly derivative: ((x: number) => number) | null;
  /** phi'' almost everywhere; null: not known */
  readonly secondDerivative: ((x: number) => number) | null;
  /** phi''' almost everywhere; null: not known */
  readonly thirdDerivative: ((x: number) => number) | null;
  readonly breakPoints: readonly BreakPoint[];
  readonly growth: Growth;
  readonly permissibility: Permissibility;
  readonly closedDual: ClosedDual | null;
  /** True for kernel-only activations without a finite network (`expNormalized`). */
  readonly kernelOnly: boolean;
}
