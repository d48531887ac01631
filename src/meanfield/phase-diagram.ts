/**
 * The order-to-chaos phase diagram of an activation over the plane of the two variances.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { breathe, type LongWork } from "../progress.js";
import { type CorrelationSolver, tabulateCorrelations } from "./correlation-table.js";
import { cStar } from "./correlations.js";
import { type CriticalPoint, criticalLine } from "./criticality.js";
import { type HiddenLayer, isPositivelyHomogeneous, requireLengthMap, squaredSlopeAtZero } from "./layer.js";
import { qStar, solveLength } from "./lengths.js";
import { meanField } from "./mean-field.js";
import { type MomentTable, tabulateMoments } from "./moment-table.js";
import { jumps, meanSquare, meanSquaredSlope } from "./moments.js";
import { depthScale, generalizationScale } from "./phase.js";

/** The axes of a diagram: increasing numbers >= 0, at least one each. */
export interface PhaseDiagramAxes {
  /** sigma_w^2, the columns [a] */
  readonly weightVariance: ArrayLike<number>;
  /** sigma_b^2, the rows [b] */
  readonly biasVariance: ArrayLike<number>;
}

/**
 * Maps over the plane, each [b, a]. NaN where the number does not exist: no fixed point, no correlation at q* = 0,
 * no phi'. Depth scales are Infinity at criticality.
 */
export interface PhaseDiagram {
  readonly activation: string;
  readonly weightVariance: Float64Array;
  readonly biasVariance: Float64Array;
  readonly qStar: Matrix;
  readonly cStar: Matrix;
  readonly chi1: Matrix;
  readonly chiC: Matrix;
  readonly xi1: Matrix;
  readonly xiC: Matrix;
  readonly xiStar: Matrix;
  /** critical points at the rows' bias variances, inside the range of weight variances */
  readonly criticalLine: readonly CriticalPoint[];
  /** points solved without the tables: beyond their range */
  readonly direct: number;
}

/** Fixed points beyond are rare (close to where the variance starts to diverge) and solved directly. */
const GREATEST_Q = 1e4;
/** As in cStar: closer to 1 than this a slope cannot be told from 1. */
const SLOPE_TOLERANCE = 1e-12;
const START = 1;
/** Points between two chances for timers and cancellation. */
const BREATH = 20_000;

/**
 * q*, c*, chi_1, chi_c* and depth scales at every point of a grid, from the start q = 1.
 *
 * The moments depend on q alone, so they are tabulated once per activation and interpolated; points beyond the tables
 * are solved directly. Against the direct solvers q*, c* and both slopes agree to 1e-7 (tested on samples; depth
 * scales lose what 1 / |log chi| amplifies).
 *
 * @throws `ERR_DOMAIN` for axes that are empty, decreasing, negative or NaN, `ERR_UNAVAILABLE` for activations without
 *   a length map, `ERR_ABORTED`
 * @see paper B, experiment "phase diagram"
 */
export async function phaseDiagram(
  activation: Activation,
  axes: PhaseDiagramAxes,
  { signal, onProgress }: LongWork = {},
): Promise<PhaseDiagram> {
  requireLengthMap("phaseDiagram", activation);
  const weight = checkAxis("weightVariance", axes.weightVariance);
  const bias = checkAxis("biasVariance", axes.biasVariance);
  const [rows, cols] = [bias.length, weight.length];
  const maps = {
    qStar: matrix(rows, cols),
    cStar: matrix(rows, cols),
    chi1: matrix(rows, cols),
    chiC: matrix(rows, cols),
    xi1: matrix(rows, cols),
    xiC: matrix(rows, cols),
    xiStar: matrix(rows, cols),
  };
  for (const map of Object.values(maps)) map.data.fill(Number.NaN);
  const total = rows * cols;
  const progress = (done: number) =>
    onProgress?.({ label: `phase diagram of ${activation.label}`, done, total, unit: "points" });
  progress(0);
  await breathe(signal);

  const tables = isPositivelyHomogeneous(activation) ? null : tabulateMoments(activation, GREATEST_Q);
  let direct = 0;
  let sinceBreath = 0;
  const rest = async (i: number): Promise<void> => {
    sinceBreath += cols;
    if (sinceBreath < BREATH) return;
    sinceBreath = 0;
    progress(i * cols);
    await breathe(signal);
  };

  if (tables === null) {
    // closed forms: nothing to tabulate, and chi_1 exists where q* does not
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) homogeneousPoint(activation, weight[j]!, bias[i]!, maps, i * cols + j);
      await rest(i);
    }
  } else {
    direct = await lengths(activation, tables, weight, bias, maps.qStar.data, rest);
    await correlations(activation, tables, weight, bias, maps, rest, signal);
  }
  progress(total);
  return {
    activation: activation.label,
    weightVariance: weight,
    biasVariance: bias,
    ...maps,
    criticalLine: criticalLine(activation, {
      biasVariance: bias,
      weightVariance: [weight[0]!, weight[cols - 1]!],
    }),
    direct,
  };
}

type Maps = Record<"qStar" | "cStar" | "chi1" | "chiC" | "xi1" | "xiC" | "xiStar", Matrix>;

function checkAxis(argument: string, axis: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(axis);
  const wrong = copy.findIndex((x, i) => !(x >= 0 && x < Number.POSITIVE_INFINITY && !(x <= copy[i - 1]!)));
  if (copy.length === 0 || wrong >= 0) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      copy.length === 0
        ? `phaseDiagram: ${argument} is empty, expected at least one number`
        : `phaseDiagram: ${argument}[${wrong}] is ${copy[wrong]}, expected increasing finite numbers >= 0`,
      { argument, got: copy.length === 0 ? [] : copy[wrong] },
    );
  }
  return copy;
}

function homogeneousPoint(activation: Activation, w: number, b: number, maps: Maps, at: number): void {
  const field = meanField({ activation, weightVariance: w, biasVariance: b });
  for (const name of ["qStar", "cStar", "chi1", "chiC", "xi1", "xiC", "xiStar"] as const) {
    maps[name].data[at] = field[name] ?? Number.NaN;
  }
}

/** Fills q*; returns how many points needed the direct solver. */
async function lengths(
  activation: Activation,
  tables: MomentTable,
  weight: Float64Array,
  bias: Float64Array,
  out: Float64Array,
  rest: (row: number) => Promise<void>,
): Promise<number> {
  const cols = weight.length;
  const squaredSlope = squaredSlopeAtZero(activation);
  const increasing = isIncreasing(activation, tables.greatest);
  let direct = 0;
  // with an increasing Q, a trajectory that diverges diverges also at every larger weight or bias variance
  let divergesFrom = cols;
  for (let i = 0; i < bias.length; i++) {
    const b = bias[i]!;
    for (let j = 0; j < cols; j++) {
      if (increasing && j >= divergesFrom) continue;
      const w = weight[j]!;
      let left = false;
      const solved = solveLength(
        {
          value: (q) => {
            const second = tables.second(q);
            if (Number.isNaN(second)) left = true;
            return w * second + b;
          },
          slope: (q) => w * tables.secondSlope(q),
          ratioAtZero: b === 0 && squaredSlope !== null ? w * squaredSlope : null,
        },
        START,
      );
      let q = solved.status === "converged" ? solved.value : Number.NaN;
      if (left || solved.status !== "converged") {
        direct++;
        const exact = qStar({ activation, weightVariance: w, biasVariance: b }, { start: START });
        q = exact.status === "converged" ? exact.value : Number.NaN;
        if (exact.status === "diverges" || exact.status === "no-fixed-point") {
          divergesFrom = Math.min(divergesFrom, j);
        }
      }
      out[i * cols + j] = q;
    }
    await rest(i);
  }
  return direct;
}

/** True when E_q[phi^2] grows with q all over the table. */
function isIncreasing(activation: Activation, greatest: number): boolean {
  let before = -1;
  for (let logQ = Math.log(1e-10); logQ <= Math.log(greatest); logQ += 0.1) {
    const second = meanSquare(activation, Math.exp(logQ));
    if (second < before) return false;
    before = second;
  }
  return true;
}

/** Fills everything that follows from q*. */
async function correlations(
  activation: Activation,
  tables: MomentTable,
  weight: Float64Array,
  bias: Float64Array,
  maps: Maps,
  rest: (row: number) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const cols = weight.length;
  const q = maps.qStar.data;
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  if (!jumps(activation)) {
    for (let at = 0; at < q.length; at++) {
      const value = q[at]!;
      if (Number.isNaN(value)) continue;
      const w = weight[at % cols]!;
      const first = w === 0 ? 0 : w * momentAt(activation, tables, value);
      maps.chi1.data[at] = first;
      maps.xi1.data[at] = depthScale(first);
      if (first > 1 + SLOPE_TOLERANCE && value > 0 && value <= tables.greatest) {
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
      }
    }
  }
  const solver = greatest > 0 ? await tabulateCorrelations(activation, least, greatest, { signal }) : null;
  for (let i = 0; i < bias.length; i++) {
    for (let j = 0; j < cols; j++) {
      const at = i * cols + j;
      if (q[at]! > 0) {
        const layer = { activation, weightVariance: weight[j]!, biasVariance: bias[i]! };
        correlationPoint(layer, q[at]!, tables.greatest, solver, maps, at);
      }
    }
    await rest(i);
  }
}

function momentAt(activation: Activation, tables: MomentTable, q: number): number {
  return q <= tables.greatest ? tables.derivative(q) : meanSquaredSlope(activation, q);
}

function correlationPoint(
  layer: HiddenLayer,
  q: number,
  greatestTabulated: number,
  solver: CorrelationSolver | null,
  maps: Maps,
  at: number,
): void {
  const first = maps.chi1.data[at]!;
  let deficit = 0;
  let slope = first;
  if (Number.isNaN(first) || (first > 1 + SLOPE_TOLERANCE && (q > greatestTabulated || solver === null))) {
    const exact = cStar(layer, q);
    deficit = exact.deficit;
    slope = exact.slope;
  } else if (first > 1 + SLOPE_TOLERANCE) {
    const solved = solver!(q, layer.weightVariance);
    if (solved !== null) {
      deficit = solved.deficit;
      slope = solved.slope;
    }
  }
  maps.cStar.data[at] = 1 - deficit;
  maps.chiC.data[at] = slope;
  maps.xiC.data[at] = depthScale(slope);
  if (first >= 1 - SLOPE_TOLERANCE) maps.xiStar.data[at] = generalizationScale(first, slope);
}
