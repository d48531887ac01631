/**
 * What a kernel job costs, before it runs.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/spec.js";
import { compileKernel } from "./compile.js";
import { KERNEL_NAMES, type KernelName, type KernelOptions, type KernelPlan } from "./kernel.js";
import { byteSize, defaultMemoryLimit } from "./memory.js";
import { entriesOf, type KernelProgram, type KernelStep, pairSizeOf, positionsOf } from "./program.js";

/** Slots of a 64 x 64 tile are 128 KiB: a chain of layers stays in L2 together with its rows of inputs. */
const TILE = 64;

/** Side of a tile whose slots hold about as much for pairs of `entries` numbers, as images have them. */
function tileFor(program: KernelProgram): number {
  const entries = program.steps.reduce((most, step) => Math.max(most, entriesOf(step)), 1);
  return Math.max(1, Math.floor(TILE / Math.sqrt(entries)));
}

/** Numbers that the slots hold for one pair, in each of their arrays. */
function slotEntries(program: KernelProgram): number {
  const sizes = new Map<number, number>();
  for (const step of program.steps) sizes.set(step.to, Math.max(sizes.get(step.to) ?? 0, entriesOf(step)));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

const DOUBLE = 8;

/** Cost of one pair in one step; ns measured with the reference backend on a 2.5 GHz Xeon (bench/kernels.bench.ts). */
const COST: Record<KernelStep["op"] | "expansion", { flops: number; ns: number }> = {
  input: { flops: 6, ns: 4 },
  dense: { flops: 6, ns: 4 },
  activation: { flops: 60, ns: 130 },
  expansion: { flops: 200, ns: 200 },
  normalize: { flops: 8, ns: 8 },
  dropout: { flops: 3, ns: 4 },
  sum: { flops: 3, ns: 6 },
  product: { flops: 8, ns: 10 },
  concat: { flops: 6, ns: 6 },
  conv: { flops: 40, ns: 40 },
  pool: { flops: 20, ns: 20 },
  globalPool: { flops: 3, ns: 3 },
  flatten: { flops: 3, ns: 3 },
};
/** ns of one multiply-add of the inner products, same machine. */
const GRAM_NS = 0.6;

/** Numbers that an activation without a closed form keeps for each sample: expansion coefficients, two sets. */
const EXPANSION = 512;

/** ns of preparing such a sample. */
const EXPANSION_NS = 6e5;

const isExpansion = (step: KernelStep) => step.op === "activation" && step.activation.closedDual === null;

/** Checks `get`, and takes out repetitions; nngp and ntk when missing. */
export function kernelNames(
  get: readonly KernelName[] | undefined,
  caller: string,
  known = KERNEL_NAMES,
): readonly KernelName[] {
  if (get === undefined) return ["nngp", "ntk"];
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

function bytesOf(
  program: KernelProgram,
  n1: number,
  n2: number | null,
  names: readonly KernelName[],
  tile: number,
) {
  const samples = n1 + (n2 ?? 0);
  const inputs = samples * program.features * DOUBLE;
  const pairSize = pairSizeOf(program);
  const result = n1 * (n2 ?? n1) * pairSize * names.length * DOUBLE;
  let perSample = 0;
  for (const step of program.steps) {
    const positions = positionsOf(step);
    perSample += (step.op === "activation" ? 4 : 2) * positions; // q and ntk, or moments, of each sample
    if (isExpansion(step)) perSample += EXPANSION * positions;
  }
  const side = Math.min(tile, Math.max(n1, n2 ?? n1));
  const work =
    (samples * perSample + side * side * (4 * slotEntries(program) + names.length * pairSize)) * DOUBLE;
  return { inputs, result, work, total: inputs + result + work };
}

function adviceFor(
  program: KernelProgram,
  n1: number,
  n2: number | null,
  names: readonly KernelName[],
  tile: number,
  limit: number,
): string {
  const usual = tileFor(program);
  const small = bytesOf(program, n1, n2, names, Math.min(tile, usual));
  if (small.total <= limit) return `use smaller tiles: tile (--tile) of ${Math.min(tile, usual)}`;
  const ways: string[] = [];
  if (names.length > 1) {
    const one = bytesOf(program, n1, n2, names.slice(0, 1), usual).total;
    if (one <= limit) ways.push(`ask for one of ${names.join(", ")} at a time (${byteSize(one)})`);
  }
  // bisection on the number of rows (and columns when symmetric) that fit
  let low = 0;
  let high = n1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (bytesOf(program, middle, n2, names, usual).total <= limit) low = middle;
    else high = middle;
  }
  if (low > 0) ways.push(`use at most ${low} ${n2 === null ? "samples" : `rows of x1 at a time`}`);
  ways.push(`allow more memory: memoryLimit (--memory) of at least ${small.total} bytes`);
  return ways.join(", or ");
}

/** The plan of a compiled program. */
export function planProgram(
  program: KernelProgram,
  n1: number,
  n2: number | null,
  names: readonly KernelName[],
  { tile: wanted, memoryLimit = defaultMemoryLimit() }: Pick<KernelOptions, "tile" | "memoryLimit">,
): KernelPlan {
  if (wanted !== undefined && !(Number.isSafeInteger(wanted) && wanted >= 1)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `kernel: tile (--tile) is ${wanted}, expected a whole number >= 1`,
      {
        argument: "tile",
        got: wanted,
      },
    );
  }
  if (!(memoryLimit > 0)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `kernel: memoryLimit (--memory) is ${memoryLimit}, expected a number of bytes > 0`,
      {
        argument: "memoryLimit",
        got: memoryLimit,
      },
    );
  }
  const tile = wanted ?? tileFor(program);
  const symmetric = n2 === null;
  const bands = (n: number) => Math.ceil(n / tile);
  const entries = symmetric ? (n1 * (n1 + 1)) / 2 : n1 * n2;
  const tiles = symmetric ? (bands(n1) * (bands(n1) + 1)) / 2 : bands(n1) * bands(n2);
  const bytes = bytesOf(program, n1, n2, names, tile);
  const samples = n1 + (n2 ?? 0);
  const gram = entries * program.features * 2;
  let layers = 0;
  let ns = (gram / 2) * GRAM_NS;
  for (const step of program.steps) {
    const cost = COST[isExpansion(step) ? "expansion" : step.op];
    const work = entries * entriesOf(step);
    layers += work * cost.flops;
    ns += work * cost.ns + (isExpansion(step) ? samples * positionsOf(step) * EXPANSION_NS : 0);
  }
  const fits = bytes.total <= memoryLimit;
  return {
    shape: [n1, n2 ?? n1],
    symmetric,
    entries,
    tile,
    tiles,
    bytes,
    flops: { gram, layers },
    seconds: ns * 1e-9,
    memoryLimit,
    fits,
    advice: fits ? null : adviceFor(program, n1, n2, names, tile, memoryLimit),
  };
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
  checkCount(n1, "n1");
  if (n2 !== null) checkCount(n2, "n2");
  const names = kernelNames(options.get, "planKernel");
  return planProgram(compileKernel(network, { tangent: needsTangent(names) }), n1, n2, names, options);
}
