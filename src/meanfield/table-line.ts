/**
 * The critical line of an activation at many bias variances, from tabulated moments.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { type CriticalPoint, criticalWeightVariance } from "./criticality.js";
import { CENTRE, STENCIL, slopeAt, valueAt } from "./local-polynomial.js";
import type { MomentTable } from "./moment-table.js";

const BISECTIONS = 60;
/** Below this bias variance sigma_b^2 of the line is a difference of nearly equal numbers: it is solved for exactly. */
const LEAST_BIAS = 1e-6;

/**
 * The critical points with the smallest stable q*, one for each bias variance where there is one: the same as those of
 * criticalLine to 1e-8 of sigma_w^2.
 */
export function tableLine(activation: Activation, table: MomentTable, biases: Float64Array): CriticalPoint[] {
  const { count, q, second, derivative, perQ, stencil, cells } = table;
  // sigma_b^2 of the critical point with fixed point q
  const nodes = Float64Array.from(q, (value, i) => {
    const moment = perQ ? value * second[i]! : second[i]!;
    return value - moment / derivative[i]!;
  });
  const at = (cell: number, x: number) => {
    const first = cell * STENCIL;
    const variance = valueAt(cells.q, first, x);
    const tabled = valueAt(cells.second, first, x);
    const weight = 1 / valueAt(cells.derivative, first, x);
    const moment = perQ ? variance * tabled : tabled;
    return { variance, weight, bias: variance - weight * moment };
  };
  const pointIn = (cell: number, bias: number): CriticalPoint => {
    const low = cell - stencil[cell]! - CENTRE;
    let [a, b] = [low, low + 1];
    const rising = nodes[cell]! < bias;
    for (let step = 0; step < BISECTIONS; step++) {
      const middle = (a + b) / 2;
      if (at(cell, middle).bias < bias === rising) a = middle;
      else b = middle;
    }
    const x = (a + b) / 2;
    const { variance, weight } = at(cell, x);
    const first = cell * STENCIL;
    const dq = slopeAt(cells.q, first, x);
    const dSecond = slopeAt(cells.second, first, x);
    const tabled = valueAt(cells.second, first, x);
    const slope = weight * (perQ ? tabled + (variance * dSecond) / dq : dSecond / dq);
    return { weightVariance: weight, biasVariance: bias, qStar: variance, slope };
  };
  const line: CriticalPoint[] = [];
  for (const bias of biases) {
    let found: CriticalPoint | undefined;
    if (bias >= LEAST_BIAS) {
      for (let cell = 0; cell < count - 1 && found === undefined; cell++) {
        const [left, right] = [nodes[cell]! - bias, nodes[cell + 1]! - bias];
        if (!(left < 0 !== right < 0) || Number.isNaN(left + right)) continue;
        const point = pointIn(cell, bias);
        if (Math.abs(point.slope) < 1) found = point;
      }
    }
    found ??= criticalWeightVariance(activation, bias).points[0];
    if (found !== undefined) line.push(found);
  }
  return line;
}
