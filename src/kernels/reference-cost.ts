/**
 * Operations of a program, and its cost with the reference backend.
 * @module
 */
import type { BackendCost } from "./backend.js";
import { entriesOf, type KernelProgram, type KernelStep, positionsOf } from "./program.js";

const DOUBLE = 8;

/** Cost of one number in one step; ns measured with the reference backend on a 2.5 GHz Xeon (bench/kernels.bench.ts). */
const COST: Record<KernelStep["op"] | "expansion", { flops: number; ns: number }> = {
  input: { flops: 6, ns: 4 },
  resume: { flops: 0, ns: 4 },
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

/** k, d, t and g */
const STATES = 4;

const isExpansion = (step: KernelStep) => step.op === "activation" && step.activation.closedDual === null;

/** Calls `body` with every step and the numbers of one pair that it works on: the larger of what it reads and writes. */
function eachStepNumbers(program: KernelProgram, body: (step: KernelStep, numbers: number) => void): void {
  const held = new Array<number>(program.slots).fill(0);
  for (const step of program.steps) {
    const read = "from" in step ? held[step.from]! : 0;
    held[step.to] = entriesOf(step);
    body(step, Math.max(held[step.to]!, read));
  }
}

/** Numbers that the slots hold for one pair, in each of their arrays. */
function slotEntries(program: KernelProgram): number {
  const sizes = new Array<number>(program.slots).fill(0);
  for (const step of program.steps) sizes[step.to] = Math.max(sizes[step.to]!, entriesOf(step));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const costOf = (step: KernelStep) => COST[isExpansion(step) ? "expansion" : step.op];

/** Floating-point operations of one pair in the layers. */
export function flopsOf(program: KernelProgram): number {
  let flops = 0;
  eachStepNumbers(program, (step, numbers) => {
    flops += numbers * costOf(step).flops;
  });
  return flops;
}

/** The most that the states of one tile should take, about a core's cache. */
const TILE_BYTES = 2 ** 20;

/** The largest tile of at most `most` x `most` pairs whose states stay in the cache. */
export function referenceTile(program: KernelProgram, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(Math.sqrt(TILE_BYTES / referenceCost(program).pairBytes))));
}

/** What the reference backend takes. */
export function referenceCost(program: KernelProgram): BackendCost {
  let pairNs = 0;
  let sampleNs = 0;
  let sampleBytes = 0;
  eachStepNumbers(program, (step, numbers) => {
    const units = positionsOf(step);
    pairNs += numbers * costOf(step).ns;
    // q and theta, or moments, of each sample
    sampleBytes += units * (step.op === "activation" ? 4 : 2) * DOUBLE;
    if (!isExpansion(step)) return;
    sampleBytes += units * EXPANSION * DOUBLE;
    sampleNs += units * EXPANSION_NS;
  });
  return {
    pairNs,
    gramNs: GRAM_NS,
    sampleNs,
    sampleBytes,
    threadSampleBytes: 0,
    pairBytes: STATES * slotEntries(program) * DOUBLE,
    threadBytes: 0,
  };
}
