/**
 * The deficit of the derivative kernel of one close pair, by quadrature.
 * @module
 */
import type { Activation } from "../activation.js";
import { averageSlope, type SlopeSource, slopeRadialMean } from "./pair-means.js";

const NODES = 10;

/**
 * Dd = E[(phi'(u) - phi'(v))^2] / 2 for an angle theta <= 1: what comes from the different standard deviations, and
 * Td(0) - Td(theta) as a mean of dTd/dc or, where phi' jumps at 0, from an interpolant of (Td(0) - Td(theta)) / theta.
 *
 * Where phi' jumps elsewhere and the variances differ it is the quadrature itself, whose error is some 1e-12 of Dd down
 * to theta = 1e-6 and grows below.
 * @param difference  s1 - s2, @param miss  1 - c
 */
export function nearSlopeDeficit(
  a: Activation,
  source: SlopeSource,
  s1: number,
  s2: number,
  difference: number,
  theta: number,
  miss: number,
): number {
  const { steepness, spread } = source;
  if (steepness === null && (s1 === s2 || a.breakPoints.some((b) => b.order === 1 && b.at !== 0))) {
    return spread!(s1, s2, theta);
  }
  const radial = difference === 0 ? 0 : slopeRadialMean(a, s1, s2) * difference * difference;
  if (theta === 0) return radial;
  if (steepness !== null) return radial + miss * averageSlope(steepness, s1, s2, theta);
  return radial + theta * smallAngleDrop(source, s1, s2, theta);
}

/** (Td(0) - Td(theta)) / theta, by interpolation towards theta = 0, where the difference would lose its digits. */
function smallAngleDrop({ slope, jump }: SlopeSource, s1: number, s2: number, theta: number): number {
  const top = slope(s1, s2, 0);
  const reach = 0.25 / Math.max(1, s1, s2); // phi' turns where theta is about 1 / s
  if (theta >= reach) return (top - slope(s1, s2, theta)) / theta;
  // barycentric interpolation at Chebyshev points, theta = 0 among them
  let above = 0;
  let below = 0;
  for (let m = 0; m <= NODES; m++) {
    const t = 0.5 * reach * (1 - Math.cos((Math.PI * m) / NODES));
    const value = m === 0 ? jump(s1, s2) : (top - slope(s1, s2, t)) / t;
    if (t === theta) return value;
    const weight = ((m === 0 || m === NODES ? 0.5 : 1) * (m % 2 === 0 ? 1 : -1)) / (theta - t);
    above += weight * value;
    below += weight;
  }
  return above / below;
}
