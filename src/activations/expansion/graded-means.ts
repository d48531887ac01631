/**
 * Expectations E f(u) f(v) for many standard deviations at one angle, by quadrature whose length grows with the logarithm
 * of the standard deviation.
 *
 * v given u = s z is normal with mean m = s' cos(theta) z and standard deviation s' sin(theta): the inner mean G(m) does
 * not know s, so that a whole row of standard deviations shares it.
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";
import { normalPdf } from "../../numeric/special/normal.js";
import type { Activation } from "../activation.js";
import { featureScale } from "../feature-scale.js";

const REACH = 9; // density 1e-18 of the peak
const STEP = 0.7; // of the trapezoidal rule for smooth functions against a normal density: error exp(-2 pi^2 / STEP^2)
const SPAN = 13; // its points on either side
const SPLIT_ORDER = 16;
// steps of the trapezoidal rules on graded grids, found by halving until nothing changed beyond rounding: the outer grid,
// the inner one with m near 0, and with m up to REACH standard deviations, whose bump is narrow against its distance from 0
const STEPS = {
  smooth: { outer: 0.12, near: 0.1, wide: 0.065 },
  broken: { outer: 0.12, near: 0.07, wide: 0.045 },
} as const;
const NEAR = 3;
const LEFT = 3.7; // exp(-exp(3.7)) = 3e-18
const FAR = 6; // a singularity this many deviations away does not disturb the trapezoidal rule

const splitRule = gaussLegendre(SPLIT_ORDER);
const root2Pi = Math.sqrt(2 * Math.PI);

/** Values on the points x_j > 0 and on -x_j: phi - phi(0), phi', phi''. */
interface Values {
  readonly plus: readonly Float64Array[];
  readonly minus: readonly Float64Array[];
}

interface Grid {
  readonly x: Float64Array;
  readonly weight: Float64Array;
}

/**
 * Trapezoidal rule on x = h sinh(t) for functions smooth across 0, on x = h exp(t - exp(-t)) for those smooth on either
 * side: the error falls exponentially with 1 / step for functions analytic in a sector around the half line.
 */
function gradedGrid(smooth: boolean, h: number, reach: number, step: number): Grid {
  const x: number[] = [];
  const weight: number[] = [];
  if (smooth) {
    for (let t = 0; x.length === 0 || x.at(-1)! < reach; t += step) {
      x.push(h * Math.sinh(t));
      weight.push((t === 0 ? 0.5 : 1) * step * h * Math.cosh(t));
    }
  } else {
    for (let t = -LEFT; x.length === 0 || x.at(-1)! < reach; t += step) {
      const e = Math.exp(-t);
      x.push(h * Math.exp(t - e));
      weight.push(step * x.at(-1)! * (1 + e));
    }
  }
  return { x: Float64Array.from(x), weight: Float64Array.from(weight) };
}

/** What is asked of one angle: [a][b] for standard deviations s_a, s_b. */
export interface GradedMoments {
  /** E (phi(u) - phi(0)) (phi(v) - phi(0)) at c = cos(theta) */
  readonly value: Float64Array;
  /** E phi'(u) phi'(v) at c = cos(theta) */
  readonly slope: Float64Array;
  /** s s' E phi''(u) phi''(v) without what two jumps of phi' give together; empty when not asked for */
  readonly steepness: Float64Array;
  /** E (phi(u) - phi(0)) (phi(v) - phi(0)) at c = -cos(theta), empty for odd phi - phi(0) */
  readonly mirrorValue: Float64Array;
  /** E phi'(u) phi'(v) at c = -cos(theta), empty for odd phi - phi(0) */
  readonly mirrorSlope: Float64Array;
}

/** Moments of phi at one standard deviation. */
export interface SingleMoments {
  /** E phi^2 */
  readonly second: number;
  /** E (phi - phi(0))^2 */
  readonly spread: number;
  /** E phi'^2 */
  readonly slopeSecond: number;
  /** E (phi - phi(0)) */
  readonly mean: number;
  /** E phi' */
  readonly slopeMean: number;
}

export interface GradedMeans {
  /** phi - phi(0) is odd */
  readonly odd: boolean;
  /** (phi'(0+) - phi'(0-))^2 / (2 pi) */
  readonly jump: number;
  moments(scales: Float64Array, theta: number): GradedMoments;
  single(s: number): SingleMoments;
  /** E[(phi(s z) - phi(s' z))^2] / (2 (s - s')^2), the part of D from different standard deviations; `order` 1: of phi' */
  radial(s1: number, s2: number, order: 0 | 1): number;
}

const TINY = 1e-200;
const segment = gaussLegendre(8);

/** phi - phi(0); from phi' near 0, where the difference of values would lose its digits. */
function centred(a: Activation, derivative: (x: number) => number): (x: number) => number {
  const centre = a.value(0);
  if (centre === 0) return (x) => a.value(x);
  const near = 0.1 * featureScale(a);
  return (x) => {
    if (Math.abs(x) > near) return a.value(x) - centre;
    let sum = 0;
    for (let t = 0; t < segment.nodes.length; t++) {
      sum += segment.weights[t]! * derivative(0.5 * (1 + segment.nodes[t]!) * x);
    }
    return 0.5 * x * sum;
  };
}

/**
 * For phi with no break but at 0, where it is continuous, of at most polynomial growth.
 * @param curvature  phi'', null when the steepness is not asked for
 * @param top  the largest standard deviation
 */
export function gradedMeans(
  a: Activation,
  derivative: (x: number) => number,
  curvature: ((x: number) => number) | null,
  top: number,
): GradedMeans {
  const centre = a.value(0);
  const functions = [centred(a, derivative), derivative, ...(curvature === null ? [] : [curvature])];
  const count = functions.length;
  const scale = featureScale(a);
  const smooth = a.breakPoints.length === 0;
  const sample = (x: Float64Array, by: number): Values => ({
    plus: functions.map((f) => x.map((y) => f(by * y))),
    minus: functions.map((f) => x.map((y) => f(-by * y))),
  });
  const steps = STEPS[smooth ? "smooth" : "broken"];
  const innerReach = Math.max(scale, 2 * REACH * top);
  const inners = [steps.near, steps.wide].map((step) => {
    const grid = gradedGrid(smooth, scale, innerReach, step);
    return { ...grid, ...sample(grid.x, 1) };
  });
  const innerValues = inners[0]!;
  const odd = innerValues.plus[1]!.every((y, j) => {
    const other = innerValues.minus[1]![j]!;
    return Math.abs(y - other) <= 1e-15 * Math.abs(y);
  });
  const jumpOf = derivative(TINY) - derivative(-TINY);
  const kinked = a.breakPoints.some((b) => b.order === 1);
  const jump = kinked ? jumpOf : 0;
  const turn = Math.min(1, scale / top); // where phi(s z) turns
  const shallow = gradedGrid(smooth, turn, REACH, steps.outer);

  // values on the outer grids for the standard deviations asked for last
  let lastScales: Float64Array | null = null;
  const known = new Map<Grid, readonly Values[]>();
  const valuesAt = (grid: Grid, scales: Float64Array): readonly Values[] => {
    if (scales !== lastScales) known.clear();
    lastScales = scales;
    let values = known.get(grid);
    if (values === undefined) {
      values = Array.from(scales, (s) => sample(grid.x, s));
      known.set(grid, values);
    }
    return values;
  };
  const grids = new Map<number, Grid>();
  /** Where phi breaks, the inner mean turns at z = tan(theta). */
  const outerGrid = (theta: number): Grid => {
    const least = theta < 1 ? Math.min(1, Math.tan(theta)) : 1; // rounding takes right angles beyond pi / 2
    if (smooth || least >= turn) return shallow;
    const halvings = Math.ceil(Math.log2(turn / least));
    let grid = grids.get(halvings);
    if (grid === undefined) {
      grid = gradedGrid(smooth, turn * 2 ** -halvings, REACH, steps.outer);
      grids.set(halvings, grid);
    }
    return grid;
  };

  const means = new Float64Array(2 * 3); // G of each function at m, then at -m
  const add = (at: number, weight: number, x: number): void => {
    for (let k = 0; k < count; k++) means[at + k] = means[at + k]! + weight * functions[k]!(x);
  };
  /** G(m) and G(-m), m >= 0. */
  const innerMeans = (m: number, sigma: number): void => {
    means.fill(0);
    if (m >= REACH * sigma || (smooth && sigma * FAR <= scale)) {
      for (let j = -SPAN; j <= SPAN; j++) {
        const weight = STEP * normalPdf(STEP * j);
        const x = m + sigma * STEP * j;
        add(0, weight, x);
        if (!odd) add(3, weight, -x);
      }
    } else if (sigma * FAR <= scale) {
      const cut = -m / sigma;
      const edges = [-REACH, -6, -3, 0, 3, 6, REACH].filter((y) => Math.abs(y - cut) > 1e-9);
      edges.push(cut);
      edges.sort((x, y) => x - y);
      for (let e = 0; e + 1 < edges.length; e++) {
        const half = 0.5 * (edges[e + 1]! - edges[e]!);
        for (let i = 0; i < SPLIT_ORDER; i++) {
          const y = edges[e]! + half * (1 + splitRule.nodes[i]!);
          const weight = half * splitRule.weights[i]! * normalPdf(y);
          add(0, weight, m + sigma * y);
          if (!odd) add(3, weight, -(m + sigma * y));
        }
      }
    } else {
      gridMeans(m, sigma);
    }
    if (odd) {
      means[3] = -means[0]!;
      means[4] = means[1]!;
      means[5] = -means[2]!;
    }
  };
  const gridMeans = (m: number, sigma: number): void => {
    const { x, weight, plus, minus } = inners[m <= NEAR * sigma ? 0 : 1]!;
    const [p0, p1, p2] = [plus[0]!, plus[1]!, plus[2] ?? plus[1]!];
    const [n0, n1, n2] = [minus[0]!, minus[1]!, minus[2] ?? minus[1]!];
    const rate = 0.5 / (sigma * sigma);
    const limit = REACH * sigma;
    let [g0, g1, g2, h0, h1, h2] = [0, 0, 0, 0, 0, 0];
    // x_j and m on the same side
    let j = 0;
    while (j < x.length && x[j]! < m - limit) j++;
    for (; j < x.length && x[j]! <= m + limit; j++) {
      const y = x[j]! - m;
      const e = weight[j]! * Math.exp(-rate * y * y);
      g0 += e * p0[j]!;
      g1 += e * p1[j]!;
      g2 += e * p2[j]!;
      if (odd) continue;
      h0 += e * n0[j]!;
      h1 += e * n1[j]!;
      h2 += e * n2[j]!;
    }
    for (j = 0; j < x.length && x[j]! <= limit - m; j++) {
      const y = x[j]! + m;
      const e = weight[j]! * Math.exp(-rate * y * y);
      g0 += e * n0[j]!;
      g1 += e * n1[j]!;
      g2 += e * n2[j]!;
      if (odd) continue;
      h0 += e * p0[j]!;
      h1 += e * p1[j]!;
      h2 += e * p2[j]!;
    }
    const norm = 1 / (sigma * root2Pi);
    means.set([g0 * norm, g1 * norm, g2 * norm, h0 * norm, h1 * norm, h2 * norm]);
  };

  const moments = (scales: Float64Array, theta: number): GradedMoments => {
    const n = scales.length;
    const cos = Math.cos(theta);
    const sin = Math.sin(theta);
    const grid = outerGrid(theta);
    const mass = grid.weight.map((w, i) => w * normalPdf(grid.x[i]!));
    const outer = valuesAt(grid, scales);
    const make = (wanted: boolean) => new Float64Array(wanted ? n * n : 0);
    const value = make(true);
    const slope = make(true);
    const steepness = make(count > 2);
    const mirrorValue = make(!odd);
    const mirrorSlope = make(!odd);
    const atZero = new Float64Array(n); // E phi''(v) given u = 0
    for (let b = 0; b < n; b++) {
      const s = scales[b]!;
      const sigma = s * sin;
      if (jump !== 0 && count > 2) {
        innerMeans(0, sigma);
        atZero[b] = means[2]!;
      }
      for (let i = 0; i < mass.length; i++) {
        innerMeans(s * cos * grid.x[i]!, sigma);
        const w = mass[i]!;
        for (let a1 = 0; a1 < n; a1++) {
          const { plus: u, minus: v } = outer[a1]!;
          const at = a1 * n + b;
          const u0 = w * u[0]![i]!;
          const v0 = w * v[0]![i]!;
          const u1 = w * u[1]![i]!;
          const v1 = w * v[1]![i]!;
          value[at] = value[at]! + u0 * means[0]! + v0 * means[3]!;
          slope[at] = slope[at]! + u1 * means[1]! + v1 * means[4]!;
          if (count > 2) steepness[at] = steepness[at]! + w * (u[2]![i]! * means[2]! + v[2]![i]! * means[5]!);
          if (odd) continue;
          mirrorValue[at] = mirrorValue[at]! + u0 * means[3]! + v0 * means[0]!;
          mirrorSlope[at] = mirrorSlope[at]! + u1 * means[4]! + v1 * means[1]!;
        }
      }
    }
    if (count > 2) {
      for (let a1 = 0; a1 < n; a1++) {
        for (let b = 0; b < n; b++) {
          const cross = (jump / root2Pi) * (atZero[b]! / scales[a1]! + atZero[a1]! / scales[b]!);
          steepness[a1 * n + b] = scales[a1]! * scales[b]! * (steepness[a1 * n + b]! + cross);
        }
      }
    }
    return { value, slope, steepness, mirrorValue, mirrorSlope };
  };

  const single = (s: number): SingleMoments => {
    if (s === 0) {
      const [right, left] = [derivative(TINY), derivative(-TINY)];
      return {
        second: centre * centre,
        spread: 0,
        mean: 0,
        slopeSecond: 0.5 * (right * right + left * left),
        slopeMean: 0.5 * (right + left),
      };
    }
    let [mean, spread, slopeSecond, slopeMean] = [0, 0, 0, 0];
    for (let i = 0; i < shallow.x.length; i++) {
      const w = shallow.weight[i]! * normalPdf(shallow.x[i]!);
      for (const x of [s * shallow.x[i]!, -s * shallow.x[i]!]) {
        const y = functions[0]!(x);
        const y1 = derivative(x);
        mean += w * y;
        spread += w * y * y;
        slopeSecond += w * y1 * y1;
        slopeMean += w * y1;
      }
    }
    // centre^2 + 2 centre mean + spread would cancel where phi is far below centre
    const second = centre === 0 ? spread : odd ? centre * centre + spread : secondOf(a, shallow, s);
    return { second, spread, mean: odd ? 0 : mean, slopeSecond, slopeMean };
  };

  const radial = (s1: number, s2: number, order: 0 | 1): number => {
    const f = functions[order]!;
    const rise = functions[order + 1]!;
    // over so short a segment phi' is a polynomial of degree 15, and the difference of values would lose digits
    const close = Math.abs(s1 - s2) <= Math.max(0.05 * (s1 + s2), 0.02 * scale);
    let total = 0;
    for (let i = 0; i < shallow.x.length; i++) {
      const w = shallow.weight[i]! * normalPdf(shallow.x[i]!);
      for (const z of [shallow.x[i]!, -shallow.x[i]!]) {
        let quotient = 0;
        if (close) {
          for (let t = 0; t < segment.nodes.length; t++) {
            const s = 0.5 * (s1 + s2 + (s1 - s2) * segment.nodes[t]!);
            quotient += 0.5 * segment.weights[t]! * z * rise(s * z);
          }
        } else quotient = (f(s1 * z) - f(s2 * z)) / (s1 - s2);
        total += w * quotient * quotient;
      }
    }
    return 0.5 * total;
  };
  return { odd, jump: (jump * jump) / (2 * Math.PI), moments, single, radial };
}

function secondOf(a: Activation, grid: Grid, s: number): number {
  let sum = 0;
  for (let i = 0; i < grid.x.length; i++) {
    const w = grid.weight[i]! * normalPdf(grid.x[i]!);
    sum += w * (a.value(s * grid.x[i]!) ** 2 + a.value(-s * grid.x[i]!) ** 2);
  }
  return sum;
}
