/**
 * Activation layers as the catalogue sees them.
 * @module
 */
import type { Activation } from "../activations/activation.js";
import { activation } from "../activations/index.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import type { ActivationLayer } from "./spec.js";

function parametersOf(layer: ActivationLayer): Record<string, unknown> {
  const { kind: _kind, name: _name, ...parameters } = layer;
  return parameters;
}

/** The activation of the catalogue that a layer names, its parameters bound. */
export function activationOf(layer: ActivationLayer): Activation {
  return activation(layer.name, parametersOf(layer));
}

/**
 * Checks a name and its parameters against the catalogue.
 * @throws ERR_SPEC with the JSON path of the name or the parameter
 */
export function checkActivation(name: string, parameters: Record<string, unknown>, path: string): void {
  try {
    activation(name, parameters);
  } catch (error) {
    if (!isForetrainError(error, "ERR_SPEC")) throw error;
    const argument = typeof error.details["argument"] === "string" ? error.details["argument"] : "name";
    const at = `${path}.${argument}`;
    throw new ForetrainError(
      "ERR_SPEC",
      `${at}: ${error.message}`,
      { ...error.details, argument: at, path: at },
      { cause: error },
    );
  }
}
