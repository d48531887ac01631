/**
 * The network of a command line: a JSON file, a recipe that holds one, or `preset:NAME?parameter=value&...`.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Network, type PresetParameters, parseNetwork, parsePreset } from "../network/index.js";
import type { NdArray } from "../numeric/matrix.js";
import { readJsonArgument } from "./json-argument.js";

/**
 * @param argument       file, `-`, or `preset:...`
 * @param presetDefaults parameters that the data know, for a preset that does not name them (input shape, classes)
 * @throws ForetrainError `ERR_FILE` or `ERR_SPEC`, beginning with the argument
 */
export async function readNetworkArgument(
  argument: string,
  presetDefaults: Partial<PresetParameters> = {},
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

/** The shape of one sample of `x`, for a preset that does not say its input; nothing when there is no usable `x`. */
export function presetInput(arrays: Readonly<Record<string, NdArray>>): Partial<PresetParameters> {
  const shape = arrays["x"]?.shape.slice(1) ?? [];
  return shape.length > 0 ? { input: shape } : {};
}
