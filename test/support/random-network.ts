/**
 * Random networks with a kernel, for property tests: every layer kind, on vectors, sequences and images, so that the
 * shapes fit and every activation gets Gaussian units.
 */
import * as n from "../../src/network/index.js";
import { createRng, type Rng } from "../../src/numeric/random.js";

export interface RandomNetworkOptions {
  /** shape of one sample */
  readonly input: readonly number[];
  /** blocks of layers, default 3 */
  readonly blocks?: number;
  /** `keep`: positions stay; `vector` (default): flattened or pooled, with a dense layer at the end */
  readonly end?: "keep" | "vector";
  /** closed forms only, whose pairs do not depend on the other samples of the set */
  readonly closedForms?: boolean;
  readonly dropout?: boolean;
  readonly parameterization?: n.Parameterization;
  /** sigma_b^2 > 0 in some layers; default true */
  readonly bias?: boolean;
}

const CLOSED: readonly (() => n.Layer)[] = [
  () => n.relu(),
  () => n.erf(),
  () => n.leakyRelu({ slope: 0.3 }),
  () => n.gelu(),
  () => n.sin(),
  () => n.abs(),
  () => n.exp({ a: 1, b: 0.3 }),
  () => n.sigmoidLike(),
];
const EXPANDED: readonly (() => n.Layer)[] = [() => n.tanh(), () => n.softplus()];

const UNITS = 3;

/** A random network; the same generator state gives the same network. */
export function randomNetwork(rng: Rng, options: RandomNetworkOptions): n.Network {
  const { input, blocks = 3, end = "vector", closedForms = false, dropout = false, bias = true } = options;
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)]!;
  const activation = () => pick(closedForms ? CLOSED : [...CLOSED, ...CLOSED, ...EXPANDED])();
  const variances = () => ({
    weightVariance: 0.5 + 1.5 * rng.uniform(),
    biasVariance: bias ? pick([0, 0, 0.05, 0.6]) : 0,
  });
  let sides = input.slice(0, -1);

  /** a layer with weights that keeps the positions */
  const weights = (): n.Layer => {
    if (sides.length === 0 || rng.integer(4) === 0) return n.dense(UNITS, variances());
    const padding = pick(["same", "circular"] as const);
    // a window that wraps around meets no position twice
    const filter = sides.map((side) => 1 + rng.integer(padding === "same" ? 3 : Math.min(3, side)));
    return n.conv(UNITS, filter, { ...variances(), padding });
  };
  /** a layer that may change the positions; they never vanish */
  const shrink = (): n.Layer => {
    const window = sides.map((side) => 1 + rng.integer(Math.min(2, side)));
    const strides = sides.map((side) => 1 + rng.integer(Math.min(2, side)));
    const padding = pick(["valid", "same", "circular"] as const);
    sides = sides.map((side, a) =>
      padding === "valid" ? Math.floor((side - window[a]!) / strides[a]!) + 1 : Math.ceil(side / strides[a]!),
    );
    if (rng.integer(3) === 0) return n.conv(UNITS, window, { ...variances(), strides, padding });
    if (rng.integer(2) === 0) return n.sumPool(window, { strides, padding });
    return n.avgPool(window, { strides, padding, normalizeEdges: rng.integer(2) === 0 });
  };
  const block = (): n.Layer[] => {
    switch (rng.integer(sides.length === 0 ? 6 : 8)) {
      case 0:
        return [weights(), n.residual(activation(), weights()), activation()];
      case 1:
        return [
          weights(),
          n.layerNorm(sides.length > 0 && rng.integer(2) === 0 ? [1, -1] : [-1]),
          activation(),
        ];
      case 2:
        return [weights(), n.parallel("sum", [[activation(), weights()], [weights()], []]), activation()];
      case 3:
        return [
          weights(),
          n.parallel(pick(["product", "concat"] as const), [
            [activation(), weights()],
            [activation(), weights()],
          ]),
          weights(),
          activation(),
        ];
      case 4:
        return dropout
          ? [weights(), activation(), n.dropout(0.5 + 0.4 * rng.uniform()), weights(), activation()]
          : [n.repeat(2, weights(), activation())];
      case 5:
        return [weights(), activation()];
      default:
        return [weights(), activation(), shrink()];
    }
  };
  const layers: n.Layer[] = [];
  for (let i = 0; i < blocks; i++) layers.push(...block());
  if (end === "vector" && sides.length > 0) {
    layers.push(pick([n.flatten, n.globalAvgPool, n.globalSumPool])());
  }
  if (end === "vector") layers.push(n.dense(1, variances()));
  const parameterization = options.parameterization ?? "ntk";
  return n.network(n.input(input, { parameterization }), ...layers);
}

const SHAPES: readonly (readonly number[])[] = [[4], [5, 2], [3, 4, 2], [1, 3, 2], [4, 1, 2]];
const NETWORKS = 15;

/** Random networks over shapes of vectors, sequences and images, reproducible by their number. */
export const randomNetworks = (end: "keep" | "vector", options: Partial<RandomNetworkOptions> = {}) =>
  Array.from({ length: NETWORKS }, (_, seed) => {
    const shape = SHAPES[seed % SHAPES.length]!;
    const net = randomNetwork(createRng(seed).fork(end), { ...options, input: shape, end });
    return { seed, shape, net, text: JSON.stringify(net.layers) };
  });
