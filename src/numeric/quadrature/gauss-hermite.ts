/**
 * Gauss-Hermite quadrature for the standard normal weight (probabilists' convention).
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { QuadratureRule } from "./rule.js";

const QL_MAX = 60; // implicit QL needs 2 sweeps per eigenvalue on average
const cache = new Map<number, QuadratureRule>();

/**
 * Gauss-Hermite rule for E f(Z), Z ~ N(0, 1): exact for polynomials of degree 2 order - 1, weights sum to 1.
 *
 * Nodes are eigenvalues of the Jacobi matrix (off-diagonal sqrt(k), Golub & Welsch 1969), polished by Newton steps on
 * the orthonormal recurrence; weights are Christoffel numbers 1 / sum_k he_k(x)^2. Both use a running binary exponent,
 * so no order overflows; weights below 1e-308 come out as 0. Nodes and weights to about 1e-15 relative.
 * Cost O(order^2), cached.
 *
 * It converges slowly for kinked or steep functions (large variance): see `gaussianMean` for a rule that adapts.
 * @throws ERR_DOMAIN when `order` is not a positive integer
 */
export function gaussHermite(order: number): QuadratureRule {
  if (!(Number.isInteger(order) && order >= 1)) {
    throw new ForetrainError("ERR_DOMAIN", `gaussHermite: order must be a positive integer, got ${order}`, {
      argument: "order",
      got: order,
      expected: "integer >= 1",
    });
  }
  const known = cache.get(order);
  if (known !== undefined) return known;
  const roots = jacobiEigenvalues(order);
  const nodes = new Float64Array(order);
  const weights = new Float64Array(order);
  for (let i = 0; i < order >> 1; i++) {
    let x = roots[order - 1 - i]!;
    for (let step = 0; step < 4; step++) {
      const dx = newtonStep(order, x);
      x -= dx;
      if (Math.abs(dx) <= 2e-16 * x) break;
    }
    const weight = christoffel(order, x);
    nodes[i] = -x;
    nodes[order - 1 - i] = x;
    weights[i] = weight;
    weights[order - 1 - i] = weight;
  }
  if (order % 2 === 1) weights[order >> 1] = christoffel(order, 0);
  const rule = { nodes, weights };
  cache.set(order, rule);
  return rule;
}

const BIG = 2 ** 500;
const TINY = 2 ** -500;

/** he_n(x) / he_n'(x), he_n' = sqrt(n) he_{n-1}; a common rescaling of both leaves the ratio. */
function newtonStep(n: number, x: number): number {
  let previous = 0;
  let current = 1;
  for (let k = 0; k < n; k++) {
    const next = (x * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1);
    previous = current;
    current = next;
    if (Math.abs(current) > BIG) {
      current *= TINY;
      previous *= TINY;
    }
  }
  return current / (Math.sqrt(n) * previous);
}

/** 1 / sum_{k<n} he_k(x)^2 with he_k orthonormal. */
function christoffel(n: number, x: number): number {
  let previous = 0;
  let current = 1;
  let sum = 1;
  let scale = 0; // powers of TINY taken out of current and previous; squares carry twice as many
  for (let k = 0; k < n - 1; k++) {
    const next = (x * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1);
    previous = current;
    current = next;
    if (Math.abs(current) > BIG) {
      current *= TINY;
      previous *= TINY;
      sum *= TINY * TINY;
      scale++;
    }
    sum += current * current;
  }
  let weight = 1 / sum;
  for (let s = 0; s < 2 * scale && weight > 0; s++) weight *= TINY;
  return weight;
}

/** Eigenvalues, ascending, of the symmetric tridiagonal matrix with zero diagonal and off-diagonal sqrt(1..n-1). */
function jacobiEigenvalues(n: number): Float64Array {
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  for (let i = 0; i < n - 1; i++) e[i] = Math.sqrt(i + 1);
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; sweep < QL_MAX; sweep++) {
      let m = l;
      for (; m < n - 1; m++) {
        if (Math.abs(e[m]!) <= 1e-16 * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) break;
      }
      if (m === l) break;
      // Wilkinson shift from the leading 2 x 2 block, then a chase of the bulge from m down to l
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = d[i + 1]! - p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (r === 0 && i >= l) continue;
      d[l] = d[l]! - p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d.sort();
}
