/**
 * Pairs of positions within single samples, which pools and results with positions need.
 * @module
 */
import { entriesOf, type GlobalPoolStep, type PoolStep, positionsOf, readsOf } from "../program.js";
import type { OwnDeficits, OwnJob, OwnPairs, OwnResults } from "../sample-state.js";
import { poolTaps } from "../window-taps.js";
import type { Slot } from "./entries.js";
import { makeSlots, runSteps, type TileJob } from "./run.js";
import { poolInputs, poolSums } from "./spatial.js";

/** Runs the steps before `end` on every sample with itself, and calls `read` after each. */
async function eachOwn(
  { program, set, tangent, prepared, carried = null }: OwnJob,
  end: number,
  read: (slots: readonly Slot[], sample: number) => void,
  breath: () => Promise<void>,
): Promise<void> {
  const resumes = carried === null ? null : { pairs: carried, rowStride: 0 };
  const job: TileJob = { program, rows: set, cols: set, ntk: tangent, prepared, resumes };
  const slots = makeSlots({ ...program, steps: program.steps.slice(0, end) }, 1, tangent);
  for (let i = 0; i < set.count; i++) {
    const tile = { rowStart: i, rowEnd: i + 1, colStart: i, colEnd: i + 1, triangle: true };
    runSteps(job, slots, tile, end, true);
    read(slots, i);
    await breath();
  }
}

/** The plain way: the steps of the program, one sample with itself after the other. */
export const referenceOwnPairs: OwnPairs = {
  async deficits(job, index, breath): Promise<OwnDeficits> {
    const step = job.program.steps[index] as PoolStep | GlobalPoolStep;
    const taps = poolTaps(step);
    const inputs = poolInputs(step);
    const outputs = positionsOf(step);
    const size = job.set.count * outputs;
    const d = new Float64Array(size);
    const g = job.tangent ? new Float64Array(size) : null;
    const half = (values: Float64Array, out: Float64Array): void => {
      poolSums(taps, inputs, values, true, out);
      for (let o = 0; o < outputs; o++) out[o]! *= 0.5;
    };
    const read = (slots: readonly Slot[], i: number): void => {
      const slot = slots[readsOf(step)[0]!]!;
      half(slot.d, d.subarray(i * outputs, (i + 1) * outputs));
      if (g !== null) half(slot.g, g.subarray(i * outputs, (i + 1) * outputs));
    };
    await eachOwn(job, index, read, breath);
    return { d, g };
  },
  results: (job, _state, breath) => ownStates(job, job.program.output, breath),
};

/** The states of all samples with themselves that the program leaves in a slot, [n, entries] each. */
export async function ownStates(job: OwnJob, at: number, breath: () => Promise<void>): Promise<OwnResults> {
  const { program, set, tangent } = job;
  const last = program.steps.findLast((step) => step.to === at)!;
  const entries = entriesOf(last);
  const array = (wanted: boolean) => new Float64Array(wanted ? set.count * entries : 0);
  const all: Slot = { k: array(true), d: array(true), t: array(tangent), g: array(tangent) };
  const read = (slots: readonly Slot[], i: number): void => {
    const slot = slots[at]!;
    for (const name of ["k", "d", "t", "g"] as const) {
      if (all[name].length > 0) all[name].set(slot[name].subarray(0, entries), i * entries);
    }
  };
  await eachOwn(job, program.steps.length, read, breath);
  return all;
}
