/**
 * The network of a command line: a JSON file, a recipe that holds one, or `preset:NAME?parameter=value&...`.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Network, parseNetwork, parsePreset } from "../network/index.js";
import { readJsonArgument } from "./json-argument.js";

/**
 * @param argument       file, `-`, or `preset:...`
 * @param presetDefaults parameters that the data know, for a preset that does not name them (input shape, classes)
 * @throws ForetrainError `ERR_FILE` or `ERR_SPEC`, beginning with the argument
 */
export async function readNetworkArgument(
  argument: string,
  presetDefaults: Readonly<Record<string, unknown>> = {},
): Promise<Network> {
  const json = await readJsonArgument(argument);
  if (typeof json === "string") return parsePreset(json, presetDefaults);
  const isRecipe = typeof json === "object" && json !== null && "network" in json;
  const candidate = isRecipe ? (json as { network: unknown }).network : json;
  if (typeof candidate === "string") return parsePreset(candidate, presetDefaults);
  try {
    return parseNetwork(candidate);
  } catch (error) {
    if (error instanceof ForetrainError) {
      throw new ForetrainError(error.code, `${argument}: ${error.message}`, error.details, { cause: error });
    }
    throw error;
  }
}
