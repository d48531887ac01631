/**
 * First, second and third derivatives of every output of a small network in its parameters, as dense tensors.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { jacobianVisitor, unitCotangent } from "../finite/contractions.js";
import { type FiniteModel, passOf } from "../finite/model.js";
import { sizeOf } from "../numeric/matrix.js";

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

/** Numbers of the largest tensor: 1 GiB. */
const MOST_NUMBERS = 2 ** 27;

const megabytes = (numbers: number) => `${Math.ceil((8 * numbers) / 2 ** 20)} MiB`;

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
): OutputDerivatives {
  const count = model.parameterCount;
  const outputs = sizeOf(model.outputShape);
  const rows = samples * outputs;
  const largest = rows * count ** (third ? 3 : 2);
  if (largest > MOST_NUMBERS) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `noise corrections of order ${third ? 3 : 2}: ${rows} outputs of a network of ${count} parameters have derivatives of ` +
        `${megabytes(largest)}, at most ${megabytes(MOST_NUMBERS)} are possible; use fewer units or samples${third ? ", or order 2" : ""}`,
      { argument: "order", got: largest * 8, expected: MOST_NUMBERS * 8 },
    );
  }
  const second = new Float64Array(rows * count * count);
  /** coefficient k of the gradients along v, into `out` [rows, P] */
  const along = (v: Float64Array | null, k: number, out: Float64Array): Float64Array => {
    const jet = v === null ? [parameters] : [parameters, v, ...new Array<null>(k - 1).fill(null)];
    const pass = passOf(model, jet, x, samples, { reverse: true });
    out.fill(0);
    for (let o = 0; o < outputs; o++) {
      pass.backward(unitCotangent(samples, outputs, o, k), jacobianVisitor(out, count, o, outputs, k));
    }
    return out;
  };
  const first = along(null, 0, new Float64Array(rows * count));
  const value = passOf(model, [parameters], x, samples).output[0] ?? new Float64Array(rows);
  const axis = (...ones: number[]) => {
    const v = new Float64Array(count);
    for (const a of ones) v[a]! += 1;
    return v;
  };
  const buffer = new Float64Array(rows * count);
  for (let a = 0; a < count; a++) {
    along(axis(a), 1, buffer);
    for (let r = 0; r < rows; r++)
      second.set(buffer.subarray(r * count, (r + 1) * count), (r * count + a) * count);
  }
  if (!third) return { rows, parameters: count, value, first, second, third: null };
  const tensor = new Float64Array(rows * count ** 3);
  const place = (r: number, a: number, b: number) => ((r * count + a) * count + b) * count;
  // coefficient 2 along e_a + e_b is T_aa / 2 + T_ab + T_bb / 2
  for (let a = 0; a < count; a++) {
    along(axis(a), 2, buffer);
    for (let r = 0; r < rows; r++) {
      const to = place(r, a, a);
      for (let c = 0; c < count; c++) tensor[to + c] = 2 * buffer[r * count + c]!;
    }
  }
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) {
      along(axis(a, b), 2, buffer);
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
