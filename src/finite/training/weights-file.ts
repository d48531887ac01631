/**
 * Weights of a trained network, as the arrays and the bytes of an npz file.
 *
 * Arrays: every tensor in its shape under its name and role, such as `layers[0].weight`, and `meta`, JSON in UTF-8: the network, the
 * initialization (which holds the multipliers of the tensors) and the seed.
 * @module
 */
import { type NpzArrays, readNpz, writeNpz } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import { type Network, parseNetwork } from "../../network/index.js";
import { VERSION } from "../../version.js";
import { type FiniteModel, finiteModel } from "../model.js";
import { type ParameterScheme, parseParameterScheme, type SchemeName } from "../parameter-scheme.js";
import { type FloatArray, type ParameterTensor, parametersOf } from "../parameters.js";
import { CHECKPOINT_KIND, decodeCheckpoint } from "./checkpoint-file.js";

const KIND = "network weights";

/** The parameters of a network, with what reads them: `finiteModel(network, { scheme: initialization })`. */
export interface NetworkWeights {
  readonly network: Network;
  readonly initialization: SchemeName | ParameterScheme;
  /** of the training: its start was `initialParameters(model, { seed })`, unless it was given another */
  readonly seed: number;
  /** [parameterCount] */
  readonly parameters: FloatArray;
}

const arrayName = ({ name, role }: ParameterTensor): string => `${name}.${role}`;

/** Every tensor of a vector of parameters under its name and role, in its shape. */
export function parametersToArrays(model: FiniteModel, parameters: FloatArray): NpzArrays {
  parametersOf(model, parameters, "parametersToArrays");
  return Object.fromEntries(
    model.tensors.map((tensor) => {
      const { offset, size, shape } = tensor;
      return [arrayName(tensor), { data: parameters.slice(offset, offset + size), shape }];
    }),
  );
}

/**
 * The vector of parameters [parameterCount] whose tensors are these arrays, named as {@link parametersToArrays} names them; float32
 * where all arrays are, float64 else. Arrays of other names are left alone.
 * @param source of the arrays, for messages
 * @throws ERR_DATA for a tensor that is missing or not finite; ERR_SHAPE for one of another shape
 */
export function parametersFromArrays(model: FiniteModel, arrays: NpzArrays, source = "arrays"): FloatArray {
  const found = model.tensors.map((tensor) => {
    const name = arrayName(tensor);
    const array = arrays[name];
    if (array === undefined) {
      const others = Object.keys(arrays).slice(0, 8).join(", ") || "nothing";
      throw new ForetrainError(
        "ERR_DATA",
        `${source}: has no array ${name} [${tensor.shape.join(", ")}], expected every tensor of the network, as foretrain train --weights writes them; it holds ${others}`,
        { argument: name, got: Object.keys(arrays) },
      );
    }
    if (
      array.shape.length !== tensor.shape.length ||
      array.shape.some((side, i) => side !== tensor.shape[i])
    ) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `${source}: ${name} has shape [${array.shape.join(", ")}], expected [${tensor.shape.join(", ")}]; is it of a network of other widths?`,
        { argument: name, got: array.shape, expected: tensor.shape },
      );
    }
    const bad = array.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new ForetrainError(
        "ERR_DATA",
        `${source}: ${name} has ${array.data[bad]} at index ${bad}, expected finite numbers`,
        { argument: name, got: array.data[bad], index: bad },
      );
    }
    return { tensor, data: array.data };
  });
  const narrow = found.every(({ data }) => data instanceof Float32Array);
  const out = narrow ? new Float32Array(model.parameterCount) : new Float64Array(model.parameterCount);
  for (const { tensor, data } of found) out.set(data, tensor.offset);
  return out;
}

/** Weights as bytes of an npz, as `foretrain train --weights` writes them; a program in Python reads it with numpy.load. */
export function encodeWeights({ network, initialization, seed, parameters }: NetworkWeights): Uint8Array {
  const model = finiteModel(network, { scheme: initialization });
  const json = { foretrain: 1, kind: KIND, version: VERSION, network, initialization, seed };
  const meta = new TextEncoder().encode(JSON.stringify(json));
  return writeNpz({ meta: { data: meta, shape: [meta.length] }, ...parametersToArrays(model, parameters) });
}

/**
 * The weights in the bytes of a file that `foretrain train` wrote: `weights-seed-N.npz` of `--weights`, or a checkpoint.
 * @throws ERR_DATA when it is neither, or damaged; ERR_SHAPE for tensors that are not those of its network
 * @example
 * const { network, initialization, parameters } = decodeWeights(bytes);
 * const model = finiteModel(network, { scheme: initialization });
 */
export function decodeWeights(bytes: Uint8Array, file = "weights"): NetworkWeights {
  const arrays = readNpz(bytes, file);
  const json = metaOf(arrays);
  if (json?.["kind"] === CHECKPOINT_KIND) {
    const { network, recipe, parameters } = decodeCheckpoint(bytes, file);
    return { network, initialization: recipe.initialization, seed: recipe.seed, parameters };
  }
  if (json?.["kind"] !== KIND || json["foretrain"] !== 1) {
    throw new ForetrainError(
      "ERR_DATA",
      `${file}: does not say of which network it is; expected weights-seed-N.npz of foretrain train --weights, or a checkpoint. ` +
        "Tensors from elsewhere: parametersFromArrays(model, arrays)",
      { argument: file, got: Object.keys(arrays) },
    );
  }
  const network = parseNetwork(json["network"]);
  const initialization = json["initialization"] as SchemeName | ParameterScheme;
  parseParameterScheme(initialization);
  const model = finiteModel(network, { scheme: initialization });
  const parameters = parametersFromArrays(model, arrays, file);
  return { network, initialization, seed: json["seed"] as number, parameters };
}

/** The JSON in the array `meta`; undefined where there is none. */
function metaOf({ meta }: NpzArrays): Readonly<Record<string, unknown>> | undefined {
  if (meta === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(meta.data)),
    );
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
