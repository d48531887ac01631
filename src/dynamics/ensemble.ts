/**
 * Single networks of infinite width: initial functions drawn from the Gaussian process and each trained exactly.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { choleskyWithJitter, matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";
import { breathe, type LongWork } from "../progress.js";
import type { Clock } from "../trainability/index.js";
import { requireShared } from "./kernel-axes.js";
import {
  checkReachable,
  expectFinite,
  expectShape,
  modeFilters,
  type SpectralModel,
  scaleRows,
  toModes,
} from "./model.js";

/** Targets and kernels of networks that start at random functions. */
export interface EnsembleInput {
  /** targets y on the train points [n, k] */
  readonly targets: Matrix;
  /** NNGP on the train points [n, n] */
  readonly nngpTrain: Matrix;
  /** kernel that trains, test against train [m, n]; null: train points only */
  readonly testTrain: Matrix | null;
  /** NNGP, test against train [m, n] */
  readonly nngpTestTrain: Matrix | null;
  /** NNGP among the test points [m, m] */
  readonly nngpTest: Matrix | null;
  /** number of networks */
  readonly draws: number;
  readonly seed: number;
}

/** Initial functions of the networks. */
export interface EnsembleStart {
  /** one column for each output of each draw, [n, draws * k], number draw * k + output */
  readonly train: Matrix;
  /** [m, draws * k]; null without test points */
  readonly test: Matrix | null;
  /** what had to be added to the diagonal of the joint covariance to factor it, absolute; 0: nothing */
  readonly jitter: number;
}

/** The ensemble at one clock. */
export interface EnsembleOutputs extends EnsembleStart {
  readonly clock: Clock;
}

/**
 * Draws initial functions f_0 ~ GP(0, K), jointly on train and test points: independent for each network and output, the
 * same bits for the same seed, and the first networks do not change when more are drawn. (n + m)^3 / 3 flops.
 * @throws ERR_SHAPE, ERR_DATA; ERR_DOMAIN when draws is not a positive integer; ERR_SINGULAR for an indefinite covariance
 */
export function drawInitialFunctions(input: Omit<EnsembleInput, "testTrain">): EnsembleStart {
  const caller = "drawInitialFunctions";
  const { targets, nngpTrain, nngpTestTrain, nngpTest, draws, seed } = input;
  const [n, k] = targets.shape;
  const m = nngpTestTrain?.shape[0] ?? 0;
  expectShape(caller, "nngpTrain", nngpTrain, n, n);
  if (nngpTestTrain) expectShape(caller, "nngpTestTrain", nngpTestTrain, m, n);
  if (nngpTestTrain && !nngpTest) {
    throw new ForetrainError("ERR_SHAPE", `${caller}: nngpTest is missing, expected [${m}, ${m}]`, {
      argument: "nngpTest",
      expected: [m, m],
    });
  }
  if (nngpTest) expectShape(caller, "nngpTest", nngpTest, m, m);
  expectFinite(caller, "nngpTrain", nngpTrain);
  expectFinite(caller, "nngpTestTrain", nngpTestTrain);
  expectFinite(caller, "nngpTest", nngpTest);
  if (!(Number.isInteger(draws) && draws > 0)) {
    throw new ForetrainError("ERR_DOMAIN", `${caller}: draws is ${draws}, expected an integer > 0`, {
      argument: "draws",
      got: draws,
    });
  }
  const size = n + m;
  const joint = matrix(size, size); // lower triangle
  for (let i = 0; i < n; i++) joint.data.set(nngpTrain.data.subarray(i * n, (i + 1) * n), i * size);
  for (let i = 0; i < m; i++) {
    joint.data.set(nngpTestTrain!.data.subarray(i * n, (i + 1) * n), (n + i) * size);
    joint.data.set(nngpTest!.data.subarray(i * m, (i + 1) * m), (n + i) * size + n);
  }
  const { lower, jitter } = choleskyWithJitter(joint);
  const columns = draws * k;
  const noise = matrix(size, columns);
  const rng = createRng(seed).fork("ensemble");
  const column = new Float64Array(size);
  for (let c = 0; c < columns; c++) {
    rng
      .fork("network", Math.floor(c / k))
      .fork("output", c % k)
      .normals(column);
    for (let i = 0; i < size; i++) noise.data[i * columns + c] = column[i]!;
  }
  const f0 = matmul(lower, noise);
  return {
    train: matrix(n, columns, f0.data.slice(0, n * columns)),
    test: nngpTestTrain ? matrix(m, columns, f0.data.slice(n * columns)) : null,
    jitter,
  };
}

/**
 * Outputs of `draws` single networks at each clock, each evolved exactly from its own initial function (see `meanOutputs`
 * for the formula). Per clock 2 (n + m) n draws k flops. Use `squaredLoss` and `accuracy` for one number per network.
 * Stops between clocks when the signal fires.
 * @throws as {@link drawInitialFunctions} and `meanOutputs`; ERR_ABORTED
 */
export async function* ensembleOutputs(
  model: SpectralModel,
  input: EnsembleInput,
  clocks: Iterable<Clock>,
  options: LongWork = {},
): AsyncGenerator<EnsembleOutputs> {
  const caller = "ensembleOutputs";
  requireShared(caller, model);
  const { targets, testTrain, nngpTestTrain, draws } = input;
  const n = model.samples;
  const k = targets.shape[1];
  expectShape(caller, "targets", targets, n, -1);
  expectFinite(caller, "targets", targets);
  if (testTrain) expectShape(caller, "testTrain", testTrain, nngpTestTrain?.shape[0] ?? 0, n);
  expectFinite(caller, "testTrain", testTrain);
  const list = Array.from(clocks);
  const report = (done: number) =>
    options.onProgress?.({ label: "ensemble", done, total: list.length, unit: "times" });
  report(0);
  await breathe(options.signal);
  const start = drawInitialFunctions(testTrain ? input : { ...input, nngpTestTrain: null, nngpTest: null });
  await breathe(options.signal);
  const columns = draws * k;
  const difference = matrix(n, columns);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < columns; c++) {
      difference.data[i * columns + c] = targets.data[i * k + (c % k)]! - start.train.data[i * columns + c]!;
    }
  }
  const b = toModes(model, difference);
  const p = testTrain && matmul(testTrain, model.vectors);
  for (let at = 0; at < list.length; at++) {
    const clock = list[at]!;
    const { filter, residual } = modeFilters(model, clock);
    checkReachable(model, b, clock);
    const left = matmul(model.vectors, scaleRows(b, residual));
    const train = matrix(n, columns);
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < columns; c++) {
        train.data[i * columns + c] = targets.data[i * k + (c % k)]! - left.data[i * columns + c]!;
      }
    }
    let test: Matrix | null = null;
    if (p && start.test) {
      test = matmul(p, scaleRows(b, filter));
      for (let i = 0; i < test.data.length; i++) test.data[i]! += start.test.data[i]!;
    }
    report(at + 1);
    yield { clock, train, test, jitter: start.jitter };
    await breathe(options.signal);
  }
}
