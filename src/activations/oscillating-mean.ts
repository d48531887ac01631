/**
 * Gaussian means of functions that oscillate many thousand times within a standard deviation.
 *
 * A rule that follows every period over the whole range needs more points than there are periods. Instead the mean is
 * taken in two steps, E_q f = E_(q - d)[F], F(x) = E f(x + sqrt(d) z): a d of some periods leaves nothing of the
 * oscillation in F (a frequency w is damped by exp(-w^2 d / 2)), which a rule of few panels then integrates. F itself is a
 * sum over equidistant points, exact but for exp(-(2 pi sqrt(d) / h - sqrt(d) w)^2 / 2); near kinks and features, at 0 and
 * at the break points, it is integrated by adaptive panels.
 * @module
 */
import { type Integral, integrate } from "../numeric/quadrature/adaptive.js";
import { gradedEdges } from "../numeric/quadrature/graded-edges.js";
import { normalPdf } from "../numeric/special/normal.js";

/** sqrt(d) tried, each this many times the one before; a frequency is damped out from sqrt(d) = 8.5 / w on. */
const RATIO = 3;
/** ... as long as it is below this part of sqrt(q): F has to be smooth on far fewer panels than f has periods. */
const WIDEST = 1 / 16;
/** The error that is accepted, relative to E|f|: that of `gaussianMean`. */
const ACCEPTED = 1e-11;
/** Beyond as many standard deviations the density of N(0, 1) is 1e-16 (inner step) and 1e-32 (outer) of its maximum. */
const INNER_REACH = 8.7;
const OUTER_REACH = 12;
/** Points of the two interleaved sums for F: doubled until both agree. */
const FEWEST = 64;
const MOST = 2048;
/** Evaluations of F, and of f in one F at a feature. */
const MOST_OUTER = 12_000;
const MOST_INNER = 20_000;
/** More break points than this are part of the oscillation. */
const MOST_CENTRES = 12;
/** Where, in standard deviations, and at what distances, in widths, F is asked whether it still oscillates, */
const PROBES = [0.9, -1.7, 2.1];
const PROBE_STEP = 0.37;
/** by its sixth difference: beyond this part of E|f| it is not worth its integral. */
const PROBE_LIMIT = 1e-9;
const SIXTH_DIFFERENCE = [1, -6, 15, -20, 15, -6, 1];
const EDGES = [-9, -6, -3.5, -1.5, 0, 1.5, 3.5, 6, 9];

/** A function to average, and what is known of it. */
export interface Oscillation {
  readonly f: (x: number) => number;
  /** points near which f may have kinks, jumps or features */
  readonly centres: readonly number[];
  /** distance in x from the centres within which f is smooth */
  readonly scale: number;
  /** E|f|, roughly: what errors are compared with */
  readonly magnitude: number;
}

/**
 * E f(sqrt(q) z), z ~ N(0, 1), for an f that oscillates with frequencies far above 1 / sqrt(q) next to terms that are
 * smooth or have features at the centres.
 *
 * @param q variance > 0
 * @returns the mean with an error of 1e-11 of E|f| at most, mostly 1e-14; null where no such d settles it (frequencies that drift up, jumps that
 *   recur)
 */
export function oscillatingMean(oscillation: Oscillation, q: number): number | null {
  if (oscillation.centres.length > MOST_CENTRES) return null;
  const s = Math.sqrt(q);
  for (let width = oscillation.scale; width <= WIDEST * s; width *= RATIO) {
    const mean = meanInTwoSteps(oscillation, s, width);
    if (mean !== null) return mean;
  }
  return null;
}

/** Null where F is not known well enough or still oscillates. */
function meanInTwoSteps(oscillation: Oscillation, s: number, width: number): number | null {
  const { centres, magnitude } = oscillation;
  if (stillOscillates(oscillation, s, width)) return null;
  const outer = Math.sqrt((s - width) * (s + width));
  let unsettled = false;
  const smoothed = (z: number) => {
    if (unsettled) return Number.NaN;
    const density = normalPdf(z);
    const value = smooth(oscillation, outer * z, width, density);
    if (value === null) unsettled = true;
    return value === null ? Number.NaN : value * density;
  };
  // nothing of f is left beyond the range
  if (!(Math.abs(smoothed(OUTER_REACH)) + Math.abs(smoothed(-OUTER_REACH)) <= 1e-16 * magnitude)) return null;
  const points = centres.map((x) => x / outer).filter((z) => Math.abs(z) < OUTER_REACH);
  const result: Integral = integrate(smoothed, -OUTER_REACH, OUTER_REACH, {
    breakPoints: [...EDGES, ...gradedEdges([0, ...points], width / outer, 1.5)],
    // arguments of size s are rounded: what a period makes of that is noise
    absolute: (1e-14 + (0.1 * Number.EPSILON * s) / width) * magnitude,
    maxEvaluations: MOST_OUTER,
  });
  return result.residual <= ACCEPTED * magnitude ? result.value : null;
}

/** True where F, away from the centres, changes within its width by more than a smooth function would. */
function stillOscillates(oscillation: Oscillation, s: number, width: number): boolean {
  return PROBES.some((z) => {
    const x = z * s;
    if (oscillation.centres.some((at) => Math.abs(at - x) < 2 * INNER_REACH * width)) return false;
    const density = normalPdf(z);
    let difference = 0;
    for (const [k, factor] of SIXTH_DIFFERENCE.entries()) {
      difference += factor * (smooth(oscillation, x + k * PROBE_STEP * width, width, density) ?? Number.NaN);
    }
    return !(Math.abs(difference) * density <= PROBE_LIMIT * oscillation.magnitude);
  });
}

/** F(x) = E f(x + width z); null where it is not known to a small part of E|f| / density. */
function smooth(
  { f, centres, scale, magnitude }: Oscillation,
  x: number,
  width: number,
  density: number,
): number | null {
  const tolerance = (0.01 * ACCEPTED * magnitude) / density;
  const near = centres.filter((at) => Math.abs(at - x) < INNER_REACH * width + scale);
  if (near.length === 0) return equidistant(f, x, width, tolerance);
  const points = near.map((at) => (at - x) / width);
  const result = integrate((z) => f(x + width * z) * normalPdf(z), -INNER_REACH, INNER_REACH, {
    breakPoints: [...EDGES, ...gradedEdges(points, scale / width, 1.5)],
    absolute: 0.1 * tolerance,
    maxDepth: 80,
    maxEvaluations: MOST_INNER,
  });
  return result.residual <= tolerance + 1e-14 * result.magnitude ? result.value : null;
}

function equidistant(f: (x: number) => number, x: number, width: number, tolerance: number): number | null {
  // a period, some widths over 8.5, turns the rounding of its argument into noise
  const noise = 1e-14 + (2 * Number.EPSILON * Math.abs(x)) / width;
  for (let count = FEWEST; count <= MOST; count *= 2) {
    const { points, weights } = interleaved(count);
    let even = 0;
    let odd = 0;
    let size = 0;
    for (let k = 0; k < 2 * count; k += 2) {
      const left = f(x + width * points[k]!) * weights[k]!;
      const right = f(x + width * points[k + 1]!) * weights[k + 1]!;
      even += left;
      odd += right;
      size += Math.abs(left) + Math.abs(right);
    }
    if (!Number.isFinite(size)) return null;
    if (Math.abs(even - odd) <= tolerance + noise * size) return (even + odd) / 2;
  }
  return null;
}

interface Interleaved {
  readonly points: Float64Array;
  /** step times density: each of the two sums has weight 1 */
  readonly weights: Float64Array;
}

const rules = new Map<number, Interleaved>();

/** 2 count equidistant points; shifted by less than half a step, so that no symmetry hides an error. */
function interleaved(count: number): Interleaved {
  let rule = rules.get(count);
  if (rule === undefined) {
    const h = (2 * INNER_REACH) / count;
    const points = Float64Array.from({ length: 2 * count }, (_, k) => (k / 2 + 0.3) * h - INNER_REACH);
    rule = { points, weights: points.map((z) => h * normalPdf(z)) };
    rules.set(count, rule);
  }
  return rule;
}
