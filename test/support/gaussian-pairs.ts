/**
 * E f(u) g(v) of a centred Gaussian pair by plain two-dimensional sums, slow and as exact as float64: for kinked functions
 * by Gauss-Legendre rules on either side of 0, for analytic ones by the trapezoidal rule with a step that follows
 * the function, not the variance.
 */
import { gaussLegendre } from "../../src/numeric/quadrature/index.js";

type Fn = (x: number) => number;

/** Standard deviations beyond which exp(-x^2 / 2) is nothing: e^-60. */
const REACH = 11;

/** E f(u) g(v) with kinks (or jumps) of f and g at 0 only; |k| < sqrt(q1 q2) strictly. */
export function kinkedMean(f: Fn, g: Fn, q1: number, q2: number, k: number): number {
  const rule = gaussLegendre(40);
  const [s, slope] = [Math.sqrt(q1), k / q1];
  const rest = Math.sqrt(q2 - k * slope);
  /** panels of two standard deviations, cut at 0 */
  const integrate = (center: number, deviation: number, inner: Fn): number => {
    const cuts = new Set([0]);
    for (let x = -REACH; x <= REACH; x += 2) cuts.add(center + deviation * x);
    const points = [...cuts].sort((a, b) => a - b);
    let sum = 0;
    for (let p = 0; p + 1 < points.length; p++) {
      const [a, b] = [points[p]!, points[p + 1]!];
      for (let i = 0; i < rule.nodes.length; i++) {
        const x = (a + b) / 2 + ((b - a) / 2) * rule.nodes[i]!;
        const z = (x - center) / deviation;
        const density = Math.exp(-z * z * 0.5) / (Math.sqrt(2 * Math.PI) * deviation);
        sum += rule.weights[i]! * ((b - a) / 2) * density * inner(x);
      }
    }
    return sum;
  };
  return integrate(0, s, (u) => f(u) * integrate(slope * u, rest, g));
}

/** E f(u) g(v) of functions that are analytic within `strip` of the real axis, to about e^(-2 pi strip / step). */
export function analyticMean(f: Fn, g: Fn, q1: number, q2: number, k: number, strip: number): number {
  const [s, slope] = [Math.sqrt(q1), k / q1];
  const rest = Math.sqrt(Math.max(0, q2 - k * slope));
  const points = (deviation: number) => {
    // e^-38: below float64; the Gaussian itself needs a step of 2 pi / sqrt(2 * 38) deviations
    const step = Math.min(strip / 6, 0.7 * deviation);
    const count = Math.ceil((REACH * deviation) / step);
    return Array.from({ length: 2 * count + 1 }, (_, i) => {
      const x = (i - count) * step;
      const weight =
        (step * Math.exp((-x * x) / (2 * deviation * deviation))) / (Math.sqrt(2 * Math.PI) * deviation);
      return [x, weight] as const;
    });
  };
  const around = rest > 0 ? points(rest) : [[0, 1] as const];
  let sum = 0;
  for (const [u, weight] of points(s)) {
    let inner = 0;
    for (const [x, w] of around) inner += w * g(slope * u + x);
    sum += weight * f(u) * inner;
  }
  return sum;
}
