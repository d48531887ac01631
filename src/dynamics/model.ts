/**
 * The train kernel in its eigenbasis: everything about training with squared loss that does not depend on targets or time.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { eigenSymmetric, matmul, type Threaded } from "../numeric/linalg/index.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import type { LongWork } from "../progress.js";
import {
  type Clock,
  checkClock,
  isInfinite,
  modeState,
  noiseFloor,
  type SpectrumSummary,
  summarizeSpectrum,
} from "../trainability/index.js";
import { trainMatrix } from "./kernel-axes.js";

export interface ModelOptions extends LongWork, Threaded {
  /**
   * Ridge added to the diagonal of the train kernel, relative to its mean diagonal; default 0. It is weight decay towards the
   * initial weights: training then ends at f_0 + K (K + ridge)^{-1} (y - f_0) on the train points, not at y.
   */
  readonly diagReg?: number | undefined;
  /** Take `diagReg` as it is instead. Default false. */
  readonly diagRegAbsolute?: boolean | undefined;
  /**
   * The kernel's own decomposition where it is known, as of another ridge: eigenvalues without ridge, largest first, and vectors
   * [size, size] in columns. It is not checked against the kernel; default: decomposed here, O(size^3)
   */
  readonly eigen?: { readonly values: Float64Array; readonly vectors: Matrix } | undefined;
}

/** A train kernel Theta = U diag(values) U^T and what float64 can do with it. */
export interface SpectralModel {
  /** n */
  readonly samples: number;
  /** k where the kernel couples the outputs, [n, n, k, k]; null where all outputs share it */
  readonly outputs: number | null;
  /** rows of the matrix: n, or n k where it couples the outputs */
  readonly size: number;
  /** eigenvalues of the kernel without ridge, largest first; those below rounding noise are exactly 0 */
  readonly values: Float64Array;
  /** U [size, size], column i belongs to values[i] */
  readonly vectors: Matrix;
  /** ridge, absolute */
  readonly ridge: number;
  /** number of modes that training reaches: values + ridge above size eps lambda_max */
  readonly rank: number;
  /**
   * samples `index` that to the kernel are the same as an earlier one, `of` (their difference is rounding noise); not
   * looked for, and empty, when the kernel has full rank
   */
  readonly duplicates: readonly { readonly index: number; readonly of: number }[];
  readonly conditioning: SpectrumSummary;
}

const NEGATIVE = 1e-8; // relative to lambda_max; rounding of a kernel gives 1e-13 at worst

/**
 * Eigen-decomposition of a train kernel, the O(n^3) step before any number of predictions.
 *
 * Modes with lambda + ridge <= n eps lambda_max carry no information in float64: they are set to 0 and never learned, at any
 * time, so a singular kernel (duplicate inputs) gives finite predictions at finite times and the minimum-norm solution in the
 * limit. `conditioning` says how many there are.
 *
 * A kernel [n, n, k, k] between all pairs of outputs, as `empiricalKernels` has it with `traceAxes: []`, is one problem of n k
 * unknowns: 8 (n k)^2 bytes a matrix and O((n k)^3) operations, k^3 times those of a kernel that all outputs share. With the tangent
 * kernel of a finite network `meanOutputs` and `lossOutputs` then train that network linearized, exactly.
 *
 * @param train Theta or K on the train points, [n, n] or [n, n, k, k], symmetric positive semidefinite
 * @throws ERR_DATA when the kernel is not symmetric, not finite or clearly indefinite; ERR_DOMAIN for a negative diagReg;
 *   ERR_SHAPE, ERR_ABORTED
 */
export async function spectralModel(train: NdArray, options: ModelOptions = {}): Promise<SpectralModel> {
  const { diagReg = 0, diagRegAbsolute = false } = options;
  const { kernel, samples, outputs } = trainMatrix("spectralModel", train);
  const n = kernel.shape[0];
  if (!(diagReg >= 0 && diagReg < Number.POSITIVE_INFINITY)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `diagReg (--diag-reg on the command line) is ${diagReg}, expected a finite number >= 0`,
      {
        argument: "diagReg",
        got: diagReg,
      },
    );
  }
  const { eigen } = options;
  if (
    eigen !== undefined &&
    !(eigen.values.length === n && eigen.vectors.shape.every((size) => size === n))
  ) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `eigen has ${eigen.values.length} values and vectors [${eigen.vectors.shape.join(", ")}], expected ${n} and [${n}, ${n}], as the train kernel`,
      { argument: "eigen", got: eigen.vectors.shape, expected: [n, n] },
    );
  }
  const { values, vectors } = eigen ?? (await eigenSymmetric(kernel, options));
  let trace = 0;
  for (let i = 0; i < n; i++) trace += kernel.data[i * n + i]!;
  const ridge = diagRegAbsolute ? diagReg : (diagReg * trace) / n;
  if (!(values[n - 1]! >= -NEGATIVE * Math.abs(values[0]!))) {
    throw new ForetrainError(
      "ERR_DATA",
      `the train kernel has eigenvalues from ${values[n - 1]} to ${values[0]}, expected a positive semidefinite matrix`,
      { argument: "kernel", got: values[n - 1] },
    );
  }
  const conditioning = summarizeSpectrum(values, ridge);
  const floor = noiseFloor(conditioning.lambdaMax, n);
  const clean = values.map((x) => (x + ridge > floor ? Math.max(0, x) : 0));
  const rank = ridge > floor ? n : clean.reduce((count, x) => count + (x > 0 ? 1 : 0), 0);
  const duplicates =
    rank === n ? [] : duplicateSamples(kernel, samples, outputs ?? 1, noiseFloor(values[0]!, n));
  return {
    samples,
    outputs,
    size: n,
    values: clean,
    vectors: vectors!,
    ridge,
    rank,
    duplicates,
    conditioning,
  };
}

/** (e_i - e_j)^T Theta (e_i - e_j) / 2 <= floor in every output: the pair alone makes eigenvalues that are noise. O(n^2 k). */
function duplicateSamples(
  { data, shape: [rows] }: Matrix,
  n: number,
  k: number,
  floor: number,
): { index: number; of: number }[] {
  const found: { index: number; of: number }[] = [];
  for (let j = 1; j < n; j++) {
    for (let i = 0; i < j; i++) {
      let distance = 0;
      for (let a = 0; a < k; a++) {
        const [p, q] = [i * k + a, j * k + a];
        const own = data[p * rows + p]! + data[q * rows + q]! - 2 * data[p * rows + q]!;
        distance = Math.max(distance, own);
      }
      if (distance / 2 <= floor) {
        found.push({ index: j, of: i });
        break;
      }
    }
  }
  return found;
}

/** The three numbers per mode that all predictions are made of, after training for `clock`. */
export interface ModeFilters {
  /** (1 - decay) / (lambda + ridge): targets to dual coefficients; 0 for modes that are never learned */
  readonly filter: Float64Array;
  /** share of the residual that is left: 1 - lambda filter */
  readonly residual: Float64Array;
}

/**
 * Filters of all modes at one clock.
 * @throws ERR_DOMAIN for a bad clock; ERR_NUMERICAL for infinitely many steps above the largest stable learning rate
 */
export function modeFilters(model: SpectralModel, clock: Clock): ModeFilters {
  checkClock(clock, "modeFilters");
  const { samples: n, size, values, ridge, rank } = model;
  const filter = new Float64Array(size);
  const residual = new Float64Array(size).fill(1);
  for (let i = 0; i < rank; i++) {
    const lambda = values[i]!;
    const state = modeState(clock, lambda + ridge, n);
    filter[i] = state.filter;
    residual[i] = ridge === 0 ? state.decay : (ridge + lambda * state.decay) / (lambda + ridge);
  }
  return { filter, residual };
}

const INCONSISTENT = 1e-8; // of |y - f_0|: rounding leaves 1e-13, different targets of equal inputs leave order 1

/**
 * Refuses the limit of infinite training when targets need modes that the kernel does not have.
 * @param coefficients U^T (y - f_0) [size, columns]
 * @throws ERR_SINGULAR, `details` with rank, the part of the residual out of reach, and the ridge to use
 */
export function checkReachable(model: SpectralModel, coefficients: Matrix, clock: Clock): void {
  const { size: n, rank } = model;
  if (!isInfinite(clock) || rank === n) return;
  const k = coefficients.shape[1];
  let all = 0;
  let lost = 0;
  for (let i = 0; i < n * k; i++) {
    const e = coefficients.data[i]! ** 2;
    all += e;
    if (i >= rank * k) lost += e;
  }
  if (!(lost <= INCONSISTENT ** 2 * all)) throw singularModel(model, Math.sqrt(lost / all));
}

/** Why a kernel has less than full rank. */
type SingularCause = "zero-kernel" | "indistinct-samples" | "duplicates" | "low-rank";

function singularModel(model: SpectralModel, share: number): ForetrainError {
  const { samples, size: n, rank, conditioning, duplicates, ridge } = model;
  const trace = conditioning.eigenvalues.reduce((s, x) => s + x, 0) - n * ridge;
  const cause: SingularCause =
    rank === 0 || !(trace > 0)
      ? "zero-kernel"
      : duplicates.length === samples - 1 && samples > 2
        ? "indistinct-samples"
        : duplicates.length > 0 && (duplicates.length * n) / samples >= n - rank
          ? "duplicates"
          : "low-rank";
  const details = { argument: "kernel", cause, rank, samples, unreachable: share, duplicates };
  if (cause === "zero-kernel") {
    return new ForetrainError(
      "ERR_SINGULAR",
      "the train kernel is zero: training changes no output. Are all inputs zero, or is a weight variance 0? Use other inputs or " +
        "variances; a ridge cannot help",
      details,
    );
  }
  // half of the digits of the prediction are then right, whatever the targets
  const suggestedDiagReg =
    10 ** Math.ceil(Math.log10((Math.sqrt(Number.EPSILON) * conditioning.lambdaMax * n) / trace));
  const first = duplicates[0];
  const pair = first === undefined ? "" : `${first.of} and ${first.index}`;
  const [reason, wayOut] = {
    "indistinct-samples": [
      "it does not tell the inputs apart, as that of a network deep in the ordered phase, or of equal inputs",
      "or fewer layers or variances nearer to criticality",
    ],
    duplicates: [
      `${duplicates.length === 1 ? "one input is" : `${duplicates.length} inputs are`} equal or nearly equal to an earlier one ` +
        `(the first such pair: samples ${pair}), with different targets`,
      "or remove the duplicates",
    ],
    "low-rank": [
      `${first === undefined ? "no inputs are equal" : `equal inputs (such as samples ${pair}) explain only a part of it`}, ` +
        "but the kernel has few dimensions, as that of a linear network with more samples than features, or of a deep ordered one",
      "or a nonlinear or shallower network",
    ],
  }[cause];
  return new ForetrainError(
    "ERR_SINGULAR",
    `the train kernel is singular (rank ${rank} of ${n}) and ${(100 * share).toPrecision(3)} % of the targets' norm lies in ` +
      `directions that it cannot fit: ${reason}. Use diagReg (--diag-reg on the command line) >= ${suggestedDiagReg}, a finite ` +
      `time, ${wayOut}.`,
    { ...details, suggestedDiagReg },
  );
}

/** U^T x for x [size, columns]. */
export function toModes(model: SpectralModel, x: Matrix): Matrix {
  return matmul(model.vectors, x, { transposeA: true });
}

/** diag(scale) x, row i times scale[i]. */
export function scaleRows(x: Matrix, scale: Float64Array): Matrix {
  const [n, k] = x.shape;
  const out = matrix(n, k);
  for (let i = 0; i < n; i++) {
    const s = scale[i]!;
    for (let c = 0; c < k; c++) out.data[i * k + c] = s * x.data[i * k + c]!;
  }
  return out;
}

/** a - b elementwise; `b` null counts as 0. */
export function subtract(a: Matrix, b: Matrix | null | undefined): Matrix {
  return b
    ? matrix(
        a.shape[0],
        a.shape[1],
        a.data.map((x, i) => x - b.data[i]!),
      )
    : a;
}

/** Throws ERR_SHAPE unless `a` has the given shape; -1 leaves a side free. */
export function expectShape(caller: string, name: string, a: Matrix, rows: number, cols: number): void {
  const [n, m] = a.shape;
  if ((rows >= 0 && n !== rows) || (cols >= 0 && m !== cols)) {
    const show = (x: number) => (x < 0 ? "any" : x);
    throw new ForetrainError(
      "ERR_SHAPE",
      `${caller}: ${name} is [${n}, ${m}], expected [${show(rows)}, ${show(cols)}]`,
      { argument: name, got: a.shape, expected: [rows, cols] },
    );
  }
}

/** Throws ERR_DATA at the first entry that is NaN or infinite; nothing without an array. */
export function expectFinite(
  caller: string,
  name: string,
  a: Matrix | Float64Array | null | undefined,
): void {
  if (!a) return;
  const data = a instanceof Float64Array ? a : a.data;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) {
      const at = a instanceof Float64Array ? [i] : [Math.floor(i / a.shape[1]), i % a.shape[1]];
      throw new ForetrainError(
        "ERR_DATA",
        `${caller}: ${name}[${at.join(", ")}] is ${data[i]}, expected finite numbers`,
        {
          argument: name,
          index: at,
          got: data[i],
        },
      );
    }
  }
}
