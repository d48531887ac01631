/**
 * Finds the growth of a function from its values: near suspicious points and far out.
 * @module
 */
import type { BreakPoint, Growth } from "./activation.js";

/**
 * Growth of phi as its values show it. A judgement by samples, not a proof: an oscillating or very slowly growing
 * function can fool it, so a declared growth is always better.
 *
 * Poles and logarithms: phi is sampled at distances 1e-40 ... 1e-290 from 0 and from the declared break points; values
 * that keep growing mean that it is unbounded there. Growth: the local power p in log|phi| ~ x^p tells exponential
 * (p <= 1), sub-Gaussian (1 < p < 2) and Gaussian (p = 2) apart.
 */
export function inspectGrowth(phi: (x: number) => number, breakPoints: readonly BreakPoint[]): Growth {
  for (const at of [0, ...breakPoints.map((b) => b.at)]) {
    if (isUnboundedAt(phi, at)) return { kind: "unbounded-at-point", at };
  }
  // the largest of several points up to x, so that a zero of an oscillation does not count as small
  const size = (x: number): number => {
    let largest = 0;
    for (let i = 0; i < 24; i++) {
      const y = x * (1 - 0.004 * i);
      largest = Math.max(largest, Math.abs(phi(y)), Math.abs(phi(-y)));
    }
    return largest;
  };
  // the largest x, up to 2^12, where phi is still finite: all ratios are taken below it
  let far = 4096;
  while (far > 1 && !(size(far) < 1e300)) far /= 1.25;
  if (far === 4096) {
    const ratio = size(4096) / Math.max(size(512), 1e-300);
    if (!(ratio > 1.2)) return { kind: "bounded" };
    return { kind: "polynomial", degree: Math.max(1, Math.round(Math.log(ratio) / Math.log(8))) };
  }
  // log|phi| differences take out constant factors; their growth over a doubling gives the power
  const rise = (x: number): number => Math.log(size(x)) - Math.log(size(x * 0.75));
  const power = Math.log2(rise(far) / rise(far / 2));
  if (!(power > 1.05)) return { kind: "exponential", rate: rise(far) / (0.25 * far) };
  if (power < 1.95) return { kind: "subgaussian", power };
  return { kind: "gaussian", rate: rise(far) / (far * far * (1 - 0.75 ** 2)) };
}

function isUnboundedAt(phi: (x: number) => number, at: number): boolean {
  const size = (h: number): number => Math.max(Math.abs(phi(at + h)), Math.abs(phi(at - h)));
  // away from 0 the distance cannot go below the spacing of the doubles
  const distances = at === 0 ? [1e-40, 1e-120, 1e-290] : [1e-4, 1e-8, 1e-13].map((h) => h * Math.abs(at));
  const [a, b, c] = distances.map(size) as [number, number, number];
  if (!(c < Number.POSITIVE_INFINITY)) return true;
  return b > a * (1 + 1e-6) && c > b * (1 + 1e-6) && c - b > 0.5 * (b - a);
}
