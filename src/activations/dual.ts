/**
 * Dual activation and derivative kernel of single pairs.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Activation } from "./activation.js";
import { checkVariance } from "./gaussian-mean.js";
import type { PairMap } from "./pair-map.js";
import { prepareDual, requireDerivative, requireDual } from "./prepare-dual.js";

// Fixed-point iterations ask for the same variances over and over: keep the last preparations of each activation.
const KEPT = 32;
const prepared = new WeakMap<Activation, Map<string, PairMap>>();
const scratch = new Float64Array(4);

function mapOf(a: Activation, q1: number, q2: number, derivative: boolean): PairMap {
  let maps = prepared.get(a);
  if (maps === undefined) {
    maps = new Map();
    prepared.set(a, maps);
  }
  const key = `${q1},${q2},${derivative}`;
  let map = maps.get(key);
  if (map === undefined) {
    if (maps.size >= KEPT) maps.delete(maps.keys().next().value!);
    map = prepareDual(a, Float64Array.of(q1), Float64Array.of(q2), { derivative });
    maps.set(key, map);
  }
  return map;
}

function evaluate(
  caller: string,
  a: Activation,
  q1: number,
  q2: number,
  k: number,
  derivative: boolean,
): void {
  requireDual(a, caller);
  checkVariance(caller, q1, "q1");
  checkVariance(caller, q2, "q2");
  const limit = Math.sqrt(q1 * q2);
  if (!(Math.abs(k) <= limit * (1 + 1e-12))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${caller}: the covariance k must be in [-sqrt(q1 q2), sqrt(q1 q2)] = [${-limit}, ${limit}], got ${k}`,
      { argument: "k", got: k, expected: `|k| <= ${limit}` },
    );
  }
  const d = Math.max(0, 0.5 * (q1 + q2) - k);
  if (a.closedDual !== null) {
    a.closedDual.pair(q1, q2, k, d, scratch);
    return;
  }
  // where phi' is at hand, one preparation serves T and Td
  const both =
    a.breakPoints.length === 0 || (a.derivative !== null && !a.breakPoints.some((b) => b.order === 0));
  mapOf(a, q1, q2, derivative || both).pair(0, 0, k, d, scratch);
}

/**
 * Dual activation T = E[phi(u) phi(v)], E u^2 = q1, E v^2 = q2, E uv = k.
 * Theory notes B1.1.
 * @returns T; closed form to a few ulp, otherwise to 1e-12 of sqrt(E phi(u)^2 E phi(v)^2)
 * @throws ERR_DOMAIN outside |k| <= sqrt(q1 q2), ERR_UNAVAILABLE where T does not exist (`reciprocal`)
 */
export function dual(a: Activation, q1: number, q2: number, k: number): number {
  evaluate("dual", a, q1, q2, k, false);
  return scratch[0]!;
}

/**
 * Derivative kernel Td = E[phi'(u) phi'(v)] = dT/dk.
 * Theory notes B1.2.
 * @returns Td; closed form to a few ulp, otherwise to 1e-12 of sqrt(E phi'(u)^2 E phi'(v)^2)
 * @throws as {@link dual}, and ERR_UNAVAILABLE where phi jumps (`sign`, `heaviside`)
 */
export function dualDerivative(a: Activation, q1: number, q2: number, k: number): number {
  requireDerivative(a, "dualDerivative");
  evaluate("dualDerivative", a, q1, q2, k, true);
  return scratch[1]!;
}
