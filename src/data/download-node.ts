/**
 * Downloading of large files: mirrors in order, resumed after a break, checked before they count (Node).
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { ForetrainError } from "../errors.js";
import { type LongWork, throwIfAborted } from "../progress.js";
import { fileError, systemCode } from "./file-error-node.js";
import { count } from "./problem.js";

export interface DownloadOptions extends LongWork {
  /** silence after which a connection counts as broken, default 30 s: slow servers pause, dead ones never speak */
  readonly stallMilliseconds?: number | undefined;
}

/** What is to be downloaded, and how it is recognised. */
export interface DownloadTask {
  /** the same file on different servers, tried in order */
  readonly urls: readonly string[];
  /** path to write; while it is incomplete it is called `target.part` */
  readonly target: string;
  readonly bytes?: number | null | undefined;
  readonly sha256?: string | undefined;
  readonly md5?: string | undefined;
}

/** A reason why one server did not give the file; the next is tried. */
class ServerProblem extends Error {
  constructor(
    message: string,
    /** true: what came is good as far as it goes, so that asking again for the rest makes sense */
    readonly resumable: boolean,
  ) {
    super(message);
  }
}

/** A server that keeps breaking off is asked this often for the rest, as long as each answer brings some bytes. */
const MOST_RESUMES = 5;
const STALL_MILLISECONDS = 30_000;

async function sizeOrZero(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** Both digests of a file, in hexadecimal. */
async function digestsOf(
  path: string,
  signal?: AbortSignal | undefined,
): Promise<{ readonly sha256: string; readonly md5: string }> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal);
    sha256.update(part as Buffer);
    md5.update(part as Buffer);
  }
  return { sha256: sha256.digest("hex"), md5: md5.digest("hex") };
}

/** Why a file is not the wanted one; null when it is. */
async function differenceOf(
  path: string,
  task: DownloadTask,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const size = await sizeOrZero(path);
  if (task.bytes != null && size !== task.bytes) {
    return `it has ${count(size)} bytes, expected ${count(task.bytes)}`;
  }
  const { sha256, md5 } = await digestsOf(path, signal);
  if (task.sha256 !== undefined) {
    return sha256 === task.sha256 ? null : `its SHA-256 is ${sha256}, expected ${task.sha256}`;
  }
  if (task.md5 !== undefined) return md5 === task.md5 ? null : `its MD5 is ${md5}, expected ${task.md5}`;
  return null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = systemCode(cause) ?? systemCode(error);
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connection refused",
    ENOTFOUND: "host not found (is there a network?)",
    EAI_AGAIN: "host not found (is there a network?)",
    ETIMEDOUT: "connection timed out",
    UND_ERR_CONNECT_TIMEOUT: "connection timed out",
    ECONNRESET: "connection broken off",
    UND_ERR_SOCKET: "connection broken off",
  };
  return (code === undefined ? undefined : known[code]) ?? cause?.message ?? error.message;
}

/** Asks one server for what is missing of `part` and appends it. */
async function appendFrom(url: string, part: string, task: DownloadTask, options: DownloadOptions) {
  const start = await sizeOrZero(part);
  const stall = new AbortController();
  const limit = options.stallMilliseconds ?? STALL_MILLISECONDS;
  const stalled = () => stall.abort(new ServerProblem(`no answer for ${limit / 1000} s`, true));
  let timer = setTimeout(stalled, limit);
  const signal =
    options.signal === undefined ? stall.signal : AbortSignal.any([options.signal, stall.signal]);
  const rethrow = (error: unknown): never => {
    throwIfAborted(options.signal);
    if (stall.signal.aborted) throw stall.signal.reason;
    throw new ServerProblem(reasonOf(error), true);
  };
  try {
    const response = await fetch(url, {
      signal,
      // archives are wanted as they lie on the server: no second compression around them
      headers: { "accept-encoding": "identity", ...(start > 0 ? { range: `bytes=${start}-` } : {}) },
    }).catch(rethrow);
    const resumes = response.status === 206;
    if (response.status === 416) {
      await response.body?.cancel();
      await rm(part, { force: true });
      throw new ServerProblem("the partial file did not fit and was thrown away", true);
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new ServerProblem(`the server answers ${response.status} ${response.statusText}`.trim(), false);
    }
    if (resumes && !response.headers.get("content-range")?.startsWith(`bytes ${start}-`)) {
      await response.body.cancel();
      await rm(part, { force: true });
      throw new ServerProblem("the server sends another part than the one asked for", true);
    }
    let done = resumes ? start : 0;
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const offered = done + length;
    if (task.bytes != null && offered > 0 && offered !== task.bytes) {
      await response.body.cancel();
      throw new ServerProblem(
        `the server offers ${count(offered)} bytes, expected ${count(task.bytes)}`,
        false,
      );
    }
    const total = task.bytes ?? (Number.isFinite(offered) ? offered : 0);
    const report = () =>
      options.onProgress?.({
        label: `fetch ${basename(task.target)}`,
        done: Math.round(done / 1000),
        total: Math.round(Math.max(total, done) / 1000),
        unit: "kB",
      });
    report();
    const handle = await open(part, resumes ? "a" : "w");
    try {
      const reader = response.body.getReader();
      for (;;) {
        const { value } = await reader.read().catch(rethrow);
        if (value === undefined) break;
        clearTimeout(timer);
        timer = setTimeout(stalled, limit);
        for (let at = 0; at < value.length; ) at += (await handle.write(value, at)).bytesWritten;
        done += value.length;
        if (task.bytes != null && done > task.bytes) {
          await reader.cancel();
          await rm(part, { force: true });
          throw new ServerProblem(
            `the server sends more than the expected ${count(task.bytes)} bytes`,
            false,
          );
        }
        report();
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (total > 0 && done < total) {
      // fetch itself finds connections that break off; a stream that ends in order is another, shorter file
      await rm(part, { force: true });
      throw new ServerProblem(`the server sends ${count(done)} bytes, expected ${count(total)}`, false);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** One server, with resumes. */
async function fetchFrom(url: string, part: string, task: DownloadTask, options: DownloadOptions) {
  for (let attempt = 0; ; attempt++) {
    const before = await sizeOrZero(part);
    // a part that is complete already (a crash before the rename) needs no request
    if (!(task.bytes != null && before === task.bytes)) {
      try {
        await appendFrom(url, part, task, options);
      } catch (error) {
        if (!(error instanceof ServerProblem) || !error.resumable) throw error;
        const grown = (await sizeOrZero(part)) > before;
        const restarts = before > 0 && (await sizeOrZero(part)) === 0;
        if (attempt >= MOST_RESUMES || !(grown || restarts)) throw error;
        continue;
      }
    }
    const difference = await differenceOf(part, task, options.signal);
    if (difference === null) return;
    await rm(part, { force: true });
    // a resumed file may be made of two different ones: once more from the beginning
    if (before === 0 || attempt >= MOST_RESUMES) {
      throw new ServerProblem(`the file is not the published one: ${difference}`, false);
    }
  }
}

function proxyNote(): string {
  const set = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].find((name) => process.env[name]);
  return set === undefined ? "" : ` (${set} is set, but downloads here do not use proxies)`;
}

/**
 * Downloads a file. An interrupted download continues where it stopped, also in a later call and on another server
 * (HTTP ranges); the file gets its name only when size and check sum fit.
 *
 * @throws ForetrainError `ERR_FILE` with what each server answered and how to fetch by hand, `ERR_ABORTED`
 */
export async function download(task: DownloadTask, options: DownloadOptions = {}): Promise<void> {
  throwIfAborted(options.signal);
  const part = `${task.target}.part`;
  const failures: string[] = [];
  try {
    await mkdir(dirname(task.target), { recursive: true });
    for (const url of task.urls) {
      try {
        await fetchFrom(url, part, task, options);
        await rename(part, task.target);
        return;
      } catch (error) {
        if (!(error instanceof ServerProblem)) throw error;
        failures.push(`${url}: ${error.message}`);
      }
    }
  } catch (cause) {
    throwIfAborted(options.signal);
    throw fileError("cannot download to", task.target, cause);
  }
  throw new ForetrainError(
    "ERR_FILE",
    `cannot download ${basename(task.target)}${proxyNote()}:\n${failures.map((line) => `  ${line}`).join("\n")}\n` +
      `fetch it by hand from one of these addresses into ${dirname(task.target)}, or give a folder that has it with --data-dir`,
    { argument: basename(task.target), got: failures, expected: task.urls },
  );
}
