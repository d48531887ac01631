/**
 * Expectations over a Gaussian pair by split quadrature, for breaks anywhere: panels with one rule where it is known to
 * settle, adaptive ones as the last resort.
 * @module
 */
import { integrate } from "../../numeric/quadrature/adaptive.js";
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";
import { gradedEdges } from "../../numeric/quadrature/graded-edges.js";
import { normalPdf } from "../../numeric/special/normal.js";
import { rootDeterminant } from "../closed/covariance.js";
import type { PairFunction } from "./polar.js";

const CORE = [-6, -3, -1.5, 0, 1.5, 3, 6];

/**
 * E F(u, v) for a Gaussian pair: outer integral over u, inner over v given u ~ N(k u / q1, det / q1), both split at the
 * break points, the outer also where the inner mean passes one. About 1e5 evaluations.
 * @param scale  distance from 0 and from the break points within which F is smooth
 * @param reach  range of z; 10 (density 8e-23) unless F grows exponentially
 */
export function splitPairMean(
  F: PairFunction,
  breakPoints: readonly number[],
  scale: number,
  q1: number,
  q2: number,
  k: number,
  d: number,
  reach: number,
): number {
  // edges in z for the argument mean + sigma z
  const turns = (mean: number, sigma: number): number[] => {
    const centres = breakPoints.map((b) => (b - mean) / sigma);
    return sigma <= 4 * scale ? centres : gradedEdges([-mean / sigma, ...centres], scale / sigma, 1.5);
  };
  const s1 = Math.sqrt(q1);
  if (q1 === 0) {
    const s2 = Math.sqrt(q2);
    if (q2 === 0) return F(0, 0);
    return integrate((y) => F(0, s2 * y) * normalPdf(y), -reach, reach, {
      breakPoints: [...CORE, ...turns(0, s2)],
      relative: 1e-13,
    }).value;
  }
  const slope = k / s1; // mean of v per unit of z = u / s1
  const sigma = rootDeterminant(q1, q2, k, d) / s1;
  const inner = (z: number): number => {
    const u = s1 * z;
    const mean = slope * z;
    if (!(sigma > 1e-150)) return F(u, mean);
    return integrate((y) => F(u, mean + sigma * y) * normalPdf(y), -reach, reach, {
      breakPoints: [...CORE, ...turns(mean, sigma)],
      relative: 1e-13,
      absolute: 1e-17,
      maxDepth: 12,
    }).value;
  };
  const layers = breakPoints.flatMap((b) =>
    slope === 0 ? [] : [-6, -2, 0, 2, 6].map((t) => (b + t * sigma) / slope),
  );
  return integrate((z) => inner(z) * normalPdf(z), -reach, reach, {
    breakPoints: [...CORE, ...turns(0, s1), ...layers],
    relative: 1e-12,
    maxDepth: 12,
  }).value;
}

// the inner mean turns within sigma of where it passes a break point
const LAYERS = [-9, -6, -4, -2, 0, 2, 4, 6, 9];

/** {@link splitPairMean} with `order` points on every panel and no look at the error: some 50 times faster. */
export function panelPairMean(
  F: PairFunction,
  breakPoints: readonly number[],
  scale: number,
  q1: number,
  q2: number,
  k: number,
  d: number,
  reach: number,
  order: number,
): number {
  const s1 = Math.sqrt(q1);
  const slope = k / s1;
  const sigma = rootDeterminant(q1, q2, k, d) / s1;
  if (!(sigma > 1e-150)) return splitPairMean(F, breakPoints, scale, q1, q2, k, d, reach);
  const layers = breakPoints.flatMap((b) => (slope === 0 ? [] : LAYERS.map((t) => (b + t * sigma) / slope)));
  const outer = [...breakPoints.map((b) => b / s1), ...layers, ...turning(0, s1, breakPoints, scale)];
  return panels(outer, reach, order, (z) => {
    const u = s1 * z;
    const mean = slope * z;
    const inner = [
      ...breakPoints.map((b) => (b - mean) / sigma),
      ...turning(mean, sigma, breakPoints, scale),
    ];
    return panels(inner, reach, order, (y) => F(u, mean + sigma * y));
  });
}

/** Edges where a function that turns within `scale` of 0 and of its break points is finer than the standard deviation. */
function turning(mean: number, sigma: number, breakPoints: readonly number[], scale: number): number[] {
  if (sigma <= 4 * scale) return [];
  return gradedEdges([-mean / sigma, ...breakPoints.map((b) => (b - mean) / sigma)], scale / sigma, 1.5);
}

/** E f(z) over |z| <= reach. */
function panels(edges: readonly number[], reach: number, order: number, f: (z: number) => number): number {
  const { nodes, weights } = gaussLegendre(order);
  const inside = [...CORE, ...edges].filter((x) => x > -reach && x < reach);
  inside.push(reach);
  inside.sort((a, b) => a - b);
  let left = -reach;
  let total = 0;
  for (const right of inside) {
    const half = 0.5 * (right - left);
    if (half > 0) {
      let sum = 0;
      for (let i = 0; i < order; i++) {
        const z = left + half * (1 + nodes[i]!);
        sum += weights[i]! * normalPdf(z) * f(z);
      }
      total += half * sum;
    }
    left = right;
  }
  return total;
}
