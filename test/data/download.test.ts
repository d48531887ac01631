import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DownloadTask, download } from "../../src/data/index-node.js";
import type { Progress } from "../../src/progress.js";
import { emptyFolder, rejection } from "../support/files.js";
import { type FileServer, serve } from "./support/server.js";

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const other = content.map((byte) => byte ^ 0xff);
const sum = (name: string) => createHash(name).update(content).digest("hex");
let server: FileServer;
let task: DownloadTask;
let target: string;
beforeEach(async () => {
  server = await serve({ "f.gz": content, "mirror/f.gz": content, "wrong/f.gz": other });
  target = join(emptyFolder(), "cache", "f.gz");
  task = { urls: [`${server.base}f.gz`], target, bytes: content.length, sha256: sum("sha256") };
});
afterEach(() => server.close());

const arrived = () => Buffer.compare(readFileSync(target), content) === 0;
const left = () => readdirSync(join(target, ".."));

describe("download", () => {
  test("writes the file whole, makes its folder, and reports progress to the end", async () => {
    const seen: Progress[] = [];
    await download(task, { onProgress: (progress) => seen.push(progress) });
    expect(arrived()).toBe(true);
    expect(left()).toEqual(["f.gz"]);
    expect(seen[0]).toEqual({ label: "fetch f.gz", done: 0, total: 300, unit: "kB" });
    expect(seen.at(-1)).toEqual({ label: "fetch f.gz", done: 300, total: 300, unit: "kB" });
    expect(seen.every((progress, i) => i === 0 || progress.done >= seen[i - 1]!.done)).toBe(true);
  });

  test("a broken connection is resumed where it broke, as often as each answer brings something", async () => {
    server.plan.push("break", "break", "break");
    await download(task);
    expect(arrived()).toBe(true);
    expect(server.requests).toEqual(["f.gz", "f.gz from 150000", "f.gz from 225000", "f.gz from 262500"]);
  });

  test("a broken stream of unknown length is not taken for the file", async () => {
    server.plan.push("break-chunked");
    await download({ ...task, bytes: null });
    expect(arrived()).toBe(true);
    expect(server.requests).toEqual(["f.gz", "f.gz from 150000"]);
  });

  test("a silent connection counts as broken", async () => {
    server.plan.push("stall");
    await download(task, { stallMilliseconds: 100 });
    expect(arrived()).toBe(true);
    expect(server.requests).toEqual(["f.gz", "f.gz from 150000"]);
  });

  test("a part of an earlier call is continued", async () => {
    await download(task);
    writeFileSync(`${target}.part`, content.subarray(0, 1000));
    server.requests.length = 0;
    await download(task);
    expect(arrived()).toBe(true);
    expect(server.requests).toEqual(["f.gz from 1000"]);
    expect(left()).toEqual(["f.gz"]);
  });

  test("a server without ranges sends the file from the beginning", async () => {
    server.plan.push("break", "no-ranges");
    await download(task);
    expect(arrived()).toBe(true);
  });

  test("a part that was complete already needs no request", async () => {
    await download(task);
    writeFileSync(`${target}.part`, content);
    server.requests.length = 0;
    await download(task);
    expect(server.requests).toEqual([]);
  });

  test("a part of other content is found by the check sum and fetched again from the beginning", async () => {
    await download(task);
    writeFileSync(`${target}.part`, other.subarray(0, 1000));
    server.requests.length = 0;
    await download(task);
    expect(arrived()).toBe(true);
    expect(server.requests).toEqual(["f.gz from 1000", "f.gz"]);
  });

  test("a part that is too long is thrown away", async () => {
    await download({ ...task, bytes: null });
    writeFileSync(`${target}.part`, new Uint8Array(content.length + 5));
    await download({ ...task, bytes: null });
    expect(arrived()).toBe(true);
  });

  test.each([
    ["not-found", /the server answers 404/],
    ["server-error", /the server answers 503/],
    ["html", /sends 26 bytes, expected 300,000/],
    ["damage", /SHA-256 is [0-9a-f]{64}, expected/],
  ] as const)(
    "%s: the next mirror is used, and alone it is an error with the reason",
    async (plan, reason) => {
      server.plan.push(plan);
      await download({ ...task, urls: [`${server.base}f.gz`, `${server.base}mirror/f.gz`] });
      expect(arrived()).toBe(true);
      expect(server.requests).toEqual(["f.gz", "mirror/f.gz"]);

      server.plan.push(plan);
      const error = await rejection(download({ ...task, target: `${target}2` }), "ERR_FILE");
      expect(error.message).toMatch(reason);
      expect(error.message).toContain(`${server.base}f.gz`);
      expect(error.message).toMatch(/fetch it by hand.*--data-dir/);
      expect(existsSync(`${target}2`)).toBe(false);
    },
  );

  test("a broken download continues on the next mirror", async () => {
    server.plan.push("break", "server-error");
    await download({ ...task, urls: [`${server.base}f.gz`, `${server.base}mirror/f.gz`] });
    expect(arrived()).toBe(true);
    expect(server.requests).toEqual(["f.gz", "f.gz from 150000", "mirror/f.gz from 150000"]);
  });

  test("the MD5 is checked where no SHA-256 is known", async () => {
    const { sha256: _, ...rest } = task;
    await download({ ...rest, md5: sum("md5") });
    expect(arrived()).toBe(true);
    const error = await rejection(
      download({ ...rest, md5: sum("md5"), urls: [`${server.base}wrong/f.gz`], target: `${target}2` }),
      "ERR_FILE",
    );
    expect(error.message).toMatch(/MD5 is/);
  });

  test("all servers down: every address with its reason, nothing left behind", async () => {
    const gone = await serve({});
    await gone.close();
    const refusing = `${gone.base}f.gz`; // nothing listens on that port any more
    server.plan.push("not-found");
    const error = await rejection(
      download({ ...task, urls: [refusing, `${server.base}f.gz`, `${server.base}wrong/f.gz`] }),
      "ERR_FILE",
    );
    expect(error.message).toContain(`${refusing}: connection refused`);
    expect(error.message).toMatch(/f\.gz: the server answers 404/);
    expect(error.message).toMatch(/wrong\/f\.gz: the file is not the published one/);
    expect(error.details["expected"]).toHaveLength(3);
    expect(left()).toEqual([]);
  });

  test("cancellation in the middle rejects at once and keeps the part for later", async () => {
    server.plan.push("stall");
    const controller = new AbortController();
    const promise = download(task, {
      signal: controller.signal,
      onProgress: ({ done }) => done > 0 && controller.abort(),
    });
    await rejection(promise, "ERR_ABORTED");
    expect(left()).toEqual(["f.gz.part"]);
    server.requests.length = 0;
    await download(task);
    expect(arrived()).toBe(true);
    expect(server.requests[0]).toMatch(/^f\.gz from \d+$/);
  });

  test("cancelled before it begins, nothing is asked", async () => {
    await rejection(download(task, { signal: AbortSignal.abort() }), "ERR_ABORTED");
    expect(server.requests).toEqual([]);
  });

  test("a place that cannot be written is an error of the file, not of the servers", async () => {
    const file = join(emptyFolder(), "file");
    writeFileSync(file, "");
    const error = await rejection(download({ ...task, target: join(file, "f.gz") }), "ERR_FILE");
    expect(error.message).toMatch(/cannot download to .*a part of the path is a file|exists already/);
    expect(server.requests).toEqual([]);
  });
});
