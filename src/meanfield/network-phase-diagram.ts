/**
 * The phase diagram of the part that a network repeats, over the plane of its two variances.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/index.js";
import { matrix } from "../numeric/matrix.js";
import { findRoot } from "../numeric/roots.js";
import { breathe, type LongWork } from "../progress.js";
import { type CriticalLineRange, type CriticalPoint, criticalLine } from "./criticality.js";
import { settledOr } from "./moments.js";
import { phasePointAt } from "./phase-arrays.js";
import { checkPhaseAxes, type PhaseDiagram, type PhaseDiagramAxes, phaseDiagram } from "./phase-diagram.js";
import { type RepeatedUnit, repeatedUnit } from "./repeated-unit.js";
import { type ScalarPart, scalarProgram, withWeights } from "./scalar-program.js";
import { readUnit, type UnitReading } from "./unit-reading.js";

/** A phase diagram, with how many points have which status (see {@link UnitReading}). */
export interface NetworkPhaseDiagram extends PhaseDiagram {
  readonly statuses: Readonly<Record<string, number>>;
}

const START = 1;
const CRITICAL_TOLERANCE = 1e-6;
/** Points of the line are refined to this much of a cell. */
const LINE_TOLERANCE = 1e-8;

const MAPS = ["qStar", "cStar", "chi1", "chiC", "xi1", "xiC", "xiStar"] as const;
const CODES = { ordered: -1, critical: 0, chaotic: 1 } as const;

const withVariances = (part: ScalarPart, weight: number, bias: number): ScalarPart =>
  withWeights(part, () => ({ weight, bias }));

const readAt = (part: ScalarPart, weight: number, bias: number): UnitReading =>
  readUnit(withVariances(part, weight, bias), {
    start: START,
    criticalTolerance: CRITICAL_TOLERANCE,
    others: false,
  });

/**
 * {@link phaseDiagram} of the part that a network repeats: every dense and conv layer in it takes the variances of the
 * point, the rest stays. A part that is one activation and one layer has the diagram of its activation; others are
 * solved point by point (about a millisecond each, tens of them where the activation has no closed form).
 *
 * Where q has no fixed point qStar is NaN, as all numbers are where `unsettled` is 1; phase, c* and slopes are there as far as they exist (residual blocks).
 *
 * @throws as `phaseDiagram`; `ERR_UNAVAILABLE` where no part of the network repeats, with the reason
 */
export async function networkPhaseDiagram(
  network: Network,
  axes: PhaseDiagramAxes,
  work: LongWork = {},
): Promise<NetworkPhaseDiagram> {
  const unit = requireUnit("networkPhaseDiagram", network);
  if (unit.hidden !== null) {
    const diagram = await phaseDiagram(unit.hidden.activation, axes, work);
    const statuses = Array.from(diagram.phase.data, (_, at) => phasePointAt(diagram, at));
    return { ...diagram, statuses: counted(statuses) };
  }
  const { weight, bias } = checkPhaseAxes(axes);
  const [rows, cols] = [bias.length, weight.length];
  const map = () => {
    const empty = matrix(rows, cols);
    empty.data.fill(Number.NaN);
    return empty;
  };
  const maps = {
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
  // the variances are what varies here
  const label = unit.layers.map((layer) => layer.replace(/ \(sigma_w\^2 = [^)]*\)/, "")).join(", ");
  const statuses: string[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const at = i * cols + j;
      const reading = settledOr(null, () => readAt(unit.steps, weight[j]!, bias[i]!));
      if (reading === null || reading.qStatus === "unsettled") {
        maps.unsettled.data[at] = 1;
        statuses.push("unsettled");
        continue;
      }
      for (const name of MAPS) maps[name].data[at] = reading[name] ?? Number.NaN;
      if (reading.phase !== null) maps.phase.data[at] = CODES[reading.phase];
      statuses.push(reading.status);
    }
    work.onProgress?.({
      label: `phase diagram of ${label}`,
      done: (i + 1) * cols,
      total: rows * cols,
      unit: "points",
    });
    await breathe(work.signal);
  }
  return {
    activation: label,
    weightVariance: weight,
    biasVariance: bias,
    ...maps,
    criticalLine: lineOf(unit.steps, weight, bias, maps.chi1.data),
    direct: rows * cols,
    evaluations: { moments: 0, pairs: 0, lengthSteps: 0, lookups: 0 },
    statuses: counted(statuses),
  };
}

function counted(statuses: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The first crossing of chi_1 = 1 in each row, refined between its columns. */
function lineOf(
  part: ScalarPart,
  weight: Float64Array,
  bias: Float64Array,
  chi1: Float64Array,
): CriticalPoint[] {
  const line: CriticalPoint[] = [];
  for (const [i, b] of bias.entries()) {
    for (let j = 0; j + 1 < weight.length; j++) {
      const [left, right] = [chi1[i * weight.length + j]! - 1, chi1[i * weight.length + j + 1]! - 1];
      if (!(left * right < 0)) continue;
      const point = pointBetween(part, b, weight[j]!, weight[j + 1]!);
      if (point === null) continue;
      line.push(point);
      break;
    }
  }
  return line;
}

/** The crossing of chi_1 = 1 between two weight variances; null where chi_1 - 1 has one sign at both. */
function pointBetween(part: ScalarPart, bias: number, lower: number, upper: number): CriticalPoint | null {
  const distance = (weight: number) =>
    settledOr(Number.NaN, () => (readAt(part, weight, bias).chi1 ?? Number.NaN) - 1);
  const root = findRoot(distance, lower, upper, { tolerance: LINE_TOLERANCE });
  if (root.status !== "converged") return null;
  const { qStar, qSlope } = readAt(part, root.value, bias);
  return { weightVariance: root.value, biasVariance: bias, qStar, slope: qSlope ?? Number.NaN };
}

/**
 * Points of the critical line of the part that a network repeats, beside those that its {@link networkPhaseDiagram} has
 * in its rows: one for each bias variance where chi_1 - 1 changes its sign between the two weight variances.
 *
 * @throws `ERR_UNAVAILABLE` where no part of the network repeats, with the reason
 */
export function networkCriticalLine(
  network: Network,
  { biasVariance, weightVariance }: Required<CriticalLineRange>,
): CriticalPoint[] {
  const unit = requireUnit("networkCriticalLine", network);
  if (unit.hidden !== null) {
    return criticalLine(unit.hidden.activation, { biasVariance, weightVariance });
  }
  const [lower, upper] = weightVariance;
  return Array.from(biasVariance).flatMap((bias) => pointBetween(unit.steps, bias, lower, upper) ?? []);
}

function requireUnit(where: string, network: Network): RepeatedUnit {
  const unit = repeatedUnit(scalarProgram(network).steps);
  if (typeof unit !== "string") return unit;
  throw new ForetrainError("ERR_UNAVAILABLE", `${where}: ${unit}`, { argument: "network" });
}
