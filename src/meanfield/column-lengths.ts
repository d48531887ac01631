/**
 * q* along a column of a phase diagram: one weight variance, increasing bias variances, from tabulated moments.
 *
 * q* solves h(q) = q - sigma_w^2 E_q[phi^2] = sigma_b^2. Where E_q[phi^2] increases, the trajectory from 1 runs to the
 * first crossing above 1 (h(1) < sigma_b^2) or below it, which the values of h at the nodes bracket; h itself does not
 * depend on sigma_b^2.
 * @module
 */
import { CENTRE, STENCIL, slopeAt, valueAt } from "./local-polynomial.js";
import type { MomentTable } from "./moment-table.js";

/** Where a solution lies in the table. */
export interface TableRoot {
  q: number;
  cell: number;
  /** position inside the cell's stencil, minus CENTRE */
  x: number;
}

/** Positions inside a cell to 1e-13 of its width. */
const POSITION_TOLERANCE = 1e-13;
const MOST_STEPS = 80;

export class ColumnLengths {
  private readonly h: Float64Array;
  /** greatest h from the start up to a node; least h from a node up to the start */
  private readonly reach: Float64Array;
  /** cell that holds the start, and its position there */
  private readonly startCell: number;
  private readonly startX: number;
  private atStart = 0;
  private up = 0;
  private down = 0;
  private weight = 0;
  /** the last solution inside a cell, h and its slope there: the next one is near */
  private lastCell = -1;
  private lastX = 0;
  private lastH = 0;
  private lastSlope = 0;
  /** evaluations of h for solutions inside cells */
  steps = 0;

  constructor(
    private readonly table: MomentTable,
    start: number,
  ) {
    const { count, q, cells } = table;
    this.h = new Float64Array(count);
    this.reach = new Float64Array(count);
    let cell = 0;
    while (cell < count - 2 && q[cell + 1]! <= start) cell++;
    this.startCell = cell;
    const low = cell - table.stencil[cell]! - CENTRE;
    this.startX = this.refine(low, low + 1, (x) => valueAt(cells.q, cell * STENCIL, x) - start);
  }

  /** Zero of an increasing function by bisection: used once per table. */
  private refine(low: number, high: number, f: (x: number) => number): number {
    let [a, b] = [low, high];
    for (let step = 0; step < 60; step++) {
      const middle = (a + b) / 2;
      if (f(middle) < 0) a = middle;
      else b = middle;
    }
    return (a + b) / 2;
  }

  private hAt(cell: number, x: number): number {
    const { cells, perQ } = this.table;
    const q = valueAt(cells.q, cell * STENCIL, x);
    const second = valueAt(cells.second, cell * STENCIL, x);
    return perQ ? q * (1 - this.weight * second) : q - this.weight * second;
  }

  /** Takes up a column; its bias variances are then asked for in increasing order. */
  begin(weight: number): void {
    const { count, q, second, perQ } = this.table;
    const { h, reach, startCell } = this;
    this.weight = weight;
    for (let i = 0; i < count; i++) {
      h[i] = perQ ? q[i]! * (1 - weight * second[i]!) : q[i]! - weight * second[i]!;
    }
    this.atStart = this.hAt(startCell, this.startX);
    let extreme = this.atStart;
    for (let i = startCell; i >= 0; i--) reach[i] = extreme = Math.min(extreme, h[i]!);
    extreme = this.atStart;
    for (let i = startCell + 1; i < count; i++) reach[i] = extreme = Math.max(extreme, h[i]!);
    this.up = startCell + 1;
    this.down = 0;
    this.lastCell = -1;
  }

  /** Writes q* for one bias variance to `out`; false where the table ends before it. */
  solve(bias: number, out: TableRoot): boolean {
    const { table, startCell, startX, reach } = this;
    const { stencil, count } = table;
    const gap = bias - this.atStart;
    let cell = startCell;
    let low = cell - stencil[cell]! - CENTRE;
    let high = low + 1;
    if (gap > 0) {
      while (this.up < count && reach[this.up]! < bias) this.up++;
      if (this.up >= count) return false;
      cell = this.up - 1;
      low = cell - stencil[cell]! - CENTRE;
      high = low + 1;
      if (cell === startCell) low = startX;
    } else {
      while (this.down < startCell && reach[this.down + 1]! <= bias) this.down++;
      cell = this.down;
      low = cell - stencil[cell]! - CENTRE;
      high = cell === startCell ? startX : low + 1;
    }
    out.cell = cell;
    if (bias === 0 && table.perQ) this.withoutBias(cell, low, high, out);
    else this.inCell(cell, low, high, bias, out);
    return true;
  }

  /** h(q) = bias inside a cell, h <= bias at `low` and >= bias at `high`. */
  private inCell(cell: number, low: number, high: number, bias: number, out: TableRoot): void {
    const { perQ } = this.table;
    const qs = this.table.cells.q;
    const seconds = this.table.cells.second;
    const at = cell * STENCIL;
    const { weight } = this;
    let a = low;
    let b = high;
    let x = Number.NaN;
    if (cell === this.lastCell) x = this.lastX + (bias - this.lastH) / this.lastSlope;
    else {
      const fa = this.hAt(cell, a) - bias;
      const fb = this.hAt(cell, b) - bias;
      if (fb > fa) x = a - ((b - a) * fa) / (fb - fa);
    }
    if (!(x >= a && x <= b)) x = (a + b) / 2;
    let q = 0;
    let h = 0;
    let slope = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      this.steps++;
      q = valueAt(qs, at, x);
      const dq = slopeAt(qs, at, x);
      const second = valueAt(seconds, at, x);
      const dSecond = slopeAt(seconds, at, x);
      h = perQ ? q * (1 - weight * second) : q - weight * second;
      slope = perQ ? dq * (1 - weight * second) - q * weight * dSecond : dq - weight * dSecond;
      if (h < bias) a = x;
      else b = x;
      let next = x + (bias - h) / slope;
      if (!(next >= a && next <= b)) next = (a + b) / 2;
      const moved = Math.abs(next - x);
      x = next;
      if (moved <= POSITION_TOLERANCE) break;
    }
    this.lastCell = cell;
    this.lastX = x;
    this.lastH = h;
    this.lastSlope = slope;
    out.x = x;
    out.q = q;
  }

  /** q* where there is no bias and phi(0) = 0: 0, or where sigma_w^2 E_q[phi^2] / q = 1. */
  private withoutBias(cell: number, low: number, high: number, out: TableRoot): void {
    const { cells } = this.table;
    const at = cell * STENCIL;
    const g = (x: number) => 1 - this.weight * valueAt(cells.second, at, x);
    if (cell === 0 && low === -CENTRE && g(low) >= 0) {
      out.x = low;
      out.q = 0;
      return;
    }
    out.x = this.refine(low, high, g);
    out.q = valueAt(cells.q, at, out.x);
  }
}
