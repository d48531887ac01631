/**
 * Loss and accuracy of outputs, of one network or of many side by side.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Matrix } from "../numeric/matrix.js";

/**
 * Squared loss `1/(2n) sum over samples and outputs of (f - y)^2` of each of several networks.
 * @param outputs [n, networks * k], the k outputs of one network side by side
 * @param targets [n, k]
 * @returns one loss per network
 */
export function squaredLoss(outputs: Matrix, targets: Matrix): Float64Array {
  const { n, k, networks } = sides("squaredLoss", outputs, targets.shape[0], targets.shape[1]);
  const loss = new Float64Array(networks);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < networks; d++) {
      let sum = 0;
      for (let c = 0; c < k; c++)
        sum += (outputs.data[(i * networks + d) * k + c]! - targets.data[i * k + c]!) ** 2;
      loss[d]! += sum / (2 * n);
    }
  }
  return loss;
}

/**
 * Share of samples whose largest output is that of their label, for each of several networks; the first of equal outputs
 * counts. NaN outputs count as wrong.
 * @param outputs [n, networks * k]
 * @param labels  [n] integers from 0 to k - 1
 */
export function accuracy(outputs: Matrix, labels: ArrayLike<number>, k: number): Float64Array {
  const { n, networks } = sides("accuracy", outputs, labels.length, k);
  const right = new Float64Array(networks);
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < k)) {
      throw new ForetrainError(
        "ERR_DATA",
        `accuracy: label ${i} is ${label}, expected an integer from 0 to ${k - 1}`,
        {
          argument: "labels",
          index: i,
          got: label,
        },
      );
    }
    for (let d = 0; d < networks; d++) {
      if (argmax(outputs.data, (i * networks + d) * k, k) === label) right[d]! += 1 / n;
    }
  }
  for (let d = 0; d < networks; d++) right[d] = Math.round(right[d]! * n) / n; // a count over n, to the last bit
  return right;
}

/** Index of the first largest of `count` numbers from `at` on; -1 when one is NaN. */
export function argmax(data: Float64Array, at: number, count: number): number {
  let best = 0;
  for (let c = 0; c < count; c++) {
    const x = data[at + c]!;
    if (Number.isNaN(x)) return -1;
    if (x > data[at + best]!) best = c;
  }
  return best;
}

function sides(
  caller: string,
  outputs: Matrix,
  n: number,
  k: number,
): { n: number; k: number; networks: number } {
  const networks = outputs.shape[1] / k;
  if (outputs.shape[0] !== n || !Number.isInteger(networks) || n === 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: outputs are [${outputs.shape.join(", ")}], expected [${n}, a multiple of ${k}] with at least one sample`,
      { argument: "outputs", got: outputs.shape, expected: [n, k] },
    );
  }
  return { n, k, networks };
}
