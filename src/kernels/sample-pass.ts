/**
 * The pass over single samples: variance q and ntk diagonal theta after every step, O(n) each. It also prepares what the
 * pair pass needs of a sample at each step.
 *
 * A pool mixes the positions of a sample, so its variance needs the covariances of all pairs of positions within the
 * sample: these come from the pair program run on the sample with itself ({@link OwnPairs}).
 * @module
 */
import { type PairMap, prepareDual } from "../activations/index.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import { breathe, type LongWork } from "../progress.js";
import type { KernelDiagonals } from "./backend.js";
import { linearAfter, masks } from "./own-needs.js";
import {
  type KernelProgram,
  type KernelStep,
  outputsOf,
  pairSizeOf,
  positionsOf,
  readsOf,
} from "./program.js";
import { ownStates, referenceOwnPairs } from "./reference/own-pairs.js";
import type {
  Carry,
  OwnDeficits,
  OwnJob,
  OwnPairs,
  PreparedStep,
  SampleSides,
  SampleState,
} from "./sample-state.js";
import { advance, inputState } from "./sample-steps.js";
import type { SampleSet } from "./samples.js";
import { settle } from "./settle.js";

export interface SamplePass {
  /** one per step */
  readonly prepared: readonly PreparedStep[];
  /** variances and ntk diagonals of both sides after each step: what is lowered for the SIMD engine */
  readonly states: readonly SampleSides[];
  /** null: a sample with itself is a pair like others, see {@link PassOptions.pairsOnly} */
  readonly rows: KernelDiagonals | null;
  readonly cols: KernelDiagonals | null;
  /** states at the program's carried slot; null: it has none */
  readonly carried?: SampleSides | null;
}

export interface PassOptions extends LongWork {
  /**
   * Only kernels between samples are asked for, so that pairs of positions within samples are left out where none depends
   * on them; then there are no diagonals either.
   */
  readonly pairsOnly?: boolean;
}

/** Milliseconds between two breaths. */
const BREATH = 30;

function overflow(step: KernelStep, what: string, sample: number, value: number): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `kernel: the ${what} of sample ${sample} is ${value} after ${step.path}: it left the range of float64; ` +
      "scale the inputs down, lower weightVariance, or use fewer layers",
    { argument: step.path, path: step.path, sample, got: value },
  );
}

function checkFinite(step: KernelStep, { q, t }: SampleState): void {
  const sampleOf = (i: number) => Math.floor(i / positionsOf(step));
  for (let i = 0; i < q.length; i++) {
    if (!Number.isFinite(q[i]!)) throw overflow(step, "variance", sampleOf(i), q[i]!);
    if (t !== null && !Number.isFinite(t[i]!)) throw overflow(step, "ntk diagonal", sampleOf(i), t[i]!);
  }
}

function prepareMap(step: KernelStep, { rows, cols }: SampleSides, derivative: boolean): PairMap | null {
  if (step.op !== "activation") return null;
  try {
    return prepareDual(step.activation, rows.q, cols.q, { derivative });
  } catch (error) {
    if (!isForetrainError(error)) throw error;
    throw new ForetrainError(
      error.code,
      `${step.path}: ${error.message}`,
      { ...error.details, path: step.path },
      { cause: error },
    );
  }
}

/** What the steps before number `steps` leave. */
export interface GivenStates {
  readonly steps: number;
  /** after step number `index`; null: no step from `steps` on reads it */
  readonly after: (index: number) => SampleSides | null;
}

/** In place of what a step needs that is not run here. */
function unprepared(): PreparedStep {
  const sides = nobody();
  return { map: null, qRows: sides.rows.q, qCols: sides.cols.q, reads: [sides], own: null };
}

/** In place of states that nobody reads. */
function nobody(): SampleSides {
  const none = new Float64Array(0);
  const state = { q: none, t: none };
  return { rows: state, cols: state };
}

/** Whether the pass needs pairs of positions within samples. */
export function needsOwnPairs(program: KernelProgram): boolean {
  return pairSizeOf(program) > 1 || program.steps.some(({ op }) => op === "pool" || op === "globalPool");
}

/** One comparison of sample sets: rows against columns, or a set against itself for {@link OwnPairs}. */
interface Comparison {
  readonly of: (sides: SampleSides) => SampleSides;
  readonly prepared: PreparedStep[];
}

/**
 * Runs the program over single samples.
 * @param own  computes pairs of positions within samples; default the plain way
 * @param given  states that are known already: the pass begins there
 * @param carry  of a program that is a part of a network; its own pairs are moved on
 * @throws ERR_NUMERICAL when a variance or ntk leaves the range of float64 (which layer, which sample), what
 * `prepareDual` throws with the layer's path in front, ERR_ABORTED
 */
export async function runSamplePass(
  program: KernelProgram,
  rows: SampleSet,
  cols: SampleSet,
  tangent: boolean,
  { signal, onProgress, pairsOnly = false }: PassOptions = {},
  own: OwnPairs = referenceOwnPairs,
  given: GivenStates | null = null,
  carry: Carry | null = null,
): Promise<SamplePass> {
  const symmetric = rows === cols;
  const needsOwn = needsOwnPairs(program) || carry?.own != null;
  const main: Comparison = { of: (sides) => sides, prepared: [] };
  const ownRows: Comparison = { of: (sides) => ({ rows: sides.rows, cols: sides.rows }), prepared: [] };
  const ownCols: Comparison = { of: (sides) => ({ rows: sides.cols, cols: sides.cols }), prepared: [] };
  const comparisons = needsOwn && !symmetric ? [main, ownRows, ownCols] : [main];
  const selves = symmetric
    ? [{ set: rows, prepared: main.prepared }]
    : [
        { set: rows, prepared: ownRows.prepared },
        { set: cols, prepared: ownCols.prepared },
      ];
  const carried = carry?.own == null ? [] : [carry.own.rows, carry.own.cols];
  const ownJobs = selves.map((self, s) => ({ program, tangent, ...self, carried: carried[s] ?? null }));

  let done = 0;
  let last = performance.now();
  const breath = async (): Promise<void> => {
    if (performance.now() - last <= BREATH) return;
    onProgress?.({ label: "samples", done, total: program.steps.length, unit: "layers" });
    await breathe(signal);
    last = performance.now();
  };

  const alike = pairsOnly && !masks(program);
  const isPool = ({ op }: KernelStep) => op === "pool" || op === "globalPool";
  const skips = (index: number) => alike && isPool(program.steps[index]!) && linearAfter(program, index);
  let skipped = alike && pairSizeOf(program) > 1;
  const slots: (SampleSides | undefined)[] = new Array(program.slots);
  const loose = new Set<number>();
  const states: SampleSides[] = [];
  for (const [index, step] of program.steps.entries()) {
    if (given !== null && index < given.steps) {
      const sides = given.after(index) ?? nobody();
      slots[step.to] = sides;
      states.push(sides);
      for (const { prepared } of comparisons) prepared.push(unprepared());
      continue;
    }
    const reads = readsOf(step).map((slot) => slots[slot]!);
    const maps = comparisons.map(({ of }) =>
      reads.length === 0 ? null : prepareMap(step, of(reads[0]!), tangent),
    );
    let deficits: OwnDeficits[] = [];
    if (isPool(step)) {
      for (const job of ownJobs) {
        deficits.push(skips(index) ? noDeficits(step, job) : await own.deficits(job, index, breath));
      }
      skipped ||= skips(index);
      if (symmetric) deficits = [deficits[0]!, deficits[0]!];
    }
    const after = (set: SampleSet, side: "rows" | "cols"): SampleState => {
      if (step.op === "input") return inputState(step, set, tangent);
      if (step.op === "resume") return carry!.samples![side];
      const before = reads.map((sides) => sides[side]);
      return advance(step, before, { side, map: maps[0]!, own: deficits[side === "rows" ? 0 : 1] ?? null });
    };
    const first = after(rows, "rows");
    const sides: SampleSides = { rows: first, cols: symmetric ? first : after(cols, "cols") };
    checkFinite(step, sides.rows);
    if (!symmetric) checkFinite(step, sides.cols);
    // without deficits of its own a pool's variance is no variance: that two are equal means nothing
    if (skips(index) || readsOf(step).some((slot) => loose.has(slot))) loose.add(step.to);
    else loose.delete(step.to);
    if (!loose.has(step.to)) settle(sides, positionsOf(step));
    for (const [c, { of, prepared }] of comparisons.entries()) {
      const before = of(reads[0] ?? sides);
      const halves = deficits.length === 0 ? null : { rows: deficits[0]!, cols: deficits[1]! };
      prepared.push({
        map: maps[c]!,
        qRows: before.rows.q,
        qCols: before.cols.q,
        reads: reads.map(of),
        own: halves === null ? null : ownOf(halves, c),
      });
    }
    slots[step.to] = sides;
    states.push(sides);
    done = index + 1;
    await breath();
  }
  const end = together(outputsOf(program).map((slot) => slots[slot]!));
  const diagonals: (KernelDiagonals | null)[] = [];
  for (const [s, job] of ownJobs.entries()) {
    if (skipped) {
      diagonals.push(null);
      continue;
    }
    const state = s === 0 ? end.rows : end.cols;
    diagonals.push(
      pairSizeOf(program) > 1 ? await ownDiagonals(own, job, state, breath) : vectorDiagonals(state),
    );
  }
  for (const [s, job] of ownJobs.entries()) {
    if (job.carried === null || program.carried == null) continue;
    const moved = await ownStates(job, program.carried, breath);
    const { d, g } = carried[s]!;
    d.set(moved.d);
    g.set(moved.g);
    Object.assign(carried[s]!, { k: moved.k, t: moved.t });
  }
  const at = program.carried == null ? null : slots[program.carried]!;
  return { prepared: main.prepared, states, rows: diagonals[0]!, cols: diagonals.at(-1)!, carried: at };
}

/** In place of deficits that nothing depends on. */
function noDeficits(step: KernelStep, { set, tangent }: OwnJob): OwnDeficits {
  const none = () => new Float64Array(set.count * positionsOf(step));
  return { d: none(), g: tangent ? none() : null };
}

/** Own deficits as the comparison number `c` sees them: rows and columns, rows only, columns only. */
function ownOf(
  halves: { rows: OwnDeficits; cols: OwnDeficits },
  c: number,
): { rows: OwnDeficits; cols: OwnDeficits } {
  if (c === 0) return halves;
  return c === 1 ? { rows: halves.rows, cols: halves.rows } : { rows: halves.cols, cols: halves.cols };
}

/** Several results as one, innermost. */
function together(ends: readonly SampleSides[]): SampleSides {
  const [only] = ends as [SampleSides];
  if (ends.length === 1) return only;
  const innermost = (values: readonly Float64Array[]) =>
    Float64Array.from({ length: values.length * values[0]!.length }, (_, at) => {
      return values[at % values.length]![Math.floor(at / values.length)]!;
    });
  const state = (side: "rows" | "cols"): SampleState => {
    const q = innermost(ends.map((end) => end[side].q));
    return { q, t: only[side].t === null ? null : innermost(ends.map((end) => end[side].t!)) };
  };
  const rows = state("rows");
  return { rows, cols: only.cols === only.rows ? rows : state("cols") };
}

function vectorDiagonals({ q, t }: SampleState): KernelDiagonals {
  const none = () => new Float64Array(q.length);
  return { nngp: q, ntk: t, nngpGap: none(), ntkGap: t === null ? null : none() };
}

async function ownDiagonals(
  own: OwnPairs,
  job: OwnJob,
  state: SampleState,
  breath: () => Promise<void>,
): Promise<KernelDiagonals> {
  const { k, d, t, g } = await own.results(job, state, breath);
  return { nngp: k, nngpGap: d, ntk: job.tangent ? t : null, ntkGap: job.tangent ? g : null };
}
