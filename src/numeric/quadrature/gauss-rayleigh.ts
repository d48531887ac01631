/**
 * Gauss quadrature for the length of a standard normal vector in the plane.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { findRoot } from "../roots.js";
import { gaussLegendre, onInterval } from "./gauss-legendre.js";
import type { QuadratureRule } from "./rule.js";

/** The density is below 1e-30 from here on, times the square of any polynomial of the orders allowed below 1e-10 of its mean. */
const END = 14;
/** The density is summed up by so many nodes, exact to rounding for the orders allowed. */
const FINE_NODES = 160;
const MOST_NODES = 16;

/**
 * Rule for E f(R), R with density r e^{-r^2 / 2} on [0, inf): exact for polynomials of degree 2 order - 1, weights sum to 1; both to
 * about 1e-12. The recurrence of the orthogonal polynomials by Stieltjes' procedure; the zeros of each polynomial lie between those of
 * the one before.
 * @throws ERR_DOMAIN for orders that are not whole numbers from 1 to 16
 */
export function gaussRayleigh(order: number): QuadratureRule {
  if (!(Number.isInteger(order) && order >= 1 && order <= MOST_NODES)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `gaussRayleigh: order is ${order}, expected a whole number from 1 to ${MOST_NODES}`,
      { argument: "order", got: order },
    );
  }
  const fine = onInterval(gaussLegendre(FINE_NODES), 0, END);
  const density = fine.weights.map(
    (weight, i) => weight * fine.nodes[i]! * Math.exp(-(fine.nodes[i]! ** 2) / 2),
  );
  const total = density.reduce((sum, p) => sum + p, 0);
  const centres: number[] = [];
  const norms: number[] = [];
  let before = new Float64Array(FINE_NODES);
  let now = new Float64Array(FINE_NODES).fill(1 / Math.sqrt(total));
  for (let k = 0; k < order; k++) {
    const centre = now.reduce((sum, p, i) => sum + density[i]! * fine.nodes[i]! * p * p, 0);
    centres.push(centre);
    const next = now.map((p, i) => (fine.nodes[i]! - centre) * p - (norms[k - 1] ?? 0) * before[i]!);
    const norm = Math.sqrt(next.reduce((sum, p, i) => sum + density[i]! * p * p, 0));
    norms.push(norm);
    [before, now] = [now, next.map((p) => p / norm)];
  }
  /** p_0, ..., p_degree at r, orthonormal */
  const polynomials = (degree: number, r: number): number[] => {
    const values = [1];
    for (let k = 0; k < degree; k++) {
      values.push(((r - centres[k]!) * values[k]! - (norms[k - 1] ?? 0) * (values[k - 1] ?? 0)) / norms[k]!);
    }
    return values;
  };
  let nodes: number[] = [];
  for (let degree = 1; degree <= order; degree++) {
    const edges = [0, ...nodes, END];
    const value = (r: number) => polynomials(degree, r)[degree]!;
    nodes = edges.slice(1).map((right, i) => findRoot(value, edges[i]!, right).value);
  }
  const weights = nodes.map((r) => 1 / polynomials(order - 1, r).reduce((sum, p) => sum + p * p, 0));
  return { nodes: Float64Array.from(nodes), weights: Float64Array.from(weights) };
}
