import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storedEnd, storedHeader } from "../../src/data/zip.js";
import { isForetrainError } from "../../src/errors.js";
import { computeKernelArrays, type KernelName, type KernelOptions } from "../../src/kernels/index.js";
import { conv, dense, dropout, input, type Network, network, relu } from "../../src/network/index.js";
import type { NdArray } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import {
  assembleKernel,
  type KernelManifest,
  readNpzFile,
  removeKernelFolder,
  streamKernel,
  writeNpzFile,
} from "../../src/runs/index-node.js";
import { planKernelStream } from "../../src/runs/kernel-blocks.js";
import { writeNpzStream } from "../../src/runs/npz-stream-node.js";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "foretrain-stream-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function samples(n: number, shape: readonly number[], seed: number): NdArray<Float64Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  return { data: createRng(seed).normals(new Float64Array(n * size)), shape: [n, ...shape] };
}

const vectors = network(input([5]), dense(4, { weightVariance: 2 }), relu(), dropout(0.7), dense(1));
const positions = network(input([3, 2, 1]), conv(4, [2, 2], { weightVariance: 2 }), relu(), conv(1, [2, 2]));

/** Blocks are cut by a job's size: what an earlier run left as its block is taken instead. */
async function streamWithBlock(
  net: Network,
  x: NdArray,
  y: NdArray | null,
  folder: string,
  options: KernelOptions & { readonly dtype?: "float64" | "float32" },
  block: number,
) {
  const first = await streamKernel(net, x, y, folder, options);
  rmSync(join(folder, "blocks"), { recursive: true });
  const path = join(folder, "kernel.json");
  writeFileSync(path, JSON.stringify({ ...first.manifest, block, complete: false }));
  return streamKernel(net, x, y, folder, options);
}

describe("a kernel over the disk", () => {
  test.each([
    ["symmetric with dropout", vectors, [5], null],
    ["test against train", vectors, [5], 7],
    ["with positions", positions, [3, 2, 1], null],
    ["test against train with positions", positions, [3, 2, 1], 3],
  ] as const)("is bit for bit the one in memory, and so is its npz: %s", async (label, net, shape, m) => {
    const x = samples(11, shape, 1);
    const y = m === null ? null : samples(m, shape, 2);
    const get: readonly KernelName[] = ["ntk", "nngpGap"];
    for (const dtype of ["float64", "float32"] as const) {
      const folder = join(scratch, `${label} ${dtype}`);
      const streamed = await streamWithBlock(net, x, y, folder, { get, dtype, threads: 2, tile: 2 }, 4);
      expect(streamed.stored).toBe(0);
      expect(streamed.computed).toBe(m === null ? 6 : 3 * Math.ceil(m / 4));
      await assembleKernel(folder, `${folder}.npz`);
      const direct = await computeKernelArrays(net, x, y, { get });
      const narrow = (values: Float64Array) => (dtype === "float32" ? Float32Array.from(values) : values);
      await writeNpzFile(
        `${folder}-direct.npz`,
        Object.fromEntries(get.map((name) => [name, { ...direct[name], data: narrow(direct[name].data) }])),
      );
      expect(readFileSync(`${folder}.npz`).equals(readFileSync(`${folder}-direct.npz`))).toBe(true);
    }
  });

  test("continues with the blocks that are missing or damaged", async () => {
    const x = samples(10, [5], 3);
    const folder = join(scratch, "continued");
    const { manifest } = await streamWithBlock(vectors, x, null, folder, {}, 3);
    expect(manifest.blocks.length).toBe(10);
    await assembleKernel(folder, join(scratch, "whole.npz"));
    const again = await streamKernel(vectors, x, null, folder);
    expect([again.computed, again.stored]).toEqual([0, 10]);

    rmSync(join(folder, manifest.blocks[2]!.file));
    const damaged = join(folder, manifest.blocks[5]!.file);
    const bytes = readFileSync(damaged);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(damaged, bytes);
    const cut = join(folder, manifest.blocks[7]!.file);
    writeFileSync(cut, readFileSync(cut).subarray(0, 100));
    const repaired = await streamKernel(vectors, x, null, folder);
    expect([repaired.computed, repaired.stored]).toEqual([3, 7]);
    await assembleKernel(folder, join(scratch, "repaired.npz"));
    expect(readFileSync(join(scratch, "repaired.npz")).equals(readFileSync(join(scratch, "whole.npz")))).toBe(
      true,
    );
  });

  test("is refused where another kernel or other files are", async () => {
    const x = samples(6, [5], 4);
    const folder = join(scratch, "taken");
    await streamKernel(vectors, x, null, folder, { get: ["ntk"] });
    for (const [call, pattern] of [
      [
        () => streamKernel(vectors, samples(6, [5], 5), null, folder, { get: ["ntk"] }),
        /begun with another x1 \(--x\); go on with the same/,
      ],
      [() => streamKernel(vectors, x, x, folder, { get: ["ntk"] }), /another x2 \(--x2\), sameSamples/],
      [
        () => streamKernel(vectors, x, null, folder, { get: ["nngp"] }),
        /another choice of matrices \(get, --get\);/,
      ],
      [
        () => streamKernel(vectors, x, null, folder, { get: ["ntk"], precision: "float32" }),
        /another precision/,
      ],
      [() => streamKernel(vectors, x, null, scratch), /files that are no kernel/],
    ] as const) {
      await expect(call()).rejects.toThrow(pattern);
    }
    const manifest = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as KernelManifest;
    writeFileSync(join(folder, "kernel.json"), JSON.stringify({ ...manifest, complete: false }));
    await expect(assembleKernel(folder, join(scratch, "no.npz"))).rejects.toThrow(/blocks are missing/);
    for (const text of ["no JSON", "null", "{}"]) {
      const other = join(scratch, "other");
      mkdirSync(other, { recursive: true });
      writeFileSync(join(other, "kernel.json"), text);
      await expect(streamKernel(vectors, x, null, other)).rejects.toThrow(
        /kernel\.json: this is no manifest of a kernel; choose another folder, or remove this one$/,
      );
    }
    writeFileSync(join(folder, "mine.txt"), "kept");
    await removeKernelFolder(folder);
    expect(readdirSync(folder)).toEqual(["mine.txt"]);
  });

  test("that is cancelled keeps its blocks and names the place", async () => {
    const folder = join(scratch, "cancelled");
    const cancel = new AbortController();
    const x = samples(2100, [5], 6);
    const running = streamKernel(vectors, x, null, folder, {
      get: ["nngp"],
      signal: cancel.signal,
      onProgress: ({ done }) => done === 2 && cancel.abort(),
    });
    await expect(running).rejects.toSatisfy(
      (error) => isForetrainError(error, "ERR_ABORTED") && error.details["kept"] === folder,
    );
    const rest = await streamKernel(vectors, x, null, folder, { get: ["nngp"] });
    expect([rest.computed, rest.stored]).toEqual([4, 2]);
  });

  test("has a plan: what is in memory at once, and on disk", () => {
    const { plan, block, blocks, disk } = planKernelStream(vectors, 100_000, null, {
      get: ["ntk"],
      memoryLimit: 2e9,
    });
    expect(block).toBe(256); // a band of 256 rows is 205 MB
    const bands = Math.ceil(100_000 / block);
    expect(blocks).toBe((bands * (bands + 1)) / 2);
    expect(disk.whole).toBe(8e10);
    expect(disk.blocks).toBeGreaterThan(4e10);
    expect(disk.blocks).toBeLessThan(4.1e10);
    expect(plan.fits).toBe(true);
    expect(plan.bytes.total).toBeLessThan(5e8);
    // the number of threads must not change how it is cut: a later run may have others
    for (const threads of [1, 2, 64]) {
      expect(planKernelStream(vectors, 100_000, null, { get: ["ntk"], threads }).block).toBe(block);
    }
  });
});

describe("npz in pieces", () => {
  test("has the bytes of one that is written whole, and refuses pieces that are not the shape", async () => {
    const data = Float64Array.from({ length: 60 }, (_, i) => Math.sqrt(i));
    const path = join(scratch, "pieces.npz");
    const stream = (end: number) => ({
      name: "a",
      dtype: "float64" as const,
      shape: [6, 10],
      async *pieces() {
        for (let at = 0; at < end; at += 7) yield data.subarray(at, Math.min(end, at + 7));
      },
    });
    await writeNpzStream(path, [stream(60)]);
    expect((await readNpzFile(path))["a"]).toEqual({ data, shape: [6, 10] });
    await expect(writeNpzStream(path, [stream(59)])).rejects.toThrow(
      /pieces of "a" have 600 bytes, its shape/,
    );
  });

  test("beyond 4 GiB has zip64 records: sizes and places in the extra fields", () => {
    const large = { name: "k.npy", bytes: 5 * 2 ** 30, crc: 0x12345678, position: 0 };
    const header = storedHeader(large);
    const view = new DataView(header.buffer);
    expect(view.getUint32(14, true)).toBe(0x12345678);
    expect([view.getUint32(18, true), view.getUint32(22, true)]).toEqual([0xffffffff, 0xffffffff]);
    const extra = 30 + view.getUint16(26, true);
    expect([view.getUint16(extra, true), view.getUint16(extra + 2, true)]).toEqual([1, 16]);
    expect(Number(view.getBigUint64(extra + 4, true))).toBe(large.bytes);
    expect(Number(view.getBigUint64(extra + 12, true))).toBe(large.bytes);

    const after = header.length + large.bytes;
    const small = { name: "n.npy", bytes: 10, crc: 1, position: after };
    const end = storedEnd([large, small], after + 100);
    const tail = new DataView(end.buffer);
    // the second record's place is beyond 32 bits: its only extra field
    const second = end.length - 22 - 20 - 56 - (46 + 5 + 12);
    expect(tail.getUint32(second, true)).toBe(0x02014b50);
    expect(tail.getUint32(second + 42, true)).toBe(0xffffffff);
    expect(Number(tail.getBigUint64(second + 46 + 5 + 4, true))).toBe(after);
    // zip64 end record: two entries, directory at its place
    const record = end.length - 22 - 20 - 56;
    expect(tail.getUint32(record, true)).toBe(0x06064b50);
    expect(Number(tail.getBigUint64(record + 32, true))).toBe(2);
    expect(Number(tail.getBigUint64(record + 48, true))).toBe(after + 100);
  });
});
