/**
 * Tells whether samples at Gauss-Legendre nodes resolve a function: its highest Legendre coefficients must have died out.
 * @module
 */
import { gaussLegendre } from "./gauss-legendre.js";

/**
 * Rows of weights for samples at the `order` Gauss-Legendre nodes: the dot product with row j is the Legendre
 * coefficient of degree order - count + j. Coefficients of a resolved function are at rounding level.
 */
export function legendreTail(order: number, count: number): readonly Float64Array[] {
  const { nodes, weights } = gaussLegendre(order);
  const rows = Array.from({ length: count }, () => new Float64Array(order));
  for (let i = 0; i < order; i++) {
    const x = nodes[i]!;
    let previous = 1;
    let current = x;
    for (let j = 2; j < order; j++) {
      const next = ((2 * j - 1) * x * current - (j - 1) * previous) / j;
      previous = current;
      current = next;
      const row = rows[j - (order - count)];
      if (row !== undefined) row[i] = current * weights[i]! * (j + 0.5);
    }
  }
  return rows;
}
