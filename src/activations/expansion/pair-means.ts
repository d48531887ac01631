/**
 * Td and T of one pair as functions of the standard deviations and the angle, by the method that suits the breaks of phi.
 * @module
 */
import { gaussLegendre } from "../../numeric/quadrature/gauss-legendre.js";
import type { Activation } from "../activation.js";
import { featureScale } from "../feature-scale.js";
import { gaussianMean } from "../gaussian-mean.js";
import { type HermiteExpansion, hermiteExpansion } from "./hermite-expansion.js";
import { panelPairMean, splitPairMean } from "./pair-quadrature.js";
import { type PairFunction, polarMean, polarOrder, polarReach } from "./polar.js";

/** A function of both standard deviations and the angle. */
export type PairAt = (s1: number, s2: number, theta: number) => number;

/** What the derivative kernel of two samples is made of. */
export interface SlopeSource {
  /** Td */
  readonly slope: PairAt;
  /** dTd/dc = s1 s2 E phi'' phi''; null where phi' jumps, since it is infinite at c = 1 then */
  readonly steepness: PairAt | null;
  /** limit of (Td(0) - Td(theta)) / theta at theta = 0: 0 unless phi' jumps */
  readonly jump: (s1: number, s2: number) => number;
  /** E[(phi'(u) - phi'(v))^2] / 2 for equal standard deviations at any angle, without cancellation; null where there is no need */
  readonly spread: PairAt | null;
  /** the largest error relative to E phi'^2 that the evaluations of Td admitted so far */
  error(): number;
}

const MAX_TERMS = 24576; // enough for tanh up to q = 600; polar quadrature is slower by 100 and takes over beyond
const UNKNOWN_SLOPE_TERMS = 4096; // kinks of unknown place never end a series
const SPLIT_ERROR = 1e-12; // what the nested adaptive rules are asked for

/** @param top  the largest standard deviation that will be asked for */
export function slopeSource(a: Activation, tolerance: number, top: number): SlopeSource {
  const { derivative } = a;
  if (derivative === null) {
    const longest = hermiteExpansion(a, top * top, { maxTerms: UNKNOWN_SLOPE_TERMS, tolerance });
    return mehlerSource(a, tolerance, longest);
  }
  if (a.breakPoints.length > 0) return quadratureSource(a, derivative);
  const longest = hermiteExpansion(a, top * top, { maxTerms: MAX_TERMS, tolerance });
  const short = longest.tail <= tolerance && longest.derivativeTail <= tolerance;
  return short ? mehlerSource(a, tolerance, longest) : quadratureSource(a, derivative);
}

function quadratureSource(a: Activation, derivative: (x: number) => number): SlopeSource {
  const mean = pairMean(a, (u, v) => derivative(u) * derivative(v));
  const kinks = a.breakPoints.filter((b) => b.order === 1);
  const spread: PairAt = (s1, s2, theta) =>
    mean.at(s1, s2, theta, (u, v) => 0.5 * (derivative(u) - derivative(v)) ** 2);
  const { slope, deficit } = fromSpread(a, mean.at, spread);
  if (kinks.length > 0) {
    const squares = kinks.map(({ at }) => {
      const step = at === 0 ? TINY : 4 * Number.EPSILON * Math.abs(at);
      return (derivative(at + step) - derivative(at - step)) ** 2 / (2 * Math.PI);
    });
    // u and v lie on either side of a kink with the density of (u, v) there
    const jump = (s1: number, s2: number) =>
      squares.reduce((sum, square, i) => sum + square * Math.exp(-(kinks[i]!.at ** 2) / (2 * s1 * s2)), 0);
    return { slope, steepness: null, jump, spread: deficit, error: mean.error };
  }
  const curvature = a.secondDerivative ?? differences(derivative, featureScale(a));
  const steep = pairMean(a, (u, v) => curvature(u) * curvature(v));
  const steepness: PairAt = (s1, s2, theta) => s1 * s2 * steep.at(s1, s2, theta);
  return { slope, steepness, jump: () => 0, spread: null, error: mean.error };
}

/** At equal standard deviations one quadrature serves Td and its deficit. */
function fromSpread(a: Activation, slope: PairAt, spread: PairAt): { slope: PairAt; deficit: PairAt } {
  if (a.breakPoints.every((b) => b.order !== 1)) return { slope, deficit: spread };
  let last = Number.NaN;
  let top = Number.NaN;
  const known = new Map<number, number>();
  const deficit: PairAt = (s1, s2, theta) => {
    if (s1 !== s2) return spread(s1, s2, theta);
    if (s1 !== last) {
      last = s1;
      top = slope(s1, s1, 0);
      known.clear();
    }
    let value = known.get(theta);
    if (value === undefined) {
      value = spread(s1, s1, theta);
      known.set(theta, value);
    }
    return value;
  };
  return {
    slope: (s1, s2, theta) => {
      if (s1 !== s2) return slope(s1, s2, theta);
      const value = deficit(s1, s2, theta);
      return top - value;
    },
    deficit,
  };
}

/** f' to about 1e-11 by one-sided differences, away from 0 where f may break. */
export function differences(f: (x: number) => number, scale: number): (x: number) => number {
  const h = scale * 2 ** -10;
  return (x) => {
    const step = x < 0 ? -h : h;
    let sum = 0;
    for (let i = 0; i < FORWARD.length; i++) sum += FORWARD[i]! * f(x + i * step);
    return sum / step;
  };
}
// weights of f(x), f(x + h), ... in h f'(x), exact to degree 5
const FORWARD = [-137 / 60, 5, -5, 10 / 3, -5 / 4, 1 / 5];
const TINY = 1e-200; // one-sided limits at 0

/** A function of both standard deviations and the angle by quadrature, and the largest relative error it admitted. */
export interface PairMean {
  /** `other` takes the place of the function, by the same rule: it must be as smooth. */
  at(s1: number, s2: number, theta: number, other?: PairFunction): number;
  error(): number;
}

/** T(s1, s2, theta) by quadrature. */
export function valueMean(a: Activation): PairMean {
  return pairMean(a, (u, v) => a.value(u) * a.value(v));
}

const segment = gaussLegendre(6);

/**
 * E[(phi(s1 z) - phi(s2 z))^2] / (2 (s1 - s2)^2), the part of D that comes from different standard deviations alone.
 * Near s1 = s2 the difference quotient is the mean of z phi' over the segment: nothing cancels.
 */
export function radialMean(a: Activation, s1: number, s2: number): number {
  return radial(a, a.value, a.derivative, s1, s2);
}

/** The same of phi', for Dd. */
export function slopeRadialMean(a: Activation, s1: number, s2: number): number {
  const { derivative, secondDerivative } = a;
  if (derivative === null) return Number.NaN;
  return radial(a, derivative, secondDerivative ?? differences(derivative, featureScale(a)), s1, s2);
}

function radial(
  a: Activation,
  value: (x: number) => number,
  derivative: ((x: number) => number) | null,
  s1: number,
  s2: number,
): number {
  const options = {
    breakPoints: a.breakPoints.flatMap((b) => [b.at / s1, b.at / s2]),
    scale: featureScale(a) / Math.max(s1, s2),
  };
  const close = Math.abs(s1 - s2) <= 0.05 * (s1 + s2);
  if (close && derivative !== null && a.breakPoints.every((b) => b.at === 0)) {
    const quotient = (z: number): number => {
      let sum = 0;
      for (let i = 0; i < segment.nodes.length; i++) {
        const s = 0.5 * (s1 + s2) + 0.5 * (s1 - s2) * segment.nodes[i]!;
        sum += segment.weights[i]! * derivative(s * z);
      }
      return 0.5 * z * sum;
    };
    return 0.5 * gaussianMean((z) => quotient(z) ** 2, 1, options);
  }
  const step = s1 === s2 ? 1e-3 * s1 : 0;
  const a1 = s1 - step;
  const a2 = s2 + step;
  return 0.5 * gaussianMean((z) => ((value(a1 * z) - value(a2 * z)) / (a1 - a2)) ** 2, 1, options);
}

const towards = gaussLegendre(16);

/** (1 / (1 - c)) int_c^1 Td dc' for 0 < theta <= 1. Td turns where theta is about 1 / s: panels narrow down to that. */
export function averageSlope(slope: PairAt, s1: number, s2: number, theta: number): number {
  const edges = [0];
  for (let h = 1 / Math.max(1, s1, s2); h < theta; h *= 4) edges.push(h);
  edges.push(theta);
  let sum = 0;
  for (let e = 0; e + 1 < edges.length; e++) {
    const width = edges[e + 1]! - edges[e]!;
    for (let i = 0; i < towards.nodes.length; i++) {
      const t = edges[e]! + 0.5 * width * (1 + towards.nodes[i]!);
      sum += width * towards.weights[i]! * Math.sin(t) * slope(s1, s2, t);
    }
  }
  const half = Math.sin(0.5 * theta);
  return (0.25 * sum) / (half * half);
}

function pairMean(a: Activation, F: PairFunction): PairMean {
  const points = a.breakPoints.map((b) => b.at);
  const { growth } = a;
  const rate =
    growth.kind === "exponential"
      ? growth.rate
      : growth.kind === "bounded" || growth.kind === "polynomial" || growth.kind === "unbounded-at-point"
        ? 0
        : Number.POSITIVE_INFINITY;
  if (points.every((x) => x === 0) && rate < Number.POSITIVE_INFINITY) {
    const orders = new Map<number, number>();
    let worst = 0;
    const at: PairMean["at"] = (s1, s2, theta, other = F) => {
      // one rule for all standard deviations within half an octave
      const octave = Math.ceil(2 * Math.log2(Math.max(s1, s2, 1e-3)));
      const s = 2 ** (octave / 2);
      const reach = polarReach(rate, s);
      let order = orders.get(octave);
      if (order === undefined) {
        const found = polarOrder(F, s, reach);
        order = found.order;
        worst = Math.max(worst, found.error);
        orders.set(octave, order);
      }
      return polarMean(other, s1, s2, theta, order, reach);
    };
    return { at, error: () => worst };
  }
  const scale = featureScale(a);
  const orders = new Map<number, number>();
  // points per panel at which half as many more change nothing, 0 where adaptive panels are needed; one for an octave
  const settledOrder = (top: number): number => {
    const octave = Math.ceil(Math.log2(Math.max(top, 1e-3)));
    let order = orders.get(octave);
    if (order === undefined) {
      order = panelOrder(F, points, scale, 2 ** octave, Math.min(38, 10 + 2 * rate * 2 ** octave));
      orders.set(octave, order);
    }
    return order;
  };
  const at: PairMean["at"] = (s1, s2, theta, other = F) => {
    const half = Math.sin(0.5 * theta);
    const k = s1 * s2 * Math.cos(theta);
    const d = 0.5 * (s1 - s2) ** 2 + 2 * s1 * s2 * half * half;
    const top = Math.max(s1, s2);
    const reach = Math.min(38, 10 + 2 * rate * top);
    const order = s1 > 0 ? settledOrder(top) : 0;
    const [q1, q2] = [s1 * s1, s2 * s2];
    return order > 0
      ? panelPairMean(other, points, scale, q1, q2, k, d, reach, order)
      : splitPairMean(other, points, scale, q1, q2, k, d, reach);
  };
  return { at, error: () => SPLIT_ERROR };
}

const PANEL_ORDERS = [16, 24, 36];

/** The shortest rule of {@link panelPairMean} that has settled to 3e-14 of E F(u, u) at standard deviations s and s / 2. */
function panelOrder(
  F: PairFunction,
  points: readonly number[],
  scale: number,
  s: number,
  reach: number,
): number {
  const mean = (ratio: number, theta: number, order: number): number => {
    const half = Math.sin(0.5 * theta);
    const [s1, s2] = [s, s * ratio];
    const d = 0.5 * (s1 - s2) ** 2 + 2 * s1 * s2 * half * half;
    return panelPairMean(F, points, scale, s1 * s1, s2 * s2, s1 * s2 * Math.cos(theta), d, reach, order);
  };
  const size = Math.abs(mean(1, 0.02, 36));
  for (const order of PANEL_ORDERS) {
    const settled = [
      [1, 0.02],
      [1, 0.4],
      [0.5, 1.3],
      [0.5, 2.9],
    ].every(([ratio, theta]) => {
      const change = mean(ratio!, theta!, order) - mean(ratio!, theta!, 1.5 * order);
      return Math.abs(change) <= 3e-14 * size;
    });
    if (settled) return order;
  }
  return 0;
}

/** Hermite coefficients of phi', all to the length that the largest standard deviation needs. */
function mehlerSource(a: Activation, tolerance: number, longest: HermiteExpansion): SlopeSource {
  const known = new Map<number, HermiteExpansion>();
  let error = Math.max(longest.tail, longest.derivativeTail > 0 ? longest.derivativeTail : 0);
  const expand = (s: number): HermiteExpansion => {
    let e = known.get(s);
    if (e === undefined) {
      e = hermiteExpansion(a, s * s, { maxTerms: longest.terms, minTerms: longest.terms, tolerance });
      known.set(s, e);
      error = Math.max(error, e.tail, Math.max(e.derivativeTail, 0));
    }
    return e;
  };
  const series =
    (weight: (k: number) => number): PairAt =>
    (s1, s2, theta) => {
      const u = expand(s1).slopes;
      const v = expand(s2).slopes;
      const c = Math.cos(theta);
      let power = 1;
      let sum = 0;
      for (let k = 0; k < Math.min(u.length, v.length); k++) {
        const w = weight(k);
        if (w === 0) continue;
        sum += w * u[k]! * v[k]! * power;
        power *= c;
        if (Math.abs(power) < 1e-18 / w) break;
      }
      return sum;
    };
  return {
    slope: series(() => 1),
    steepness: series((k) => k), // d c^k / dc = k c^{k-1}
    jump: () => 0,
    spread: null,
    error: () => error,
  };
}
