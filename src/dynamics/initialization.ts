/**
 * Spread of the outputs over random initializations.
 *
 * At the start f_0 ~ GP(0, K), K the NNGP kernel; training with kernel Theta then acts linearly on f_0, so the outputs stay
 * Gaussian. With A = U diag(filter) U^T the covariance at two points is (paper A, random initialization; the matrix order
 * matters, K and Theta do not commute)
 *
 *   K_xx' + Theta_xX A K A Theta_Xx' - Theta_xX A K_Xx' - K_xX A Theta_Xx',      on train points (I - Theta A) K (I - A Theta)
 * @module
 */
import { ForetrainError } from "../errors.js";
import { matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { type Clock, isInfinite } from "../trainability/index.js";
import { requireShared } from "./kernel-axes.js";
import { expectFinite, expectShape, modeFilters, type SpectralModel } from "./model.js";

/** The kernels of the initial functions and of training, between and among the points. */
export interface InitializationKernels {
  /** NNGP on the train points [n, n]; null when the model's kernel is the NNGP itself (only the last layer trains) */
  readonly nngpTrain: Matrix | null;
  /** kernel that trains (Theta, or K), test against train [m, n]; null: no test points */
  readonly testTrain: Matrix | null;
  /** NNGP, test against train [m, n]; null when it is `testTrain` itself */
  readonly nngpTestTrain: Matrix | null;
  /** NNGP among the test points: its diagonal [m], or all of it [m, m] (needed for full covariances) */
  readonly nngpTest: Float64Array | Matrix | null;
}

/** The kernels in the eigenbasis of the train kernel: what does not depend on time. */
export interface InitializationModes {
  readonly model: SpectralModel;
  /** U^T K U [n, n]; null: K is the model's kernel, diag(values) */
  readonly train: Matrix | null;
  /** Theta(test, X) U [m, n] */
  readonly trained: Matrix | null;
  /** K(test, X) U [m, n] */
  readonly initial: Matrix | null;
  /** K(x, x) of the test points [m] */
  readonly testVariance: Float64Array;
  /** K(test, test) [m, m] when given */
  readonly test: Matrix | null;
}

/**
 * Brings the kernels into the eigenbasis, O(n^3 + m n^2), once for all times.
 * @throws ERR_SHAPE when shapes do not fit, ERR_DATA for NaN or infinite entries
 */
export function initializationModes(
  model: SpectralModel,
  kernels: InitializationKernels,
): InitializationModes {
  const caller = "initializationModes";
  requireShared(caller, model);
  const n = model.samples;
  const { nngpTrain, testTrain, nngpTestTrain, nngpTest } = kernels;
  if (nngpTrain) expectShape(caller, "nngpTrain", nngpTrain, n, n);
  if (testTrain) expectShape(caller, "testTrain", testTrain, -1, n);
  const m = testTrain?.shape[0] ?? 0;
  if (nngpTestTrain) expectShape(caller, "nngpTestTrain", nngpTestTrain, m, n);
  if (testTrain && nngpTrain && !nngpTestTrain) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: nngpTestTrain is missing, expected the NNGP kernel [${m}, ${n}] because nngpTrain is given`,
      { argument: "nngpTestTrain", expected: [m, n] },
    );
  }
  let test: Matrix | null = null;
  let testVariance = new Float64Array(m);
  if (nngpTest instanceof Float64Array) {
    if (nngpTest.length !== m) {
      throw new ForetrainError(
        "ERR_SHAPE",
        `${caller}: nngpTest has ${nngpTest.length} numbers, expected ${m}`,
        {
          argument: "nngpTest",
          got: nngpTest.length,
          expected: m,
        },
      );
    }
    testVariance = nngpTest.slice();
  } else if (nngpTest) {
    expectShape(caller, "nngpTest", nngpTest, m, m);
    test = nngpTest;
    for (let i = 0; i < m; i++) testVariance[i] = nngpTest.data[i * m + i]!;
  } else if (testTrain) {
    throw new ForetrainError("ERR_SHAPE", `${caller}: nngpTest is missing, expected [${m}] or [${m}, ${m}]`, {
      argument: "nngpTest",
      expected: [m],
    });
  }
  expectFinite(caller, "nngpTrain", nngpTrain);
  expectFinite(caller, "testTrain", testTrain);
  expectFinite(caller, "nngpTestTrain", nngpTestTrain);
  expectFinite(caller, "nngpTest", nngpTest);
  const u = model.vectors;
  const trained = testTrain && matmul(testTrain, u);
  return {
    model,
    train: nngpTrain && matmul(u, matmul(nngpTrain, u), { transposeA: true }),
    trained,
    initial: nngpTestTrain ? matmul(nngpTestTrain, u) : trained,
    testVariance,
    test,
  };
}

/** Covariance of one output over initializations; the same for every output, different outputs are independent. */
export interface OutputCovariance {
  readonly clock: Clock;
  /** variance at each train point [n], or all covariances [n, n] */
  readonly train: Float64Array | Matrix;
  /** variance at each test point [m], or all covariances [m, m]; null without test points */
  readonly test: Float64Array | Matrix | null;
}

/** What is computed by {@link outputCovariance}. */
export interface CovarianceOptions {
  /** "diagonal" (default): variances, O((n + m) n^2). "full": matrices */
  readonly covariance?: "diagonal" | "full" | undefined;
  /** Also on the train points. Default true. */
  readonly train?: boolean | undefined;
}

/**
 * Covariance of the outputs over random initializations at one clock. Variances that rounding makes negative (at most
 * about n eps K(x, x)) are returned as 0.
 * @throws ERR_SHAPE when a full covariance of test points is asked for and only the diagonal of K(test, test) is known;
 *   ERR_SINGULAR in the limit of infinite training when f_0 varies in directions that the train kernel cannot fit
 */
export function outputCovariance(
  modes: InitializationModes,
  clock: Clock,
  options: CovarianceOptions = {},
): OutputCovariance {
  const full = options.covariance === "full";
  const { model, trained, initial, testVariance, test } = modes;
  const n = model.samples;
  const { filter, residual } = modeFilters(model, clock);
  checkInitialReachable(modes, clock);
  let train: Float64Array | Matrix = new Float64Array(0);
  if (options.train !== false) {
    const left = scaleColumns(model.vectors, residual); // U diag(residual)
    const middle = timesModes(modes, left);
    train = full
      ? symmetrized(matmul(middle, left, { transposeB: true }))
      : rowDots(middle, left, new Float64Array(n));
  }
  if (!trained || !initial) return { clock, train, test: null };
  const w = scaleColumns(trained, filter);
  const middle = timesModes(modes, w); // W K~; with the cross terms: cov = K + (W K~ - S) W^T - W S^T
  for (let i = 0; i < middle.data.length; i++) middle.data[i]! -= initial.data[i]!;
  if (!full) {
    const variance = testVariance.slice();
    const m = variance.length;
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let j = i * n; j < (i + 1) * n; j++) sum += (middle.data[j]! - initial.data[j]!) * w.data[j]!;
      variance[i] = Math.max(0, variance[i]! + sum);
    }
    return { clock, train, test: variance };
  }
  if (!test) {
    throw new ForetrainError(
      "ERR_SHAPE",
      "outputCovariance: a full covariance needs nngpTest as a matrix [m, m], got its diagonal only",
      { argument: "nngpTest" },
    );
  }
  const out = matmul(middle, w, { transposeB: true });
  const cross = matmul(w, initial, { transposeB: true });
  for (let i = 0; i < out.data.length; i++) out.data[i]! += test.data[i]! - cross.data[i]!;
  return { clock, train, test: symmetrized(out) };
}

/** Time-independent sums for the variance averaged over points: then O(n^2) per clock. */
export interface MeanVarianceTable {
  readonly modes: InitializationModes;
  /** K~_ij (P^T P)_ij / m, or its diagonal when K~ is diagonal */
  readonly quadratic: Float64Array;
  /** (P^T S)_ii / m */
  readonly linear: Float64Array;
  /** mean K(x, x) over test points */
  readonly start: number;
}

/** Precomputes the mean over test points, O(m n^2). @throws ERR_SHAPE without test points */
export function meanVarianceTable(modes: InitializationModes): MeanVarianceTable {
  const { model, train, trained, initial, testVariance } = modes;
  const m = testVariance.length;
  if (!trained || !initial || m === 0) {
    throw new ForetrainError("ERR_SHAPE", "meanVarianceTable: there are no test points", {
      argument: "modes",
    });
  }
  const n = model.samples;
  const linear = new Float64Array(n);
  for (let x = 0; x < m; x++) {
    for (let i = 0; i < n; i++) linear[i]! += (trained.data[x * n + i]! * initial.data[x * n + i]!) / m;
  }
  let quadratic: Float64Array;
  if (train) {
    quadratic = matmul(trained, trained, { transposeA: true }).data;
    for (let i = 0; i < quadratic.length; i++) quadratic[i]! *= train.data[i]! / m;
  } else {
    quadratic = new Float64Array(n);
    for (let x = 0; x < m; x++) {
      for (let i = 0; i < n; i++) quadratic[i]! += (model.values[i]! * trained.data[x * n + i]! ** 2) / m;
    }
  }
  return { modes, quadratic, linear, start: testVariance.reduce((s, v) => s + v, 0) / m };
}

/** Variance over initializations of one output, averaged over the test points; O(n^2). */
export function meanTestVariance(table: MeanVarianceTable, clock: Clock): number {
  const { modes, quadratic, linear, start } = table;
  const n = modes.model.samples;
  const { filter } = modeFilters(modes.model, clock);
  checkInitialReachable(modes, clock);
  let sum = start;
  for (let i = 0; i < n; i++) {
    const f = filter[i]!;
    if (!modes.train) {
      sum += f * (f * quadratic[i]! - 2 * linear[i]!);
    } else {
      let row = 0;
      for (let j = 0; j < n; j++) row += quadratic[i * n + j]! * filter[j]!;
      sum += f * (row - 2 * linear[i]!);
    }
  }
  return Math.max(0, sum);
}

/** Variance over initializations of one output, averaged over the train points; O(n). */
export function meanTrainVariance(modes: InitializationModes, clock: Clock): number {
  const { model, train } = modes;
  const n = model.samples;
  const { residual } = modeFilters(model, clock);
  checkInitialReachable(modes, clock);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += residual[i]! ** 2 * (train ? Math.max(0, train.data[i * n + i]!) : model.values[i]!);
  }
  return sum / n;
}

/** u_i^T K u_i [n]: what random initialization adds to the energy of each mode, per output. */
export function initialEnergies(modes: InitializationModes): Float64Array {
  const { model, train } = modes;
  const n = model.samples;
  return train
    ? Float64Array.from({ length: n }, (_, i) => Math.max(0, train.data[i * n + i]!))
    : model.values.slice();
}

const UNREACHABLE = 1e-8; // of the trace: K <= Theta leaves n eps there, a kernel that is not below Theta leaves order 1

function checkInitialReachable(modes: InitializationModes, clock: Clock): void {
  const { model, train } = modes;
  const n = model.samples;
  if (!isInfinite(clock) || model.rank === n || !train) return;
  let all = 0;
  let lost = 0;
  for (let i = 0; i < n; i++) {
    const v = Math.max(0, train.data[i * n + i]!);
    all += v;
    if (i >= model.rank) lost += v;
  }
  if (!(lost <= UNREACHABLE * all)) {
    throw new ForetrainError(
      "ERR_SINGULAR",
      `${((100 * lost) / all).toPrecision(3)} % of the initial variance lies in directions that the train ` +
        `kernel (rank ${model.rank} of ${n}) cannot fit. Use a ridge, diagReg (--diag-reg on the command line), or a finite time.`,
      { argument: "nngpTrain", rank: model.rank, samples: n },
    );
  }
}

/** a U^T K U. */
function timesModes(modes: InitializationModes, a: Matrix): Matrix {
  return modes.train ? matmul(a, modes.train) : scaleColumns(a, modes.model.values);
}

function scaleColumns(a: Matrix, scale: Float64Array): Matrix {
  const [n, m] = a.shape;
  const out = matrix(n, m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) out.data[i * m + j] = a.data[i * m + j]! * scale[j]!;
  return out;
}

function rowDots(a: Matrix, b: Matrix, out: Float64Array): Float64Array {
  const m = a.shape[1];
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = i * m; j < (i + 1) * m; j++) sum += a.data[j]! * b.data[j]!;
    out[i] = Math.max(0, sum);
  }
  return out;
}

function symmetrized(a: Matrix): Matrix {
  const n = a.shape[0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const x = (a.data[i * n + j]! + a.data[j * n + i]!) / 2;
      a.data[i * n + j] = x;
      a.data[j * n + i] = x;
    }
    a.data[i * n + i] = Math.max(0, a.data[i * n + i]!);
  }
  return a;
}
