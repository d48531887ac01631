/**
 * Gradient flow of an infinitely wide network under any loss: an exponential integrator in the eigenbasis of the kernel.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { matmul } from "../numeric/linalg/index.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { breathe, type LongWork } from "../progress.js";
import type { DualProblem, Evaluation } from "./dual-training.js";
import { outputLoss } from "./output-loss.js";

export interface LossFlowOptions extends LongWork {
  /**
   * error allowed per step in the outputs, at train and typical test points, relative to the largest output so far (targets
   * included); default 1e-6
   */
  readonly tolerance?: number | undefined;
  /** default 100,000 */
  readonly maxSteps?: number | undefined;
}

/** The state on the way. */
export interface FlowState {
  readonly time: number;
  /** U^T A [size, columns] */
  readonly a: Matrix;
  /** steps taken so far, rejected ones included, and evaluations of the gradient */
  readonly steps: number;
  readonly evaluations: number;
}

const DEFAULT_TOLERANCE = 1e-6;
const LEAST_TOLERANCE = 1e-12;
const MOST_STEPS = 100_000;
const SERIES = 0.5;
const MOST_CAUTION = 8;
/** Gradients between two chances for timers and cancellation. */
const BREATH = 64;

/** phi_0 = e^z, phi_{j+1}(z) = (phi_j(z) - 1 / j!) / z, for z <= 0: [phi_0, phi_1, phi_2, phi_3], accurate at any z. */
export function exponentialFunctions(z: number): readonly [number, number, number, number] {
  const zero = Math.exp(z);
  if (z < -SERIES) {
    const one = Math.expm1(z) / z;
    const two = (one - 1) / z;
    return [zero, one, two, (two - 1 / 2) / z];
  }
  // phi_3 by its series, the others upwards from it: nothing cancels
  let term = 1 / 6;
  let three = 0;
  for (let j = 4; j < 24; j++) {
    three += term;
    term *= z / j;
  }
  const two = 1 / 2 + z * three;
  return [zero, 1 + z * two, two, three];
}

/** Outputs that moved by less than this share of their size say nothing about slopes. */
const STANDSTILL = 1e-9;

/** Slopes |delta g| / |delta f| of each sample of each network [n, networks], where f has moved. */
function followSlopes(slopes: Float64Array, from: Evaluation, to: Evaluation, k: number): void {
  for (let s = 0; s < slopes.length; s++) {
    let [up, down, size] = [0, 0, 0];
    for (let i = s * k; i < (s + 1) * k; i++) {
      up += (to.g.data[i]! - from.g.data[i]!) ** 2;
      down += (to.f.data[i]! - from.f.data[i]!) ** 2;
      size += to.f.data[i]! ** 2;
    }
    if (down > STANDSTILL ** 2 * size) slopes[s] = Math.sqrt(up / down);
  }
}

/**
 * Solves A' = dL/df(f_0 - Theta A) - (ridge / n) A from A = 0, and gives the state at each of `times` (ascending).
 *
 * Each mode is split into a decay that is integrated exactly and the rest: A_i' = -(h_i lambda_i + ridge / n) A_i + (U^T dL/df
 * + h lambda A)_i. h_i is the curvature of the loss along the mode, the mean over samples of the slope of dL/df over the last
 * step weighted by u_i^2: with it modes are not stiff, however large lambda t is. For squared loss the rest is constant and one step is exact for
 * any time. The rest is advanced by the exponential Runge-Kutta method of order 4 (Krogstad 2005), whose error estimate
 * compares the last stage with the new state; steps are chosen by the error in the norm that bounds |delta f(x)| at any x.
 *
 * @throws ERR_DOMAIN for a tolerance outside [1e-12, 0.1]; ERR_NUMERICAL when the loss or the state stops being finite, or steps run out
 */
export async function* lossFlow(
  problem: DualProblem,
  times: readonly number[],
  { tolerance = DEFAULT_TOLERANCE, maxSteps = MOST_STEPS, signal, onProgress }: LossFlowOptions = {},
): AsyncGenerator<FlowState> {
  if (!(tolerance >= LEAST_TOLERANCE && tolerance <= 0.1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `lossFlow: tolerance is ${tolerance}, expected a number from ${LEAST_TOLERANCE} to 0.1`,
      { argument: "tolerance", got: tolerance },
    );
  }
  const { model, columns, networks } = problem;
  const { samples: n, size: rows, values, vectors, rank, ridge } = model;
  const size = rank * columns;
  const k = problem.targets.shape[1];
  const mode = (i: number) => Math.floor(i / columns);
  /** where the curvature of component i is */
  const entry = (i: number) => mode(i) * networks + Math.floor(((i % columns) * networks) / columns);
  let evaluations = 0;
  const evaluate = (state: Matrix): Evaluation => {
    evaluations++;
    return problem.evaluate(state);
  };
  // |delta f(x)| <= sqrt(Theta(x, x)) (sum_i lambda_i |delta A_i|^2)^1/2, and Theta(x, x) is that of a train point
  let trace = 0;
  for (const value of values) trace += value;
  const spread = Math.sqrt(trace / rows);
  /** The largest of all columns of (sum_i weight_i delta_i^2)^1/2. */
  const norm = (delta: Float64Array, weight: (lambda: number) => number): number => {
    const sums = new Float64Array(columns);
    for (let i = 0; i < size; i++) sums[i % columns]! += weight(values[mode(i)]!) * delta[i]! ** 2;
    return Math.sqrt(sums.reduce((most, x) => (Number.isNaN(x) || x > most ? x : most), 0));
  };
  const outputNorm = (delta: Float64Array) => spread * norm(delta, (lambda) => lambda);

  const a = matrix(rows, columns);
  let here = evaluate(a);
  let t = 0;
  let steps = 0;
  const rate = outputNorm(here.modes.data);
  if (!Number.isFinite(rate)) throw stopped(0, "starts with a gradient that is not finite");
  let scale = Math.max(problem.size, Number.MIN_VALUE);
  // a first step that moves the outputs by a hundredth of their size tells the slope of the loss
  const first = rate > 0 ? (0.01 * scale) / rate : Number.POSITIVE_INFINITY;
  const isQuadratic = problem.loss === outputLoss("squared");
  const slopes = matrix(n, networks); // of dL/df, by sample and network
  if (isQuadratic) slopes.data.fill(1 / n);
  else if (rate > 0) {
    const probe = evaluate(
      matrix(
        rows,
        columns,
        here.modes.data.map((x) => x * first),
      ),
    );
    followSlopes(slopes.data, here, probe, k);
  }
  /** how much of mode i lies in sample s, [n, size] */
  const squares = matrix(n, rows);
  const perSample = vectors.data.length / n;
  for (let at = 0; at < vectors.data.length; at++) {
    squares.data[Math.floor(at / perSample) * rows + (at % rows)]! += vectors.data[at]! ** 2;
  }
  // 1 where the modes see no more than their own curvature; larger where they are found to disturb each other
  let caution = 1;
  let curvature: Float64Array = isQuadratic
    ? new Float64Array(rows * networks).fill(1 / n)
    : matmul(squares, slopes, { transposeA: true }).data;
  let step = isQuadratic ? Number.POSITIVE_INFINITY : first;
  const stage = () => matrix(rows, columns);
  const [sa, sb, sc, next] = [stage(), stage(), stage(), stage()];
  /** The part of A' that is not integrated exactly. */
  const rest = (state: Matrix, { modes }: Evaluation): Float64Array => {
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      out[i] = modes.data[i]! + caution * curvature[entry(i)]! * values[mode(i)]! * state.data[i]!;
    }
    return out;
  };

  for (const time of times) {
    while (t < time && rate > 0) {
      if (++steps > maxSteps) throw stopped(t, `did not get beyond t = ${t} in ${maxSteps} steps`);
      const h = t + 1.01 * step >= time ? time - t : step;
      const exponents = Array.from(
        { length: rank * networks },
        (_, i) => -h * (caution * curvature[i]! * values[Math.floor(i / networks)]! + ridge / n),
      );
      const half = exponents.map((z) => exponentialFunctions(z / 2));
      const whole = exponents.map(exponentialFunctions);
      const nu = rest(a, here);
      for (let i = 0; i < size; i++) {
        const [p0, p1] = half[entry(i)]!;
        sa.data[i] = p0 * a.data[i]! + (h / 2) * p1 * nu[i]!;
      }
      const na = rest(sa, evaluate(sa));
      for (let i = 0; i < size; i++) {
        const p2 = half[entry(i)]![2];
        sb.data[i] = sa.data[i]! + h * p2 * (na[i]! - nu[i]!);
      }
      const nb = rest(sb, evaluate(sb));
      for (let i = 0; i < size; i++) {
        const [p0, p1, p2] = whole[entry(i)]!;
        sc.data[i] = p0 * a.data[i]! + h * p1 * nu[i]! + 2 * h * p2 * (nb[i]! - nu[i]!);
      }
      const nc = rest(sc, evaluate(sc));
      for (let i = 0; i < size; i++) {
        const [p0, p1, p2, p3] = whole[entry(i)]!;
        const [u, x, y, z] = [nu[i]!, na[i]!, nb[i]!, nc[i]!];
        next.data[i] =
          p0 * a.data[i]! + h * (p1 * u + p2 * (-3 * u + 2 * x + 2 * y - z) + 4 * p3 * (u - x - y + z));
      }
      const there = evaluate(next);
      const nNext = rest(next, there);
      const error = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        const [, , p2, p3] = whole[entry(i)]!;
        error[i] = h * (4 * p3 - p2) * (nNext[i]! - nc[i]!);
      }
      const worst = outputNorm(error) / (tolerance * scale);
      if (!(worst <= 1)) {
        if (h < 1e-14 * time) throw stopped(t, `is not finite, or not smooth, at t = ${t}`);
        step = Number.isFinite(worst) ? h * Math.max(0.2, 0.9 * worst ** -0.25) : h * 0.1;
        if (!isQuadratic) caution = Math.min(MOST_CAUTION, caution * 1.3);
        continue;
      }
      t = h === time - t ? time : t + h;
      a.data.set(next.data);
      scale = Math.max(scale, norm(a.data, (lambda) => lambda ** 2) / Math.sqrt(n));
      const grown = h * Math.min(5, 0.9 * Math.max(worst, 1e-10) ** -0.25);
      step = h < step ? Math.max(step, grown) : grown;
      if (!isQuadratic) {
        followSlopes(slopes.data, here, there, k);
        curvature = matmul(squares, slopes, { transposeA: true }).data;
        caution = Math.max(1, caution * 0.9);
      }
      here = there;
      if (evaluations % BREATH < 4) {
        onProgress?.({ label: "training", done: t, total: times.at(-1)!, unit: "time" });
        await breathe(signal);
      }
    }
    yield { time, a, steps, evaluations };
  }
}

function stopped(t: number, what: string): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `lossFlow: the training ${what}; use shorter times, a larger tolerance, or a loss whose gradient is continuous`,
    { status: "stopped", time: t },
  );
}
