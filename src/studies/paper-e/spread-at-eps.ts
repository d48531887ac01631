/**
 * The spread of wide shallow networks around the flow at eps, to all orders in eps.
 *
 * N random units are the law mu_0 moved by N^(-1/2) nu, nu a Gaussian field. To first order in nu, with eps = N^(gamma - 1),
 *
 *   g - h^eps = N^(1/2 - gamma) K^eps,      K^eps = eps sum_i nu_i dg / dp_i,      Var K^eps = Var_p (eps dg / dp_i)
 *
 * over units i of weight p_i, where dg / dp_i includes what one more unit does to the training of all others. K^0 = K of the paper. What
 * is left out is of second order in nu: a share of order 1 / N of the variance, whatever gamma.
 * @module
 */
import { activationOf } from "../../network/index.js";
import { type Particles, quadratureParticles, type ShallowNetwork } from "../../normalization/index.js";
import { breathe } from "../../progress.js";
import { planeProblem } from "./plane-problem.js";

/** Nodes for each inner weight: variances of 1e-4 relative accuracy on the portable problem. */
const NODES = 10;
/** Stands for eps = 0: growth goes with its square, or with itself where the law of the weights is skewed. */
const NO_EPS = 1e-3;
/** Relative change of a weight for central differences: their error is its square. */
const CHANGE = 1e-4;

/** Outputs at the five points after full batches, with unit `moved` given `by` more weight. */
function outputsAt(
  network: ShallowNetwork,
  { weights, outer, inner }: Particles,
  { eps, time, timeStep }: SpreadOptions,
  moved: number,
  by: number,
): Float64Array {
  const { value, derivative } = activationOf(network.activation);
  const { x, y, testX } = planeProblem(network);
  const points = [...x.data, ...testX!.data];
  const [count, m, all] = [weights.length, y.length, points.length / 2];
  const [c, w] = [Float64Array.from(outer), Float64Array.from(inner)];
  const g = new Float64Array(all);
  const field = (i: number, k: number) => w[2 * i]! * points[2 * k]! + w[2 * i + 1]! * points[2 * k + 1]!;
  const measure = () => {
    g.fill(0);
    for (let i = 0; i < count; i++) {
      const mass = ((weights[i]! + (i === moved ? by : 0)) * c[i]!) / eps;
      for (let k = 0; k < all; k++) g[k]! += mass * value(field(i, k));
    }
  };
  for (let step = Math.round(time / timeStep); step > 0; step--) {
    measure();
    for (let i = 0; i < count; i++) {
      let [dc, du, dv] = [0, 0, 0];
      for (let j = 0; j < m; j++) {
        const rate = ((y[j]! - g[j]!) * eps * timeStep) / m;
        const at = field(i, j);
        dc += rate * value(at);
        const slope = rate * c[i]! * derivative!(at);
        du += slope * points[2 * j]!;
        dv += slope * points[2 * j + 1]!;
      }
      c[i]! += dc;
      w[2 * i]! += du;
      w[2 * i + 1]! += dv;
    }
  }
  measure();
  return g;
}

export interface SpreadOptions {
  /** N^(gamma - 1) */
  readonly eps: number;
  readonly time: number;
  /** of full batches */
  readonly timeStep: number;
}

/** Var K^eps at the four training points and the further one of the portable problem. */
export async function spreadAtEps(
  network: ShallowNetwork,
  options: SpreadOptions,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const particles = quadratureParticles(network, NODES);
  const { weights } = particles;
  let sums: { readonly one: Float64Array; readonly two: Float64Array } | null = null;
  for (let i = 0; i < weights.length; i++) {
    if (i % 50 === 0) await breathe(signal);
    const by = CHANGE * weights[i]!;
    const [up, down] = [by, -by].map((change) => outputsAt(network, particles, options, i, change));
    sums ??= { one: new Float64Array(up!.length), two: new Float64Array(up!.length) };
    for (let k = 0; k < up!.length; k++) {
      const slope = (options.eps * (up![k]! - down![k]!)) / (2 * by);
      sums.one[k]! += weights[i]! * slope;
      sums.two[k]! += weights[i]! * slope ** 2;
    }
  }
  return sums!.two.map((two, k) => two - sums!.one[k]! ** 2);
}

/** Var K^eps over Var K^0 at each eps and point: what the motion of the units adds to the spread, to all orders in eps. */
export async function growthWithEps(
  network: ShallowNetwork,
  sizes: readonly number[],
  options: Omit<SpreadOptions, "eps">,
  signal?: AbortSignal,
): Promise<number[][]> {
  const leading = await spreadAtEps(network, { ...options, eps: NO_EPS }, signal);
  const growth: number[][] = [];
  for (const eps of sizes) {
    const spread = await spreadAtEps(network, { ...options, eps }, signal);
    growth.push(Array.from(spread, (value, i) => value / leading[i]!));
  }
  return growth;
}
