/**
 * The critical line of an activation at many bias variances, from tabulated moments.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { type CriticalPoint, criticalWeightVariance, mayCrossOutside, originOfLine } from "./criticality.js";
import { CENTRE, STENCIL, slopeAt, valueAt } from "./local-polynomial.js";
import type { MomentTable } from "./moment-table.js";

/** Below this bias variance sigma_b^2 of the line is a difference of nearly equal numbers: it is solved for exactly. */
const LEAST_BIAS = 1e-6;
/** A tabulated Q' beyond 1 by this is beyond 1: tables are good to 1e-8. */
const SLOPE_MARGIN = 1e-6;
/** Positions inside a cell, in its widths. */
const POSITION_TOLERANCE = 1e-13;
const MOST_STEPS = 80;

/**
 * The critical points with the smallest stable q*, one for each bias variance where there is one: the same as those of
 * criticalLine to 1e-8 of sigma_w^2.
 *
 * @param tables  the table to look in first, and those to look in where it ends too early
 */
export function tableLine(
  activation: Activation,
  tables: readonly (() => MomentTable)[],
  biases: Float64Array,
): CriticalPoint[] {
  const readers: TableLine[] = [];
  const line: CriticalPoint[] = [];
  for (const bias of biases) {
    let found: CriticalPoint | null = null;
    let none = false;
    if (bias >= LEAST_BIAS) {
      for (let k = 0; k < tables.length && found === null; k++) {
        readers[k] ??= new TableLine(tables[k]!());
        const reader = readers[k];
        found = reader.pointAt(bias);
        none = found === null && reader.excludes(bias);
        const { least, greatest } = reader;
        if (none && !mayCrossOutside(activation, bias, least, greatest)) break;
        none = false;
      }
    }
    if (none) continue;
    // without biases the line starts in q* = 0, below all others
    if (bias === 0) found = originOfLine(activation);
    found ??= criticalWeightVariance(activation, bias).points[0] ?? null;
    if (found !== null) line.push(found);
  }
  return line;
}

/** The critical points that a table holds. */
class TableLine {
  /** sigma_b^2 of the critical points whose fixed points are the nodes */
  private readonly nodes: Float64Array;
  /** variances that the table reaches */
  readonly least: number;
  readonly greatest: number;

  constructor(private readonly table: MomentTable) {
    const { count, q, second, derivative, perQ } = table;
    this.nodes = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const moment = perQ ? q[i]! * second[i]! : second[i]!;
      this.nodes[i] = q[i]! - moment / derivative[i]!;
    }
    this.least = q[0]!;
    this.greatest = q[count - 1]!;
  }

  /** Whether the table is sure to hold no stable critical point: every crossing is one of an unstable fixed point. */
  excludes(bias: number): boolean {
    const { nodes } = this;
    for (let cell = 0; cell < nodes.length - 1; cell++) {
      const left = nodes[cell]! - bias;
      const right = nodes[cell + 1]! - bias;
      if (!Number.isFinite(left + right)) return false;
      if (left < 0 === right < 0) continue;
      if (!(Math.abs(this.pointIn(cell, bias, left, right).slope) > 1 + SLOPE_MARGIN)) return false;
    }
    return true;
  }

  /** The stable critical point with the smallest q*. */
  pointAt(bias: number): CriticalPoint | null {
    const { nodes } = this;
    for (let cell = 0; cell < nodes.length - 1; cell++) {
      const left = nodes[cell]! - bias;
      const right = nodes[cell + 1]! - bias;
      if (!(left < 0 !== right < 0) || Number.isNaN(left + right)) continue;
      const point = this.pointIn(cell, bias, left, right);
      if (Math.abs(point.slope) < 1) return point;
    }
    return null;
  }

  /** sigma_b^2 of the critical point at position x of a cell. */
  private biasAt(cell: number, x: number): number {
    const { cells, perQ } = this.table;
    const first = cell * STENCIL;
    const q = valueAt(cells.q, first, x);
    const tabled = valueAt(cells.second, first, x);
    return q - (perQ ? q * tabled : tabled) / valueAt(cells.derivative, first, x);
  }

  /** sigma_b^2 - bias has the values `left` and `right`, of opposite signs, at the ends of the cell. */
  private pointIn(cell: number, bias: number, left: number, right: number): CriticalPoint {
    const { cells, perQ, stencil } = this.table;
    // false position; an end that stays counts half (Illinois), so that both ends move
    let a = cell - stencil[cell]! - CENTRE;
    let b = a + 1;
    let fa = left;
    let fb = right;
    let x = a;
    for (let step = 0; step < MOST_STEPS; step++) {
      const before = x;
      x = b - (fb * (b - a)) / (fb - fa);
      if (!(x >= Math.min(a, b) && x <= Math.max(a, b))) x = (a + b) / 2;
      const f = this.biasAt(cell, x) - bias;
      if (f === 0 || Math.abs(x - before) <= POSITION_TOLERANCE) break;
      if (f < 0 === fb < 0) fa /= 2;
      else {
        a = b;
        fa = fb;
      }
      b = x;
      fb = f;
    }
    const first = cell * STENCIL;
    const q = valueAt(cells.q, first, x);
    const tabled = valueAt(cells.second, first, x);
    const dSecond = slopeAt(cells.second, first, x);
    const dq = slopeAt(cells.q, first, x);
    const weightVariance = 1 / valueAt(cells.derivative, first, x);
    const slope = weightVariance * (perQ ? tabled + (q * dSecond) / dq : dSecond / dq);
    return { weightVariance, biasVariance: bias, qStar: q, slope };
  }
}
