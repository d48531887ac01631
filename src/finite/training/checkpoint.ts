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
import { type Network, parseNetwork } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { VERSION } from "../../version.js";
import type { FloatArray } from "../gradient-engine.js";
import { parseTrainingRecipe, type TrainingRecipe } from "./training-recipe.js";

/** What was measured after a number of steps. */
export interface TrainingRecord {
  readonly step: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
}

/** Training in progress, to go on from: weights, optimizer, records. */
export interface TrainingCheckpoint {
  readonly network: Network;
  /** with the learning rate that was used */
  readonly recipe: TrainingRecipe;
  /** of train and test data */
  readonly dataChecksum: number;
  /** steps done */
  readonly step: number;
  readonly parameters: FloatArray;
  readonly velocity: FloatArray | null;
  readonly records: readonly TrainingRecord[];
  /** outputs at every record, where they were kept */
  readonly outputs: {
    readonly train: NdArray<Float64Array> | null;
    readonly test: NdArray<Float64Array> | null;
  };
  /** classes [records, n] at every record, where they were kept */
  readonly classes: KeptClasses;
}

/** The class of the largest output for every sample at every record, [records, n], a byte each; null where it was not kept. */
export interface KeptClasses {
  readonly train: NdArray<Uint8Array> | null;
  readonly test: NdArray<Uint8Array> | null;
  readonly probe: NdArray<Uint8Array> | null;
}

const KIND = "training checkpoint";

/** A checkpoint as bytes of an npz; a program in Python reads it with numpy.load. */
export function encodeCheckpoint(checkpoint: TrainingCheckpoint): Uint8Array {
  const { parameters, velocity, outputs, classes, ...rest } = checkpoint;
  const meta = new TextEncoder().encode(
    JSON.stringify({ foretrain: 1, kind: KIND, version: VERSION, ...rest }),
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
  if (json?.["kind"] !== KIND || json["foretrain"] !== 1) fail("its array meta is not that of a checkpoint");
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

/** Text of plain data that does not depend on the order of fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * Refuses to go on with a checkpoint of other training: another network, other data, or another recipe. The number of steps may
 * differ, and a learning rate that the recipe leaves open is the checkpoint's.
 * @throws ERR_SPEC naming what differs
 */
export function requireSameTraining(
  checkpoint: TrainingCheckpoint,
  wanted: Pick<TrainingCheckpoint, "network" | "recipe" | "dataChecksum">,
): void {
  const differs = (what: string, got: unknown, expected: unknown) => {
    throw new ForetrainError(
      "ERR_SPEC",
      `resume: the checkpoint is of other training: ${what} is ${canonical(expected)} in it and ${canonical(got)} now; ` +
        "go on with the same, or start anew without the checkpoint",
      { argument: "resume", got, expected },
    );
  };
  if (canonical(checkpoint.network) !== canonical(wanted.network))
    differs("the network", wanted.network, checkpoint.network);
  const open = wanted.recipe.learningRate === null ? ["learningRate"] : [];
  for (const field of Object.keys(wanted.recipe) as (keyof TrainingRecipe)[]) {
    if (["steps", "epochs", ...open].includes(field)) continue;
    const [before, now] = [checkpoint.recipe[field], wanted.recipe[field]];
    if (canonical(before) !== canonical(now)) differs(field, now, before);
  }
  if (checkpoint.dataChecksum !== wanted.dataChecksum) {
    differs("the checksum of the data", wanted.dataChecksum, checkpoint.dataChecksum);
  }
}
