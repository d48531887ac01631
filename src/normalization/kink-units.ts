/**
 * Units that stand for infinitely many where the activation has kinks: products of Gauss rules see a kink only to the order of their
 * spacing, a few percent of the kernels with 24 nodes.
 * @module
 */
import { lawNodes, lawQuantile } from "../numeric/law.js";
import type { Matrix } from "../numeric/matrix.js";
import { gaussLegendre, gaussRayleigh, onInterval } from "../numeric/quadrature/index.js";
import type { Particles, ShallowNetwork } from "./shallow.js";

/** Radii of {@link polarParticles}: exact for polynomials of the radius up to degree 11. */
const RADII = 6;
/** Estimated errors of panels below this are rounding. */
const SETTLED = 1e-14;

/** Directions in [0, 2 pi) with weights that sum to 1. */
export interface Directions {
  readonly angles: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Gauss-Legendre nodes in the panels between `breaks`, about `count` in all: each panel has one, and the next goes to the panel whose
 * error is estimated largest for functions as cos(2 angle), or, where all are exact, to the most sparse. More panels than `count`:
 * evenly spaced.
 */
export function directionsBetween(breaks: readonly number[], count: number): Directions {
  const turn = 2 * Math.PI;
  const sorted = breaks.map((angle) => ((angle % turn) + turn) % turn).sort((a, b) => a - b);
  const edges = sorted.filter((angle, i) => i === 0 || angle - sorted[i - 1]! > 1e-9);
  if (edges.length === 0) edges.push(0);
  if (edges.length > count) {
    const angles = Array.from({ length: count }, (_, i) => (turn * (i + 0.5)) / count);
    return { angles, weights: angles.map(() => 1 / count) };
  }
  const panels = edges.map((from, i) => ({ from, to: edges[i + 1] ?? edges[0]! + turn, nodes: 1 }));
  const error = ({ from, to, nodes }: (typeof panels)[number]) => {
    const width = to - from;
    // width^(2n+1) (n!)^4 / ((2n + 1) (2n)!^3) times the derivative 2^(2n), by ratios of (n!)^2 / (2n)! and 1 / (2n)!
    let size = width / (2 * nodes + 1);
    for (let k = 1; k <= nodes; k++)
      size *= ((k / (2 * (2 * k - 1))) ** 2 * (2 * width) ** 2) / (2 * k * (2 * k - 1));
    return size > SETTLED ? size : (SETTLED * width) / nodes / 7;
  };
  for (let used = panels.length; used < count; used++) {
    let [worst, most] = [panels[0]!, 0];
    for (const panel of panels) {
      const size = error(panel);
      if (size > most) [worst, most] = [panel, size];
    }
    worst.nodes++;
  }
  const angles: number[] = [];
  const weights: number[] = [];
  for (const { from, to, nodes } of panels) {
    const rule = onInterval(gaussLegendre(nodes), from, to);
    angles.push(...rule.nodes);
    weights.push(...Array.from(rule.weights, (weight) => weight / turn));
  }
  return { angles, weights };
}

/** Whether kinks at 0 are lines through the origin of isotropic W in the plane, so that {@link polarParticles} can follow them. */
export function isPolar({ inner }: ShallowNetwork): boolean {
  return (
    inner.length === 2 &&
    inner.every((law) => law.kind === "normal" && (law.mean ?? 0) === 0 && law.variance > 0)
  );
}

/**
 * Two inputs with normal laws of mean 0, kinks at 0: W = radius times direction, and a unit crosses its kink at a sample where its
 * direction is orthogonal to it. Between these directions everything is smooth, so that kernels at the samples are off by rounding to
 * 1e-6, as the count allows; kinks that have moved in training are not followed.
 * @param samples rows of two numbers
 */
export function polarParticles(
  { outer, inner }: ShallowNetwork,
  samples: readonly Matrix[],
  count: number,
  outerOrder: number,
): { readonly particles: Particles; readonly directions: number; readonly radii: number } {
  const spread = inner.map((law) => (law.kind === "normal" ? Math.sqrt(law.variance) : 0));
  const breaks: number[] = [];
  for (const { data, shape } of samples) {
    for (let i = 0; i < shape[0]; i++) {
      const [a, b] = [spread[0]! * data[2 * i]!, spread[1]! * data[2 * i + 1]!];
      if (a === 0 && b === 0) continue;
      const across = Math.atan2(b, a) + Math.PI / 2;
      breaks.push(across, across + Math.PI);
    }
  }
  const radius = gaussRayleigh(RADII);
  const ends = lawNodes(outer, outerOrder);
  const fits = Math.max(4, Math.floor(count / (RADII * ends.nodes.length)));
  const { angles, weights } = directionsBetween(breaks, fits);
  const out = { weights: [] as number[], outer: [] as number[], inner: [] as number[] };
  angles.forEach((angle, i) => {
    radius.nodes.forEach((r, k) => {
      ends.nodes.forEach((c, e) => {
        out.weights.push(weights[i]! * radius.weights[k]! * ends.weights[e]!);
        out.outer.push(c);
        out.inner.push(spread[0]! * r * Math.cos(angle), spread[1]! * r * Math.sin(angle));
      });
    });
  });
  return {
    particles: {
      weights: Float64Array.from(out.weights),
      outer: Float64Array.from(out.outer),
      inner: Float64Array.from(out.inner),
    },
    directions: angles.length,
    radii: RADII,
  };
}

/**
 * `count` units of equal weight spread evenly over all their weights: multiples of powers of 1 / g modulo 1, g^(d + 1) = g + 1 for d
 * numbers a unit (Roberts' sequence), through the laws' quantiles. Kernels through kinks are off by about count^(-3/4) in few
 * dimensions, where drawn units are off by count^(-1/2).
 */
export function evenParticles({ outer, inner }: ShallowNetwork, count: number): Particles {
  const dim = inner.length;
  let g = 1.5;
  for (let k = 0; k < 60; k++) g = (1 + g) ** (1 / (dim + 2));
  const at = (i: number, a: number) => (0.5 + (i + 1) * g ** -(a + 1)) % 1;
  const particles = {
    weights: new Float64Array(count).fill(1 / count),
    outer: new Float64Array(count),
    inner: new Float64Array(count * dim),
  };
  for (let i = 0; i < count; i++) {
    particles.outer[i] = lawQuantile(outer, at(i, 0));
    inner.forEach((law, a) => {
      particles.inner[i * dim + a] = lawQuantile(law, at(i, a + 1));
    });
  }
  return particles;
}
