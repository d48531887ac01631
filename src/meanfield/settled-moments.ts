/**
 * The moments of one activation for searches over q that end where a moment cannot be computed to its accuracy.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { jumps, meanSquare, meanSquaredSlope, settledOr } from "./moments.js";

/** E_q[phi^2] and E_q[phi'^2] (NaN where phi jumps). */
export interface MomentPair {
  readonly second: number;
  readonly derivative: number;
}

/**
 * Moments at any q below the first that did not settle. An expectation that does not settle is the most expensive of all, and phi that
 * oscillates or breaks too often for one variance mostly does so for every larger one: from there on none is tried.
 */
export class SettledMoments {
  /** the least q at which a moment did not settle; Infinity: none so far */
  unsettledFrom = Number.POSITIVE_INFINITY;
  private readonly smooth: boolean;

  constructor(readonly activation: Activation) {
    this.smooth = !jumps(activation);
  }

  /** E_q[phi^2]; NaN where it is not settled. */
  second(q: number): number {
    return this.atMost(q, Number.NaN, () => meanSquare(this.activation, q));
  }

  /** Both moments; null where one of them is not settled. */
  both(q: number): MomentPair | null {
    return this.atMost(q, null, () => ({
      second: meanSquare(this.activation, q),
      derivative: this.smooth ? meanSquaredSlope(this.activation, q) : Number.NaN,
    }));
  }

  private atMost<T>(q: number, otherwise: T, compute: () => T): T {
    if (q >= this.unsettledFrom) return otherwise;
    const found = settledOr(null, () => ({ value: compute() }));
    if (found === null) this.unsettledFrom = q;
    return found === null ? otherwise : found.value;
  }
}
