/**
 * The pass over single samples: variance q and ntk diagonal after every step, O(n) each. It also prepares what the
 * pair pass needs of a sample at each step.
 * @module
 */
import { type PairMap, prepareDual } from "../activations/index.js";
import { ForetrainError, isForetrainError } from "../errors.js";
import { breathe, type LongWork } from "../progress.js";
import type { KernelDiagonals } from "./backend.js";
import { inputVariances } from "./gram.js";
import type { KernelProgram, KernelStep } from "./program.js";
import type { SampleSet } from "./samples.js";

/** What one step of the pair pass needs: the prepared dual of an activation, variances before the step for others. */
export interface PreparedStep {
  readonly map: PairMap | null;
  readonly qRows: Float64Array;
  readonly qCols: Float64Array;
}

export interface SamplePass {
  /** one per step; null where the pair pass needs nothing of the samples */
  readonly prepared: readonly (PreparedStep | null)[];
  /** variances and ntk diagonals of both sides after each step: what is lowered for the SIMD engine */
  readonly states: readonly SampleSides[];
  readonly rows: KernelDiagonals;
  readonly cols: KernelDiagonals;
}

/** Variance q and ntk diagonal theta (null when not asked for) of each sample. */
export interface SampleState {
  readonly q: Float64Array;
  readonly t: Float64Array | null;
}
/** `cols` is `rows` for the symmetric case. */
export interface SampleSides {
  readonly rows: SampleState;
  readonly cols: SampleState;
}

function overflow(step: KernelStep, what: string, sample: number, value: number): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `kernel: the ${what} of sample ${sample} is ${value} after ${step.path}: it left the range of float64; ` +
      "scale the inputs down, lower weightVariance, or use fewer layers",
    { argument: step.path, path: step.path, sample, got: value },
  );
}

function checkFinite(step: KernelStep, { q, t }: SampleState): void {
  for (let i = 0; i < q.length; i++) {
    if (!Number.isFinite(q[i]!)) throw overflow(step, "variance", i, q[i]!);
    if (t !== null && !Number.isFinite(t[i]!)) throw overflow(step, "ntk diagonal", i, t[i]!);
  }
}

function prepare(step: KernelStep & { op: "activation" }, from: SampleSides, derivative: boolean): PairMap {
  try {
    return prepareDual(step.activation, from.rows.q, from.cols.q, { derivative });
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

const mapped = (a: Float64Array | null, f: (value: number, i: number) => number) =>
  a === null ? null : a.map(f);

/** 1 / q, 0 for a sample without variance: its normalized units are 0. */
const inverse = (q: number) => (q > 0 ? 1 / q : 0);

function advance(
  step: KernelStep,
  side: "rows" | "cols",
  slots: readonly (SampleSides | undefined)[],
  map: PairMap | null,
): SampleState {
  const at = (slot: number) => slots[slot]![side];
  switch (step.op) {
    case "dense": {
      const { q, t } = at(step.from);
      return {
        q: q.map((value) => step.weight * value + step.bias),
        t: mapped(t, (value, i) => step.weight * value + step.tangentK * q[i]! + step.tangentOne),
      };
    }
    case "activation": {
      const { t } = at(step.from);
      const second = side === "rows" ? map!.rowSecond : map!.colSecond;
      const slope = side === "rows" ? map!.rowDerivativeSecond : map!.colDerivativeSecond;
      // a zero ntk (no weights yet) stays zero also where phi'^2 has no finite mean
      return { q: second, t: mapped(t, (value, i) => (value === 0 ? 0 : value * slope[i]!)) };
    }
    case "normalize": {
      const { q, t } = at(step.from);
      return { q: q.map((value) => (value > 0 ? 1 : 0)), t: mapped(t, (value, i) => value * inverse(q[i]!)) };
    }
    case "dropout": {
      const { q, t } = at(step.from);
      return { q: q.map((value) => value / step.keepRate), t: mapped(t, (value) => value / step.keepRate) };
    }
    case "sum": {
      const parts = step.parts.map(at);
      const total = (i: number, pick: (state: SampleState) => Float64Array) =>
        parts.reduce((sum, state) => sum + pick(state)[i]!, 0);
      const [first] = parts as [SampleState];
      return {
        q: first.q.map((_, i) => total(i, (state) => state.q)),
        t: first.t === null ? null : first.t.map((_, i) => total(i, (state) => state.t!)),
      };
    }
    default:
      throw new Error(`unreachable: ${step.op} is not compiled for single samples`);
  }
}

/**
 * Runs the program over single samples.
 * @throws ERR_NUMERICAL when a variance or ntk leaves the range of float64 (which layer, which sample), what
 * `prepareDual` throws with the layer's path in front, ERR_ABORTED
 */
export async function runSamplePass(
  program: KernelProgram,
  rows: SampleSet,
  cols: SampleSet,
  tangent: boolean,
  { signal, onProgress }: LongWork = {},
): Promise<SamplePass> {
  const symmetric = rows === cols;
  const slots: (SampleSides | undefined)[] = new Array(program.slots);
  const prepared: (PreparedStep | null)[] = [];
  const states: SampleSides[] = [];
  let last = performance.now();
  for (const [index, step] of program.steps.entries()) {
    let after: SampleSides;
    let needs: PreparedStep | null = null;
    if (step.op === "input") {
      const start = (set: SampleSet): SampleState => ({
        q: inputVariances(set),
        t: tangent ? new Float64Array(set.count) : null,
      });
      const first = start(rows);
      after = { rows: first, cols: symmetric ? first : start(cols) };
      needs = { map: null, qRows: after.rows.q, qCols: after.cols.q };
    } else {
      const map = step.op === "activation" ? prepare(step, slots[step.from]!, tangent) : null;
      if (step.op === "activation" || step.op === "normalize" || step.op === "dropout") {
        const before = slots[step.from]!;
        needs = { map, qRows: before.rows.q, qCols: before.cols.q };
      }
      const first = advance(step, "rows", slots, map);
      after = { rows: first, cols: symmetric ? first : advance(step, "cols", slots, map) };
    }
    checkFinite(step, after.rows);
    if (!symmetric) checkFinite(step, after.cols);
    slots[step.to] = after;
    states.push(after);
    prepared.push(needs);
    if (performance.now() - last > 30) {
      onProgress?.({ label: "samples", done: index + 1, total: program.steps.length, unit: "layers" });
      await breathe(signal);
      last = performance.now();
    }
  }
  const end = slots[program.output]!;
  const diagonals = ({ q, t }: SampleState): KernelDiagonals => ({
    nngp: q,
    ntk: t,
    nngpGap: new Float64Array(q.length),
    ntkGap: t === null ? null : new Float64Array(q.length),
  });
  return { prepared, states, rows: diagonals(end.rows), cols: diagonals(end.cols) };
}
