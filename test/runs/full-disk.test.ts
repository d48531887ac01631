/**
 * A disk that fills up while a kernel goes to it: writes beyond `room` fail as the system's do.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { isForetrainError } from "../../src/errors.js";
import { computeKernel } from "../../src/kernels/index.js";
import { dense, input, network, relu } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { assembleKernel, readNpzFile, streamKernel } from "../../src/runs/index-node.js";

const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const open: typeof real.open = async (...args) => {
    const handle = await real.open(...args);
    const write = handle.write.bind(handle) as (...rest: unknown[]) => Promise<{ bytesWritten: number }>;
    const limited = async (...rest: unknown[]) => {
      const length = typeof rest[2] === "number" ? rest[2] : (rest[0] as Uint8Array).byteLength;
      if (length > disk.room) {
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      }
      disk.room -= length;
      return write(...rest);
    };
    return Object.assign(handle, { write: limited });
  };
  return { ...real, open, default: { ...real, open } };
});

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-full-"));
});
afterEach(() => {
  disk.room = Number.POSITIVE_INFINITY;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const net = network(input([4]), dense(1), relu(), dense(1));
const n = 1500; // three blocks
const x = { data: createRng(1).normals(new Float64Array(4 * n)), shape: [n, 4] };
const options = { get: ["ntk"], threads: 1 } as const;

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /[0-9a-f]{64}$/.test(name));

async function failureOf(
  work: Promise<unknown>,
): Promise<{ message: string; details: Record<string, unknown> }> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isForetrainError(error, "ERR_FILE")) throw new Error(`expected ERR_FILE, got ${String(error)}`);
  return error;
}

test("a full disk says what is kept, what it needs and how to go on, and the next run computes the rest", async () => {
  const folder = join(scratch, "k");
  disk.room = 9e6; // the manifest and one block of 8.4 MB
  const { message, details } = await failureOf(streamKernel(net, x, null, folder, options));
  expect(message).toMatch(/cannot write .*: the disk is full; free some space or choose another place/);
  expect(message).toContain(`the finished blocks stay in ${folder}, which takes`);
  expect(message).toContain("once there is room, the same command goes on from there");
  expect(details).toMatchObject({ got: "ENOSPC", kept: folder });
  expect(details["expected"]).toBeGreaterThan(((n * n) / 2) * 8);
  const finished = filesOf(folder);
  expect(finished).toHaveLength(1);
  // nothing half-written beside it
  expect(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".tmp")),
  ).toEqual([]);

  disk.room = Number.POSITIVE_INFINITY;
  const resumed = await streamKernel(net, x, null, folder, options);
  expect(resumed).toMatchObject({ computed: 2, stored: 1 });

  const out = join(scratch, "k.npz");
  disk.room = 1e6;
  const assembling = await failureOf(assembleKernel(folder, out));
  expect(assembling.message).toContain(
    `all blocks are finished and stay in ${folder}; putting them together takes 18 MB more`,
  );
  expect(assembling.details).toMatchObject({ kept: folder, expected: n * n * 8 });
  expect(existsSync(out)).toBe(false);
  expect(filesOf(folder)).toHaveLength(3);

  disk.room = Number.POSITIVE_INFINITY;
  await assembleKernel(folder, out);
  const { ntk } = await readNpzFile(out);
  const whole = await computeKernel(net, x, null, options);
  expect(
    Buffer.from(ntk!.data.buffer, ntk!.data.byteOffset, ntk!.data.byteLength).equals(
      Buffer.from(whole.ntk.data.buffer, whole.ntk.data.byteOffset, whole.ntk.data.byteLength),
    ),
  ).toBe(true);
  expect(readFileSync(out).byteLength).toBeGreaterThan(n * n * 8);
});
