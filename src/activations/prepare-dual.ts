/**
 * Chooses how the dual of an activation is computed for given samples, and prepares it.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Activation } from "./activation.js";
import { type HermiteExpansion, hermiteExpansion } from "./expansion/hermite-expansion.js";
import { mehlerPair } from "./expansion/mehler.js";
import { checkVariance } from "./gaussian-mean.js";
import type { PairMap } from "./pair-map.js";

export interface PrepareDualOptions {
  /** Also the derivative kernel Td (the tangent kernel needs it). Default true. */
  readonly derivative?: boolean | undefined;
  /** Error of T relative to E phi^2 (Td: to E phi'^2) that a numerical method may leave. Default 1e-12. */
  readonly tolerance?: number | undefined;
}

const MAX_TERMS = 4096;

/** Throws ERR_UNAVAILABLE for activations whose dual does not exist. */
export function requireDual(a: Activation, caller: string): void {
  if (a.growth.kind === "unbounded-at-point") {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${caller}: ${a.label} has no infinite-width kernel: it is unbounded near x = ${a.growth.at}, so E phi(u) phi(v) is not finite; use a bounded or polynomially growing activation`,
      { argument: "activation", got: a.label, expected: "a permissible activation" },
    );
  }
}

/** Throws ERR_UNAVAILABLE for activations whose derivative is a delta. */
export function requireDerivative(a: Activation, caller: string): void {
  const jump = a.breakPoints.find((b) => b.order === 0);
  if (jump !== undefined) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${caller}: ${a.label} has no derivative kernel: it jumps at x = ${jump.at}, so phi' is a delta there and E phi'(u) phi'(v) is not a tangent kernel; ask for the nngp kernel only, or use a continuous activation such as erf with a large slope`,
      { argument: "activation", got: a.label, expected: "a continuous activation" },
    );
  }
}

/**
 * Prepares the dual of `a` for the variances of the rows and columns of a kernel. Pass the same array twice for a
 * symmetric kernel.
 *
 * @param qRows  variances of the pre-activations, >= 0
 * @throws ERR_UNAVAILABLE when the dual, or with `derivative` the derivative kernel, does not exist; ERR_DOMAIN for a
 *   variance that is negative or not finite, or outside the domain of a closed form
 */
export function prepareDual(
  a: Activation,
  qRows: Float64Array,
  qCols: Float64Array,
  { derivative = true, tolerance = 1e-12 }: PrepareDualOptions = {},
): PairMap {
  requireDual(a, "prepareDual");
  if (derivative) requireDerivative(a, "prepareDual");
  for (const q of qRows) checkVariance("prepareDual", q, "qRows");
  if (qCols !== qRows) for (const q of qCols) checkVariance("prepareDual", q, "qCols");
  return a.closedDual !== null
    ? closedMap(a, qRows, qCols, derivative)
    : mehlerMap(a, qRows, qCols, derivative, tolerance);
}

function closedMap(a: Activation, qRows: Float64Array, qCols: Float64Array, derivative: boolean): PairMap {
  const closed = a.closedDual!;
  const rowSecond = qRows.map((q) => closed.second(q));
  const slopeOf = (q: number): number => (derivative ? closed.derivativeSecond(q) : Number.NaN);
  const rowDerivativeSecond = qRows.map(slopeOf);
  return {
    method: "closed",
    errorBound: 0,
    rowSecond,
    colSecond: qCols === qRows ? rowSecond : qCols.map((q) => closed.second(q)),
    rowDerivativeSecond,
    colDerivativeSecond: qCols === qRows ? rowDerivativeSecond : qCols.map(slopeOf),
    pair(i, j, k, d, out) {
      closed.pair(qRows[i]!, qCols[j]!, k, d, out);
    },
  };
}

function mehlerMap(
  a: Activation,
  qRows: Float64Array,
  qCols: Float64Array,
  derivative: boolean,
  tolerance: number,
): PairMap {
  const known = new Map<number, HermiteExpansion>();
  const expand = (q: number): HermiteExpansion => {
    let expansion = known.get(q);
    if (expansion === undefined) {
      expansion = hermiteExpansion(a, q, { maxTerms: MAX_TERMS, tolerance: tolerance / 4 });
      known.set(q, expansion);
    }
    return expansion;
  };
  const rows = Array.from(qRows, expand);
  const cols = qCols === qRows ? rows : Array.from(qCols, expand);
  let errorBound = 0;
  for (const e of known.values()) {
    errorBound = Math.max(errorBound, e.tail, derivative && e.derivativeTail > 0 ? e.derivativeTail : 0);
  }
  const secondOf = (e: HermiteExpansion): number => e.second;
  const slopeOf = (e: HermiteExpansion): number => (derivative ? e.derivativeSecond : Number.NaN);
  return {
    method: "mehler",
    errorBound,
    rowSecond: Float64Array.from(rows, secondOf),
    colSecond: Float64Array.from(cols, secondOf),
    rowDerivativeSecond: Float64Array.from(rows, slopeOf),
    colDerivativeSecond: Float64Array.from(cols, slopeOf),
    pair(i, j, k, d, out) {
      mehlerPair(rows[i]!, cols[j]!, k, d, out);
    },
  };
}
