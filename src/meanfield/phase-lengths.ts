/**
 * Lengths and slopes at the fixed point over the plane of the two variances.
 * @module
 */
import type { Activation } from "../activations/index.js";
import type { Matrix } from "../numeric/matrix.js";
import { ColumnLengths, type TableRoot } from "./column-lengths.js";
import { starBelow } from "./lengths.js";
import { STENCIL, valueAt } from "./local-polynomial.js";
import type { MomentTable } from "./moment-table.js";
import { jumps, meanSquaredSlope, settledOr } from "./moments.js";
import type { SettledMoments } from "./settled-moments.js";

/** Trajectories start at this variance. */
const START = 1;

/** The quantities at every point of the plane, [bias, weight]. */
export interface PhaseMaps {
  readonly qStar: Matrix;
  readonly cStar: Matrix;
  readonly chi1: Matrix;
  readonly chiC: Matrix;
  readonly xi1: Matrix;
  readonly xiC: Matrix;
  readonly xiStar: Matrix;
  readonly phase: Matrix;
  readonly unsettled: Matrix;
}

/** The plane and what is found on it. */
export interface PhaseGrid {
  readonly activation: Activation;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  readonly maps: PhaseMaps;
}

/** Fills q* and chi_1 column by column; returns how many points needed the direct solver, and the steps of the others. */
export async function gridLengths(
  grid: PhaseGrid,
  moments: SettledMoments,
  table: MomentTable,
  rest: () => Promise<void>,
): Promise<{ direct: number; steps: number }> {
  const state: LengthState = {
    moments,
    far: new FarMoments(moments, Math.max(START, table.q[table.count - 1] ?? START)),
    increasing: isIncreasing(table),
    smooth: !jumps(grid.activation),
    column: new ColumnLengths(table, START),
    root: { q: 0, cell: 0, x: 0 },
    divergesFrom: grid.bias.length,
    direct: 0,
  };
  for (let j = 0; j < grid.weight.length; j++) {
    lengthsOfColumn(grid, table, j, state);
    await rest();
  }
  return { direct: state.direct, steps: state.column.steps };
}

/** Variances that grow for ever pass these: far out a map is followed in steps of a factor 2, as `qStar` does. */
const FAR_STEPS = 24;

/** E_q[phi^2] beyond the table, computed once for all columns. */
class FarMoments {
  private readonly second: number[] = [];

  constructor(
    private readonly moments: SettledMoments,
    private readonly from: number,
  ) {}

  /** True when Q(q) > q at every step beyond the table: a trajectory that has passed the table never ends. False where not settled. */
  grows(weight: number, bias: number): boolean {
    for (let k = 0; k < FAR_STEPS; k++) {
      const q = this.from * 2 ** k;
      if (this.second.length === k) this.second.push(this.moments.second(q));
      if (!(weight * this.second[k]! + bias > q)) return false;
    }
    return true;
  }
}

interface LengthState {
  readonly moments: SettledMoments;
  readonly far: FarMoments;
  readonly increasing: boolean;
  readonly smooth: boolean;
  readonly column: ColumnLengths;
  readonly root: TableRoot;
  /** with an increasing Q, a trajectory that diverges diverges also at every larger weight or bias variance */
  divergesFrom: number;
  direct: number;
}

function lengthsOfColumn(
  { activation, weight, bias, maps }: PhaseGrid,
  table: MomentTable,
  j: number,
  state: LengthState,
): void {
  const { increasing, smooth, column, root } = state;
  const rows = bias.length;
  const cols = weight.length;
  const w = weight[j]!;
  const q = maps.qStar.data;
  const chi1 = maps.chi1.data;
  const { derivative } = table.cells;
  if (table.count > 0) column.begin(w);
  for (let i = 0; i < rows; i++) {
    if (increasing && i >= state.divergesFrom) break;
    const at = i * cols + j;
    const b = bias[i]!;
    if (table.count > 0 && column.solve(b, root)) {
      q[at] = root.q;
      if (smooth) chi1[at] = w * valueAt(derivative, root.cell * STENCIL, root.x);
      continue;
    }
    // Q(q) > q up to where the moments are not settled: the trajectory comes there, and nobody knows where it goes
    if (table.count > 0 && table.endsUnsettled) {
      maps.unsettled.data[at] = 1;
      continue;
    }
    state.direct++;
    const layer = { activation, weightVariance: w, biasVariance: b };
    // the table ends before the point: Q(q) > q from the start to its end. Beyond too, and the trajectory only grows
    if (table.count > 0 && state.far.grows(w, b)) {
      state.divergesFrom = Math.min(state.divergesFrom, i);
      continue;
    }
    const exact = starBelow(layer, START, state.moments.unsettledFrom);
    if (exact.status === "converged") {
      q[at] = exact.value;
      if (smooth)
        chi1[at] = w === 0 ? 0 : settledOr(Number.NaN, () => w * meanSquaredSlope(activation, exact.value));
      if (smooth && Number.isNaN(chi1[at]!)) maps.unsettled.data[at] = 1;
    }
    if (exact.status === "unsettled") {
      maps.unsettled.data[at] = 1;
      state.moments.unsettledFrom = Math.min(state.moments.unsettledFrom, exact.value);
    }
    if (exact.status === "diverges" || exact.status === "no-fixed-point")
      state.divergesFrom = Math.min(state.divergesFrom, i);
  }
}

/** True when E_q[phi^2] grows with q all over the table. */
function isIncreasing({ count, q, second, perQ }: MomentTable): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const now = perQ ? q[i]! * second[i]! : second[i]!;
    if (now < before * (1 - 1e-12)) return false;
    before = now;
  }
  return true;
}
