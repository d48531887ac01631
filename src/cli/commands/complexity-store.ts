/**
 * What `foretrain complexity` keeps: finished parts and checkpoints beside the run folder until the run is done, and afterwards the run folder itself,
 * from which another call goes on with other simple models.
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  type ExplainerPredictions,
  type ExplainerRecipe,
  explainerName,
  type NetworkSnapshots,
} from "../../complexity/index.js";
import { type NpzArrays, readNpz, writeNpz } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import { decodeCheckpoint, encodeCheckpoint, type TrainNetworkInput } from "../../finite/index.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { type Json, shardKey } from "../../runs/index.js";
import { folderStore, readNpzFile, readRunManifest, writeFileAtomic } from "../../runs/index-node.js";
import { VERSION } from "../../version.js";
import type { DataSettings } from "./complexity-data.js";

export const SPEC_NAME = "spec.json";
/** The file of network `index`; the first has the plain name. */
export const predictionsName = (index: number): string =>
  index === 0 ? "predictions.npz" : `predictions-${index + 1}.npz`;

/** One network of a run: its seed, the key of its predictions, and those of what its simple models say. */
export interface NetworkParts {
  readonly seed: number;
  readonly key: string;
  /** as many as there are simple models */
  readonly explainers: readonly string[];
}

/** What makes a run, as its folder has it. */
export interface ComplexitySpec {
  readonly foretrain: 1;
  readonly kind: "complexity";
  readonly network: Network;
  readonly recipe: TrainNetworkInput["recipe"];
  readonly records: readonly number[] | null;
  readonly data: DataSettings;
  readonly explainers: readonly ExplainerRecipe[];
  /** trained by one recipe from different seeds; at least one */
  readonly networks: readonly NetworkParts[];
  /** in order: the one that trained the first network, and those that went on with it; absent in older folders */
  readonly commands?: readonly string[];
}

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/**
 * The key of a part: of what it is made of. The version is in it, since a resumed run promises the bits of one that was never stopped,
 * and another version may compute others: it makes the parts anew.
 */
export const partKey = (name: string, input: unknown): Promise<string> =>
  shardKey({ name: `complexity/${name}/${VERSION}`, version: 1 }, plain(input));

const column = (values: readonly number[]) => ({ data: Float64Array.from(values), shape: [values.length] });

function stacked(rows: readonly Uint8Array[]): NdArray<Uint8Array> {
  const size = rows[0]?.length ?? 0;
  const data = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => {
    data.set(row, i * size);
  });
  return { data, shape: [rows.length, size] };
}

/** Names that `--predictions` reads, and some more. */
export function snapshotArrays(snapshots: NetworkSnapshots): NpzArrays {
  const { steps, test, train, probe, trainLoss, testLoss } = snapshots;
  return {
    steps: column(steps),
    predictions: stacked(test),
    train_predictions: stacked(train),
    ...(probe === null ? {} : { probe_predictions: stacked(probe) }),
    train_loss: column(trainLoss),
    test_loss: column(testLoss),
  };
}

export function snapshotsOfArrays(arrays: NpzArrays, file: string): NetworkSnapshots {
  const need = (name: string): NdArray => {
    const found = arrays[name];
    if (found !== undefined) return found;
    throw new ForetrainError(
      "ERR_DATA",
      `${file}: has no array ${name}; expected predictions that a run has kept`,
      {
        argument: file,
        got: Object.keys(arrays),
        expected: name,
      },
    );
  };
  const numbers = (name: string) => Array.from(need(name).data as ArrayLike<number>);
  const rows = (name: string) => {
    const { data, shape } = need(name);
    return Array.from({ length: shape[0]! }, (_, t) =>
      Uint8Array.from(data.subarray(t * shape[1]!, (t + 1) * shape[1]!)),
    );
  };
  return {
    steps: numbers("steps"),
    test: rows("predictions"),
    train: rows("train_predictions"),
    probe: arrays["probe_predictions"] === undefined ? null : rows("probe_predictions"),
    trainLoss: numbers("train_loss"),
    testLoss: numbers("test_loss"),
  };
}

/** The spec in a run folder; null where there is no run of this command. */
export async function readSpec(out: string): Promise<ComplexitySpec | null> {
  let text: string;
  try {
    await readRunManifest(out);
    text = await readFile(join(out, SPEC_NAME), "utf8");
  } catch {
    return null; // no run, or one of another command: `checkRunFolder` says what may be written over
  }
  try {
    const spec = JSON.parse(text) as ComplexitySpec;
    return spec.kind === "complexity" && Array.isArray(spec.networks) ? spec : null;
  } catch {
    return null;
  }
}

/** Parts of a run: where they are looked for and kept. */
export interface Parts {
  readonly folder: string;
  readonly snapshots: (key: string) => Promise<NetworkSnapshots | null>;
  readonly explainer: (key: string) => Promise<ExplainerPredictions | null>;
  readonly put: (key: string, arrays: NpzArrays) => Promise<void>;
  /** a network's checkpoint under a key */
  readonly checkpoints: (
    key: string,
  ) => Promise<Pick<TrainNetworkInput, "resume" | "onCheckpoint" | "checkpointSeconds">>;
  readonly remove: () => Promise<void>;
}

/** Opens the parts of a run folder: those of the finished run `spec`, and those of a run that was stopped. */
export function openParts(out: string, spec: ComplexitySpec | null, checkpointSeconds: number): Parts {
  const folder = join(dirname(resolve(out)), `${basename(resolve(out))}.pieces`);
  const store = folderStore(folder);
  const networks = spec?.networks ?? [];
  const fileOf = (index: number) => join(out, predictionsName(index));
  const finished = new Map<number, Promise<NpzArrays>>();
  const arrays = (index: number) => {
    const found = finished.get(index) ?? readNpzFile(fileOf(index));
    finished.set(index, found);
    return found;
  };
  const stored = async (key: string): Promise<NpzArrays | null> => {
    const bytes = await store.get(key);
    return bytes === null ? null : readNpz(bytes, join(folder, key));
  };
  return {
    folder,
    snapshots: async (key) => {
      const index = networks.findIndex((network) => network.key === key);
      if (index >= 0) return snapshotsOfArrays(await arrays(index), fileOf(index));
      const found = await stored(key);
      return found === null ? null : snapshotsOfArrays(found, join(folder, key));
    },
    explainer: async (key) => {
      const index = networks.findIndex(({ explainers }) => explainers.includes(key));
      const found = index < 0 ? await stored(key) : await arrays(index);
      if (found === null) return null;
      const recipe = spec?.explainers[networks[index]?.explainers.indexOf(key) ?? -1];
      const name = recipe && explainerName(recipe);
      const [test, train] =
        name === undefined
          ? [found["test"], found["train"]]
          : [found[`explainer_${name}`], found[`train_explainer_${name}`]];
      if (test === undefined || train === undefined) return null;
      return { test: Uint8Array.from(test.data), train: Uint8Array.from(train.data) };
    },
    put: (key, part) => store.put(key, writeNpz(part)),
    checkpoints: async (key) => {
      const path = join(folder, `checkpoint-${key}.npz`);
      const bytes = await readFile(path).catch(() => null);
      return {
        resume: bytes === null ? undefined : decodeCheckpoint(bytes, path),
        onCheckpoint: (checkpoint) => writeFileAtomic(path, encodeCheckpoint(checkpoint)),
        checkpointSeconds,
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
