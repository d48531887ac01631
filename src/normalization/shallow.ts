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
import { centredLaw, drawLaw, type Law, lawMoment, lawNodes, requireLaw } from "../numeric/law.js";
import type { Matrix } from "../numeric/matrix.js";
import { createRng, type Rng } from "../numeric/random.js";
import { evenParticles, isPolar, polarParticles } from "./kink-units.js";

/** Activation and laws of the weights of a network with one hidden layer (paper E). */
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
 * Units that stand for infinitely many: the product of a rule of `order` nodes for every component and of the outer law's, which
 * takes `outerOrder`. All terms of the expansion are polynomials in C, so that 8 nodes serve Q^j up to j = 12.
 * @throws ERR_MEMORY when that is more than a million; sample units then
 */
export function quadratureParticles(network: ShallowNetwork, order = 24, outerOrder = order): Particles {
  activationOfShallow(network, "quadratureParticles");
  const outer = lawNodes(network.outer, outerOrder);
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

/** Nodes of the outer law in {@link standInParticles}. */
const OUTER_NODES = 8;
/** Fewer nodes an input than this, and sampled units are the better choice. */
const FEWEST_NODES = 10;
const MOST_NODES = 24;

/** More inputs than this, and evenly spread units are no better than drawn ones. */
const MOST_EVEN_INPUTS = 8;

/** Finitely many weighted units that stand for infinitely many. */
export interface StandIn {
  readonly particles: Particles;
  /** nodes for each input of a product of Gauss rules; null: another rule */
  readonly order: number | null;
  /**
   * `product` of Gauss rules; `directions` between the kinks of the samples times radii; `even`: units of equal weight spread evenly;
   * `sampled`: drawn units
   */
  readonly rule: "product" | "directions" | "even" | "sampled";
  /** for people */
  readonly description: string;
}

/**
 * Units that stand for infinitely many, the best that about `count` of them can be. Smooth activations have a product of Gauss rules
 * where the inputs are few, sampled units otherwise (their kernels are then off by about count^(-1/2), and E C = 0 is imposed on the
 * mean output, not on the units). Kinks are followed where they are lines through the origin of the plane (`samples` given, W ~ N(0, v I)
 * or of two variances): kernels are off by 1e-6 or less. In other laws and up to 8 inputs units are spread evenly, and kernels are off
 * by about half a percent with 8192. `unitsError` measures it.
 */
export function standInParticles(
  network: ShallowNetwork,
  {
    count = 8192,
    seed = 0,
    samples = [],
  }: {
    readonly count?: number | undefined;
    readonly seed?: number | undefined;
    /** rows of inputs where kernels are wanted */
    readonly samples?: readonly Matrix[] | undefined;
  } = {},
): StandIn {
  const { breakPoints } = activationOfShallow(network, "standInParticles");
  const { outer, inner } = network;
  const outerNodes = outer.kind === "discrete" ? outer.values.length : OUTER_NODES;
  const free = inner.filter(({ kind }) => kind !== "discrete").length;
  const fixed = inner.reduce((n, law) => n * (law.kind === "discrete" ? law.values.length : 1), outerNodes);
  const listed = free === 0 && fixed <= count;
  // halves of the line that are alike have exact Gauss-Hermite sums of even order each
  const halves = inner.length === 1 && inner[0]!.kind === "normal" && (inner[0]!.mean ?? 0) === 0;
  const atZero = breakPoints.every(({ at }) => at === 0);
  if (breakPoints.length > 0 && !listed && !(halves && atZero)) {
    if (samples.length > 0 && atZero && isPolar(network)) {
      const { particles, directions, radii } = polarParticles(network, samples, count, OUTER_NODES);
      const text = `the limit by ${particles.weights.length} units: ${directions} directions between the kinks of the samples, ${radii} radii`;
      return { particles, order: null, rule: "directions", description: text };
    }
    if (inner.length <= MOST_EVEN_INPUTS) {
      const text = `the limit by ${count} evenly spread units (--particles)`;
      return { particles: evenParticles(network, count), order: null, rule: "even", description: text };
    }
  }
  const fits = Math.floor((count / fixed) ** (1 / Math.max(1, free)) + 1e-9);
  const order = Math.min(MOST_NODES, fits);
  if (order < FEWEST_NODES && !listed) {
    const particles = sampleParticles(network, count, { seed });
    const percent = (100 / Math.sqrt(count)).toPrecision(1);
    const text = `the limit by ${count} sampled units: its kernels are off by about ${percent} % (--particles)`;
    return { particles, order: null, rule: "sampled", description: text };
  }
  const particles = quadratureParticles(network, Math.max(1, order), OUTER_NODES);
  const text = `the limit by ${particles.weights.length} units, ${order} nodes for each continuous input`;
  return { particles, order, rule: "product", description: text };
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

/** Whether E C = 0, to rounding. */
export function isCentred({ outer }: ShallowNetwork): boolean {
  return Math.abs(lawMoment(outer, 1)) <= 1e-9 * Math.sqrt(lawMoment(outer, 2));
}

/** The same network with its outer law moved to mean 0. */
export function centredNetwork(network: ShallowNetwork): ShallowNetwork {
  return { ...network, outer: centredLaw(network.outer) };
}

/**
 * Throws `ERR_DOMAIN` unless E C = 0: with another mean the output starts at N^(1 - gamma) E[C] E[sigma] and has no limit.
 */
export function requireCentred(network: ShallowNetwork, where: string): void {
  if (!isCentred(network)) {
    const mean = lawMoment(network.outer, 1);
    throw new ForetrainError(
      "ERR_DOMAIN",
      `${where}: the outer weights have mean ${mean}, expected 0: the output would start near N^(1 - gamma) times that, and the limit of wide networks would not exist. Centre the law, e.g. {"kind": "uniform", "low": -0.5, "high": 0.5}`,
      { argument: "outer", got: mean, expected: 0 },
    );
  }
}
