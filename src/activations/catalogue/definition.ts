/**
 * One entry of the activation catalogue: what it is called, which parameters it takes, and how to build it.
 * @module
 */
import type { BreakPoint, ClosedDual, Growth } from "../activation.js";

/** Which values a parameter may have. `coefficients` is a non-empty array of numbers. */
export type ParameterDomain = "real" | "positive" | "non-negative" | "degree" | "coefficients";

/** One parameter of an activation, for validation, docs and forms. */
export interface ParameterDescription {
  readonly key: string;
  /** null: it must be given */
  readonly default: number | readonly number[] | null;
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
  readonly breakPoints?: readonly BreakPoint[];
  readonly closedDual?: ClosedDual;
  readonly kernelOnly?: boolean;
}

/** Parameters after defaults and checks. */
export interface BoundParameters {
  number(key: string): number;
  list(key: string): readonly number[];
}

export interface Definition extends ActivationDescription {
  build(parameters: BoundParameters): Shape;
}

export function real(key: string, fallback: number | null, meaning: string): ParameterDescription {
  return { key, default: fallback, domain: "real", meaning };
}
