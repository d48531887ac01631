/**
 * How far an eigenmode of the kernel has been learned after some training.
 *
 * Convention of this package: loss L = 1/(2n) sum over n samples and k outputs of (f - y)^2, training time t = learning rate x
 * steps. The residual r = f - y then obeys r' = -(1/n) Theta r under gradient flow and r_{k+1} = (1 - (eta/n) Theta) r_k under
 * full-batch gradient descent, so mode i of Theta decays with rate lambda_i / n.
 * Libraries whose loss is the mean over samples and outputs, 1/(2 n k) sum (f - y)^2 (neural-tangents, `MSELoss` up to its
 * factor 2), reach the same state at k times this time or learning rate; with MSELoss, mean (f - y)^2, at k / 2 times.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { momentumFlowState } from "./momentum-flow.js";

/** Training so far: continuous time, or full-batch gradient descent by steps, each with or without momentum. All may be infinite. */
export type Clock =
  | {
      readonly kind: "flow";
      /** t >= 0 = learning rate x steps, may be Infinity */
      readonly time: number;
    }
  | {
      readonly kind: "gd";
      /** eta > 0 */
      readonly learningRate: number;
      /** integer >= 0 or Infinity */
      readonly steps: number;
      /** heavy-ball momentum in [0, 1): v <- momentum v - eta grad, theta <- theta + v; default 0 */
      readonly momentum?: number | undefined;
    }
  | {
      /** the continuous limit of descent with momentum: eta theta'' + (1 - momentum) theta' + grad L = 0 from rest */
      readonly kind: "momentumFlow";
      /** t >= 0 = learning rate x steps, may be Infinity */
      readonly time: number;
      /** eta > 0 */
      readonly learningRate: number;
      /** in [0, 1) */
      readonly momentum: number;
    };

/** What training has done to one eigenmode. */
export interface ModeState {
  /** share of the initial residual that is left: e^{-lambda t / n}, or (1 - eta lambda / n)^k */
  readonly decay: number;
  /** (1 - decay) / lambda, with its limit t / n (or eta k / n) for lambda = 0 */
  readonly filter: number;
}

const SATURATION = 1e100; // a diverged mode stays finite, and so do squares and products of outputs

/** True for the limit of infinite training. */
export function isInfinite(clock: Clock): boolean {
  return (clock.kind === "gd" ? clock.steps : clock.time) === Number.POSITIVE_INFINITY;
}

/**
 * Refuses clocks that mean nothing.
 * @throws ERR_DOMAIN for a negative or NaN time, a learning rate that is not a positive finite number, a fractional number of
 *   steps, or momentum outside [0, 1)
 */
export function checkClock(clock: Clock, caller: string): void {
  const refuse = (field: string, got: unknown, expected: string) => {
    throw new ForetrainError("ERR_DOMAIN", `${caller}: ${field} is ${got}, expected ${expected}`, {
      argument: field,
      got,
      expected,
    });
  };
  if (clock.kind !== "gd") {
    if (!(clock.time >= 0)) refuse("time", clock.time, "a number >= 0 or Infinity");
    if (clock.kind === "flow") return;
  }
  const { learningRate, momentum = 0 } = clock;
  const steps = clock.kind === "gd" ? clock.steps : 0;
  if (!(learningRate > 0 && learningRate < Number.POSITIVE_INFINITY)) {
    refuse("learningRate", learningRate, "a finite number > 0");
  }
  if (!(steps >= 0 && (Number.isInteger(steps) || steps === Number.POSITIVE_INFINITY))) {
    refuse("steps", steps, "an integer >= 0 or Infinity");
  }
  if (!(momentum >= 0 && momentum < 1)) refuse("momentum", momentum, "a number in [0, 1)");
}

/**
 * State of the eigenmode with eigenvalue `lambda` >= 0 after training on `n` samples.
 *
 * Relative error of both numbers below 1e-14 for flow and plain descent (expm1 and log1p keep small and large lambda exact).
 * A mode that descent makes grow (eta lambda / n > 2 (1 + momentum)) is followed up to 1e100 and held there.
 * In the limit of infinite training a mode with lambda = 0 is never learned: decay 1, filter 0 (the minimum-norm solution).
 *
 * @throws ERR_NUMERICAL for infinitely many steps at an eta for which this mode does not converge
 */
export function modeState(clock: Clock, lambda: number, n: number): ModeState {
  if (isInfinite(clock)) {
    if (lambda === 0) return { decay: 1, filter: 0 };
    if (clock.kind === "gd") {
      const limit = (2 * (1 + (clock.momentum ?? 0)) * n) / lambda;
      if (!(clock.learningRate < limit)) {
        throw new ForetrainError(
          "ERR_NUMERICAL",
          `gradient descent with learning rate ${clock.learningRate} does not converge, the limit is ${limit}; ` +
            "use a smaller learning rate or a finite number of steps",
          { argument: "learningRate", got: clock.learningRate, limit },
        );
      }
    }
    return { decay: 0, filter: 1 / lambda };
  }
  if (clock.kind === "flow") {
    const exponent = (-lambda * clock.time) / n;
    return {
      decay: Math.exp(exponent),
      filter: exponent === 0 ? clock.time / n : -Math.expm1(exponent) / lambda,
    };
  }
  if (clock.kind === "momentumFlow") return momentumFlowState(clock, lambda, n);
  const { learningRate, steps, momentum = 0 } = clock;
  if (momentum !== 0) return heavyBall(learningRate, steps, momentum, lambda, n);
  const x = (learningRate * lambda) / n;
  if (x === 0) return { decay: 1, filter: (learningRate * steps) / n };
  if (x < 1) {
    const exponent = steps * Math.log1p(-x);
    return { decay: Math.exp(exponent), filter: -Math.expm1(exponent) / lambda };
  }
  const size = Math.min(SATURATION, steps === 0 ? 1 : (x - 1) ** steps);
  const decay = steps % 2 === 0 ? size : -size;
  return { decay, filter: (1 - decay) / lambda };
}

/**
 * With momentum: r_{k+1} = (1 + m - x) r_k - m r_{k-1}, r_{-1} = r_0 (no initial velocity), x = eta lambda / n; the filter is
 * eta / n times s_k, s_{k+1} = (1 + m - x) s_k - m s_{k-1} + 1, s_0 = s_{-1} = 0. Both by repeated doubling.
 */
function heavyBall(learningRate: number, steps: number, m: number, lambda: number, n: number): ModeState {
  const x = (learningRate * lambda) / n;
  // A = M^j, u = (1 + M + ... + M^{j-1}) e_1 for M = [[1 + m - x, -m], [1, 0]]
  let a = [1, 0, 0, 1] as const as readonly number[];
  let u = [0, 0] as readonly number[];
  const single = [1 + m - x, -m, 1, 0];
  const bits = steps.toString(2);
  for (const bit of bits) {
    u = [u[0]! + a[0]! * u[0]! + a[1]! * u[1]!, u[1]! + a[2]! * u[0]! + a[3]! * u[1]!];
    a = product(a, a);
    if (bit === "1") {
      u = [1 + single[0]! * u[0]! + single[1]! * u[1]!, u[0]!];
      a = product(single, a);
    }
    if (!(a.every((y) => Math.abs(y) < SATURATION) && Math.abs(u[0]!) < SATURATION)) {
      return { decay: SATURATION, filter: (1 - SATURATION) / lambda };
    }
  }
  return { decay: a[0]! + a[1]!, filter: (learningRate / n) * u[0]! };
}

function product(a: readonly number[], b: readonly number[]): readonly number[] {
  return [
    a[0]! * b[0]! + a[1]! * b[2]!,
    a[0]! * b[1]! + a[1]! * b[3]!,
    a[2]! * b[0]! + a[3]! * b[2]!,
    a[2]! * b[1]! + a[3]! * b[3]!,
  ];
}
