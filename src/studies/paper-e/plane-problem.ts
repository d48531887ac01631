/**
 * The portable problem of paper E's studies and checks: four training points in the plane, one further, tanh, skewed outer weights.
 * @module
 */
import { quadratureParticles, type ShallowNetwork, type ShallowProblem } from "../../normalization/index.js";
import { matrixFromRows } from "../../numeric/matrix.js";

const SKEWED = { kind: "discrete", values: [2, -1], probabilities: [1 / 3, 2 / 3] } as const;
const normal = (mean: number) => ({ kind: "normal", mean, variance: 1 }) as const;
const tanh = { kind: "activation", name: "tanh" } as const;

/** Case S: W ~ N(0, I); case A: W ~ N((0.7, -0.4), I). C is 2 with probability 1/3, else -1. */
export const CENTRED: ShallowNetwork = { activation: tanh, outer: SKEWED, inner: [normal(0), normal(0)] };
export const SHIFTED: ShallowNetwork = {
  activation: tanh,
  outer: SKEWED,
  inner: [normal(0.7), normal(-0.4)],
};

/** Points that networks are trained on. */
export const TRAIN = [
  [1, 0.3],
  [-0.4, 1.1],
  [0.8, -0.9],
  [-1, -0.5],
] as const;
/** The further one. */
export const TEST = [0.6, 0.7] as const;

export function planeProblem(network: ShallowNetwork, times: readonly number[] = [3]): ShallowProblem {
  return {
    network,
    particles: quadratureParticles(network, 24),
    x: matrixFromRows(TRAIN.map((row) => [...row])),
    y: Float64Array.of(1, -0.7, 0.5, 0.8),
    testX: matrixFromRows([[...TEST]]),
    alpha: 1,
    times,
  };
}
