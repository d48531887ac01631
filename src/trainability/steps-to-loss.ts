/**
 * How long training takes to reach a loss, from the spectrum alone.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Clock, checkClock, modeState } from "./clock.js";
import { noiseFloor } from "./spectrum.js";

/** A training problem in the eigenbasis of its train kernel. */
export interface ModalProblem {
  /** eigenvalues of the kernel without ridge, largest first */
  readonly eigenvalues: ArrayLike<number>;
  /**
   * squared initial residual of each mode, summed over outputs: sum_c (u_i . (f_0 - y)_c)^2; for the expected loss of random
   * networks add k u_i^T K u_i
   */
  readonly energies: ArrayLike<number>;
  /** absolute ridge on the diagonal, default 0 */
  readonly ridge?: number | undefined;
}

/** When a loss is reached, or why it never is. */
export interface StepsToLoss {
  /** time (flow) or number of steps (gd); null when the loss is never reached */
  readonly value: number | null;
  readonly status: "reached" | "diverges" | "unreachable";
  /** why `value` is null, with its numbers; null otherwise */
  readonly reason: string | null;
  /** the loss at `value`, or in the limit of infinite training (Infinity when it diverges) */
  readonly loss: number;
}

const MAX_STEPS = Number.MAX_SAFE_INTEGER;
const RELATIVE_TIME = 1e-13; // below the rounding of the loss itself

/**
 * Share of the initial residual that mode `lambda` keeps: `decay` without ridge; with a ridge r training ends at
 * K (K + r)^{-1} y and the share is (r + lambda decay) / (lambda + r).
 */
export function residualShare(clock: Clock, lambda: number, n: number, ridge = 0): number {
  const { decay } = modeState(clock, lambda + ridge, n);
  return ridge === 0 ? decay : (ridge + lambda * decay) / (lambda + ridge);
}

/**
 * Train loss `1/(2n) sum_i share_i^2 energy_i` after training for `clock`; exact for a linear model and for infinitely wide
 * networks. Eigenvalues below n eps lambda_max count as 0: they are never learned.
 */
export function modalLoss(problem: ModalProblem, clock: Clock): number {
  checkClock(clock, "modalLoss");
  return lossOf(problem, (lambda, ridge, n) => residualShare(clock, lambda, n, ridge));
}

function lossOf(problem: ModalProblem, share: (lambda: number, ridge: number, n: number) => number): number {
  const { eigenvalues, energies, ridge = 0 } = problem;
  const n = eigenvalues.length;
  const floor = noiseFloor(eigenvalues[0]! + ridge, n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const lambda = eigenvalues[i]! + ridge > floor ? Math.max(0, eigenvalues[i]!) : 0;
    const left = lambda + ridge > floor ? share(lambda, ridge, n) : 1;
    sum += left * left * energies[i]!;
  }
  return sum / (2 * n);
}

/**
 * Shortest training after which the train loss is at most `target` and stays there: time for gradient flow, the number of
 * full-batch steps for gradient descent. Between 1 and 2 times n / lambda_max descent overshoots; with a ridge the bound
 * |decay| is used there, so that single overshooting steps do not count.
 *
 * Accuracy: exact integer steps, time to 1e-13 relative (up to the rounding of the loss itself).
 * Theory notes B3.1.
 * @throws ERR_SHAPE when the lengths differ or are 0; ERR_DOMAIN for a negative or NaN target, energy, ridge or learning rate
 */
export function stepsToLoss(
  problem: ModalProblem,
  target: number,
  optimizer: { readonly kind: "flow" } | { readonly kind: "gd"; readonly learningRate: number },
): StepsToLoss {
  const { eigenvalues, energies, ridge = 0 } = problem;
  const n = eigenvalues.length;
  if (n === 0 || energies.length !== n) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `stepsToLoss: ${n} eigenvalues and ${energies.length} energies, expected the same number of both, at least one`,
      { argument: "energies", got: energies.length, expected: n },
    );
  }
  for (const [name, x] of [
    ["target", target],
    ["ridge", ridge],
    ...Array.from(energies, (e, i) => [`energies[${i}]`, e] as const),
  ] as const) {
    if (!(x >= 0)) {
      throw new ForetrainError("ERR_DOMAIN", `stepsToLoss: ${name} is ${x}, expected a number >= 0`, {
        argument: name,
        got: x,
      });
    }
  }
  const flow = optimizer.kind === "flow";
  const clockAt = (amount: number): Clock =>
    flow
      ? { kind: "flow", time: amount }
      : { kind: "gd", learningRate: optimizer.learningRate, steps: amount };
  checkClock(clockAt(0), "stepsToLoss");
  const loss = (amount: number) =>
    lossOf(problem, (lambda, r, samples) => {
      const decay = Math.abs(modeState(clockAt(amount), lambda + r, samples).decay);
      return r === 0 ? decay : (r + lambda * decay) / (lambda + r);
    });

  const start = loss(0);
  if (start <= target) return { value: 0, status: "reached", reason: null, loss: start };
  const lambdaMax = eigenvalues[0]! + ridge;
  if (!flow) {
    const limit = (2 * n) / lambdaMax;
    let growing = 0;
    for (let i = 0; i < n; i++) {
      if ((optimizer.learningRate * (eigenvalues[i]! + ridge)) / n >= 2 && energies[i]! > 0) growing++;
    }
    if (growing > 0) {
      return {
        value: null,
        status: "diverges",
        reason: `learning rate ${optimizer.learningRate} is not below the stable limit ${limit}: ${growing} of ${n} modes do not shrink`,
        loss: Number.POSITIVE_INFINITY,
      };
    }
  }
  const limitLoss = lossOf(problem, (lambda, r) => r / (lambda + r)); // share 1 of unlearnable modes is set in lossOf
  const unreachable = (why: string): StepsToLoss => ({
    value: null,
    status: "unreachable",
    reason: why,
    loss: limitLoss,
  });
  if (limitLoss > target || (limitLoss === target && start > target && !(loss(MAX_STEPS) <= target))) {
    return unreachable(
      ridge > 0
        ? `the ridge ${ridge} and modes that the kernel does not reach keep the loss at ${limitLoss} or above`
        : `modes that the kernel does not reach keep the loss at ${limitLoss} or above`,
    );
  }
  let hi = flow ? n / lambdaMax : 1;
  const farthest = flow ? Number.MAX_VALUE / 4 : MAX_STEPS;
  let lo = 0;
  while (!(loss(hi) <= target)) {
    if (hi >= farthest)
      return unreachable(`the loss is still ${loss(hi)} after ${hi} ${flow ? "units of time" : "steps"}`);
    lo = hi;
    hi = Math.min(farthest, hi * 2);
  }
  if (flow) {
    while (hi - lo > RELATIVE_TIME * hi) {
      const middle = lo + (hi - lo) / 2;
      if (middle <= lo || middle >= hi) break;
      if (loss(middle) <= target) hi = middle;
      else lo = middle;
    }
  } else {
    while (hi - lo > 1) {
      const middle = lo + Math.floor((hi - lo) / 2);
      if (loss(middle) <= target) hi = middle;
      else lo = middle;
    }
  }
  return { value: hi, status: "reached", reason: null, loss: loss(hi) };
}
