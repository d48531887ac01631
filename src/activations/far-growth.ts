/**
 * Growth against exp(c x^2), from log|phi| at sizes of x far beyond those where phi itself is a number.
 * @module
 */
import type { Growth } from "./activation.js";

/** The largest log x that is looked at: x^2 is then 1e295, inside of float64. */
const FARTHEST = 340;
/** The least log x that can decide anything. */
const NEAREST = 0.5;
/** Logarithms beyond this count as overflow. */
const LARGEST = 1e300;
/** Points of which the largest value counts, so that neither a zero nor a minimum of an oscillation counts as the size. */
const SAMPLES = 240;
/** Their distance over x: many periods of anything far out, and next to nothing for what does not oscillate. */
const SPACING = 1e-9;
/** Change of log(log|phi| / x^2) up to which the ratio stands: 1e6 roundings. */
const STANDS = 1e-7;
/** What the largest of the samples may fall short of an oscillation's envelope, over what two halves of them differ by. */
const SHORTFALL = 20;
/** The share of the change before from which on a change does not die out: that of 1 / log x is a half. */
const DIES_OUT = 0.75;
/** The same from which on log|phi| outgrows every power of x: that of a power is 2. */
const ANY_POWER = 2.5;
/** Powers up to this are not told from 1. */
const EXPONENTIAL = 1.05;

/**
 * What grows like exp(|x|^p) with p > 1.05: whether p is below, at or above 2. Null for what grows more slowly, and where
 * `logSize` is no number. log|phi(x)| / x^2 is followed over log x = 85, 170, 340 (less where log|phi| itself overflows): it
 * stands for exp(c x^2) times anything slower, and rises or falls without end for all else, x^2 log|x| included. Powers are
 * told from 2 down to |p - 2| = 1e-8, those that an oscillation is a factor of to about 1e-4.
 */
export function farGrowth(logSize: (x: number) => number): Growth | null {
  let top = FARTHEST;
  for (; top > NEAREST; top /= 1.02) {
    const here = Math.max(logSize(Math.exp(top)), logSize(-Math.exp(top)));
    if (Number.isNaN(here)) return null;
    if (here < LARGEST) break;
  }
  if (top <= NEAREST) return { kind: "supergaussian", power: Number.POSITIVE_INFINITY };
  const [first, middle, last] = [top / 4, top / 2, top].map((u) => ratioTo(logSize, u)) as [
    Ratio,
    Ratio,
    Ratio,
  ];
  const before = Math.log(middle.largest / first.largest);
  const change = Math.log(last.largest / middle.largest);
  const power = 2 + change / (0.5 * top);
  if (Number.isNaN(before) || !(power > EXPONENTIAL)) return null;
  if (Math.abs(change) <= STANDS) return { kind: "gaussian", rate: last.largest };
  if (Math.abs(change) <= SHORTFALL * (middle.scatter + last.scatter)) {
    return { kind: "gaussian", rate: Math.max(middle.largest, last.largest) };
  }
  if (change * before < 0) return { kind: "undecided", power };
  if (Math.abs(change) < DIES_OUT * Math.abs(before)) {
    // the limit of a sum whose terms fall by one factor
    return { kind: "gaussian", rate: last.largest * Math.exp((change * change) / (before - change)) };
  }
  if (change < 0) return { kind: "subgaussian", power };
  return { kind: "supergaussian", power: change > ANY_POWER * before ? Number.POSITIVE_INFINITY : power };
}

interface Ratio {
  /** of log|phi| / x^2 near x = +-e^u; NaN where log|phi| is not above 0 */
  readonly largest: number;
  /** by how much two halves of the samples differ, relatively: 0 but for oscillations */
  readonly scatter: number;
}

function ratioTo(logSize: (x: number) => number, u: number): Ratio {
  const halves: [number, number] = [0, 0];
  for (let i = 0; i < SAMPLES; i++) {
    const x = Math.exp(u) * (1 - SPACING * i);
    const size = Math.max(logSize(x), logSize(-x)) / (x * x);
    halves[i % 2] = Math.max(halves[i % 2]!, size);
  }
  const largest = Math.max(...halves);
  const scatter = (largest - Math.min(...halves)) / largest;
  return { largest, scatter: scatter > STANDS ? scatter : 0 };
}
