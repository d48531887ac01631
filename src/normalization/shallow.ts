/**
 * Networks with one hidden layer and N^-gamma in front of its sum, and the laws of their initial weights.
 *
 *   g(x) = N^-gamma sum_i C_i sigma(W_i . x),      gamma from 1/2 (NTK scaling) to 1 (mean field)
 *
 * trained with learning rate alpha / N^(2 (1 - gamma)) so that time t = steps / N has a limit (paper E, model and training).
 * Hidden biases are weights of an input that is always 1.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { type ActivationLayer, activationOf } from "../network/index.js";
import { drawLaw, type Law, lawMoment, lawNodes, requireLaw } from "../numeric/law.js";
import { createRng, type Rng } from "../numeric/random.js";

export interface ShallowNetwork {
  /** sigma, a layer of the network format: `tanh()`, `activationLayer("sigmoid")` */
  readonly activation: ActivationLayer;
  /** law of C_i; the theory wants mean 0 */
  readonly outer: Law;
  /** laws of the components of W_i, independent, one for each input */
  readonly inner: readonly Law[];
}

/** Hidden units with weights that sum to 1: a random network, or a quadrature of infinitely many units. */
export interface Particles {
  readonly weights: Float64Array;
  /** C [count] */
  readonly outer: Float64Array;
  /** W [count, inputs] */
  readonly inner: Float64Array;
}

/** Tensor quadratures beyond this many units are refused. */
const MOST_PARTICLES = 1e6;

/** Checks a network and gives its activation. */
export function activationOfShallow(network: ShallowNetwork, where: string): Activation {
  requireLaw(network.outer, `${where}: outer`);
  network.inner.forEach((law, i) => {
    requireLaw(law, `${where}: inner[${i}]`);
  });
  if (network.inner.length === 0) {
    throw new ForetrainError("ERR_SPEC", `${where}: inner is empty, expected one law for each input`, {
      argument: "inner",
    });
  }
  const activation = activationOf(network.activation);
  if (activation.derivative === null) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${where}: ${activation.label} has no derivative that is a function: the hidden weights would not train; use a smooth activation`,
      { argument: "activation", got: activation.label },
    );
  }
  return activation;
}

/** Throws `ERR_DOMAIN` unless gamma is in [1/2, 1]. */
export function requireGamma(gamma: number, where: string): void {
  if (!(gamma >= 0.5 && gamma <= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: gamma is ${gamma}, expected a number from 1/2 (NTK scaling) to 1 (mean field): below 1/2 the output grows without bound with N, above 1 it vanishes`,
      { argument: "gamma", got: gamma, expected: "1/2 <= gamma <= 1" },
    );
  }
}

/**
 * Units that stand for infinitely many: the product of a rule of `order` nodes for every component and of the outer law's.
 * @throws ERR_MEMORY when that is more than a million; sample units then
 */
export function quadratureParticles(network: ShallowNetwork, order = 24): Particles {
  activationOfShallow(network, "quadratureParticles");
  const outer = lawNodes(network.outer, order);
  const inner = network.inner.map((law) => lawNodes(law, order));
  const count = inner.reduce((product, { nodes }) => product * nodes.length, outer.nodes.length);
  if (count > MOST_PARTICLES) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `quadratureParticles: ${inner.length} inputs with ${order} nodes each make ${count} units, at most ${MOST_PARTICLES} are possible; take a lower order, or sampleParticles(network, count, { seed })`,
      { argument: "order", got: count, expected: MOST_PARTICLES },
    );
  }
  const dim = inner.length;
  const particles = {
    weights: new Float64Array(count),
    outer: new Float64Array(count),
    inner: new Float64Array(count * dim),
  };
  for (let i = 0; i < count; i++) {
    let rest = i;
    const at = rest % outer.nodes.length;
    rest = Math.floor(rest / outer.nodes.length);
    let weight = outer.weights[at]!;
    particles.outer[i] = outer.nodes[at]!;
    inner.forEach(({ nodes, weights }, a) => {
      const node = rest % nodes.length;
      rest = Math.floor(rest / nodes.length);
      weight *= weights[node]!;
      particles.inner[i * dim + a] = nodes[node]!;
    });
    particles.weights[i] = weight;
  }
  return particles;
}

/** `count` random units of equal weight. */
export function sampleParticles(
  network: ShallowNetwork,
  count: number,
  { seed }: { readonly seed: number | Rng },
): Particles {
  activationOfShallow(network, "sampleParticles");
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `sampleParticles: count is ${count}, expected a whole number >= 1`,
      {
        argument: "count",
        got: count,
      },
    );
  }
  const rng = typeof seed === "number" ? createRng(seed) : seed;
  const [outerRng, innerRng] = [rng.fork("outer"), rng.fork("inner")];
  const dim = network.inner.length;
  const inner = new Float64Array(count * dim);
  for (let i = 0; i < inner.length; i++) inner[i] = drawLaw(network.inner[i % dim]!, innerRng);
  return {
    weights: new Float64Array(count).fill(1 / count),
    outer: Float64Array.from({ length: count }, () => drawLaw(network.outer, outerRng)),
    inner,
  };
}

/**
 * Throws `ERR_DOMAIN` unless E C = 0: with another mean the output starts at N^(1 - gamma) E[C] E[sigma] and has no limit.
 */
export function requireCentred(network: ShallowNetwork, where: string): void {
  const mean = lawMoment(network.outer, 1);
  if (Math.abs(mean) > 1e-9 * Math.sqrt(lawMoment(network.outer, 2))) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: the outer weights have mean ${mean}, expected 0: the output would start near N^(1 - gamma) times that, and the limit of wide networks would not exist. Centre the law, e.g. {"kind": "uniform", "low": -0.5, "high": 0.5}`,
      { argument: "outer", got: mean, expected: 0 },
    );
  }
}
