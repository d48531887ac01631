/**
 * What a program costs with the SIMD backend, and whether it has a form for it.
 * @module
 */
import type { BackendCost } from "../backend.js";
import type { Precision } from "../kernel.js";
import type { KernelProgram, KernelStep } from "../program.js";
import { planesCost, planesLack } from "./planes-cost.js";

const DOUBLE = 8;

/** Nanoseconds of one pair in one step, float64, one thread of a 2.5 GHz Xeon with fused multiply-add. */
const PAIR_NS: Partial<Record<KernelStep["op"], number>> = {
  input: 6, // with writing the result and its mirror image
  activation: 8,
  normalize: 5,
  product: 4,
};
/** without a closed form: a polynomial in the correlation */
const EXPANSION_PAIR_NS = 20;
const OTHER_NS = 1;
/** of one multiply-add of the inner products */
const GRAM_NS = 0.14;
/** float32 has twice the lanes; what is beside the arithmetic stays. */
const NARROW = 0.6;
/** ns of preparing one sample of an activation without a closed form */
const EXPANSION_NS = 5e4;

/** Tables of each sample that a step needs: most have fewer, a series has one for each term; 1,000 at large variances. */
const TABLES = 4;
const EXPANSION_TABLES = 160;
/** the same where phi breaks: series in both halves of the correlation */
const BROKEN_TABLES = 1000;

const hasPositions = ({ steps }: KernelProgram) => steps.some(({ positions }) => positions.length > 0);

/** Why the program has no SIMD form, as far as that can be told without the samples; null when it seems to have one. */
export function simdLacks(program: KernelProgram): string | null {
  return hasPositions(program) ? planesLack(program) : null;
}

export function simdCost(program: KernelProgram, precision: Precision, ntk: boolean): BackendCost {
  if (hasPositions(program)) return planesCost(program, precision, ntk);
  const { steps, features, slots } = program;
  const factor = precision === "float32" ? NARROW : 1;
  const size = precision === "float32" ? 4 : 8;
  let pairNs = 0;
  let sampleNs = 0;
  let tables = 0;
  for (const step of steps) {
    const expansion = step.op === "activation" && step.activation.closedDual === null;
    pairNs += (expansion ? EXPANSION_PAIR_NS : (PAIR_NS[step.op] ?? OTHER_NS)) * factor;
    if (expansion) sampleNs += EXPANSION_NS;
    const broken = expansion && step.activation.breakPoints.length > 0;
    tables += broken ? BROKEN_TABLES : expansion ? EXPANSION_TABLES : TABLES;
  }
  return {
    pairNs,
    gramNs: GRAM_NS * factor,
    sampleNs,
    // the inputs once more where threads can see them, variances, tables
    sampleBytes: (features + 4 * steps.length + tables) * DOUBLE,
    threadSampleBytes: (features + tables) * size,
    pairBytes: 6.5 * DOUBLE, // four results, distances, and the list of aligned pairs
    threadBytes: 2 ** 17 + slots * 4096,
  };
}
