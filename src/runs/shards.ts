/**
 * Large work in independent pieces: the interface between what is computed (sweep points, tiles of a kernel) and where
 * (this process now; job queues of a cluster later). A piece is known by the hash of everything that determines its
 * result, so it may be computed anywhere, twice, or not at all when its result is in the store.
 * @module
 */
import { ForetrainError, isForetrainError } from "../errors.js";
import { breathe, type LongWork, throwIfAborted } from "../progress.js";

/** Plain JSON, the only thing that all executors can transport. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The state of a piece that is not finished, kept so that a crash costs less than the piece. */
export interface PieceDraft {
  /** what an earlier attempt left; null: nothing */
  readonly read: () => Promise<Uint8Array | null>;
  /** keeps the state in place of the one before; whole or not at all */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** time that may pass between two of them */
  readonly seconds: number;
}

/** What a piece is computed with. */
export interface PieceWork extends LongWork {
  /** missing: the store keeps none. The result must not depend on it */
  readonly draft?: PieceDraft | undefined;
}

/** A kind of piece: how its result is computed from its input, and kept as bytes. */
export interface ShardTask<I extends Json, O> {
  /** for example `kernel-tile`; part of the key */
  readonly name: string;
  /** raised whenever the same input gives another result; part of the key */
  readonly version: number;
  /** must depend on `input` only: any randomness by a seed in it */
  readonly compute: (input: I, work: PieceWork) => O | Promise<O>;
  readonly encode: (output: O) => Uint8Array;
  /** throws `ERR_DATA` when the bytes are damaged; the piece is then computed again */
  readonly decode: (bytes: Uint8Array) => O;
}

/** Keeps results by key. `put` is atomic: `get` gives the whole value or null. */
export interface ShardStore {
  readonly get: (key: string) => Promise<Uint8Array | null>;
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>;
  /** states of unfinished pieces; missing: none are kept */
  readonly drafts?: {
    readonly get: (key: string) => Promise<Uint8Array | null>;
    readonly put: (key: string, bytes: Uint8Array) => Promise<void>;
    readonly remove: (key: string) => Promise<void>;
    /** time that may pass between two drafts of a piece */
    readonly seconds: number;
  };
}

export interface ShardResult<O> {
  /** position of the input */
  readonly index: number;
  readonly key: string;
  readonly output: O;
  /** true: it was in the store */
  readonly stored: boolean;
}

/** Computes pieces somewhere, and yields each result when it is there, in any order. */
export interface ShardExecutor {
  readonly execute: <I extends Json, O>(
    task: ShardTask<I, O>,
    inputs: readonly I[],
    work?: LongWork,
  ) => AsyncIterable<ShardResult<O>>;
}

/**
 * JSON with sorted keys: equal data, equal text.
 * @throws ForetrainError `ERR_DOMAIN` for what JSON cannot hold (NaN, undefined, typed arrays), naming the place
 */
export function canonicalJson(value: Json, path = "input"): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => canonicalJson(item as Json, `${path}[${i}]`)).join(",")}]`;
  }
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value as { readonly [key: string]: Json });
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, `${path}.${key}`)}`)
      .join(",")}}`;
  }
  throw new ForetrainError("ERR_DOMAIN", `${path}: got ${String(value)}, expected plain JSON data`, {
    argument: path,
    got: String(value),
  });
}

/** Key of a piece: SHA-256, in hexadecimal, of the task's name and version and the input. */
export async function shardKey(
  task: Pick<ShardTask<Json, unknown>, "name" | "version">,
  input: Json,
): Promise<string> {
  const text = canonicalJson({ input, task: task.name, version: task.version }, "shard");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A store in memory: repeated inputs are computed once. */
export function memoryStore(): ShardStore {
  const values = new Map<string, Uint8Array>();
  return {
    get: async (key) => values.get(key) ?? null,
    put: async (key, bytes) => {
      values.set(key, bytes);
    },
  };
}

/** The output that a store has for a key; null where it has none, or a damaged one. */
export async function fromStore<I extends Json, O>(task: ShardTask<I, O>, store: ShardStore, key: string) {
  const bytes = await store.get(key);
  if (bytes === null) return null;
  try {
    return { output: task.decode(bytes) };
  } catch (error) {
    if (isForetrainError(error, "ERR_DATA")) return null;
    throw error;
  }
}

/** Computes a piece and puts its result into the store, where its draft is no longer needed. */
export async function computeInto<I extends Json, O>(
  task: ShardTask<I, O>,
  store: ShardStore,
  { input, key }: { readonly input: I; readonly key: string },
  signal: AbortSignal | undefined,
): Promise<O> {
  const { drafts } = store;
  const draft = drafts && {
    read: () => drafts.get(key),
    write: (bytes: Uint8Array) => drafts.put(key, bytes),
    seconds: drafts.seconds,
  };
  const output = await task.compute(input, { signal, draft });
  throwIfAborted(signal);
  await store.put(key, task.encode(output));
  await drafts?.remove(key);
  return output;
}

/**
 * Computes the pieces one after another in this process. With a store, finished pieces survive a cancellation or crash,
 * and the same call continues with the rest.
 */
export function localExecutor({ store = memoryStore() }: { store?: ShardStore } = {}): ShardExecutor {
  return {
    async *execute(task, inputs, { signal, onProgress } = {}) {
      const report = (done: number) =>
        onProgress?.({ label: task.name, done, total: inputs.length, unit: "pieces" });
      report(0);
      for (const [index, input] of inputs.entries()) {
        await breathe(signal);
        const key = await shardKey(task, input);
        const found = await fromStore(task, store, key);
        if (found !== null) yield { index, key, output: found.output, stored: true };
        else {
          const output = await computeInto(task, store, { input, key }, signal);
          yield { index, key, output, stored: false };
        }
        report(index + 1);
      }
    },
  };
}
