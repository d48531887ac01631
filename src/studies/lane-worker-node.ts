/**
 * What a lane runs: one study after another, as it is told, with pieces that it shares with the other lanes (Node).
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { loadDataset } from "../data/index-node.js";
import { isForetrainError } from "../errors.js";
import { setLinearAlgebraThreads } from "../numeric/linalg/index.js";
import { useNativeLinearAlgebra } from "../numeric/linalg/index-node.js";
import { folderStore } from "../runs/index-node.js";
import { type Claim, type Claims, sharedExecutor } from "../runs/shared-executor.js";
import { drawStudy } from "./drawn-study.js";
import type { FromLane, LaneError, LaneJob, LaneSettings, ToLane } from "./lane-messages.js";
import { findStudies } from "./registry.js";
import { runStudy } from "./run-study.js";

const settings = workerData as LaneSettings;
const port = parentPort!;
const post = (message: FromLane, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage(message, [...transfer]);

let requests = 0;
const answers = new Map<number, (claim: Claim | null) => void>();
function ask(kind: "claim" | "settled", key: string): Promise<Claim | null> {
  const request = ++requests;
  post({ kind, request, key });
  return new Promise((resolve) => answers.set(request, resolve));
}

const claims: Claims = {
  claim: async (key) => (await ask("claim", key))!,
  settle: (key, how) => post({ kind: "settle", key, how }),
  settled: async (key) => {
    await ask("settled", key);
  },
};
const executor = sharedExecutor(folderStore(settings.pieces), claims);

const loaded = new Map<string, ReturnType<typeof loadDataset>>();
function loadData(source: string) {
  const { dataDir, offline } = settings;
  const known = loaded.get(source) ?? loadDataset(source, { dataDir, offline });
  loaded.set(source, known);
  return known;
}

const errorOf = (error: unknown): LaneError =>
  isForetrainError(error)
    ? { code: error.code, message: error.message }
    : { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };

let stop = new AbortController();

async function work({ id, parameters, command, helps }: LaneJob): Promise<void> {
  stop = new AbortController();
  const { size, seed, threads, data } = settings;
  try {
    const run = await runStudy(findStudies(id)[0]!, {
      ...{ size, seed, threads, data, parameters, command, executor, loadData, signal: stop.signal },
      onProgress: helps ? undefined : (progress) => post({ kind: "progress", progress }),
    });
    post({ kind: "finished", study: helps ? null : drawStudy(run) });
  } catch (error) {
    post({ kind: "failed", error: errorOf(error) });
  }
}

setLinearAlgebraThreads(settings.threads);
await useNativeLinearAlgebra();
port.on("message", (message: ToLane) => {
  if (message.kind === "stop") stop.abort();
  else if (message.kind === "job") void work(message.job);
  else {
    answers.get(message.request)?.(message.claim);
    answers.delete(message.request);
  }
});
