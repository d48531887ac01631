/**
 * First, second and third derivatives of every output of a small network in its parameters, as dense tensors.
 * @module
 */
import type { FiniteModel } from "../../finite/model.js";
import { sizeOf } from "../../numeric/matrix.js";
import { gradientsAlong, outputsAt } from "../gradients-along.js";
import { tooLarge } from "./noise-problem.js";

/** Derivatives at fixed parameters; rows are outputs of samples, row s O + o. */
export interface OutputDerivatives {
  readonly rows: number;
  readonly parameters: number;
  /** f [rows] */
  readonly value: Float64Array;
  /** j [rows, P] */
  readonly first: Float64Array;
  /** H [rows, P, P] */
  readonly second: Float64Array;
  /** T [rows, P, P, P]; null unless asked for */
  readonly third: Float64Array | null;
}

/**
 * By jets of order 1 along every axis for H and of order 2 along sums of two axes for T: P (P + 1) / 2 passes for T.
 * @throws ERR_MEMORY when the largest tensor would not fit, with what it would need
 */
export function outputDerivatives(
  model: FiniteModel,
  parameters: Float64Array,
  x: Float64Array,
  samples: number,
  third: boolean,
  memory: number,
): OutputDerivatives {
  const count = model.parameterCount;
  const outputs = sizeOf(model.outputShape);
  const rows = samples * outputs;
  const bytes = 8 * rows * (count + count ** 2 + (third ? count ** 3 : 0));
  if (bytes > memory) {
    const order = third ? 3 : 2;
    throw tooLarge(
      { order, memory },
      rows,
      count,
      bytes,
      'leave out method "dense", use fewer units, samples',
    );
  }
  const second = new Float64Array(rows * count * count);
  const point = { model, parameters, x, samples };
  const first = new Float64Array(rows * count);
  gradientsAlong(point, null, [first]);
  const value = outputsAt(point);
  const axis = (...ones: number[]) => {
    const v = new Float64Array(count);
    for (const a of ones) v[a]! += 1;
    return v;
  };
  const buffer = new Float64Array(rows * count);
  for (let a = 0; a < count; a++) {
    gradientsAlong(point, axis(a), [null, buffer]);
    for (let r = 0; r < rows; r++)
      second.set(buffer.subarray(r * count, (r + 1) * count), (r * count + a) * count);
  }
  if (!third) return { rows, parameters: count, value, first, second, third: null };
  const tensor = new Float64Array(rows * count ** 3);
  const place = (r: number, a: number, b: number) => ((r * count + a) * count + b) * count;
  // coefficient 2 along e_a + e_b is T_aa / 2 + T_ab + T_bb / 2
  for (let a = 0; a < count; a++) {
    gradientsAlong(point, axis(a), [null, null, buffer]);
    for (let r = 0; r < rows; r++) {
      const to = place(r, a, a);
      for (let c = 0; c < count; c++) tensor[to + c] = 2 * buffer[r * count + c]!;
    }
  }
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) {
      gradientsAlong(point, axis(a, b), [null, null, buffer]);
      for (let r = 0; r < rows; r++) {
        const [aa, bb, ab, ba] = [place(r, a, a), place(r, b, b), place(r, a, b), place(r, b, a)];
        for (let c = 0; c < count; c++) {
          const value = buffer[r * count + c]! - (tensor[aa + c]! + tensor[bb + c]!) / 2;
          tensor[ab + c] = value;
          tensor[ba + c] = value;
        }
      }
    }
  }
  return { rows, parameters: count, value, first, second, third: tensor };
}
