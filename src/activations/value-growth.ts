/**
 * Growth of a function from its values, below their overflow.
 * @module
 */
import type { Growth } from "./activation.js";

/** Values beyond this count as overflow. */
const OVERFLOW = 1e300;
/** What is still below it here grows more slowly than anything of interest. */
const FARTHEST = 4096;
/** Points of the fit, from a third of the way to overflow. */
const POINTS = 96;
/** Residual of the fit up to which it describes log|phi|, whose size is some 690. */
const DESCRIBED = 1e-3;
/** Share of x^2 log x in x^2 up to which it counts as x^2 alone: about the least |p - 2| that is told. */
const LEAST_TOLD = 0.003;
/** Local powers that agree to this over two octaves are the power. */
const STEADY = 0.003;
/** Local powers beyond these decide as they are. */
const CLEARLY = { exponential: 1.05, below: 1.9, above: 2.15 };
/** Distances from 2 of the local powers of the last octave and the one before that mean x^2 where the fit fails (oscillations). */
const NEAR_TWO = { last: 0.012, before: 0.06 };

/**
 * How |phi| grows, by its values up to 1e300. In |x|^p of exp(c |x|^p), times powers and exp(a |x|), |p - 2| from 0.003 on is
 * told apart; nearer powers count as 2. Where other terms are within some powers of x^2 (exp(x^2 + |x|^1.9)), or an oscillation is
 * a factor and |p - 2| < 0.2, the growth may be `undecided`, and is, with the power NaN, where phi is no finite number beyond
 * |x| = 1 or overflows without a rate.
 */
export function valueGrowth(phi: (x: number) => number): Growth {
  const size = (x: number) => Math.max(Math.abs(phi(x)), Math.abs(phi(-x)));
  // the largest of several points up to x, so that a zero of an oscillation does not count as small
  const reach = (x: number) => {
    let largest = 0;
    for (let i = 0; i < 24; i++) largest = Math.max(largest, size(x * (1 - 0.004 * i)));
    return largest;
  };
  let far = FARTHEST;
  while (far > 1 && !(reach(far) < OVERFLOW)) far /= 1.25;
  if (far <= 1) return { kind: "undecided", power: Number.NaN };
  if (far === FARTHEST) return slowGrowth(reach);
  // log|phi| differences take out constant factors; their growth over a doubling gives the power
  const rise = (x: number) => Math.log(reach(x)) - Math.log(reach(x * 0.75));
  const power = Math.log2(rise(far) / rise(far / 2));
  const before = Math.log2(rise(far / 2) / rise(far / 4));
  if (!(Number.isFinite(power) && Number.isFinite(before))) return { kind: "undecided", power: Number.NaN };
  if (power <= CLEARLY.exponential) return { kind: "exponential", rate: rise(far) / (0.25 * far) };
  const fit = squareFit((t) => Math.log(size(far * t)));
  if (fit.residual <= DESCRIBED && fit.square > 0 && Math.abs(fit.bend) <= LEAST_TOLD * fit.square) {
    return { kind: "gaussian", rate: fit.square / (far * far) };
  }
  const steady = Math.abs(power - before) < STEADY;
  if (power < CLEARLY.below || (steady && power <= 2 - LEAST_TOLD)) return { kind: "subgaussian", power };
  if (Math.min(power, before) > CLEARLY.above || (steady && power >= 2 + LEAST_TOLD)) {
    // that of a power is the same at both
    return { kind: "supergaussian", power: power > before + 0.5 ? Number.POSITIVE_INFINITY : power };
  }
  if (Math.abs(power - 2) < NEAR_TWO.last && Math.abs(before - 2) < NEAR_TWO.before) {
    return { kind: "gaussian", rate: rise(far) / (far * far * (1 - 0.75 ** 2)) };
  }
  return { kind: "undecided", power };
}

function slowGrowth(reach: (x: number) => number): Growth {
  const ratio = reach(FARTHEST) / Math.max(reach(FARTHEST / 8), 1e-300);
  if (!(ratio > 1.2)) return { kind: "bounded" };
  return { kind: "polynomial", degree: Math.max(1, Math.round(Math.log(ratio) / Math.log(8))) };
}

interface SquareFit {
  /** c of log|phi| = c t^2 + a t + k log t + d */
  readonly square: number;
  /** e where e t^2 log t is added: p - 2 times c for |t|^p */
  readonly bend: number;
  /** the largest, without e t^2 log t; NaN where a value is no number */
  readonly residual: number;
}

let orthogonal: { readonly columns: readonly Float64Array[]; readonly scales: readonly number[] } | null =
  null;

/** Least squares for 1/3 <= t <= 1: the last coefficient of a fit is that on what is left of its column. */
function squareFit(logSize: (t: number) => number): SquareFit {
  const t = Float64Array.from({ length: POINTS }, (_, i) => 3 ** -(i / (POINTS - 1)));
  orthogonal ??= orthogonalized([
    t.map(() => 1),
    t.map(Math.log),
    t,
    t.map((x) => x * x),
    t.map((x) => x * x * Math.log(x)),
  ]);
  const { columns, scales } = orthogonal;
  const rest = t.map(logSize);
  const parts = columns.map((column, j) => {
    const part = dot(column, rest);
    if (j + 1 < columns.length) takeAway(part, column, rest);
    return part / scales[j]!;
  });
  const residual = rest.reduce((most, y) => Math.max(most, Math.abs(y)), 0);
  return { square: parts[3]!, bend: parts[4]!, residual };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function takeAway(part: number, column: Float64Array, from: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i]! -= part * column[i]!;
}

/** Gram and Schmidt, twice over: columns that are nearly alike. `scales`: the length of each before it is made 1. */
function orthogonalized(columns: readonly Float64Array[]) {
  const done: Float64Array[] = [];
  const scales: number[] = [];
  for (const column of columns) {
    const rest = column.slice();
    for (let pass = 0; pass < 2; pass++) {
      for (const other of done) {
        takeAway(dot(other, rest), other, rest);
      }
    }
    const scale = Math.sqrt(dot(rest, rest));
    scales.push(scale);
    done.push(rest.map((y) => y / scale));
  }
  return { columns: done, scales };
}
