/**
 * One tile of pairs through a whole program.
 * @module
 */
import type { Tile } from "../gram.js";
import { entriesOf, type KernelProgram, readsOf } from "../program.js";
import type { PreparedStep } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import type { Slot } from "./entries.js";
import { activationTile, denseTile, dropoutTile, normalizeTile, productTile, sumTile } from "./pointwise.js";
import { concatTile, convTile, flattenTile, inputTile, poolTile } from "./spatial.js";

/** What a tile is computed from. */
export interface TileJob {
  readonly program: KernelProgram;
  readonly rows: SampleSet;
  readonly cols: SampleSet;
  readonly ntk: boolean;
  readonly prepared: readonly PreparedStep[];
}

/** Room for tiles of up to `pairs` pairs. */
export function makeSlots(program: KernelProgram, pairs: number, ntk: boolean): Slot[] {
  const entries = new Array<number>(program.slots).fill(0);
  for (const step of program.steps) entries[step.to] = Math.max(entries[step.to]!, entriesOf(step));
  return entries.map((size) => {
    const array = () => new Float64Array(size * pairs);
    return {
      k: array(),
      d: array(),
      t: ntk ? array() : new Float64Array(0),
      g: ntk ? array() : new Float64Array(0),
    };
  });
}

/**
 * Runs the steps before `end` on one tile. `own` says that its pairs are samples with themselves, which share dropout
 * masks.
 */
export function runSteps(
  { program, rows, cols, ntk, prepared }: TileJob,
  slots: readonly Slot[],
  tile: Tile,
  end: number,
  own: boolean,
): void {
  for (let index = 0; index < end; index++) {
    const step = program.steps[index]!;
    const needs = prepared[index]!;
    const to = slots[step.to]!;
    const parts = readsOf(step).map((slot) => slots[slot]!);
    const from = parts[0]!;
    switch (step.op) {
      case "input":
        inputTile(step, needs, rows, cols, tile, to);
        break;
      case "dense":
        denseTile(step, tile, from, to, ntk);
        break;
      case "conv":
        convTile(step, needs, tile, from, to, ntk);
        break;
      case "activation":
        activationTile(step, needs, tile, from, to, ntk);
        break;
      case "normalize":
        normalizeTile(step, needs, tile, from, to, ntk);
        break;
      case "dropout":
        dropoutTile(step, needs, tile, from, to, ntk, own);
        break;
      case "sum":
        sumTile(step, tile, parts, to, ntk);
        break;
      case "product":
        productTile(step, needs, tile, parts, to, ntk);
        break;
      case "concat":
        concatTile(step, needs, tile, parts, to, ntk);
        break;
      case "pool":
      case "globalPool":
        poolTile(step, needs, tile, from, to, ntk);
        break;
      case "flatten":
        flattenTile(step, tile, from, to, ntk);
        break;
    }
  }
}

/** Runs the whole program on one tile and returns the slot with the result. */
export function runTile(job: TileJob, slots: readonly Slot[], tile: Tile): Slot {
  runSteps(job, slots, tile, job.program.steps.length, false);
  return slots[job.program.output]!;
}
