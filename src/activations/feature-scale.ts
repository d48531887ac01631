/**
 * The scale on which an activation turns, so that quadrature at any variance looks there.
 * @module
 */
import { gaussLegendre } from "../numeric/quadrature/gauss-legendre.js";
import { legendreTail } from "../numeric/quadrature/legendre-tail.js";
import type { Activation } from "./activation.js";

const ORDER = 16;
const rule = gaussLegendre(ORDER);
const tail = legendreTail(ORDER, 3);
const RESOLVED = 1e-7; // an adaptive rule takes over from here
const SMALLEST = 2 ** -60;
const known = new WeakMap<Activation, number>();

/**
 * Largest distance 4^-j <= 1 from 0 and from every break point below which phi, phi' and phi'' are polynomials of
 * degree 15 to a few digits on every panel [0, h]: 1 or 1/4 for the functions of the catalogue at unit scale, 1e-8 for
 * tanh(1e8 x), 2^-60 where there is none (|x|^p).
 */
export function featureScale(a: Activation): number {
  let scale = known.get(a);
  if (scale === undefined) {
    const functions = [a.value, a.derivative, a.secondDerivative].filter((f) => f !== null);
    const centres = [0, ...a.breakPoints.map((b) => b.at)];
    const smooth = (h: number): boolean =>
      functions.every((f) => centres.every((x) => isResolved(f, x, h) && isResolved(f, x, -h)));
    // upwards from the smallest: a narrow step looks constant on a panel much wider than itself
    scale = SMALLEST;
    while (scale < 1 && smooth(4 * scale)) scale *= 4;
    known.set(a, scale);
  }
  return scale;
}

const samples = new Float64Array(ORDER);

function isResolved(f: (x: number) => number, from: number, width: number): boolean {
  // nearer to a break point than its rounding the samples would fall on both sides of it
  if (Math.abs(width) < 1e-12 * Math.abs(from)) return true;
  let size = 0;
  for (let i = 0; i < ORDER; i++) {
    samples[i] = f(from + 0.5 * width * (1 + rule.nodes[i]!));
    size = Math.max(size, Math.abs(samples[i]!));
  }
  for (const row of tail) {
    let sum = 0;
    for (let i = 0; i < ORDER; i++) sum += row[i]! * samples[i]!;
    if (!(Math.abs(sum) <= RESOLVED * size)) return false;
  }
  return true;
}
