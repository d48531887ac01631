/**
 * The activation that the fields of the page mean.
 * @module
 */
import {
  type Activation,
  activation,
  activationCatalogue,
  ForetrainError,
  parseActivationExpression,
} from "foretrain";
import { CUSTOM, type PhaseState } from "./fields.js";

/** Everything that decides which function it is; plain data. */
export type ActivationChoice = Pick<PhaseState, "activation" | "parameters" | "expression">;

/**
 * `slope=0.1` or `coefficients=0,1,0.5 & b=2` as a record.
 * @throws ForetrainError `ERR_SPEC` for a text that is none
 */
export function parseParameters(text: string): Record<string, number | number[]> {
  const found: Record<string, number | number[]> = {};
  for (const pair of text.split(/[&;]|\s+(?=[A-Za-z]+\s*=)/).filter((part) => part.trim() !== "")) {
    const [key = "", value = ""] = pair.split(/=(.*)/s, 2).map((part) => part.trim());
    const numbers = value.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    if (key === "" || numbers.some(Number.isNaN)) {
      throw new ForetrainError(
        "ERR_SPEC",
        `parameters: got "${pair.trim()}", expected key=number or key=number,number,..., several with "&" between`,
        { argument: "parameters", got: text },
      );
    }
    found[key] = numbers.length === 1 && key !== "coefficients" ? numbers[0]! : numbers;
  }
  return found;
}

/** What of the choice matters: fields that are not used do not make another activation. */
export function choiceKey(choice: ActivationChoice): string {
  return choice.activation === CUSTOM
    ? `${CUSTOM}:${choice.expression}`
    : `${choice.activation}?${choice.parameters}`;
}

/** What is known about an activation is kept with it: the last few stay. */
const known = new Map<string, Activation>();
const MOST_KNOWN = 12;

/**
 * @throws ForetrainError of the package for unknown names and parameters
 */
export function chosenActivation(choice: ActivationChoice): Activation {
  const key = choiceKey(choice);
  let made = known.get(key);
  if (made === undefined) {
    made =
      choice.activation === CUSTOM
        ? parseActivationExpression(choice.expression)
        : activation(choice.activation, parseParameters(choice.parameters));
    known.set(key, made);
    if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
  }
  return made;
}

/** What is wrong with the choice; null: nothing. */
export function activationProblem(choice: ActivationChoice): string | null {
  try {
    chosenActivation(choice);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** "slope: 0.01" for people; null for an activation without parameters, and for one that is a formula. */
export function parameterHint(name: string): string | null {
  if (name === CUSTOM) return null;
  const described = activationCatalogue.find((entry) => entry.name === name);
  if (described === undefined || described.parameters.length === 0) return null;
  return described.parameters
    .map(
      ({ key, meaning, default: usual }) =>
        `${key}: ${meaning}${usual === null ? "" : `, default ${String(usual)}`}`,
    )
    .join("; ");
}

/** The formula of the catalogue; null where it is typed. */
export function formulaOf(name: string): string | null {
  if (name === CUSTOM) return null;
  return activationCatalogue.find((entry) => entry.name === name)?.formula ?? null;
}
