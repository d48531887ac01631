/**
 * Real shallow networks with N^-gamma normalization, trained as paper E trains them.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Matrix } from "../numeric/matrix.js";
import { createRng, type Rng } from "../numeric/random.js";
import { type LongWork, throwIfAborted } from "../progress.js";
import { activationOfShallow, requireGamma, type ShallowNetwork, sampleParticles } from "./shallow.js";

export interface ShallowTraining extends LongWork {
  readonly network: ShallowNetwork;
  /** N */
  readonly units: number;
  readonly gamma: number;
  /** alpha, default 1: the learning rate is alpha / N^(2 (1 - gamma)) */
  readonly alpha?: number | undefined;
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly testX?: Matrix | undefined;
  /** t = steps / N, ascending; rounded to whole steps */
  readonly times: readonly number[];
  readonly seed: number | Rng;
  /** `sgd` (default): one random sample a step, with replacement. `full`: the mean over all samples every step */
  readonly batch?: "sgd" | "full" | undefined;
  /** the time that a step stands for, default 1 / N: the learning rate is N times this larger. With `full`, a small one follows the flow */
  readonly timeStep?: number | undefined;
}

/** Outputs of one trained network with one hidden layer at the times asked for. */
export interface ShallowRun {
  /** outputs at the times, [M] and [m] */
  readonly train: readonly Float64Array[];
  readonly test: readonly Float64Array[] | null;
}

/**
 * Trains one random network:
 *
 *   C_i += (alpha_N / N^gamma) (y - g(x)) sigma(W_i . x),   W_i += (alpha_N / N^gamma) (y - g(x)) C_i sigma'(W_i . x) x,   alpha_N = alpha N^(2 gamma - 2)
 *
 * with both updates from the old values (paper E, model and training).
 * @throws ERR_NUMERICAL when the outputs stop being finite
 */
export function trainShallow(options: ShallowTraining): ShallowRun {
  const { network, units, gamma, alpha = 1, x, y, testX, times, seed, batch = "sgd", signal } = options;
  const timeStep = options.timeStep ?? 1 / units;
  const { value, derivative } = activationOfShallow(network, "trainShallow");
  requireGamma(gamma, "trainShallow");
  const rng = typeof seed === "number" ? createRng(seed) : seed;
  const { outer, inner } = sampleParticles(network, units, { seed: rng.fork("weights") });
  const order = rng.fork("samples");
  const dim = network.inner.length;
  const [m, columns] = x.shape;
  if (columns !== dim || y.length !== m) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `trainShallow: x has shape [${m}, ${columns}] and y ${y.length} numbers, expected [M, ${dim}] and M`,
      { argument: "x", got: x.shape },
    );
  }
  const scale = units ** -gamma;
  if (!(timeStep > 0)) {
    throw new ForetrainError("ERR_DOMAIN", `trainShallow: timeStep is ${timeStep}, expected a number > 0`, {
      argument: "timeStep",
      got: timeStep,
    });
  }
  const rate = alpha * timeStep * units ** (2 * gamma - 1) * scale;
  const fields = new Float64Array(units * m);
  const field = (data: Float64Array, row: number, i: number) => {
    let sum = 0;
    for (let a = 0; a < dim; a++) sum += inner[i * dim + a]! * data[row * dim + a]!;
    return sum;
  };
  const outputs = (points: Matrix) =>
    Float64Array.from({ length: points.shape[0] }, (_, row) => {
      let sum = 0;
      for (let i = 0; i < units; i++) sum += outer[i]! * value(field(points.data, row, i));
      return scale * sum;
    });
  /** residual of a row, with the fields of all units kept */
  const residual = (row: number) => {
    let sum = 0;
    for (let i = 0; i < units; i++) {
      const z = field(x.data, row, i);
      fields[row * units + i] = z;
      sum += outer[i]! * value(z);
    }
    return y[row]! - scale * sum;
  };
  const step = (rows: readonly number[]) => {
    const residuals = rows.map(residual);
    for (let i = 0; i < units; i++) {
      let change = 0;
      const c = outer[i]!;
      rows.forEach((row, k) => {
        const z = fields[row * units + i]!;
        const push = (rate * residuals[k]!) / rows.length;
        change += push * value(z);
        const pull = push * c * derivative!(z);
        for (let a = 0; a < dim; a++) inner[i * dim + a]! += pull * x.data[row * dim + a]!;
      });
      outer[i] = c + change;
    }
  };
  const everything = Array.from({ length: m }, (_, row) => row);
  const train: Float64Array[] = [];
  const test: Float64Array[] = [];
  let done = 0;
  for (const time of times) {
    const until = Math.round(time / timeStep);
    for (; done < until; done++) {
      if (done % 256 === 0) throwIfAborted(signal);
      step(batch === "sgd" ? [order.integer(m)] : everything);
    }
    const at = outputs(x);
    if (!at.every(Number.isFinite)) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `trainShallow: the outputs are no longer finite after ${done} steps; use a smaller alpha than ${alpha}`,
        { argument: "alpha", got: alpha, steps: done },
      );
    }
    train.push(at);
    if (testX !== undefined) test.push(outputs(testX));
  }
  return { train, test: testX === undefined ? null : test };
}
