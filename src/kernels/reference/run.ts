/**
 * One tile of pairs through a whole program.
 * @module
 */
import type { Tile } from "../gram.js";
import { entriesOf, type KernelProgram, type KernelStep, positionsOf, readsOf } from "../program.js";
import type { CarriedPairs, PreparedStep } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import { eachPair, type Slot } from "./entries.js";
import { activationTile, denseTile, dropoutTile, normalizeTile, productTile, sumTile } from "./pointwise.js";
import { concatTile, convTile, flattenTile, inputTile, poolTile } from "./spatial.js";

/** What a tile is computed from. */
export interface TileJob {
  readonly program: KernelProgram;
  readonly rows: SampleSet;
  readonly cols: SampleSet;
  readonly ntk: boolean;
  readonly prepared: readonly PreparedStep[];
  /** where the program resumes from: pair (i, j) has number i rowStride + j. Null: it begins with the data */
  readonly resumes?: { readonly pairs: CarriedPairs; readonly rowStride: number } | null;
  /** is shown the inner products of the inputs, where there are no positions */
  readonly inputs?: (tile: Tile, k: Float64Array) => void;
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
 * True where a step wants equal positions only of a value that another of its readers, a pool, wants all pairs of.
 */
function narrows(step: KernelStep, read: KernelStep): boolean {
  if (read.layout !== "full") return false;
  return step.op === "flatten" || (step.layout === "diagonal" && step.op !== "pool");
}

/** The pairs of equal positions of what the step `read` left in a slot with all pairs. */
function equalPositions(read: KernelStep, tile: Tile, slot: Slot): Slot {
  const positions = positionsOf(read);
  const pairs = (tile.rowEnd - tile.rowStart) * (tile.colEnd - tile.colStart);
  const pick = (values: Float64Array): Float64Array => {
    if (values.length === 0) return values;
    const equal = new Float64Array(pairs * positions);
    eachPair(tile, (_i, _j, pair) => {
      const [source, target] = [pair * positions ** 2, pair * positions];
      for (let p = 0; p < positions; p++) equal[target + p] = values[source + p * (positions + 1)]!;
    });
    return equal;
  };
  return { k: pick(slot.k), d: pick(slot.d), t: pick(slot.t), g: pick(slot.g) };
}

/** Copies what a tile resumes from. */
function resumeTile(step: KernelStep, tile: Tile, { resumes }: TileJob, to: Slot): void {
  const { pairs, rowStride } = resumes!;
  const entries = entriesOf(step);
  for (const name of ["k", "d", "t", "g"] as const) {
    const [target, source] = [to[name], pairs[name]!];
    if (target.length === 0) continue;
    eachPair(tile, (i, j, pair) => {
      const from = (i * rowStride + j) * entries;
      for (let e = 0; e < entries; e++) target[pair * entries + e] = source[from + e]!;
    });
  }
}

/**
 * Runs the steps before `end` on one tile. `own` says that its pairs are samples with themselves, which share dropout
 * masks.
 */
export function runSteps(job: TileJob, slots: readonly Slot[], tile: Tile, end: number, own: boolean): void {
  const { steps } = job.program;
  const wrote = new Array<KernelStep>(job.program.slots);
  for (let index = 0; index < end; index++) {
    const step = steps[index]!;
    const parts = readsOf(step).map((slot) =>
      narrows(step, wrote[slot]!) ? equalPositions(wrote[slot]!, tile, slots[slot]!) : slots[slot]!,
    );
    wrote[step.to] = step;
    runStep(job, index, tile, parts, slots[step.to]!, own);
  }
}

/** Runs one step on one tile. */
export function runStep(
  job: TileJob,
  index: number,
  tile: Tile,
  parts: readonly Slot[],
  to: Slot,
  own: boolean,
): void {
  const { program, rows, cols, ntk, prepared, inputs } = job;
  const step = program.steps[index]!;
  const needs = prepared[index]!;
  const from = parts[0]!;
  switch (step.op) {
    case "input":
      inputTile(step, needs, rows, cols, tile, to);
      if (step.layout === "one") inputs?.(tile, to.k);
      break;
    case "resume":
      resumeTile(step, tile, job, to);
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

/** Runs the whole program on one tile and returns the slot with the result. */
export function runTile(job: TileJob, slots: readonly Slot[], tile: Tile): Slot {
  runSteps(job, slots, tile, job.program.steps.length, false);
  return slots[job.program.output]!;
}
