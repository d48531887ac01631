/**
 * What the train targets say about a kernel and a ridge: the log marginal likelihood and leave-one-out errors, for any number of
 * ridges from one eigendecomposition.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { matmul } from "../numeric/linalg/index.js";
import type { Matrix } from "../numeric/matrix.js";
import { noiseFloor } from "../trainability/index.js";
import { requireShared } from "./kernel-axes.js";
import { argmax } from "./metrics.js";
import { expectFinite, expectShape, type SpectralModel, scaleRows, toModes } from "./model.js";

/** Targets, labels and ridges of `evidence`. */
export interface EvidenceInput {
  /** [n, k] */
  readonly targets: Matrix;
  /** labels [n] for the leave-one-out accuracy, integers from 0 to k - 1 */
  readonly labels?: ArrayLike<number> | null | undefined;
  /** ridges, relative to the mean diagonal of the train kernel; default: 0 where the kernel allows it, and 1e-8 to 10 in steps of sqrt 10 */
  readonly ridges?: readonly number[] | undefined;
  /** Take `ridges` as they are instead. Default false. */
  readonly ridgesAbsolute?: boolean | undefined;
}

/** One ridge r, with the kernel G = Theta + r. */
export interface Evidence {
  /** as given: relative, or absolute */
  readonly ridge: number;
  /** absolute */
  readonly noise: number;
  /** log N(y; 0, Theta + r), summed over outputs */
  readonly logMarginalLikelihood: number;
  /** 1/(2n) sum (mu_{-i}(x_i) - y_i)^2, mu_{-i} trained without sample i */
  readonly leaveOneOutLoss: number;
  /** share of samples whose largest mu_{-i} is that of their label; null without labels */
  readonly leaveOneOutAccuracy: number | null;
  /** mean over samples of log N(y_i; mu_{-i}, sigma_{-i}^2), summed over outputs: the Gaussian process' own cross-validation */
  readonly leaveOneOutLogDensity: number;
}

const CALLER = "evidence";
/** 1e-8 to 10. */
const DEFAULT_RIDGES = Array.from({ length: 19 }, (_, i) => 10 ** (-8 + i / 2));

/**
 * Log marginal likelihood and leave-one-out errors of a model at each ridge, in closed form: with G = U diag(lambda + r) U^T,
 * alpha = G^{-1} y,
 *
 *   log p(y) = -1/2 sum_c y_c^T alpha_c - k/2 (log det G + n log 2 pi),
 *   y_i - mu_{-i}(x_i) = alpha_i / (G^{-1})_ii,      sigma_{-i}^2 = 1 / (G^{-1})_ii.
 *
 * 2 n^2 (k + 1) flops a ridge; relative error about eps (lambda_max + r) / (lambda_min + r). For the nngp the model is the
 * Bayesian network of infinite width, for the ntk the mean of trained networks with weight decay (and the ntk read as a prior).
 * The model's own ridge does not count.
 *
 * @throws ERR_SHAPE, ERR_DATA for arrays that do not fit; ERR_DOMAIN for negative ridges; ERR_SINGULAR for a ridge that leaves the kernel
 *   singular
 * @see Rasmussen and Williams 2006, 2.30 and 5.10 to 5.12
 */
export function evidence(model: SpectralModel, input: EvidenceInput): Evidence[] {
  requireShared(CALLER, model);
  const { targets, labels = null, ridgesAbsolute = false } = input;
  const { samples: n, values, vectors } = model;
  const k = targets.shape[1];
  expectShape(CALLER, "targets", targets, n, -1);
  expectFinite(CALLER, "targets", targets);
  if (labels !== null) checkLabels(labels, n, k);
  let trace = 0;
  for (const value of values) trace += value;
  const unit = ridgesAbsolute ? 1 : trace / n;
  const least = values[n - 1]!;
  const regular = (noise: number) => least + noise > noiseFloor(values[0]! + noise, n);
  const ridges = input.ridges ?? [
    ...(regular(0) ? [0] : []),
    ...DEFAULT_RIDGES.filter((ridge) => regular(ridge * unit)),
  ];
  const b = toModes(model, targets);
  const squares = vectors.data.map((x) => x * x);
  return ridges.map((ridge) => {
    if (!(ridge >= 0 && ridge < Number.POSITIVE_INFINITY)) {
      throw new ForetrainError("ERR_DOMAIN", `${CALLER}: a ridge is ${ridge}, expected finite numbers >= 0`, {
        argument: "ridges",
        got: ridge,
      });
    }
    const noise = ridge * unit;
    if (!regular(noise)) {
      throw new ForetrainError(
        "ERR_SINGULAR",
        `${CALLER}: with ridge ${ridge} the train kernel is singular in float64, and has neither a likelihood nor leave-one-out errors; ` +
          `use ridges above ${Number(((noiseFloor(values[0]!, n) * 2) / unit).toPrecision(2))}`,
        { argument: "ridges", got: ridge },
      );
    }
    const inverse = values.map((lambda) => 1 / (lambda + noise));
    const scaled = scaleRows(b, inverse);
    let fit = 0;
    for (let i = 0; i < n * k; i++) fit += b.data[i]! * scaled.data[i]!;
    let logDeterminant = 0;
    for (const lambda of values) logDeterminant += Math.log(lambda + noise);
    const alpha = matmul(vectors, scaled);
    return {
      ridge,
      noise,
      logMarginalLikelihood: -0.5 * (fit + k * (logDeterminant + n * Math.log(2 * Math.PI))),
      ...leftOut(alpha, diagonalOf(squares, inverse), targets, labels),
    };
  });
}

/** (U diag(inverse) U^T)_ii from U's squares. */
function diagonalOf(squares: Float64Array, inverse: Float64Array): Float64Array {
  const n = inverse.length;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += squares[i * n + j]! * inverse[j]!;
    return sum;
  });
}

function leftOut(
  alpha: Matrix,
  diagonal: Float64Array,
  targets: Matrix,
  labels: ArrayLike<number> | null,
): Pick<Evidence, "leaveOneOutLoss" | "leaveOneOutAccuracy" | "leaveOneOutLogDensity"> {
  const [n, k] = targets.shape;
  const outputs = new Float64Array(k);
  let [loss, density, right] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const variance = 1 / diagonal[i]!;
    for (let c = 0; c < k; c++) {
      const residual = alpha.data[i * k + c]! * variance;
      outputs[c] = targets.data[i * k + c]! - residual;
      loss += residual ** 2;
      density -= (Math.log(2 * Math.PI * variance) + residual ** 2 / variance) / 2;
    }
    if (labels !== null && argmax(outputs, 0, k) === labels[i]) right++;
  }
  return {
    leaveOneOutLoss: loss / (2 * n),
    leaveOneOutAccuracy: labels === null ? null : right / n,
    leaveOneOutLogDensity: density / n,
  };
}

function checkLabels(labels: ArrayLike<number>, n: number, k: number): void {
  for (let i = 0; i < n; i++) {
    const label = labels[i];
    if (labels.length !== n || !(Number.isInteger(label) && label! >= 0 && label! < k)) {
      throw new ForetrainError(
        "ERR_DATA",
        labels.length === n
          ? `${CALLER}: label ${i} is ${label}, expected an integer from 0 to ${k - 1}`
          : `${CALLER}: there are ${labels.length} labels, expected ${n}`,
        { argument: "labels", index: i, got: label },
      );
    }
  }
}

/** By what a ridge is chosen: the greatest likelihood, or the least leave-one-out loss. */
export type RidgeRule = "likelihood" | "leaveOneOut";

/**
 * The best of the ridges by a rule, the first of equal ones.
 * @throws ERR_DOMAIN for an empty list
 */
export function bestRidge(list: readonly Evidence[], rule: RidgeRule): Evidence {
  const cost = (item: Evidence) =>
    rule === "likelihood" ? -item.logMarginalLikelihood : item.leaveOneOutLoss;
  const [first, ...others] = list;
  if (first === undefined) {
    throw new ForetrainError("ERR_DOMAIN", "bestRidge: the list is empty, expected at least one ridge", {
      argument: "list",
    });
  }
  return others.reduce((best, item) => (cost(item) < cost(best) ? item : best), first);
}
