/**
 * Gaussian moments of an activation tabulated over q: a phase map asks for them a million times, and they depend on q
 * alone.
 *
 * The nodes are equidistant in x = log(1 + s / s_0), s = sqrt(q): moments are smooth in s down to 0, for activations
 * with kinks too, and in log s for large s. Between them polynomials of degree 5, cell by cell. Where phi(0) = 0 it is
 * E_q[phi^2] / q that is interpolated, so that small variances keep their digits.
 * @module
 */
import { squaredSlopeAtZero } from "./layer.js";
import { CENTRE, fitStencil, STENCIL, stencilOf, valueAt } from "./local-polynomial.js";
import { jumps, meanSquare, meanSquaredSlope } from "./moments.js";
import type { MomentPair, SettledMoments } from "./settled-moments.js";

/** s where the grid turns from equidistant in s to equidistant in log s. */
const TURN = 0.25;
const COARSEST_STEP = 0.1;
const FINEST_STEP = 0.0125;
/** Error, relative to the moment, that the table may leave between its nodes. */
const TOLERANCE = 1e-9;
/** Places between nodes at which the table is compared with the moments themselves. */
const PROBES = 8;
/** The far end of a table is cut off where its error is this much larger: moments that grow like exp(q) end there. */
const CUT = 10;

/** Moments in cells: cell i lies between node i and node i + 1, its polynomials are in position - CENTRE. */
export interface MomentTable {
  readonly count: number;
  /** q at the nodes; the last one is the greatest q that the table covers */
  readonly q: Float64Array;
  /** E_q[phi^2] at the nodes; divided by q where `perQ` */
  readonly second: Float64Array;
  readonly perQ: boolean;
  /** first node of each cell's stencil */
  readonly stencil: Int32Array;
  /** coefficients [cell, 6] of q, of `second` and of E_q[phi'^2] (NaN where phi jumps) */
  readonly cells: {
    readonly q: Float64Array;
    readonly second: Float64Array;
    readonly derivative: Float64Array;
  };
  /** E_q[phi'^2] at the nodes */
  readonly derivative: Float64Array;
  /** the table ends where the moments are no longer settled */
  readonly endsUnsettled: boolean;
}

const UNSETTLED: MomentPair = { second: Number.NaN, derivative: Number.NaN };

const scaled = (moments: MomentPair | null, by: number): MomentPair =>
  moments === null ? UNSETTLED : { ...moments, second: moments.second / by };

const squareAt = (x: number) => (TURN * Math.expm1(x)) ** 2;

/** Tables of one activation's moments over ranges of q; what was computed for one range serves the next. */
export interface MomentTables {
  /**
   * The moments up to `greatest`, or to where they grow too steeply for the grid or are no longer settled, whichever comes first.
   * Errors are 1e-8 of the moments at most.
   */
  readonly upTo: (greatest: number) => MomentTable;
  /** q at which moments were computed, each with E_q[phi^2] and E_q[phi'^2] */
  readonly evaluations: () => number;
}

export function momentTables(settled: SettledMoments): MomentTables {
  const { activation } = settled;
  const atZero = squaredSlopeAtZero(activation);
  const perQ = atZero !== null && atZero < Number.POSITIVE_INFINITY;
  const known = new Map<number, MomentPair>();
  const smooth = !jumps(activation);
  const derivativeAtZero = perQ ? atZero : smooth ? meanSquaredSlope(activation, 1e-20) : Number.NaN;
  const at = (units: number) => {
    let moments = known.get(units);
    if (moments === undefined) {
      const q = squareAt((units * FINEST_STEP) / 2);
      moments =
        q === 0
          ? { second: perQ ? atZero : meanSquare(activation, 1e-30), derivative: derivativeAtZero }
          : scaled(settled.both(q), perQ ? q : 1);
      known.set(units, moments);
    }
    return moments;
  };
  const upTo = (greatest: number): MomentTable => {
    const end = Math.log1p(Math.sqrt(greatest) / TURN);
    let step = COARSEST_STEP;
    let table = build(step, Number.POSITIVE_INFINITY, end, perQ, at);
    while (step > FINEST_STEP && worstError(table, step, at) > TOLERANCE) {
      step /= 2;
      table = build(step, Number.POSITIVE_INFINITY, end, perQ, at);
    }
    let { count } = table;
    while (count > STENCIL && errorAt(table, count - 2, step, at) > CUT * TOLERANCE) count -= 2;
    return count < table.count ? build(step, count, end, perQ, at) : table;
  };
  return { upTo, evaluations: () => known.size };
}

type Moments = (units: number) => MomentPair;

const unitsOf = (step: number) => Math.round((2 * step) / FINEST_STEP);

function build(step: number, most: number, end: number, perQ: boolean, at: Moments): MomentTable {
  const units = unitsOf(step);
  const planned = Math.min(most, Math.max(STENCIL, Math.ceil(end / step) + 1));
  const [q, second, derivative]: [number[], number[], number[]] = [[], [], []];
  let endsUnsettled = false;
  for (let i = 0; i < planned; i++) {
    const moments = at(i * units);
    if (!(moments.second < Number.POSITIVE_INFINITY)) {
      endsUnsettled = Number.isNaN(moments.second);
      break;
    }
    q.push(squareAt(i * step));
    second.push(moments.second);
    derivative.push(moments.derivative);
  }
  const count = q.length;
  const nodes = {
    q: Float64Array.from(q),
    second: Float64Array.from(second),
    derivative: Float64Array.from(derivative),
  };
  const stencil = Int32Array.from({ length: Math.max(0, count - 1) }, (_, cell) => stencilOf(cell, count));
  const cellsOf = (values: Float64Array) => {
    const out = new Float64Array(stencil.length * STENCIL);
    if (count >= STENCIL) {
      for (const [cell, first] of stencil.entries()) fitStencil(values, first, out, cell * STENCIL);
    }
    return out;
  };
  return {
    count: count >= STENCIL ? count : 0,
    ...nodes,
    perQ,
    endsUnsettled,
    stencil,
    cells: { q: cellsOf(nodes.q), second: cellsOf(nodes.second), derivative: cellsOf(nodes.derivative) },
  };
}

/** Relative error in the middle of a cell; NaN (no derivative) is no error. */
function errorAt({ stencil, cells }: MomentTable, cell: number, step: number, at: Moments): number {
  const exact = at((cell + 0.5) * unitsOf(step));
  const x = cell + 0.5 - stencil[cell]! - CENTRE;
  let worst = 0;
  for (const name of ["second", "derivative"] as const) {
    const error = Math.abs(valueAt(cells[name], cell * STENCIL, x) - exact[name]);
    if (error > worst * Math.abs(exact[name])) worst = error / Math.abs(exact[name]);
  }
  return worst;
}

/** Largest relative error in the middle of some cells. */
function worstError(table: MomentTable, step: number, at: Moments): number {
  if (table.count === 0) return 0;
  let worst = 0;
  for (let probe = 0; probe < PROBES; probe++) {
    const cell = Math.floor(((table.count - 2) * probe) / (PROBES - 1));
    worst = Math.max(worst, errorAt(table, cell, step, at));
  }
  return worst;
}
