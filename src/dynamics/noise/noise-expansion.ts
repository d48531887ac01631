/**
 * Expected outputs under noisy training, to order 3 in the Taylor degree of the output (paper A).
 *
 *   d theta = -grad L(theta) dt + s dW,      L = 1/(2 n) sum (f - y)^2,      t = learning rate x steps
 *
 * Around the linear model, w = theta - theta_0 = w_0 + eps w_1 + eps^2 w_2 + ..., where w_0 is an Ornstein-Uhlenbeck process with
 * mean m and covariance C in closed form. The means mu_1 = E w_1, mu_2 = E w_2 and S = E[(w_0 - m) w_1^T] obey a closed
 * system of linear equations in time:
 *
 *   mu_1' = -(A mu_1 + E F_1)          S' = -(A S + S A) - C DF_1(m)
 *   mu_2' = -(A mu_2 + DF_1(m) mu_1 + D^2 F_1 : S + E F_2)
 *
 * with A = J^T J / n and F_1, F_2 the parts of the drift with one and two more derivatives. Source: paper A, higher orders.
 * Two paths solve it: with dense derivatives for the smallest networks, and in the span of the outputs' gradients for all others,
 * which forms no P x P matrix; they agree.
 * @module
 */

import { rowsOf } from "../gradients-along.js";
import { denseExpansion } from "./noise-dense.js";
import { lowRankExpansion, requireLowRankMemory } from "./noise-low-rank.js";
import {
  type NoiseExpansionInput,
  type NoiseProblem,
  type NoisyOutputs,
  noiseProblem,
} from "./noise-problem.js";

/** Numbers in the derivatives up to which the dense path is the faster one. */
const SMALL = 20_000;

/**
 * Expected outputs, their variance and the expected trace of the Hessian of the loss at the times.
 *
 * Without noise the terms are those of `lazyExpansion`. In the linear model the mean does not know s; at order 2 and 3 it
 * changes like s^2. Solved to `tolerance` (default 1e-10) of the largest component.
 *
 * Cost of the low-rank path for R = train and test outputs and P parameters: R passes of the network at order 2 and R^2 / 2 more
 * at order 3, plus one for every probe (or parameter, for exact traces). Memory: 40 R P bytes at order 2, 8 R^2 P more at order 3.
 * Theory notes A3.1, A3.2, A4.1, A5.
 * @throws ERR_MEMORY for derivatives that do not fit, with what they need; ERR_UNAVAILABLE for kinks at order >= 2;
 *   ERR_DOMAIN, ERR_SHAPE for input that makes no sense; ERR_NUMERICAL when the terms run away; ERR_ABORTED
 */
export async function noiseExpansion(input: NoiseExpansionInput): Promise<NoisyOutputs[]> {
  const [outputs] = await noiseExpansions({ ...input, noises: [input.noise] });
  return outputs!;
}

function isDense({ order, point }: NoiseProblem, method: NoiseExpansionInput["method"] = "auto"): boolean {
  const numbers = rowsOf(point) * point.model.parameterCount ** order;
  return method === "dense" || (method === "auto" && order > 1 && numbers <= SMALL);
}

/**
 * Refuses input of {@link noiseExpansion} that makes no sense or does not fit, before anything is computed: for callers that have work
 * of their own to do first.
 * @throws as {@link noiseExpansion}, apart from what comes up on the way
 */
export function requireExpandable(input: NoiseExpansionInput): void {
  const problem = noiseProblem(input);
  // dense derivatives are refused by what makes them; unasked they are small
  if (!isDense(problem, input.method)) requireLowRankMemory(problem, input.noise === 0 ? 1 : 2);
}

/** One network, data and times as for {@link noiseExpansion}, with several strengths of noise. */
export interface NoiseExpansionsInput extends Omit<NoiseExpansionInput, "noise"> {
  /** s >= 0 each */
  readonly noises: readonly number[];
}

/**
 * {@link noiseExpansion} for every one of `noises`, in their order: element [k][t] is noise k at time t, with the bits that it has alone.
 * The derivatives are made once for all of them; each then takes a small system of its own. Strength 0 beside s gives what the noise shifts.
 * No noises give no rows.
 * @throws as {@link noiseExpansion}
 */
export async function noiseExpansions(input: NoiseExpansionsInput): Promise<NoisyOutputs[][]> {
  const { noises } = input;
  const problems = noises.map((noise) => noiseProblem({ ...input, noise }));
  const [problem] = problems;
  if (problem === undefined) return [];
  return isDense(problem, input.method)
    ? denseExpansion(problem, noises)
    : lowRankExpansion(problem, noises, input.traces);
}
