/**
 * One entry of the activation catalogue: what it is called, which parameters it takes, and how to build it.
 * @module
 */
import type { BreakPoint, ClosedDual, Growth, Permissibility } from "../activation.js";

/** Which values a parameter may have. `coefficients` is a non-empty array of numbers, `expression` the text of a formula. */
export type ParameterDomain = "real" | "positive" | "non-negative" | "degree" | "coefficients" | "expression";

/** What a parameter of an activation can be. */
export type ParameterValue = number | string | readonly number[];

/** One parameter of an activation, for validation, docs and forms. */
export interface ParameterDescription {
  readonly key: string;
  /** null: it must be given */
  readonly default: ParameterValue | null;
  readonly domain: ParameterDomain;
  readonly meaning: string;
}

/** What the catalogue tells about an activation. */
export interface ActivationDescription {
  readonly name: string;
  /** phi(x) in plain text, with the parameters by key */
  readonly formula: string;
  readonly parameters: readonly ParameterDescription[];
  /** has closed-form dual kernels */
  readonly closedForm: boolean;
}

type RealFunction = (x: number) => number;

/** The part of an activation that its formula decides. */
export interface Shape {
  readonly value: RealFunction;
  /** phi', phi'', phi''' almost everywhere; null from the first that is not a function */
  readonly derivatives: readonly [RealFunction | null, RealFunction | null, RealFunction | null];
  readonly growth: Growth;
  /** how the growth is known; default "known", from the formula */
  readonly growthBasis?: Permissibility["basis"];
  readonly breakPoints?: readonly BreakPoint[];
  readonly closedDual?: ClosedDual;
  readonly kernelOnly?: boolean;
}

/** Parameters after defaults and checks. */
export interface BoundParameters {
  number(key: string): number;
  list(key: string): readonly number[];
  text(key: string): string;
}

export interface Definition extends ActivationDescription {
  build(parameters: BoundParameters): Shape;
}

export function real(key: string, fallback: number | null, meaning: string): ParameterDescription {
  return { key, default: fallback, domain: "real", meaning };
}
