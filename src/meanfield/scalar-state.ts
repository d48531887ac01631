/**
 * The scalar reading of single layers: a few numbers per input and per pair of inputs, as the kernel of one entry.
 *
 * An input carries its variance q and its tangent kernel theta = Theta(x, x); a pair of inputs
 *   k = E[h(x) h(x')],  d = E[(h(x) - h(x'))^2] / 2 = (q + q') / 2 - k,
 *   t = Theta(x, x'),   g = (theta + theta') / 2 - t,
 * the deficits d and g by themselves, so that close pairs and deep ordered networks keep their digits. Where positions
 * are pooled there are pairs of different positions too (`apart`): every position of an image is read as one signal of
 * the same statistics.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { jumps, meanSquare, meanSquaredSlope, meanSquareSlope, pairMoments } from "./moments.js";

/** One input at one position. */
export interface SampleScalars {
  readonly q: number;
  /** Theta(x, x) */
  readonly theta: number;
  /** d k / d k_0 at equal inputs, q fixed: the slope of the correlation map at c = 1 before it is divided by q */
  readonly gain: number;
  /** d q / d q_0 */
  readonly qSlope: number;
}

/** Two inputs, or one at two positions. */
export interface PairScalars {
  /** indices of the two samples */
  readonly first: number;
  readonly second: number;
  readonly k: number;
  readonly d: number;
  readonly t: number;
  readonly g: number;
  /** d k / d k_0, both q fixed */
  readonly slope: number;
}

export interface ScalarState {
  readonly samples: readonly SampleScalars[];
  /** pairs at one and the same position */
  readonly pairs: readonly PairScalars[];
  /** the same pairs at two different positions, and every sample with itself there; null without positions to pool */
  readonly apart: { readonly pairs: readonly PairScalars[]; readonly own: readonly PairScalars[] } | null;
}

/** w x, 0 for w = 0 also where x is infinite or no number: without weights the layer before does not matter. */
const times = (w: number, x: number) => (w === 0 ? 0 : w * x);

function mapPairs(
  state: ScalarState,
  samples: readonly SampleScalars[],
  map: (pair: PairScalars) => PairScalars,
): ScalarState {
  const { pairs, apart } = state;
  return {
    samples,
    pairs: pairs.map(map),
    apart: apart === null ? null : { pairs: apart.pairs.map(map), own: apart.own.map(map) },
  };
}

/** A dense or conv layer: k' = w k + b, t' = w t + (tangentK k + tangentOne). */
export interface WeightedConstants {
  /** sigma_w^2 */
  readonly weight: number;
  /** sigma_b^2 */
  readonly bias: number;
  /** sigma_w^2 (ntk) or the number of inputs of a unit (standard) */
  readonly tangentK: number;
  /** sigma_b^2 (ntk) or the number of biases of a unit, 0 or 1 (standard) */
  readonly tangentOne: number;
}

export function weightedState(
  state: ScalarState,
  { weight, bias, tangentK, tangentOne }: WeightedConstants,
): ScalarState {
  return mapPairs(
    state,
    state.samples.map(({ q, theta, gain, qSlope }) => ({
      q: times(weight, q) + bias,
      theta: times(weight, theta) + times(tangentK, q) + tangentOne,
      gain: times(weight, gain),
      qSlope: times(weight, qSlope),
    })),
    (pair) => ({
      ...pair,
      k: times(weight, pair.k) + bias,
      d: times(weight, pair.d),
      t: times(weight, pair.t) + times(tangentK, pair.k) + tangentOne,
      g: times(weight, pair.g) + times(tangentK, pair.d),
      slope: times(weight, pair.slope),
    }),
  );
}

const dual = new Float64Array(4); // [T, Td, D, Dd] of one pair

/** Every number of a pair lost: there is no finite variance to be correlated. */
const lost = (pair: PairScalars): PairScalars => ({
  ...pair,
  k: Number.NaN,
  d: Number.NaN,
  t: Number.NaN,
  g: Number.NaN,
  slope: Number.NaN,
});

export function activationState(state: ScalarState, phi: Activation): ScalarState {
  // phi' of a jump is a delta: no slopes, and no tangent kernel
  const smooth = !jumps(phi);
  const squaredSlopes = state.samples.map(({ q }) =>
    smooth && q < Number.POSITIVE_INFINITY ? meanSquaredSlope(phi, q) : Number.NaN,
  );
  const samples = state.samples.map(({ q, theta, gain, qSlope }, i) => {
    if (!(q < Number.POSITIVE_INFINITY))
      return { q, theta: Number.NaN, gain: Number.NaN, qSlope: Number.NaN };
    const slope = squaredSlopes[i]!;
    return {
      q: meanSquare(phi, q),
      theta: times(theta, slope),
      gain: times(gain, slope),
      qSlope: qSlope === 0 ? 0 : qSlope * meanSquareSlope(phi, q),
    };
  });
  const pairOf = pairMoments(phi);
  return mapPairs(state, samples, (pair) => {
    const { first, second, k, d, t, g, slope } = pair;
    const [a, b] = [state.samples[first]!, state.samples[second]!];
    if (!(a.q < Number.POSITIVE_INFINITY && b.q < Number.POSITIVE_INFINITY)) return lost(pair);
    if (!(samples[first]!.q < Number.POSITIVE_INFINITY && samples[second]!.q < Number.POSITIVE_INFINITY)) {
      return lost(pair);
    }
    pairOf(a.q, b.q, k, d, dual);
    const derivative = smooth ? dual[1]! : Number.NaN;
    const slopesApart = squaredSlopes[first]! - squaredSlopes[second]!;
    return {
      first,
      second,
      k: dual[0]!,
      d: dual[2]!,
      t: times(t, derivative),
      g:
        a.theta === 0 && b.theta === 0
          ? 0
          : derivative * g +
            (smooth ? dual[3]! : Number.NaN) * 0.5 * (a.theta + b.theta) +
            (a.theta === b.theta ? 0 : 0.25 * slopesApart * (a.theta - b.theta)),
      slope: times(slope, derivative),
    };
  });
}

/** 1 / sqrt(v), 0 for a sample without variance: its normalized units are 0. */
const inverseRoot = (v: number) => (v > 0 ? 1 / Math.sqrt(v) : 0);

/** Layer normalization of centred units: q = 1 always, k and t divided by sqrt(q q'). */
export function normalizedState(state: ScalarState): ScalarState {
  const samples = state.samples.map(({ q, theta, gain }) => {
    const inverse = q > 0 ? 1 / q : 0;
    return { q: Number(q > 0), theta: theta * inverse, gain: gain * inverse, qSlope: 0 };
  });
  return mapPairs(state, samples, (pair) => {
    const { first, second, k, d, t, g, slope } = pair;
    const [a, b] = [state.samples[first]!, state.samples[second]!];
    const [i1, i2] = [inverseRoot(a.q), inverseRoot(b.q)];
    const scale = i1 * i2;
    if (scale === 0) {
      return {
        ...pair,
        k: 0,
        d: 0.5 * (samples[first]!.q + samples[second]!.q),
        t: 0,
        g: 0.5 * (samples[first]!.theta + samples[second]!.theta),
        slope: 0,
      };
    }
    const [s1, s2] = [Math.sqrt(a.q), Math.sqrt(b.q)];
    const half = (0.5 * (b.q - a.q)) / (s1 + s2); // (s' - s) / 2
    const deficit = Math.max((d - 2 * half * half) * scale, 0);
    return {
      ...pair,
      k: deficit < 0.5 ? 1 - deficit : k * scale,
      d: deficit,
      t: t * scale,
      g: (g + half * (a.theta * i1 - b.theta * i2)) * scale,
      slope: slope * scale,
    };
  });
}

/** Dropout: one input's own numbers are divided by the keep rate, those of pairs stay (masks are independent). */
export function droppedState(state: ScalarState, keepRate: number): ScalarState {
  const added = 0.5 * (1 / keepRate - 1);
  return mapPairs(
    state,
    state.samples.map(({ q, theta, gain, qSlope }) => ({
      q: q / keepRate,
      theta: theta / keepRate,
      gain,
      qSlope: qSlope / keepRate,
    })),
    (pair) => {
      const [a, b] = [state.samples[pair.first]!, state.samples[pair.second]!];
      return { ...pair, d: pair.d + added * (a.q + b.q), g: pair.g + added * (a.theta + b.theta) };
    },
  );
}

/** Shares of a pool: of the pairs of positions under two windows, those of equal positions. */
export interface PoolShares {
  /** under one window with itself: 1 / (its number of positions) */
  readonly own: number;
  /** under two different windows, in the mean over all of them */
  readonly apart: number;
  /** 1 for means, the squared number of positions for sums */
  readonly scale: number;
  /** true: one position is left */
  readonly last: boolean;
}

/**
 * Averages (or sums) over windows: every number becomes the mean over pairs of positions, the share r of equal ones:
 * k' = r k + (1 - r) k_apart, and d' = r d + (1 - r) d_apart - (1 - r_own) (d_apart(x, x) + d_apart(x', x')) / 2.
 */
export function pooledState(
  state: ScalarState,
  { own: r, apart: shared, scale, last }: PoolShares,
): ScalarState {
  const { samples, pairs, apart } = state;
  if (apart === null) {
    if (scale === 1) return state;
    return mapPairs(
      state,
      samples.map((s) => scaled(s, scale)),
      (pair) => scaledPair(pair, scale),
    );
  }
  const pooled = samples.map((sample, i) => {
    const other = apart.own[i]!;
    return scaled(
      {
        q: sample.q - (1 - r) * other.d,
        theta: sample.theta - (1 - r) * other.g,
        gain: r * sample.gain + (1 - r) * other.slope,
        qSlope: sample.qSlope,
      },
      scale,
    );
  });
  const mix = (share: number, same: PairScalars, other: PairScalars): PairScalars => {
    const [a, b] = [apart.own[same.first]!, apart.own[same.second]!];
    const part = (x: number, y: number) => share * x + (1 - share) * y;
    return scaledPair(
      {
        ...same,
        k: part(same.k, other.k),
        d: part(same.d, other.d) - (1 - r) * 0.5 * (a.d + b.d),
        t: part(same.t, other.t),
        g: part(same.g, other.g) - (1 - r) * 0.5 * (a.g + b.g),
        slope: part(same.slope, other.slope),
      },
      scale,
    );
  };
  const self = (i: number): PairScalars => {
    const { q, theta, gain } = samples[i]!;
    return { first: i, second: i, k: q, d: 0, t: theta, g: 0, slope: gain };
  };
  return {
    samples: pooled,
    pairs: pairs.map((pair, i) => mix(r, pair, apart.pairs[i]!)),
    apart: last
      ? null
      : {
          pairs: pairs.map((pair, i) => mix(shared, pair, apart.pairs[i]!)),
          own: apart.own.map((other, i) => mix(shared, self(i), other)),
        },
  };
}

function scaled(s: SampleScalars, scale: number): SampleScalars {
  if (scale === 1) return s;
  return { q: scale * s.q, theta: scale * s.theta, gain: scale * s.gain, qSlope: scale * s.qSlope };
}

function scaledPair(p: PairScalars, scale: number): PairScalars {
  if (scale === 1) return p;
  return { ...p, k: scale * p.k, d: scale * p.d, t: scale * p.t, g: scale * p.g, slope: scale * p.slope };
}

/** Weighted sum of states: weights 1 for a sum of branches, shares of the units for branches side by side. */
export function summedState(states: readonly ScalarState[], weights: readonly number[]): ScalarState {
  if (states.length === 1 && weights[0] === 1) return states[0]!;
  const first = states[0]!;
  const add = (of: (state: ScalarState) => number) => {
    let total = 0;
    states.forEach((state, b) => {
      total += weights[b]! * of(state);
    });
    return total;
  };
  const addPair = (of: (state: ScalarState) => PairScalars): PairScalars => ({
    ...of(first),
    k: add((state) => of(state).k),
    d: add((state) => of(state).d),
    t: add((state) => of(state).t),
    g: add((state) => of(state).g),
    slope: add((state) => of(state).slope),
  });
  return {
    samples: first.samples.map((_, i) => ({
      q: add(({ samples }) => samples[i]!.q),
      theta: add(({ samples }) => samples[i]!.theta),
      gain: add(({ samples }) => samples[i]!.gain),
      qSlope: add(({ samples }) => samples[i]!.qSlope),
    })),
    pairs: first.pairs.map((_, i) => addPair(({ pairs }) => pairs[i]!)),
    apart:
      first.apart === null
        ? null
        : {
            pairs: first.apart.pairs.map((_, i) => addPair(({ apart }) => apart!.pairs[i]!)),
            own: first.apart.own.map((_, i) => addPair(({ apart }) => apart!.own[i]!)),
          },
  };
}

/** Product of two independent branches: k = k_a k_b, t = t_a k_b + k_a t_b, with the deficits of both. */
function productOfTwo(a: ScalarState, b: ScalarState): ScalarState {
  const samples = a.samples.map((s, i) => {
    const o = b.samples[i]!;
    return {
      q: s.q * o.q,
      theta: s.theta * o.q + s.q * o.theta,
      gain: s.gain * o.q + s.q * o.gain,
      qSlope: s.qSlope * o.q + s.q * o.qSlope,
    };
  });
  const multiply = (p: PairScalars, o: PairScalars): PairScalars => {
    const apartOf = (state: ScalarState, of: (s: SampleScalars) => number) =>
      of(state.samples[p.first]!) - of(state.samples[p.second]!);
    const [qa, qb] = [apartOf(a, ({ q }) => q), apartOf(b, ({ q }) => q)];
    const [ta, tb] = [apartOf(a, ({ theta }) => theta), apartOf(b, ({ theta }) => theta)];
    return {
      ...p,
      k: p.k * o.k,
      d: p.k * o.d + o.k * p.d + p.d * o.d + 0.25 * qa * qb,
      t: p.t * o.k + p.k * o.t,
      g:
        p.t * o.d +
        o.k * p.g +
        p.g * o.d +
        0.25 * ta * qb +
        (p.k * o.g + o.t * p.d + p.d * o.g + 0.25 * qa * tb),
      slope: p.slope * o.k + p.k * o.slope,
    };
  };
  return {
    samples,
    pairs: a.pairs.map((pair, i) => multiply(pair, b.pairs[i]!)),
    apart:
      a.apart === null || b.apart === null
        ? null
        : {
            pairs: a.apart.pairs.map((pair, i) => multiply(pair, b.apart!.pairs[i]!)),
            own: a.apart.own.map((pair, i) => multiply(pair, b.apart!.own[i]!)),
          },
  };
}

export function productState(states: readonly ScalarState[]): ScalarState {
  return states.slice(1).reduce(productOfTwo, states[0]!);
}

/** The same state with slopes counted from here on. */
export function fromHere(state: ScalarState): ScalarState {
  const samples = state.samples.map((s) => ({ ...s, gain: 1, qSlope: 1 }));
  return mapPairs(state, samples, (pair) => ({ ...pair, slope: 1 }));
}

/**
 * The correlation deficit 1 - k / sqrt(q q') of a pair; NaN where a variance is 0 or infinite: then there is no
 * correlation.
 */
export function deficitOf(state: ScalarState, pair: PairScalars): number {
  const [q1, q2] = [state.samples[pair.first]!.q, state.samples[pair.second]!.q];
  const root = Math.sqrt(q1 * q2);
  if (!(root > 0 && root < Number.POSITIVE_INFINITY)) return Number.NaN;
  const gap = q1 === q2 ? 0 : (q1 - q2) / (Math.sqrt(q1) + Math.sqrt(q2));
  return Math.min(2, Math.max(0, (pair.d - (gap * gap) / 2) / root));
}
