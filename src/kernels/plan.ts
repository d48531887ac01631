/**
 * What a kernel job costs, before it runs.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/spec.js";
import { hardwareThreads } from "../threads/index.js";
import type { BackendCost } from "./backend.js";
import { checkKernelOptions } from "./check-options.js";
import { type ChosenBackend, chooseBackend } from "./choose-backend.js";
import { compileKernel } from "./compile.js";
import { KERNEL_NAMES, type KernelName, type KernelOptions, type KernelPlan } from "./kernel.js";
import { byteSize, defaultMemoryLimit } from "./memory.js";
import { type KernelProgram, pairNumbersOf } from "./program.js";
import { flopsOf, referenceCost } from "./reference-cost.js";
import { type TileGrid, tileCount } from "./tiles.js";

/** Slots of a 64 x 64 tile are 96 KiB: a chain of layers stays in L2 together with its rows of inputs. */
const TILE = 64;

const DOUBLE = 8;

/** A tile should not take longer, so that threads end together and Ctrl-C is heard; ns. */
const TILE_NS = 1e7;

/** Tiles for each thread, for the same reason. */
const TILES_PER_THREAD = 8;

/** Jobs below this many seconds are over before another thread has begun. */
const ALONE = 0.01;

/** The most that the states of one tile should take, about a core's cache. */
const TILE_BYTES = 2 ** 20;

/** Resident bytes of Node with this package loaded, and of each worker before it has work. */
const PROCESS_BYTES = 7e7;
const THREAD_BYTES = 3e7;

/** Checks `get`, and takes out repetitions; nngp and ntk when missing. */
export function kernelNames(
  get: readonly KernelName[] | undefined,
  caller: string,
  known = KERNEL_NAMES,
): readonly KernelName[] {
  if (get === undefined) return ["nngp", "ntk"];
  if (!Array.isArray(get)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `${caller}: get: got ${JSON.stringify(get)}, expected a list of names such as ["ntk"]`,
      { argument: "get", got: get, expected: known },
    );
  }
  for (const name of get as readonly unknown[]) {
    if (known.includes(name as KernelName)) continue;
    throw new ForetrainError(
      "ERR_USAGE",
      `${caller}: get: got ${JSON.stringify(name)}, expected names of ${known.join(", ")}`,
      { argument: "get", got: name, expected: known },
    );
  }
  if (get.length === 0) {
    throw new ForetrainError("ERR_USAGE", `${caller}: get is empty, expected names of ${known.join(", ")}`, {
      argument: "get",
    });
  }
  return [...new Set(get)];
}

/** Whether tangent kernels must be carried for these matrices. */
export function needsTangent(names: readonly KernelName[]): boolean {
  return names.includes("ntk") || names.includes("ntkGap");
}

function checkCount(value: number, name: string): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `planKernel: ${name} is ${value}, expected a whole number of samples >= 1`,
      {
        argument: name,
        got: value,
      },
    );
  }
}

/** All that the plan is made from. */
interface Job {
  readonly program: KernelProgram;
  readonly n1: number;
  readonly n2: number | null;
  readonly names: readonly KernelName[];
  readonly cost: BackendCost;
  readonly threads: number;
}

const samplesOf = ({ n1, n2 }: Job) => n1 + (n2 ?? 0);

function bytesOf(job: Job, tile: number) {
  const { program, n1, n2, names, cost, threads } = job;
  const pair = pairNumbersOf(program);
  const inputs = samplesOf(job) * program.features * DOUBLE;
  const result = n1 * (n2 ?? n1) * names.length * pair * DOUBLE;
  const entries = Math.min(tile, n1) * Math.min(tile, n2 ?? n1);
  const lane = cost.threadBytes + entries * (cost.pairBytes + names.length * pair * DOUBLE);
  const tables = samplesOf(job) * (cost.sampleBytes + threads * cost.threadSampleBytes);
  const work = tables + threads * lane + (threads - 1) * THREAD_BYTES;
  return { inputs, result, work, total: inputs + result + work, runtime: PROCESS_BYTES };
}

function adviceFor(job: Job, tile: number, limit: number): string {
  const { n1, n2, names } = job;
  const least = Math.min(tile, TILE);
  const small = bytesOf(job, least);
  if (small.total <= limit) return `use smaller tiles: tile (--tile) of ${least}`;
  const alone = bytesOf({ ...job, threads: 1 }, least).total;
  if (alone <= limit) {
    const each = (small.total - alone) / (job.threads - 1);
    return `use fewer threads: threads (--threads) of ${1 + Math.floor((limit - alone) / each)}`;
  }
  const ways: string[] = [];
  if (names.length > 1) {
    const one = bytesOf({ ...job, names: names.slice(0, 1) }, least).total;
    if (one <= limit) ways.push(`ask for one of ${names.join(", ")} at a time (${byteSize(one)})`);
  }
  // bisection on the number of rows (and columns when symmetric) that fit
  let low = 0;
  let high = n1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (bytesOf({ ...job, n1: middle }, least).total <= limit) low = middle;
    else high = middle;
  }
  if (low > 0) ways.push(`use at most ${low} ${n2 === null ? "samples" : `rows of x1 at a time`}`);
  ways.push("let it go to disk tile by tile (kernel --stream)");
  ways.push(`allow more memory: memoryLimit (--memory) of at least ${small.total} bytes`);
  return ways.join(", or ");
}

/** The largest power of two that keeps a tile short and small, and leaves enough tiles for all threads. */
function tileFor(
  grid: Omit<TileGrid, "side">,
  cost: BackendCost,
  pair: number,
  gramNs: number,
  threads: number,
): number {
  const tileNs = cost.pairNs + gramNs;
  const bytes = cost.pairBytes + pair * DOUBLE;
  let side = TILE;
  const least = cost.lanes ?? 1; // narrower tiles would leave lanes idle
  while (side > least && side * side * Math.max(tileNs / TILE_NS, bytes / TILE_BYTES) > 1) side /= 2;
  const { rowEnd, colEnd } = grid;
  const worth = rowEnd * colEnd * tileNs > 1e9 * ALONE;
  while (threads > 1 && worth && side > 8 && tileCount({ ...grid, side }) < TILES_PER_THREAD * threads)
    side /= 2;
  return side;
}

/** The plan of a compiled program, with what computes it. */
export function planProgram(
  program: KernelProgram,
  n1: number,
  n2: number | null,
  names: readonly KernelName[],
  options: Omit<KernelOptions, "get">,
): { readonly plan: KernelPlan; readonly chosen: ChosenBackend } {
  const { tile: wanted, memoryLimit = defaultMemoryLimit(), threads: most } = options;
  const chosen = chooseBackend(program, options);
  const { backend, precision } = chosen;
  const ntk = needsTangent(names);
  const cost = backend.cost?.(program, precision, ntk) ?? referenceCost(program);
  const symmetric = n2 === null;
  const entries = symmetric ? (n1 * (n1 + 1)) / 2 : n1 * n2;
  const area = { rowStart: 0, rowEnd: n1, colStart: 0, colEnd: n2 ?? n1, symmetric };
  const gramNs = program.features * cost.gramNs;
  const parallelNs = entries * (cost.pairNs + gramNs);
  const available = backend.lowers === true ? (most ?? hardwareThreads()) : 1;
  const side = wanted ?? tileFor(area, cost, pairNumbersOf(program), gramNs, available);
  const tile = Math.min(side, Math.max(n1, n2 ?? n1));
  const tiles = tileCount({ ...area, side: tile });
  let threads = parallelNs * 1e-9 < ALONE && most === undefined ? 1 : Math.min(available, tiles);
  const jobOf = (threads: number): Job => ({ program, n1, n2, names, cost, threads });
  // threads that nobody asked for are given up where memory is short
  while (most === undefined && threads > 1 && bytesOf(jobOf(threads), tile).total > memoryLimit) threads--;
  const job = jobOf(threads);
  const bytes = bytesOf(job, tile);
  const fits = bytes.total <= memoryLimit;
  const plan: KernelPlan = {
    shape: [n1, n2 ?? n1],
    positions: program.outputPositions,
    symmetric,
    entries,
    tile,
    tiles,
    backend: backend.name,
    variant: backend.variant ?? null,
    precision,
    threads,
    bytes,
    flops: { gram: entries * program.features * 2, layers: entries * flopsOf(program) },
    seconds: (parallelNs / threads + samplesOf(job) * cost.sampleNs) * 1e-9,
    memoryLimit,
    fits,
    advice: fits ? null : adviceFor(job, tile, memoryLimit),
  };
  return { plan, chosen };
}

/**
 * Bytes, operations and rough seconds of a kernel job; the same plan that {@link computeKernel} checks before it starts.
 *
 * @param n1  samples of x1
 * @param n2  samples of x2, null when it is x1 again
 * @throws ERR_UNAVAILABLE when the network has no kernel reading, ERR_SHAPE or ERR_USAGE for bad arguments
 */
export function planKernel(
  network: Network,
  n1: number,
  n2: number | null,
  options: KernelOptions = {},
): KernelPlan {
  checkKernelOptions(options, "planKernel");
  checkCount(n1, "n1");
  if (n2 !== null) checkCount(n2, "n2");
  const names = kernelNames(options.get, "planKernel");
  return planProgram(compileKernel(network, { tangent: needsTangent(names) }), n1, n2, names, options).plan;
}
