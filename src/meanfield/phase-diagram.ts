/**
 * The order-to-chaos phase diagram of an activation over the plane of the two variances.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { breathe, type LongWork } from "../progress.js";
import {
  type CorrelationTable,
  type TabulatedFixedPoint,
  tabulateCorrelations,
} from "./correlation-table.js";
import { cStar } from "./correlations.js";
import { type CriticalPoint, criticalLine } from "./criticality.js";
import { isPositivelyHomogeneous, requireLengthMap } from "./layer.js";
import { type MeanField, meanField } from "./mean-field.js";
import { momentTables } from "./moment-table.js";
import { jumps, meanSquare } from "./moments.js";
import { gridLengths, type PhaseGrid, type PhaseMaps } from "./phase-lengths.js";
import { SettledMoments } from "./settled-moments.js";
import { tableLine } from "./table-line.js";

/** The axes of a diagram: increasing numbers >= 0, at least one each. */
export interface PhaseDiagramAxes {
  /** sigma_w^2, the columns [a] */
  readonly weightVariance: ArrayLike<number>;
  /** sigma_b^2, the rows [b] */
  readonly biasVariance: ArrayLike<number>;
}

/**
 * PhaseMaps over the plane, each [b, a]. NaN where the number does not exist: no fixed point, no correlation at q* = 0,
 * no phi'. NaN also where it may exist and is not known, because a Gaussian expectation that it needs could not be computed to its
 * accuracy: `unsettled` is 1 there. Depth scales are Infinity at criticality.
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
  /** -1 ordered, 0 critical (chi_1 = 1 to 1e-6), 1 chaotic; NaN where there is no fixed point or no chi_1 */
  readonly phase: Matrix;
  /**
   * 1 where a number of the point is NaN for the sake of an expectation that is not settled (all of them, or c* and what follows from
   * it), 0 elsewhere
   */
  readonly unsettled: Matrix;
  /** critical points at the rows' bias variances, inside the range of weight variances, to 1e-8 of sigma_w^2 */
  readonly criticalLine: readonly CriticalPoint[];
  /** points solved without the tables: beyond their range */
  readonly direct: number;
  /**
   * q at which moments, and (q, c) at which pairs were computed: they do not grow with the grid. Steps of the solutions
   * for q*, and values of m that those for c* took from the table: some a point.
   */
  readonly evaluations: {
    readonly moments: number;
    readonly pairs: number;
    readonly lengthSteps: number;
    readonly lookups: number;
  };
}

/** Fixed points beyond are rare (close to where the variance starts to diverge) and solved directly. */
const GREATEST_Q = 1e4;
/** As in cStar: closer to 1 than this a slope cannot be told from 1. */
const SLOPE_TOLERANCE = 1e-12;
const CRITICAL_TOLERANCE = 1e-6;
/** Points between two chances for timers and cancellation. */
const BREATH = 20_000;

/**
 * q*, c*, chi_1, chi_c*, phase and depth scales at every point of a grid, from the start q = 1.
 *
 * The moments depend on q alone, and m(q, c) = E[(phi(u) - phi(v))^2] / (2 q (1 - c)), which c* follows from, on q and c:
 * both are tabulated once and interpolated, so that the time hardly depends on what the activation costs; points beyond
 * the tables are solved directly. Against the direct solvers q* agrees to 1e-7 relative, chi_1 to 1e-7, c* and chi_c* to
 * 1e-6 absolute (tested on random points and down to 1e-6 beside the critical line). Depth scales 1 / |log chi| inherit
 * what they amplify.
 * Theory notes B2.
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
  const { weight, bias } = checkPhaseAxes(axes);
  const [rows, cols] = [bias.length, weight.length];
  const map = () => {
    const empty = matrix(rows, cols);
    empty.data.fill(Number.NaN);
    return empty;
  };
  const maps: PhaseMaps = {
    qStar: map(),
    cStar: map(),
    chi1: map(),
    chiC: map(),
    xi1: map(),
    xiC: map(),
    xiStar: map(),
    phase: map(),
    unsettled: matrix(rows, cols),
  };
  const total = rows * cols;
  const stages = 2;
  const progress = (done: number) =>
    onProgress?.({ label: `phase diagram of ${activation.label}`, done, total, unit: "points" });
  progress(0);
  await breathe(signal);

  let sinceBreath = 0;
  let done = 0;
  const rest = async (points: number, stage: number): Promise<void> => {
    sinceBreath += points;
    done += points / stage;
    if (sinceBreath < BREATH) return;
    sinceBreath = 0;
    progress(Math.floor(done));
    await breathe(signal);
  };
  const grid: PhaseGrid = { activation, weight, bias, maps };
  let direct = 0;
  let line: CriticalPoint[] = [];
  const evaluations = { moments: 0, pairs: 0, lengthSteps: 0, lookups: 0 };
  if (isPositivelyHomogeneous(activation)) {
    // closed forms: nothing to tabulate, and chi_1 exists where q* does not
    homogeneousPoints(grid);
    line = criticalLine(activation, { biasVariance: bias });
    await rest(total, 1);
  } else {
    const settled = new SettledMoments(activation);
    const moments = momentTables(settled);
    const greatest = greatestLength(settled, weight.at(-1)!, bias.at(-1)!);
    const table = moments.upTo(greatest);
    if (!jumps(activation)) {
      const wider = greatest < GREATEST_Q ? [() => moments.upTo(GREATEST_Q)] : [];
      line = tableLine(activation, [() => table, ...wider], bias);
    }
    evaluations.moments = moments.evaluations();
    const found = await gridLengths(grid, settled, table, () => rest(rows, stages));
    direct = found.direct;
    evaluations.lengthSteps = found.steps;
    const solved = await correlations(grid, () => rest(rows, stages), signal);
    evaluations.pairs = solved.pairs;
    evaluations.lookups = solved.lookups;
  }
  for (let i = 0; i < rows; i++) phasesOfRow(maps, i);
  progress(total);
  return {
    activation: activation.label,
    weightVariance: weight,
    biasVariance: bias,
    ...maps,
    criticalLine: line.filter(
      (point) => point.weightVariance >= weight[0]! && point.weightVariance <= weight[cols - 1]!,
    ),
    direct,
    evaluations,
  };
}

/** Both axes as float64, checked. */
export function checkPhaseAxes({ weightVariance, biasVariance }: PhaseDiagramAxes): {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
} {
  return {
    weight: checkAxis("weightVariance", weightVariance),
    bias: checkAxis("biasVariance", biasVariance),
  };
}

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

/** Degree-1 homogeneous phi: chi_1 = Q' everywhere, and c* depends on whether it is below, at or above 1 alone. */
function homogeneousPoints({ activation, weight, bias, maps }: PhaseGrid): void {
  const cols = weight.length;
  const gain = meanSquare(activation, 1);
  let above: MeanField | null = null;
  for (let j = 0; j < cols; j++) {
    const w = weight[j]!;
    const slope = w * gain;
    for (let i = 0; i < bias.length; i++) {
      const at = i * cols + j;
      const b = bias[i]!;
      if (slope < 1 - SLOPE_TOLERANCE && (b > 0 || slope === 0)) {
        maps.qStar.data[at] = b / (1 - slope);
        // without a variance there is nothing to be correlated
        if (b > 0) maps.cStar.data[at] = 1;
        maps.chi1.data[at] = slope;
        if (b > 0) maps.chiC.data[at] = slope;
        continue;
      }
      const far = slope > 1 + SLOPE_TOLERANCE && b > 0;
      const field: MeanField =
        far && above !== null ? above : meanField({ activation, weightVariance: w, biasVariance: b });
      if (far) above = field;
      maps.qStar.data[at] = field.qStar ?? Number.NaN;
      maps.cStar.data[at] = field.cStar ?? Number.NaN;
      maps.chi1.data[at] = slope;
      maps.chiC.data[at] = field.chiC ?? Number.NaN;
    }
  }
}

/**
 * A variance at which the length map of the largest variances of the grid, and with it that of all others, is not above the diagonal, so that
 * a table up to there mostly suffices. No trajectory from 1 exceeds it where E_q[phi^2] does not fall with q; elsewhere one may, and
 * goes on with moments beyond the table, as all do where the map is above it up to GREATEST_Q.
 */
function greatestLength(settled: SettledMoments, weight: number, bias: number): number {
  for (let q = 4; q < GREATEST_Q; q *= 2) {
    const second = settled.second(q);
    if (Number.isNaN(second) || q - weight * second >= bias + 1e-9 * q) return q;
  }
  return GREATEST_Q;
}

/** Fills c* and chi_c* from q* and chi_1; returns what that took. */
async function correlations(
  grid: PhaseGrid,
  rest: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<{ pairs: number; lookups: number }> {
  const { activation, maps } = grid;
  const [q, first] = [maps.qStar.data, maps.chi1.data];
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (let at = 0; at < q.length; at++) {
    const value = q[at]!;
    if (first[at]! > 1 + SLOPE_TOLERANCE && value > 0 && value <= GREATEST_Q) {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  const table = greatest > 0 ? await tabulateCorrelations(activation, least, greatest, { signal }) : null;
  const solved: TabulatedFixedPoint = { deficit: 0, slope: 0 };
  for (let i = 0; i < grid.bias.length; i++) {
    correlationsOfRow(grid, i, table, solved);
    await rest();
  }
  return { pairs: table?.evaluations ?? 0, lookups: table?.lookups() ?? 0 };
}

function correlationsOfRow(
  { activation, weight, bias, maps }: PhaseGrid,
  row: number,
  table: CorrelationTable | null,
  solved: TabulatedFixedPoint,
): void {
  const cols = weight.length;
  const q = maps.qStar.data;
  const first = maps.chi1.data;
  const c = maps.cStar.data;
  const slope = maps.chiC.data;
  for (let j = 0; j < cols; j++) {
    const at = row * cols + j;
    const variance = q[at]!;
    // without chi_1 for the sake of an expectation there is no hope for those of pairs
    if (!(variance > 0) || maps.unsettled.data[at] === 1) continue;
    const chiOne = first[at]!;
    solved.deficit = 0;
    solved.slope = chiOne;
    if (chiOne > 1 + SLOPE_TOLERANCE && variance <= GREATEST_Q) {
      if (table === null || !(variance <= table.greatest)) {
        maps.unsettled.data[at] = 1;
        continue;
      }
      table.solve(variance, weight[j]!, solved);
    } else if (!(chiOne <= 1 + SLOPE_TOLERANCE)) {
      const layer = { activation, weightVariance: weight[j]!, biasVariance: bias[row]! };
      const exact = cStar(layer, variance);
      if (exact.status === "unsettled") {
        maps.unsettled.data[at] = 1;
        continue;
      }
      solved.deficit = exact.deficit;
      solved.slope = exact.slope;
    }
    c[at] = 1 - solved.deficit;
    slope[at] = solved.slope;
  }
}

/** Phase and depth scales of a row from the slopes; there is no phase where there is no fixed point. */
function phasesOfRow(
  { qStar: lengthsOf, chi1, chiC, xi1, xiC, xiStar, phase }: PhaseMaps,
  row: number,
): void {
  const cols = chi1.shape[1];
  for (let at = row * cols; at < (row + 1) * cols; at++) {
    const first = chi1.data[at]!;
    const second = chiC.data[at]!;
    const logFirst = Math.log(first);
    const logSecond = second === first ? logFirst : Math.log(Math.abs(second));
    // NaN where the slope is
    xi1.data[at] = 1 / Math.abs(logFirst);
    xiC.data[at] = 1 / Math.abs(logSecond);
    if (first >= 1 - SLOPE_TOLERANCE && !Number.isNaN(second)) {
      xiStar.data[at] = logFirst > logSecond ? 1 / (logFirst - logSecond) : Number.POSITIVE_INFINITY;
    }
    if (Number.isNaN(lengthsOf.data[at]!) || Number.isNaN(first)) continue;
    phase.data[at] = Math.abs(first - 1) <= CRITICAL_TOLERANCE ? 0 : first < 1 ? -1 : 1;
  }
}
