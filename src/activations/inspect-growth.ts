/**
 * Finds the growth of a function: near suspicious points and far out.
 * @module
 */
import type { BreakPoint, Growth } from "./activation.js";
import { farGrowth } from "./far-growth.js";
import { valueGrowth } from "./value-growth.js";

/**
 * Growth of phi as its values show it. A judgement by samples, not a proof: an oscillating or very slowly growing
 * function can fool it, so a declared growth is always better.
 *
 * Poles and logarithms: phi is sampled at distances 1e-40 ... 1e-290 from 0 and from the declared break points; values
 * that keep growing mean that it is unbounded there. Far out: by `logSize` where there is one (`farGrowth`), and else by values
 * below their overflow (`valueGrowth`). Growth for which no variance is small enough is said first, pole or not.
 *
 * @param logSize  log|phi(x)| for x up to 1e150
 */
export function inspectGrowth(
  phi: (x: number) => number,
  breakPoints: readonly BreakPoint[],
  logSize?: (x: number) => number,
): Growth {
  const far = logSize === undefined ? null : farGrowth(logSize);
  if (far?.kind === "supergaussian") return far;
  for (const at of [0, ...breakPoints.map((b) => b.at)]) {
    if (isUnboundedAt(phi, at)) return { kind: "unbounded-at-point", at };
  }
  return far ?? valueGrowth(phi);
}

function isUnboundedAt(phi: (x: number) => number, at: number): boolean {
  const size = (h: number): number => Math.max(Math.abs(phi(at + h)), Math.abs(phi(at - h)));
  // away from 0 the distance cannot go below the spacing of the doubles
  const distances = at === 0 ? [1e-40, 1e-120, 1e-290] : [1e-4, 1e-8, 1e-13].map((h) => h * Math.abs(at));
  const [a, b, c] = distances.map(size) as [number, number, number];
  if (!(c < Number.POSITIVE_INFINITY)) return true;
  return b > a * (1 + 1e-6) && c > b * (1 + 1e-6) && c - b > 0.5 * (b - a);
}
