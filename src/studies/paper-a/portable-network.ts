/**
 * A small network with data that needs no random numbers, so that its numbers can be compared between programs:
 * f = 1/2 sum a_i tanh(w_i x + b_i), a_i = cos i, w_i = sin(2 i + 1), b_i = cos(3 i + 2), i = 0 .. 3.
 * @module
 */
import { type FiniteModel, finiteModel } from "../../finite/index.js";
import { activationLayer, dense, input, network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";

/** A training problem of a finite network at fixed weights. */
export interface NoisyProblem {
  readonly model: FiniteModel;
  readonly parameters: Float64Array;
  readonly x: NdArray<Float64Array>;
  readonly y: NdArray<Float64Array>;
  readonly testX: NdArray<Float64Array>;
}

export const column = (values: ArrayLike<number>): NdArray<Float64Array> => ({
  data: Float64Array.from(values),
  shape: [values.length, 1],
});

/** One hidden layer of tanh units with biases, in the `ntk` parameterization: f = N^(-1/2) sum a_i tanh(w_i x + b_i). */
export const shallowTanh = (units: number) =>
  network(
    input([1]),
    dense(units, { weightVariance: 1, biasVariance: 1 }),
    activationLayer("tanh"),
    dense(1, { weightVariance: 1 }),
  );

/** Four training points and one more. */
export function portableProblem(): NoisyProblem {
  const index = [0, 1, 2, 3];
  return {
    model: finiteModel(shallowTanh(4)),
    parameters: Float64Array.from([
      ...index.map((i) => Math.sin(2 * i + 1)),
      ...index.map((i) => Math.cos(3 * i + 2)),
      ...index.map((i) => Math.cos(i)),
    ]),
    x: column([-1.2, -0.3, 0.4, 1.1]),
    y: column([0.9, -0.5, 0.3, -0.8]),
    testX: column([0.75]),
  };
}
