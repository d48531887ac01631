/**
 * Expectations over a Gaussian pair in polar coordinates, for functions that break at 0 only.
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";

/** Function of both pre-activations. */
export type PairFunction = (u: number, v: number) => number;

/**
 * E F(u, v) for standard deviations s1, s2 and angle theta = acos(c):
 * u = s1 r cos(a), v = s2 r cos(a - theta), a uniform, r with density r e^{-r^2/2}.
 *
 * The break lines u = 0 and v = 0 cut the circle into two sectors of width theta and two of width pi - theta; inside,
 * F is smooth and Gauss-Legendre converges geometrically at every theta, 0 and pi included.
 * @param order  points per sector and in r; see {@link polarOrder}
 */
export function polarMean(
  F: PairFunction,
  s1: number,
  s2: number,
  theta: number,
  order: number,
  reach: number,
): number {
  const { nodes, weights } = gaussLegendre(order);
  const { radii, masses } = ringOf(order, reach);
  let total = 0;
  for (const [from, width] of [
    [-0.5 * Math.PI, theta],
    [theta - 0.5 * Math.PI, Math.PI - theta],
  ] as const) {
    if (width <= 0) continue;
    for (let i = 0; i < order; i++) {
      // distances from both ends of the sector, so that u and v vanish exactly where they should
      const share = 0.5 * (1 + nodes[i]!);
      const left = width * share;
      const a = from + left;
      const cu = from === -0.5 * Math.PI ? Math.sin(left) : Math.cos(a);
      const cv = from === -0.5 * Math.PI ? -Math.sin(theta - left) : Math.sin(left);
      const u1 = s1 * cu;
      const v1 = s2 * cv;
      let ring = 0;
      for (let j = 0; j < order; j++) {
        const u = radii[j]! * u1;
        const v = radii[j]! * v1;
        ring += masses[j]! * (F(u, v) + F(-u, -v));
      }
      total += 0.5 * width * weights[i]! * ring;
    }
  }
  return (total * 0.5 * reach) / (2 * Math.PI);
}

interface Ring {
  readonly order: number;
  readonly reach: number;
  /** r, and the weight of r times r e^{-r^2/2} */
  readonly radii: Float64Array;
  readonly masses: Float64Array;
}
let lastRing: Ring | null = null;

/** The rule in r; evaluations of one table ask for the same one over and over. */
function ringOf(order: number, reach: number): Ring {
  if (lastRing?.order === order && lastRing.reach === reach) return lastRing;
  const { nodes, weights } = gaussLegendre(order);
  const radii = nodes.map((x) => 0.5 * reach * (1 + x));
  const masses = radii.map((r, j) => weights[j]! * r * Math.exp(-0.5 * r * r));
  lastRing = { order, reach, radii, masses };
  return lastRing;
}

/** Range of r: e^{-r^2/2} r^m below rounding for growth up to a power, wider for exponential growth. */
export function polarReach(exponentialRate: number, s: number): number {
  return 9.5 + 2 * exponentialRate * s;
}

const ORDERS = [24, 36, 54, 80, 120, 180, 270, 400];
const SETTLED = 3e-14;

/**
 * Points per direction at which doubling them changes nothing any more at standard deviation s. Singularities of phi at
 * a distance of about 1 from 0 come as near as 1 / (9 s) of the range to its end, so the order grows like sqrt(s).
 * `error` is the last change relative to E F(u, u); it stays above 3e-14 where the longest rule does not settle.
 */
export function polarOrder(
  F: PairFunction,
  s: number,
  reach: number,
): { readonly order: number; readonly error: number } {
  const scale = Math.abs(polarMean(F, s, s, 0, 200, reach));
  let order = 0;
  let error = 0;
  for (order of ORDERS) {
    error = 0;
    // the narrow angle is where both thin layers u = O(1), v = O(1) meet
    for (const theta of [0.3, 1.4, 2.8, Math.min(0.1, 1 / s)]) {
      const change = polarMean(F, s, s, theta, order, reach) - polarMean(F, s, s, theta, 2 * order, reach);
      error = Math.max(error, Math.abs(change) / scale);
      if (!(error <= SETTLED)) break;
    }
    if (error <= SETTLED) break;
  }
  return { order, error };
}
