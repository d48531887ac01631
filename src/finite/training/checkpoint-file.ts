/**
 * Training that was stopped, as the bytes of an npz file.
 *
 * Arrays: `parameters` and `velocity` in the arithmetic of training, `outputsTrain` and `outputsTest` [records, n, ...output] and
 * `classesTrain`, `classesTest`, `classesProbe` [records, n] where they were kept, and `meta`, JSON in UTF-8: recipe, network, step and records. Random numbers need no state: those of a step follow
 * from the seed and the step's number.
 * @module
 */
import { readNpz, writeNpz } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import { parseNetwork } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { VERSION } from "../../version.js";
import type { FloatArray } from "../parameters.js";
import type { TrainingCheckpoint, TrainingRecord } from "./checkpoint.js";
import { parseTrainingRecipe } from "./training-recipe.js";

export const CHECKPOINT_KIND = "training checkpoint";

/** A checkpoint as bytes of an npz; a program in Python reads it with numpy.load. */
export function encodeCheckpoint(checkpoint: TrainingCheckpoint): Uint8Array {
  const { parameters, velocity, outputs, classes, ...rest } = checkpoint;
  const meta = new TextEncoder().encode(
    JSON.stringify({ foretrain: 1, kind: CHECKPOINT_KIND, version: VERSION, ...rest }),
  );
  const vector = (data: FloatArray) => ({ data, shape: [data.length] });
  return writeNpz({
    meta: { data: meta, shape: [meta.length] },
    parameters: vector(parameters),
    ...(velocity === null ? {} : { velocity: vector(velocity) }),
    ...(outputs.train === null ? {} : { outputsTrain: outputs.train }),
    ...(outputs.test === null ? {} : { outputsTest: outputs.test }),
    ...(classes.train === null ? {} : { classesTrain: classes.train }),
    ...(classes.test === null ? {} : { classesTest: classes.test }),
    ...(classes.probe === null ? {} : { classesProbe: classes.probe }),
  });
}

/**
 * The checkpoint in the bytes of a file.
 * @throws ERR_DATA when it is damaged or no checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, file = "checkpoint"): TrainingCheckpoint {
  const arrays = readNpz(bytes, file);
  const fail = (problem: string, cause?: unknown): never => {
    throw new ForetrainError(
      "ERR_DATA",
      `${file}: ${problem}; expected a checkpoint of foretrain's training`,
      { argument: file },
      cause === undefined ? {} : { cause },
    );
  };
  const { meta, parameters, velocity, outputsTrain, outputsTest } = arrays;
  if (meta === undefined || parameters === undefined) return fail("it has no arrays meta and parameters");
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(meta.data)));
  } catch (cause) {
    return fail("its array meta is no JSON", cause);
  }
  if (json?.["kind"] !== CHECKPOINT_KIND || json["foretrain"] !== 1)
    fail("its array meta is not that of a checkpoint");
  const floats = (name: string, array: NdArray): FloatArray =>
    array.data instanceof Float64Array || array.data instanceof Float32Array
      ? array.data
      : fail(`its array ${name} holds no floating point numbers`);
  const kept = (name: string, array: NdArray | undefined): NdArray<Float64Array> | null => {
    if (array === undefined) return null;
    if (array.data instanceof Float64Array) return { data: array.data, shape: array.shape };
    return fail(`its array ${name} is not float64`);
  };
  const bytesOf = (name: string): NdArray<Uint8Array> | null => {
    const array = arrays[name];
    if (array === undefined) return null;
    if (array.data instanceof Uint8Array) return { data: array.data, shape: array.shape };
    return fail(`its array ${name} holds no bytes`);
  };
  return {
    network: parseNetwork(json["network"]),
    recipe: parseTrainingRecipe(json["recipe"], `${file}: recipe`),
    dataChecksum: json["dataChecksum"] as number,
    step: json["step"] as number,
    records: json["records"] as TrainingRecord[],
    parameters: floats("parameters", parameters),
    velocity: velocity === undefined ? null : floats("velocity", velocity),
    outputs: { train: kept("outputsTrain", outputsTrain), test: kept("outputsTest", outputsTest) },
    classes: {
      train: bytesOf("classesTrain"),
      test: bytesOf("classesTest"),
      probe: bytesOf("classesProbe"),
    },
  };
}
