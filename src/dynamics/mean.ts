/**
 * Outputs of an infinitely wide network over training, for one initial function.
 * @module
 */
import { matmul } from "../numeric/linalg/index.js";
import type { Matrix, NdArray } from "../numeric/matrix.js";
import type { Clock } from "../trainability/index.js";
import { crossMatrix, fromUnknowns, toUnknowns } from "./kernel-axes.js";
import {
  checkReachable,
  expectFinite,
  expectShape,
  modeFilters,
  type SpectralModel,
  scaleRows,
  subtract,
  toModes,
} from "./model.js";

/** Targets and kernels between test and train samples. */
export interface MeanInput {
  /** targets y on the train points [n, k] */
  readonly targets: Matrix;
  /** kernel between test and train points [m, n], or [m, n, k, k] as the train kernel; null: train outputs only */
  readonly testTrain?: NdArray | null | undefined;
  /** outputs at the start on the train points [n, k], default 0 */
  readonly initialTrain?: Matrix | null | undefined;
  /** outputs at the start on the test points [m, k], default 0 */
  readonly initialTest?: Matrix | null | undefined;
}

/** Outputs at one clock. */
export interface Outputs {
  readonly clock: Clock;
  /** [n, k] */
  readonly train: Matrix;
  /** [m, k]; null without `testTrain` */
  readonly test: Matrix | null;
}

/**
 * Outputs at each clock, exact for squared loss: with Theta = U diag(lambda) U^T and b = U^T (y - f_0),
 *
 *   f_t(X) = f_0(X) + U diag(lambda filter) b
 *   f_t(x) = f_0(x) + Theta(x, X) U diag(filter) b,      filter_i = (1 - e^{-(lambda_i + r) t / n}) / (lambda_i + r)
 *
 * and the discrete filter for gradient descent (paper A, first order; paper B, training dynamics). With f_0 = 0 this is also
 * the mean over random initializations. A kernel [n, n, k, k] between all pairs of outputs takes O((n + m) n k^2) per clock, one that
 * all outputs share O((n + m) n k); lazy, so that a caller may stop at any clock.
 * Theory notes A1.1, B3.1.
 *
 * @throws ERR_SHAPE, ERR_DATA for arrays that do not fit; ERR_SINGULAR in the limit of infinite training when equal inputs
 *   have different targets; ERR_NUMERICAL for infinitely many steps above the largest stable learning rate
 */
export function* meanOutputs(
  model: SpectralModel,
  input: MeanInput,
  clocks: Iterable<Clock>,
): Generator<Outputs> {
  const { targets, initialTrain = null, initialTest = null } = input;
  const { samples: n, outputs } = model;
  const k = targets.shape[1];
  expectShape("meanOutputs", "targets", targets, n, outputs ?? -1);
  expectFinite("meanOutputs", "targets", targets);
  const testTrain = input.testTrain ? crossMatrix("meanOutputs", model, input.testTrain) : null;
  if (initialTrain) expectShape("meanOutputs", "initialTrain", initialTrain, n, k);
  if (initialTest) expectShape("meanOutputs", "initialTest", initialTest, input.testTrain?.shape[0] ?? 0, k);
  expectFinite("meanOutputs", "testTrain", testTrain);
  expectFinite("meanOutputs", "initialTrain", initialTrain);
  expectFinite("meanOutputs", "initialTest", initialTest);
  const b = toModes(model, toUnknowns(subtract(targets, initialTrain), outputs));
  for (const clock of clocks) {
    const { filter, residual } = modeFilters(model, clock);
    checkReachable(model, b, clock);
    // y - U (residual b): exact at the end of training, where the other form subtracts nearly equal numbers
    const train = subtract(targets, fromUnknowns(matmul(model.vectors, scaleRows(b, residual)), outputs));
    let test: Matrix | null = null;
    if (testTrain) {
      test = fromUnknowns(matmul(testTrain, matmul(model.vectors, scaleRows(b, filter))), outputs);
      if (initialTest) for (let i = 0; i < test.data.length; i++) test.data[i]! += initialTest.data[i]!;
    }
    yield { clock, train, test };
  }
}

/**
 * Squared residual of each mode at the start, summed over outputs: |u_i^T (y - f_0)|^2 [size], the `energies` of `stepsToLoss`.
 * @throws ERR_SHAPE, ERR_DATA for arrays that do not fit
 */
export function modeEnergies(
  model: SpectralModel,
  targets: Matrix,
  initialTrain: Matrix | null = null,
): Float64Array {
  expectShape("modeEnergies", "targets", targets, model.samples, model.outputs ?? -1);
  expectFinite("modeEnergies", "targets", targets);
  if (initialTrain)
    expectShape("modeEnergies", "initialTrain", initialTrain, model.samples, targets.shape[1]);
  expectFinite("modeEnergies", "initialTrain", initialTrain);
  const b = toModes(model, toUnknowns(subtract(targets, initialTrain), model.outputs));
  const k = b.shape[1];
  const out = new Float64Array(model.size);
  for (let i = 0; i < out.length; i++) for (let c = 0; c < k; c++) out[i]! += b.data[i * k + c]! ** 2;
  return out;
}
