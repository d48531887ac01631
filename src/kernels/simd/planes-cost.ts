/**
 * What a network with positions costs on the plane engine, and whether it has that form.
 * @module
 */
import type { BackendCost } from "../backend.js";
import type { Precision } from "../kernel.js";
import { linearAfter } from "../own-needs.js";
import { alikeIn, entriesOf, type KernelProgram, type KernelStep, positionsOf } from "../program.js";
import { type ChainShape, chainOf } from "./planes-chain.js";

/** Nanoseconds of an entry of one pair, float64, one thread of a 2.5 GHz Xeon with fused multiply-add. */
const ENTRY_NS: Partial<Record<KernelStep["op"], number>> = {
  activation: 8,
  conv: 4,
  normalize: 4,
  product: 4,
  pool: 3,
};
const OTHER_NS = 1.5;
/** float32 has twice the lanes. */
const NARROW = 0.5;
/** The same of a layer of a chain in its fast form; ns of preparing one position of one sample for it. */
const CHAIN_NS = 5;
const CHAIN_POSITION_NS = 20;
/** Features of a sample at each position that a step needs, at most. */
const FEATURES = 5;
const DOUBLE = 8;
/** ns of preparing one position of one sample for one step */
const POSITION_NS = 60;

/** Why a program with positions has no form of planes, as far as that can be told without the samples; or null. */
export function planesLack({ steps }: KernelProgram): string | null {
  for (const step of steps) {
    if (step.op === "concat" && step.axis !== null)
      return `${step.path}: no SIMD form of concat along positions`;
    if ("window" in step && step.padding === "circular") {
      const wide = step.window.some(({ size, inputs }) => size > inputs);
      if (wide) return `${step.path}: no SIMD form of circular windows that meet positions twice`;
    }
    if (step.positions.length > 2) return `${step.path}: no SIMD form of more than two spatial axes`;
  }
  return null;
}

/** A network that begins with a chain: see planes-chain.ts. */
function chainCost(
  program: KernelProgram,
  { height, width, convs, planes, pools }: ChainShape,
  precision: Precision,
): BackendCost {
  const { features } = program;
  const wide = precision === "float64";
  const size = wide ? 8 : 4;
  const cells = height * width;
  // a global pool before something nonlinear needs samples with themselves: half of the planes
  const own = planes > 1 && !linearAfter(program, pools[0]!) ? 0.5 * CHAIN_NS * planes : 0;
  const positions = convs.length * cells;
  return {
    pairNs: positions * planes * (wide ? CHAIN_NS : CHAIN_NS * NARROW),
    gramNs: wide ? 0.5 : 0.25,
    sampleNs: positions * (CHAIN_POSITION_NS + own),
    sampleBytes: (features + 2 * cells + 6) * DOUBLE + 2 * positions * size,
    threadSampleBytes: (2 * features + 2 * positions) * size,
    pairBytes: 4 * DOUBLE,
    lanes: wide ? 2 : 4,
    // planes, and the tables of a tile's first group where pairs are close
    threadBytes: 2 ** 21 + 32 * 5 * positions * size,
  };
}

export function planesCost(program: KernelProgram, precision: Precision, ntk: boolean): BackendCost {
  const chain = chainOf(program, ntk);
  if (chain !== null) return chainCost(program, chain, precision);
  const { steps, features, slots } = program;
  const wide = precision === "float64";
  const size = wide ? 8 : 4;
  let pairNs = 0;
  let ownNs = 0;
  let positions = 0;
  let states = 0;
  for (const [index, step] of steps.entries()) {
    const ns = (ENTRY_NS[step.op] ?? OTHER_NS) * entriesOf(step);
    pairNs += ns * (wide ? 1 : NARROW);
    // pools need samples with themselves, in float64: global ones half of all planes, the others few of them
    // those of all readouts in one go
    if (step.op === "globalPool" && alikeIn(program, index).at(-1) === index && !linearAfter(program, index))
      ownNs += (0.5 * pairNs) / (wide ? 1 : NARROW);
    positions += positionsOf(step);
    // planes that wait between groups
    if (step.op !== "pool" && step.op !== "conv") continue;
    const waiting = alikeIn(program, index).length * entriesOf(step);
    states = Math.max(states, waiting);
  }
  const result = program.outputPositions.length > 0 ? entriesOf(steps.at(-1)!) : 1;
  return {
    pairNs,
    gramNs: wide ? 0.5 : 0.25,
    sampleNs: ownNs + POSITION_NS * positions,
    sampleBytes: (2 * features + 4 * positions + FEATURES * positions) * DOUBLE,
    threadSampleBytes: (features + FEATURES * positions) * size,
    pairBytes: 4 * DOUBLE * result,
    lanes: wide ? 2 : 4,
    threadBytes: 2 ** 20 + (2 + Math.min(slots, 4)) * 32 * states,
  };
}
