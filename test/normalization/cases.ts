/** Two small problems with listed solutions: four points in the plane, tanh, a skewed outer law. */
import {
  quadratureParticles,
  type ShallowNetwork,
  type ShallowProblem,
} from "../../src/normalization/index.js";
import { matrixFromRows } from "../../src/numeric/matrix.js";

const SKEWED = { kind: "discrete", values: [2, -1], probabilities: [1 / 3, 2 / 3] } as const;
const normal = (mean: number) => ({ kind: "normal", mean, variance: 1 }) as const;
const tanh = { kind: "activation", name: "tanh" } as const;

export const CENTRED: ShallowNetwork = { activation: tanh, outer: SKEWED, inner: [normal(0), normal(0)] };
export const SHIFTED: ShallowNetwork = {
  activation: tanh,
  outer: SKEWED,
  inner: [normal(0.7), normal(-0.4)],
};

export function problem(network: ShallowNetwork, times: readonly number[] = [3], order = 24): ShallowProblem {
  return {
    network,
    particles: quadratureParticles(network, order),
    x: matrixFromRows([
      [1, 0.3],
      [-0.4, 1.1],
      [0.8, -0.9],
      [-1, -0.5],
    ]),
    y: Float64Array.of(1, -0.7, 0.5, 0.8),
    testX: matrixFromRows([[0.6, 0.7]]),
    alpha: 1,
    times,
  };
}
