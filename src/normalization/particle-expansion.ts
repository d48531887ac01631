/**
 * The deterministic terms of the expansion of a wide shallow network, by power series carried by every hidden unit.
 *
 * With eps = N^(gamma - 1) the law of the units is mu_0 + eps mu_1 + ..., and the output h + eps Q^1 + eps^2 Q^2 + ....
 * In the variables V_i = p_i C_i the network is a plain sum of V_i sigma(W_i . x) whose units move with rates p_i (outer)
 * and 1 / p_i (inner), and eps scales how far they move: the lazy expansion of a finite network, which gives all terms at
 * once and needs none of the kernels with three and more points.
 * @module
 */
import { type LazyExpansion, lazyExpansionSteps } from "../dynamics/index.js";
import { ForetrainError } from "../errors.js";
import { type FiniteModel, finiteModel } from "../finite/index.js";
import type { Network } from "../network/index.js";
import type { Matrix, NdArray } from "../numeric/matrix.js";
import { toEnd } from "../numeric/ode.js";
import { activationOfShallow, type Particles, requireCentred, type ShallowNetwork } from "./shallow.js";

/** A network with one hidden layer, units that stand for it, and data (paper E). */
export interface ShallowProblem {
  readonly network: ShallowNetwork;
  /** a quadrature for infinitely many units, or sampled ones */
  readonly particles: Particles;
  /** training inputs [M, d] */
  readonly x: Matrix;
  /** targets [M] */
  readonly y: Float64Array;
  /** more inputs [m, d] */
  readonly testX?: Matrix | undefined;
  /** learning rate alpha, default 1 */
  readonly alpha?: number | undefined;
  /** t = steps / N, ascending */
  readonly times: readonly number[];
  /** of the solver, default 1e-10; of outputs and 1e-3 at least where flows go through kinks (`meanFieldFlow`) */
  readonly tolerance?: number | undefined;
}

/** The limit h and its corrections Q^j at the times asked for (paper E). */
export interface ShallowExpansion {
  readonly times: readonly number[];
  /** terms[j][time] on the training points [M]: h, Q^1, Q^2, ... */
  readonly train: readonly (readonly Float64Array[])[];
  readonly test: readonly (readonly Float64Array[])[] | null;
}

/** The units as a network without scales of its own, its parameters and their rates. */
function asModel({ network, particles }: ShallowProblem): {
  readonly model: FiniteModel;
  readonly parameters: Float64Array;
  readonly rates: Float64Array;
} {
  const { weights, outer, inner } = particles;
  const count = weights.length;
  const dim = network.inner.length;
  // weight variances that cancel the 1 / fan-in of the parameterization
  const layers: Network = {
    foretrain: 1,
    input: [dim],
    layers: [
      { kind: "dense", units: count, weightVariance: dim },
      network.activation,
      { kind: "dense", units: 1, weightVariance: count },
    ],
  };
  const model = finiteModel(layers);
  const parameters = new Float64Array(model.parameterCount);
  const rates = new Float64Array(model.parameterCount);
  for (let i = 0; i < count; i++) {
    const p = weights[i]!;
    for (let a = 0; a < dim; a++) {
      parameters[a * count + i] = inner[i * dim + a]!;
      rates[a * count + i] = p > 0 ? 1 / p : 0;
    }
    parameters[dim * count + i] = p * outer[i]!;
    rates[dim * count + i] = p;
  }
  return { model, parameters, rates };
}

function lazyInput(problem: ShallowProblem, where: string) {
  const { network, x, y, testX, alpha = 1, times, tolerance } = problem;
  activationOfShallow(network, where);
  const toArray = (m: Matrix): NdArray => ({ data: m.data, shape: m.shape });
  return {
    ...asModel(problem),
    x: toArray(x),
    y: { data: y, shape: [y.length, 1] },
    testX: testX === undefined ? undefined : toArray(testX),
    times: times.map((t) => alpha * t),
    // E C = 0: what a finite set of units has at the start is no part of the limit
    startOutputs: {
      train: new Float64Array(x.shape[0]),
      ...(testX === undefined ? {} : { test: new Float64Array(testX.shape[0]) }),
    },
    tolerance,
  };
}

/** Why a network has no corrections Q^j, in a sentence without its end; null: it has them. */
export function noCorrections(network: ShallowNetwork): string | null {
  const { label, breakPoints } = activationOfShallow(network, "shallowExpansion");
  const kink = breakPoints.find(({ order }) => order <= 1);
  if (kink === undefined) return null;
  return (
    `${label} has a kink at ${kink.at}, where the derivatives that the corrections Q^1, Q^2, ... are made of do not exist; ` +
    "a smooth activation such as gelu or softplus has them"
  );
}

/**
 * h = Q^0, Q^1, ..., Q^J at the times.
 *
 * Accuracy: that of the quadrature behind the units (24 Gauss-Hermite nodes per input: 1e-7 for tanh at variance 1), and
 * 1e-9 of the solver. Q^j = 0 for odd j where the outer law is symmetric, or the inner laws are and sigma' is even.
 * Theory notes E2.1.
 * @throws ERR_UNAVAILABLE for activations that are not smooth when corrections > 0
 */
export function shallowExpansion(problem: ShallowProblem, corrections: number): ShallowExpansion {
  return toEnd(shallowExpansionSteps(problem, corrections));
}

/** {@link shallowExpansion} step by step, for work that can be stopped. */
export function* shallowExpansionSteps(
  problem: ShallowProblem,
  corrections: number,
): Generator<void, ShallowExpansion, void> {
  requireCentred(problem.network, "shallowExpansion");
  const reason = corrections > 0 ? noCorrections(problem.network) : null;
  if (reason !== null) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `shallowExpansion: ${reason}; h alone is there without corrections`,
      {
        argument: "corrections",
        got: corrections,
        expected: 0,
      },
    );
  }
  const expansion: LazyExpansion = yield* lazyExpansionSteps({
    ...lazyInput(problem, "shallowExpansion"),
    order: corrections + 1,
  });
  return { times: problem.times, train: expansion.train, test: expansion.test };
}
