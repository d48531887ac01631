/**
 * Kernels larger than memory: computed block by block into a folder, and put together from there (Node).
 *
 * Every block is a file with the hash of all that determines it as its name, written whole or not at all. A run that was
 * stopped in any way, by `kill -9` too, is continued by the same call: it computes the blocks that are missing.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../data/file-error-node.js";
import { readNpz, writeNpz } from "../data/index.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import {
  type Area,
  exchangedPlaces,
  type KernelName,
  type KernelOptions,
  kernelNames,
  openKernel,
  pairSize,
  type SheetArray,
  setDiagonals,
} from "../kernels/index.js";
import { byteSize } from "../kernels/memory.js";
import type { Network } from "../network/index.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { type LongWork, throwIfAborted } from "../progress.js";
import { VERSION } from "../version.js";
import { folderStore } from "./folder-store-node.js";
import {
  blockGrid,
  blocksOf,
  elementBytes,
  type KernelDtype,
  type KernelStreamPlan,
  planKernelStream,
  requireStreamFit,
} from "./kernel-blocks.js";
import {
  KERNEL_MANIFEST,
  type KernelBlock,
  type KernelIdentity,
  type KernelManifest,
  readKernelManifest,
  requireKernelFolder,
} from "./kernel-folder-node.js";
import { type ArrayStream, writeNpzStream } from "./npz-stream-node.js";
import { canonicalJson, type Json, localExecutor, type ShardTask, shardKey } from "./shards.js";
import { writeFileAtomic } from "./write-node.js";

export interface StreamKernelOptions extends KernelOptions {
  /** element type of the blocks, default float64 */
  readonly dtype?: KernelDtype | undefined;
}

/** What `streamKernel` left on the disk. */
export interface StreamedKernel {
  readonly manifest: KernelManifest;
  readonly plan: KernelStreamPlan;
  /** blocks computed by this call, and those that were there */
  readonly computed: number;
  readonly stored: number;
}

const pathOfKey = (key: string) => `blocks/${key.slice(0, 2)}/${key}`;

function hashOf({ data, shape }: NdArray): string {
  const numbers = data instanceof Float64Array ? data : Float64Array.from(data);
  const hash = createHash("sha256").update(JSON.stringify(shape));
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  // one call takes at most 2 GiB
  for (let at = 0; at < bytes.length; at += 2 ** 28) hash.update(bytes.subarray(at, at + 2 ** 28));
  return hash.digest("hex");
}

/** The arrays of a block as a file, and back. */
function blockCodec(names: readonly KernelName[], dtype: KernelDtype, positions: readonly number[]) {
  const shapeOf = ({ rowStart, rowEnd, colStart, colEnd }: Area) => [
    rowEnd - rowStart,
    colEnd - colStart,
    ...positions.flatMap((side) => [side, side]),
  ];
  return {
    encode: (area: Area, arrays: Record<KernelName, SheetArray>) =>
      writeNpz(Object.fromEntries(names.map((name) => [name, { data: arrays[name], shape: shapeOf(area) }]))),
    /** @throws ERR_DATA when the bytes are damaged */
    check(bytes: Uint8Array): void {
      for (const [name, { data }] of Object.entries(readNpz(bytes, "block", names))) {
        if (data instanceof Float32Array !== (dtype === "float32")) {
          throw new ForetrainError("ERR_DATA", `block: ${name} has another element type than ${dtype}`);
        }
      }
    },
  };
}

/**
 * Computes a kernel into a folder of blocks, or what is missing of it there.
 *
 * @param folder  a new or empty one, or one that an earlier call with the same network, inputs and options left
 * @throws as `computeKernel`; `ERR_FILE` when the folder holds something else or cannot be written; `ERR_MEMORY` when a
 *   block does not fit. What is finished stays in the folder: `details.kept` of `ERR_ABORTED` and of the `ERR_FILE` of a
 *   full disk (`details.expected` has the bytes that the blocks take in all) names it, and the same call goes on there.
 */
export async function streamKernel(
  network: Network,
  x1: NdArray,
  x2: NdArray | null,
  folder: string,
  options: StreamKernelOptions = {},
): Promise<StreamedKernel> {
  const { dtype = "float64", signal, onProgress } = options;
  const names = kernelNames(options.get, "streamKernel");
  const n2 = x2 === null ? null : (x2.shape[0] ?? 0);
  const first = planKernelStream(network, x1.shape[0] ?? 0, n2, options);
  requireStreamFit(first);
  const kernel = await openKernel(network, x1, x2, {
    ...options,
    get: names,
    dtype,
    whole: false,
    caller: "streamKernel",
    onProgress: undefined,
  });
  try {
    const { plan } = kernel;
    const sameSamples = options.sameSamples ?? plan.symmetric;
    const identity: KernelIdentity = {
      foretrain: VERSION,
      network: JSON.parse(JSON.stringify(network)) as Json,
      x1: hashOf(x1),
      x2: x2 === null ? null : hashOf(x2),
      names,
      dtype,
      precision: plan.precision,
      backend: plan.backend,
      variant: plan.variant,
      sameSamples,
    };
    const former = await requireKernelFolder(folder, identity);
    const streamPlan =
      former === null
        ? first
        : planKernelStream(network, x1.shape[0] ?? 0, n2, { ...options, block: former.block });
    const codec = blockCodec(names, dtype, plan.positions);
    const task: ShardTask<Json, Uint8Array> = {
      name: "kernel-block",
      version: 1,
      async compute(input) {
        const { area } = input as unknown as { readonly area: Area };
        const arrays = await kernel.area(area);
        if (sameSamples) setDiagonals(kernel, area, arrays);
        return codec.encode(area, arrays);
      },
      encode: (bytes) => bytes,
      decode(bytes) {
        codec.check(bytes);
        return bytes;
      },
    };
    const areas = blocksOf(blockGrid(plan, streamPlan.block));
    const hash = createHash("sha256")
      .update(canonicalJson(identity as unknown as Json))
      .digest("hex");
    const inputs = areas.map((area): Json => ({ kernel: hash, area: { ...area } }));
    const blocks: KernelBlock[] = [];
    for (const [i, area] of areas.entries()) {
      blocks.push({ ...area, file: pathOfKey(await shardKey(task, inputs[i]!)) });
    }
    const manifest: KernelManifest = {
      foretrain: 1,
      kind: "kernel",
      complete: false,
      identity,
      shape: [...plan.shape, ...plan.positions.flatMap((side) => [side, side])],
      positions: plan.positions,
      symmetric: plan.symmetric,
      block: streamPlan.block,
      blocks,
    };
    const write = (whole: KernelManifest) =>
      writeFileAtomic(join(folder, KERNEL_MANIFEST), `${JSON.stringify(whole, null, 1)}\n`);
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw fileError("cannot write", folder, cause);
    });
    if (former?.complete !== true) await write(manifest);
    const executor = localExecutor({ store: folderStore(join(folder, "blocks")) });
    let computed = 0;
    let stored = 0;
    for await (const result of executor.execute(task, inputs, {
      signal,
      onProgress: onProgress && ((progress) => onProgress({ ...progress, label: "kernel", unit: "blocks" })),
    })) {
      if (result.stored) stored++;
      else computed++;
    }
    const complete = { ...manifest, complete: true };
    if (former?.complete !== true || computed > 0) await write(complete);
    const { backend, variant, precision, threads, tile, tiles } = plan;
    const used = { ...streamPlan.plan, backend, variant, precision, threads, tile, tiles };
    return { manifest: complete, plan: { ...streamPlan, plan: used }, computed, stored };
  } catch (error) {
    if (isDiskFull(error)) {
      throw withRoom(
        error,
        folder,
        first.disk.blocks,
        `the finished blocks stay in ${folder}, which takes ${byteSize(first.disk.blocks)} in all`,
      );
    }
    if (!isForetrainError(error, "ERR_ABORTED")) throw error;
    throw new ForetrainError(
      "ERR_ABORTED",
      error.message,
      { ...error.details, kept: folder },
      { cause: error },
    );
  } finally {
    kernel.close();
  }
}

const isDiskFull = (error: unknown): error is ForetrainError =>
  isForetrainError(error, "ERR_FILE") && ["ENOSPC", "EDQUOT"].includes(String(error.details["got"]));

/** The error of a full disk with what is there and how to go on. */
function withRoom(error: ForetrainError, folder: string, bytes: number, what: string): ForetrainError {
  return new ForetrainError(
    "ERR_FILE",
    `${error.message}; ${what}: once there is room, the same command goes on from there`,
    { ...error.details, kept: folder, expected: bytes },
    { cause: error },
  );
}

/** Rows of one array, band by band, from the blocks of a folder. */
async function* bandsOf(
  folder: string,
  { identity: { dtype }, shape, positions, symmetric, block, blocks }: KernelManifest,
  name: KernelName,
  { signal }: Pick<LongWork, "signal">,
): AsyncGenerator<SheetArray> {
  const [n1, n2] = shape as [number, number, ...number[]];
  const pair = pairSize(positions);
  const exchanged = exchangedPlaces(positions);
  const at = new Map(blocks.map((item) => [`${item.rowStart},${item.colStart}`, item]));
  const band = new (dtype === "float32" ? Float32Array : Float64Array)(Math.min(block, n1) * n2 * pair);
  for (let rowStart = 0; rowStart < n1; rowStart += block) {
    const rows = Math.min(block, n1 - rowStart);
    for (let colStart = 0; colStart < n2; colStart += block) {
      throwIfAborted(signal);
      const mirrored = symmetric && colStart < rowStart;
      const found = at.get(mirrored ? `${colStart},${rowStart}` : `${rowStart},${colStart}`)!;
      const path = join(folder, found.file);
      const values = await readBlock(path, name);
      const cols = Math.min(block, n2 - colStart);
      if (!mirrored) {
        for (let i = 0; i < rows; i++) {
          band.set(values.subarray(i * cols * pair, (i + 1) * cols * pair), (i * n2 + colStart) * pair);
        }
        continue;
      }
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          const from = (j * rows + i) * pair;
          const to = (i * n2 + colStart + j) * pair;
          for (let e = 0; e < pair; e++) band[to + exchanged[e]!] = values[from + e]!;
        }
      }
    }
    yield band.subarray(0, rows * n2 * pair);
  }
}

async function readBlock(path: string, name: KernelName): Promise<SheetArray> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw fileError("cannot read", path, cause);
  }
  return readNpz(bytes, path, [name])[name]!.data as SheetArray;
}

/**
 * Puts the blocks of a folder together to one npz with the arrays in C order, beyond 4 GiB too; the same bytes as
 * `writeNpzFile` gives for the whole arrays. Memory: one band of rows and one block.
 * @throws ForetrainError `ERR_FILE` when blocks are missing or the file cannot be written, `ERR_DATA` when one is
 *   damaged, `ERR_ABORTED`
 */
export async function assembleKernel(
  folder: string,
  path: string,
  { signal, onProgress }: LongWork = {},
): Promise<void> {
  const manifest = await readKernelManifest(folder);
  if (manifest?.complete !== true) {
    throw new ForetrainError(
      "ERR_FILE",
      manifest === null
        ? `${folder}: there is no ${KERNEL_MANIFEST}; expected a folder of kernel blocks`
        : `${folder}: blocks are missing; run the command that makes them again, it computes the rest`,
      { argument: folder },
    );
  }
  const { names, dtype } = manifest.identity;
  const bands = Math.ceil(manifest.shape[0]! / manifest.block);
  let done = 0;
  const arrays = names.map(
    (name): ArrayStream => ({
      name,
      dtype,
      shape: manifest.shape,
      async *pieces() {
        for await (const band of bandsOf(folder, manifest, name, { signal })) {
          yield band;
          onProgress?.({ label: "writing", done: ++done, total: bands * names.length, unit: "bands" });
        }
      },
    }),
  );
  try {
    await writeNpzStream(path, arrays, { signal });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    const bytes = names.length * sizeOf(manifest.shape) * elementBytes(dtype);
    throw withRoom(
      error,
      folder,
      bytes,
      `all blocks are finished and stay in ${folder}; putting them together takes ${byteSize(bytes)} more`,
    );
  }
}

/** Removes a folder of blocks, and nothing else that may lie in it. */
export async function removeKernelFolder(folder: string): Promise<void> {
  if ((await readKernelManifest(folder)) === null) return;
  await rm(join(folder, "blocks"), { recursive: true, force: true });
  await rm(join(folder, KERNEL_MANIFEST), { force: true });
  if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true, force: true });
}
