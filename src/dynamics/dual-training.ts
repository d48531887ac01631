/**
 * Training in function space, in dual coordinates: whatever the loss, the outputs of a network with a constant kernel are
 *
 *   f_t = f_0 - Theta(., X) A_t,     A_t = the gradients dL/df of all steps so far, summed,
 *
 * so that A [n, networks k] is the state, here in the eigenbasis of the train kernel, U^T A; [n k, networks] for a kernel that couples
 * the outputs.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import { crossMatrix, fromUnknowns, toUnknowns } from "./kernel-axes.js";
import { expectFinite, expectShape, type SpectralModel } from "./model.js";
import {
  lossGradients,
  lossValues,
  type OutputLoss,
  type OutputLossName,
  outputLoss,
} from "./output-loss.js";

/** Targets, kernels and loss of training in function space. */
export interface LossTrainingInput {
  /** targets y on the train points [n, k] */
  readonly targets: Matrix;
  /** a name, or any loss that has a gradient */
  readonly loss: OutputLossName | OutputLoss;
  /** kernel that trains, test against train [m, n], or [m, n, k, k] as the train kernel; null: train points only */
  readonly testTrain?: NdArray | null | undefined;
  /** initial outputs of networks side by side [n, networks * k]; default: one network that starts at 0 */
  readonly initialTrain?: Matrix | null | undefined;
  /** [m, networks * k] */
  readonly initialTest?: Matrix | null | undefined;
}

/** Outputs and gradients at a state, [n, networks k]. */
export interface Evaluation {
  readonly f: Matrix;
  readonly g: Matrix;
  /** U^T g [size, columns], 0 in modes that float64 does not know */
  readonly modes: Matrix;
}

/** The checked problem with what all ways of training share. */
export interface DualProblem {
  readonly model: SpectralModel;
  readonly loss: OutputLoss;
  readonly targets: Matrix;
  /** networks side by side */
  readonly networks: number;
  /** of the state: networks k, or networks where the kernel couples the outputs */
  readonly columns: number;
  /** U^T dL/df at the state `a`, [size, columns]; modes that float64 does not know have gradient 0 */
  readonly gradient: (a: Matrix) => Matrix;
  /** the same with the outputs and dL/df themselves */
  readonly evaluate: (a: Matrix) => Evaluation;
  /** outputs at the state `a` */
  readonly outputs: (a: Matrix) => { train: Matrix; test: Matrix | null; loss: Float64Array };
  /** the largest output so far to hold errors against: |f_0|, |y| */
  readonly size: number;
}

const CALLER = "lossOutputs";

/** @throws ERR_SHAPE, ERR_DATA, ERR_SPEC */
export function dualProblem(model: SpectralModel, input: LossTrainingInput): DualProblem {
  const { targets, initialTrain = null, initialTest = null } = input;
  const loss = outputLoss(input.loss);
  const { samples: n, size: rows, outputs, values, vectors, rank } = model;
  const k = targets.shape[1];
  expectShape(CALLER, "targets", targets, n, outputs ?? -1);
  expectFinite(CALLER, "targets", targets);
  const all = initialTrain?.shape[1] ?? k;
  if (k === 0 || all === 0 || all % k !== 0) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${CALLER}: initialTrain has ${all} columns, expected a multiple of the ${k} outputs`,
      { argument: "initialTrain", got: all, expected: k },
    );
  }
  if (initialTrain) expectShape(CALLER, "initialTrain", initialTrain, n, all);
  const testTrain = input.testTrain ? crossMatrix(CALLER, model, input.testTrain) : null;
  const m = input.testTrain?.shape[0] ?? 0;
  if (initialTest) expectShape(CALLER, "initialTest", initialTest, m, all);
  if (testTrain && initialTrain && !initialTest) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${CALLER}: initialTest is missing, expected [${m}, ${all}] beside initialTrain`,
      { argument: "initialTest", expected: [m, all] },
    );
  }
  expectFinite(CALLER, "testTrain", testTrain);
  expectFinite(CALLER, "initialTrain", initialTrain);
  expectFinite(CALLER, "initialTest", initialTest);

  const networks = all / k;
  const columns = outputs === null ? all : networks;
  const testModes = testTrain && matmul(testTrain, vectors); // [m, n]
  const trainAt = (a: Matrix): Matrix => {
    const moved = matrix(rows, columns);
    for (let i = 0; i < rank; i++)
      for (let c = i * columns; c < (i + 1) * columns; c++) moved.data[c] = -values[i]! * a.data[c]!;
    const f = fromUnknowns(matmul(vectors, moved), outputs);
    if (initialTrain) for (let i = 0; i < f.data.length; i++) f.data[i]! += initialTrain.data[i]!;
    return f;
  };
  const evaluate = (a: Matrix): Evaluation => {
    const f = trainAt(a);
    const g = matrix(n, all);
    lossGradients(loss, f, targets, g);
    const modes = matmul(vectors, toUnknowns(g, outputs), { transposeA: true });
    modes.data.fill(0, rank * columns);
    return { f, g, modes };
  };
  let size = 0;
  for (const { data } of [targets, ...(initialTrain ? [initialTrain] : [])])
    for (const x of data) size = Math.max(size, Math.abs(x));
  return {
    model,
    loss,
    targets,
    networks,
    columns,
    size,
    gradient: (a) => evaluate(a).modes,
    evaluate,
    outputs: (a) => {
      const train = trainAt(a);
      let test: Matrix | null = null;
      if (testModes) {
        test = fromUnknowns(matmul(testModes, a), outputs);
        for (let i = 0; i < test.data.length; i++) test.data[i] = (initialTest?.data[i] ?? 0) - test.data[i]!;
      }
      return { train, test, loss: lossValues(loss, train, targets) };
    },
  };
}
