/**
 * The phase diagram of the part that a network repeats, over the plane of its two variances.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/index.js";
import { matrix } from "../numeric/matrix.js";
import { findRoot } from "../numeric/roots.js";
import { breathe, type LongWork } from "../progress.js";
import type { CriticalPoint } from "./criticality.js";
import { checkPhaseAxes, type PhaseDiagram, type PhaseDiagramAxes, phaseDiagram } from "./phase-diagram.js";
import { repeatedUnit } from "./repeated-unit.js";
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
 * Where q has no fixed point qStar is NaN; phase, c* and slopes are there as far as they exist (residual blocks).
 *
 * @throws as `phaseDiagram`; `ERR_UNAVAILABLE` where no part of the network repeats, with the reason
 */
export async function networkPhaseDiagram(
  network: Network,
  axes: PhaseDiagramAxes,
  work: LongWork = {},
): Promise<NetworkPhaseDiagram> {
  const unit = repeatedUnit(scalarProgram(network).steps);
  if (typeof unit === "string") {
    throw new ForetrainError("ERR_UNAVAILABLE", `networkPhaseDiagram: ${unit}`, { argument: "network" });
  }
  if (unit.hidden !== null) {
    const diagram = await phaseDiagram(unit.hidden.activation, axes, work);
    const names = ["ordered", "critical", "chaotic"];
    return {
      ...diagram,
      statuses: counted(
        Array.from(diagram.phase.data, (code, at) =>
          Number.isNaN(diagram.qStar.data[at]!)
            ? "no fixed point"
            : Number.isNaN(code)
              ? "no slope"
              : names[code + 1]!,
        ),
      ),
    };
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
  };
  const label = unit.layers.join(", ");
  const statuses: string[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const at = i * cols + j;
      const reading = readAt(unit.steps, weight[j]!, bias[i]!);
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
    evaluations: { moments: 0, pairs: 0 },
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
      const root = findRoot((w) => (readAt(part, w, b).chi1 ?? Number.NaN) - 1, weight[j]!, weight[j + 1]!, {
        tolerance: LINE_TOLERANCE,
      });
      if (root.status !== "converged") continue;
      const { qStar, qSlope } = readAt(part, root.value, b);
      line.push({ weightVariance: root.value, biasVariance: b, qStar, slope: qSlope ?? Number.NaN });
      break;
    }
  }
  return line;
}
