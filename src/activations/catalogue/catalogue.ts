/**
 * The activation catalogue: names and parameters as in network JSON.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { Activation } from "../activation.js";
import { permissibilityOf } from "../permissibility.js";
import type {
  ActivationDescription,
  Definition,
  ParameterDescription,
  ParameterValue,
} from "./definition.js";
import { expressionDefinitions } from "./expression.js";
import { piecewiseDefinitions } from "./piecewise.js";
import { polynomialDefinitions } from "./polynomials.js";
import { smoothDefinitions } from "./smooth.js";

const MAX_DEGREE = 60; // beyond it the moments of a polynomial leave the exact range of float64 by far
const definitions: readonly Definition[] = [
  ...piecewiseDefinitions,
  ...smoothDefinitions,
  ...polynomialDefinitions,
  ...expressionDefinitions,
];

// names that other libraries use
const ALIASES: Readonly<Record<string, string>> = {
  swish: "silu",
  linear: "identity",
  step: "heaviside",
  logistic: "sigmoid",
  atan: "arctan",
  sine: "sin",
  cosine: "cos",
  absolute: "abs",
};

/** Every activation that network JSON can name, with its parameters and formula. */
export const activationCatalogue: readonly ActivationDescription[] = definitions.map(
  ({ name, formula, parameters, closedForm }) => ({ name, formula, parameters, closedForm }),
);

const made = new WeakSet<Activation>();

/** Whether {@link activation} made this very record, so that its name and parameters say which function it is. */
export function isOfCatalogue(given: Activation): boolean {
  return made.has(given);
}

/** The names of the catalogue, in its order. */
export function activationNames(): readonly string[] {
  return definitions.map(({ name }) => name);
}

/**
 * The activation of the catalogue with its parameters bound: `activation("leakyRelu", { slope: 0.2 })`.
 *
 * Parameters that have a default may be left out; see {@link activationCatalogue}.
 * @throws ERR_SPEC for an unknown name (the message names the nearest), an unknown, missing or unusable parameter
 */
export function activation(name: string, parameters: Readonly<Record<string, unknown>> = {}): Activation {
  const definition = definitions.find((d) => d.name === name);
  if (definition === undefined) {
    const near = nearest(String(name));
    throw new ForetrainError(
      "ERR_SPEC",
      `activation: there is no activation "${name}"; did you mean ${near.map((n) => `"${n}"`).join(" or ")}? ` +
        `Known: ${activationNames().join(", ")}. Use expression for a formula, customActivation for a function of your own`,
      { argument: "name", got: name, expected: activationNames(), nearest: near },
    );
  }
  const bound = bind(definition, parameters);
  if (definition.parameters.length > 0) return build(definition, bound);
  let made = simple.get(name);
  if (made === undefined) {
    made = Object.freeze(build(definition, bound));
    simple.set(name, made);
  }
  return made;
}

/** Activations without parameters are one object each, so that what is known about them is kept. */
const simple = new Map<string, Activation>();

function build(definition: Definition, bound: Record<string, ParameterValue>): Activation {
  const { name } = definition;
  const shape = definition.build({
    number: (key) => bound[key] as number,
    list: (key) => bound[key] as readonly number[],
    text: (key) => bound[key] as string,
  });
  const text = definition.parameters
    .map(({ key, default: usual }) => ({ key, v: bound[key]!, usual }))
    .filter(({ v, usual }) => v !== usual)
    .map(({ key, v }) => `${key}=${Array.isArray(v) ? `[${v.join(", ")}]` : v}`);
  const formula = definition.parameters.find(({ domain }) => domain === "expression");
  const [derivative, secondDerivative, thirdDerivative] = shape.derivatives;
  const built: Activation = {
    name,
    parameters: bound,
    // a formula says what it is by itself
    label:
      formula !== undefined
        ? `${bound[formula.key]}`
        : text.length === 0
          ? name
          : `${name}(${text.join(", ")})`,
    value: shape.value,
    derivative,
    secondDerivative,
    thirdDerivative,
    breakPoints: shape.breakPoints ?? [],
    growth: shape.growth,
    permissibility: permissibilityOf(shape.growth, shape.growthBasis),
    closedDual: shape.closedDual ?? null,
    kernelOnly: shape.kernelOnly ?? false,
  };
  made.add(built);
  return built;
}

function bind(
  definition: Definition,
  given: Readonly<Record<string, unknown>>,
): Record<string, ParameterValue> {
  const known = definition.parameters.map((p) => p.key);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new ForetrainError(
        "ERR_SPEC",
        `activation ${definition.name}: unknown parameter "${key}"; ` +
          (known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`),
        { argument: key, got: given[key], expected: known },
      );
    }
  }
  const bound: Record<string, ParameterValue> = {};
  for (const parameter of definition.parameters) {
    const chosen = given[parameter.key];
    const value = chosen === undefined ? parameter.default : chosen;
    if (chosen === undefined && value === null) {
      throw new ForetrainError(
        "ERR_SPEC",
        `activation ${definition.name}: parameter "${parameter.key}" is missing (${parameter.meaning}); ` +
          `expected ${expectation(parameter)}`,
        { argument: parameter.key, got: undefined, expected: expectation(parameter) },
      );
    }
    bound[parameter.key] = check(definition.name, parameter, value);
  }
  return bound;
}

function check(name: string, parameter: ParameterDescription, value: unknown): ParameterValue {
  if (accepts(parameter, value)) return Array.isArray(value) ? [...value] : (value as ParameterValue);
  throw new ForetrainError(
    "ERR_SPEC",
    `activation ${name}: parameter "${parameter.key}" (${parameter.meaning}) must be ${expectation(parameter)}, got ${describe(value)}`,
    { argument: parameter.key, got: value, expected: expectation(parameter) },
  );
}

function accepts({ domain }: ParameterDescription, value: unknown): boolean {
  if (domain === "coefficients") {
    return (
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= MAX_DEGREE + 1 &&
      value.every((c) => Number.isFinite(c))
    );
  }
  if (domain === "expression") return typeof value === "string";
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  switch (domain) {
    case "real":
      return true;
    case "positive":
      return value > 0;
    case "non-negative":
      return value >= 0;
    case "degree":
      return Number.isInteger(value) && value >= 0 && value <= MAX_DEGREE;
  }
}

function expectation({ domain }: ParameterDescription): string {
  switch (domain) {
    case "real":
      return "a finite number";
    case "positive":
      return "a finite number > 0";
    case "non-negative":
      return "a finite number >= 0";
    case "degree":
      return `a whole number from 0 to ${MAX_DEGREE}`;
    case "coefficients":
      return `an array of 1 to ${MAX_DEGREE + 1} finite numbers`;
    case "expression":
      return 'a formula of x as text, such as "x*tanh(x)"';
  }
}

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** The one to three names at the smallest edit distance, upper case and separators ignored. */
function nearest(name: string): readonly string[] {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const alias = ALIASES[plain];
  if (alias !== undefined) return [alias];
  const ranked = activationNames()
    .map((candidate) => ({ candidate, distance: editDistance(plain, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0]!.distance;
  return ranked
    .filter((r) => r.distance === best)
    .slice(0, 3)
    .map((r) => r.candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
