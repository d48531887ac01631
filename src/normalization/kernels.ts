/**
 * Kernels of shallow networks as means over hidden units.
 *
 *   A(x, x') = E[ sigma(W.x) sigma(W.x') + C^2 sigma'(W.x) sigma'(W.x') x.x' ]      training
 *   K(x, x') = E[ C^2 sigma(W.x) sigma(W.x') ]                                      covariance of the initial output
 *
 * Source: paper E, limit and Gaussian term. With W ~ N(0, I) and E C^2 = 1, A is the NTK of one hidden layer.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { gemm, view } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import type { Particles } from "./shallow.js";

/** Kernels A and K of paper E between two lists of inputs. */
export interface ShallowKernels {
  /** A [n, m] */
  readonly training: Matrix;
  /** K [n, m] */
  readonly initial: Matrix;
}

/** sigma and C sigma' at every input, rows of one number for each unit, times the square root of its weight. */
interface Features {
  readonly value: Float64Array;
  readonly outerValue: Float64Array;
  readonly slope: Float64Array;
}

function featuresOf(activation: Activation, particles: Particles, x: Matrix): Features {
  const { weights, outer, inner } = particles;
  const count = weights.length;
  const [n, dim] = x.shape;
  if (inner.length !== count * dim) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `shallow kernels: x has ${dim} columns, the units have ${inner.length / count} inputs`,
      { argument: "x", got: dim, expected: inner.length / count },
    );
  }
  const fields = new Float64Array(n * count);
  gemm(n, count, dim, 1, view(x.data, 0, dim), view(inner, 0, dim, true), fields, 0, count);
  const value = new Float64Array(n * count);
  const outerValue = new Float64Array(n * count);
  const slope = new Float64Array(n * count);
  for (let i = 0; i < fields.length; i++) {
    const unit = i % count;
    const root = Math.sqrt(weights[unit]!);
    value[i] = root * activation.value(fields[i]!);
    outerValue[i] = outer[unit]! * value[i]!;
    slope[i] = root * outer[unit]! * activation.derivative!(fields[i]!);
  }
  return { value, outerValue, slope };
}

function inner(a: Float64Array, b: Float64Array, count: number): Float64Array {
  const [n, m] = [a.length / count, b.length / count];
  const out = new Float64Array(n * m);
  gemm(n, m, count, 1, view(a, 0, count), view(b, 0, count, true), out, 0, m);
  return out;
}

/** Both kernels between rows of `x1` [n, d] and `x2` [m, d] (null: x1). Cost O((n + m + n m) units). Theory notes E1.1, E3.1. */
export function shallowKernels(
  activation: Activation,
  particles: Particles,
  x1: Matrix,
  x2: Matrix | null,
): ShallowKernels {
  const count = particles.weights.length;
  const left = featuresOf(activation, particles, x1);
  const right = x2 === null ? left : featuresOf(activation, particles, x2);
  const other = x2 ?? x1;
  const [n, m] = [x1.shape[0], other.shape[0]];
  const training = inner(left.value, right.value, count);
  const slopes = inner(left.slope, right.slope, count);
  const products = inner(x1.data, other.data, x1.shape[1]);
  for (let i = 0; i < training.length; i++) training[i]! += slopes[i]! * products[i]!;
  return {
    training: matrix(n, m, training),
    initial: matrix(n, m, inner(left.outerValue, right.outerValue, count)),
  };
}
