/**
 * One builder per activation of the catalogue. The `identity` activation is `activationLayer("identity")`:
 * the builder `identity()` is the layer that does nothing, which is the same function.
 * @module
 */
import type { ParameterValue } from "../activations/index.js";
import type { ActivationLayer } from "./spec.js";

type Parameters = Readonly<Record<string, ParameterValue>>;

const layer = (name: string, parameters: Parameters = {}): ActivationLayer => ({
  kind: "activation",
  name,
  ...parameters,
});

/** Amplitude, scale or frequency, and shift or phase: `a f(b x) + c` or `a f(b x + c)`; see the catalogue. */
export type Abc = { readonly a?: number; readonly b?: number; readonly c?: number };
/** Parameters a and b of an activation. */
export type Ab = { readonly a?: number; readonly b?: number };

/** max(x, 0) */
export const relu = (): ActivationLayer => layer("relu");
/** x for x > 0, slope x for x < 0 */
export const leakyRelu = (parameters: { readonly slope?: number } = {}): ActivationLayer =>
  layer("leakyRelu", parameters);
/** |x| */
export const abs = (): ActivationLayer => layer("abs");
/** a min(x, 0) + b max(x, 0) */
export const abRelu = (parameters: { readonly a: number; readonly b: number }): ActivationLayer =>
  layer("abRelu", parameters);
/** a erf(b x) + c */
export const erf = (parameters: Abc = {}): ActivationLayer => layer("erf", parameters);
/** tanh x */
export const tanh = (): ActivationLayer => layer("tanh");
/** 1 / (1 + exp(-x)) */
export const sigmoid = (): ActivationLayer => layer("sigmoid");
/** 0.5 erf(x / 2.4020563531719796) + 0.5, the error function closest to the sigmoid */
export const sigmoidLike = (): ActivationLayer => layer("sigmoidLike");
/** x Phi(x) with the Gaussian distribution function Phi */
export const gelu = (): ActivationLayer => layer("gelu");
/** x sigmoid(x) */
export const silu = (): ActivationLayer => layer("silu");
/** log(1 + exp(x)) */
export const softplus = (): ActivationLayer => layer("softplus");
/** x for x > 0, exp(x) - 1 for x < 0 */
export const elu = (): ActivationLayer => layer("elu");
/** the self-normalizing scaled elu */
export const selu = (): ActivationLayer => layer("selu");
/** x / (1 + |x|) */
export const softsign = (): ActivationLayer => layer("softsign");
/** arctan x */
export const arctan = (): ActivationLayer => layer("arctan");
/** a sin(b x + c) */
export const sin = (parameters: Abc = {}): ActivationLayer => layer("sin", parameters);
/** a cos(b x + c) */
export const cos = (parameters: Abc = {}): ActivationLayer => layer("cos", parameters);
/** sqrt 2 sin(sqrt(2 gamma) x + pi / 4), whose dual is exp(-gamma |x - x'|^2) */
export const rbf = (parameters: { readonly gamma?: number } = {}): ActivationLayer =>
  layer("rbf", parameters);
/** a exp(b x^2) */
export const gaussian = (parameters: Ab = {}): ActivationLayer => layer("gaussian", parameters);
/** a exp(b x) */
export const exp = (parameters: Ab = {}): ActivationLayer => layer("exp", parameters);
/** exp(-x^2) sin x */
export const gabor = (): ActivationLayer => layer("gabor");
/** -1, 0 or 1 */
export const sign = (): ActivationLayer => layer("sign");
/** 0 for x < 0, 1 for x > 0 */
export const heaviside = (): ActivationLayer => layer("heaviside");
/** x^degree */
export const monomial = (degree: number): ActivationLayer => layer("monomial", { degree });
/** max(x, 0)^degree */
export const rectifiedMonomial = (degree: number): ActivationLayer => layer("rectifiedMonomial", { degree });
/** sum of coefficients[i] x^i */
export const polynomial = (coefficients: readonly number[]): ActivationLayer =>
  layer("polynomial", { coefficients });
/** the normalized Hermite polynomial */
export const hermite = (degree: number): ActivationLayer => layer("hermite", { degree });
/** the normalized exponential kernel; has no finite network */
export const expNormalized = (
  parameters: { readonly gamma?: number; readonly shift?: number } = {},
): ActivationLayer => layer("expNormalized", parameters);
/** a formula of x, such as "x*tanh(x)"; see `parseActivationExpression` */
export const expression = (formula: string): ActivationLayer => layer("expression", { expression: formula });
/** 1 / x */
export const reciprocal = (): ActivationLayer => layer("reciprocal");
