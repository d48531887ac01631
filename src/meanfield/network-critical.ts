/**
 * What would make a network critical.
 * @module
 */
import { isForetrainError } from "../errors.js";
import type { Network } from "../network/index.js";
import { findRoots, geometricNodes } from "../numeric/roots.js";
import { nearestCritical } from "./criticality.js";
import { varianceAtUnit } from "./network-mean-field.js";
import { type RepeatedUnit, repeatedUnit } from "./repeated-unit.js";
import { type ScalarPart, type ScalarStep, scalarProgram, withWeights } from "./scalar-program.js";
import { readUnit } from "./unit-reading.js";

/** The nearest critical point of a network, and what to change to get there. */
export interface NetworkCritical {
  /**
   * `found`: at `weightVariance` (or `factor`); `critical`: it is critical as it is; `always`: at every weight variance;
   * `none`: at no weight variance, `note` says why
   */
  readonly status: "found" | "critical" | "always" | "none";
  /** the part that repeats, as a JSON path of its first layer; null where none does */
  readonly path: string | null;
  /** sigma_w^2 for all dense and conv layers of the unit; null where they have different ones, or there is no such point */
  readonly weightVariance: number | null;
  /** by which the weight variances of the unit are to be multiplied */
  readonly factor: number | null;
  /** sigma_b^2 that is critical at the same sigma_w^2, for units of one activation and one layer; null where there is none */
  readonly biasVariance: number | null;
  readonly note: string | null;
}

/** Factors of the weight variances that are searched. */
const LEAST_FACTOR = 1e-3;
const GREATEST_FACTOR = 1e3;
const NODES = 49;
const short = (x: number) => String(Number(x.toPrecision(6)));

function weightsIn(part: ScalarPart): { weight: number; bias: number }[] {
  return part.flatMap((step: ScalarStep) => {
    if (step.op === "weighted") return [{ weight: step.weight, bias: step.bias }];
    if (step.op === "repeat") return weightsIn(step.body);
    return "branches" in step ? step.branches.flatMap(weightsIn) : [];
  });
}

const usesOp = (part: ScalarPart, op: ScalarStep["op"]): boolean =>
  part.some(
    (step) =>
      step.op === op ||
      ("branches" in step && step.branches.some((branch) => usesOp(branch, op))) ||
      (step.op === "repeat" && usesOp(step.body, op)),
  );
/** log of chi_1 (of what stands for it where q grows) at a factor; NaN where there is none. */
function distanceAt(unit: RepeatedUnit, start: number, factor: number): number {
  const part = withWeights(unit.steps, ({ weight, bias }) => ({ weight: factor * weight, bias }));
  try {
    const reading = readUnit(part, { start, criticalTolerance: 0, others: false });
    if (reading.chi1 !== null) return Math.log(reading.chi1);
    return reading.slowGain?.law === "power" ? reading.slowGain.exponent - 1 : Number.NaN;
  } catch (error) {
    if (isForetrainError(error)) return Number.NaN;
    throw error;
  }
}

/**
 * The critical weight variance of a network's unit (the part that repeats), the other things as they are: where
 * chi_1 = 1 at the fixed point of the variance. Where residual blocks or dropout leave no such point, why.
 *
 * @returns a variance with a relative accuracy of 1e-10
 * @throws `ERR_UNAVAILABLE` for networks without an infinite-width reading
 * @see paper B, fixed points, dropout, skip connections
 */
export function networkCritical(network: Network, meanSquare = 1): NetworkCritical {
  const program = scalarProgram(network);
  const unit = repeatedUnit(program.steps);
  const nothing = { path: null, weightVariance: null, factor: null, biasVariance: null };
  if (typeof unit === "string") return { ...nothing, status: "none", note: unit };
  const { path, hidden } = unit;
  const none = (note: string): NetworkCritical => ({ ...nothing, path, status: "none", note });
  if (hidden !== null) {
    const { weightVariance, change, biasVariance, note } = nearestCritical(hidden);
    if (weightVariance === null) return { ...none(note ?? "there is no critical point"), biasVariance };
    const there = Math.abs(change!) <= 1e-6 * weightVariance;
    return {
      path,
      status: there ? "critical" : "found",
      weightVariance,
      factor: hidden.weightVariance > 0 ? weightVariance / hidden.weightVariance : null,
      biasVariance,
      note,
    };
  }
  if (usesOp(unit.steps, "dropout")) {
    return none(
      "dropout in the part that repeats keeps any two inputs apart (c* < 1 at every sigma_w^2): there is no critical point",
    );
  }
  const start = varianceAtUnit(program, unit, meanSquare);
  const reading = readUnit(unit.steps, { start, criticalTolerance: 1e-6 });
  const weights = weightsIn(unit.steps);
  const common = weights.every(({ weight }) => weight === weights[0]!.weight) ? weights[0]!.weight : null;
  const here = { path, weightVariance: common, factor: 1, biasVariance: null };
  if (reading.status === "always critical") {
    return { ...here, status: "always", note: "every sigma_w^2 is critical" };
  }
  if (reading.phase === "critical") return { ...here, status: "critical", note: null };
  if (reading.chi1 === null && reading.slowGain?.law !== "power") {
    return none(
      reading.pace !== "sub-exponential"
        ? (reading.note ?? "chi_1 does not exist")
        : `the identity beside the block keeps chi_1 > 1 at every sigma_w^2 > 0 (${reading.status}): there is no critical point; ` +
            "a smaller sigma_w^2 slows it down",
    );
  }
  const nodes = geometricNodes(LEAST_FACTOR, GREATEST_FACTOR, NODES);
  const roots = findRoots((factor) => distanceAt(unit, start, factor), nodes)
    .filter(({ status, residual }) => status === "converged" && residual < 1e-9)
    .map(({ value }) => value)
    .sort((a, b) => Math.abs(Math.log(a)) - Math.abs(Math.log(b)));
  const factor = roots[0];
  if (factor === undefined) {
    return none(
      `chi_1 - 1 has one sign for weight variances from ${short(LEAST_FACTOR)} to ${short(GREATEST_FACTOR)} times its own (${reading.status})`,
    );
  }
  return {
    ...here,
    status: "found",
    factor,
    weightVariance: common === null ? null : factor * common,
    note: null,
  };
}
