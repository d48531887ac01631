/**
 * Ordinary differential equations: the 5th order method of Dormand and Prince with error control.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { breathe } from "../progress.js";

export interface OdeOptions {
  /** error allowed per step, relative to the largest component so far; default 1e-10, at least 1e-14 */
  readonly tolerance?: number | undefined;
  /** default 1e6 */
  readonly maxSteps?: number | undefined;
  /** called at most a few times a second's worth of steps; may throw to stop */
  readonly onStep?: ((time: number) => void) | undefined;
}

/** Writes dy/dt at (t, y) to `out`. */
export type Derivative = (t: number, y: Float64Array, out: Float64Array) => void;

// the tableau of Dormand and Prince 1980; the last row is the 5th order solution and the first stage of the next step
const NODES = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const STAGES: readonly (readonly number[])[] = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** 5th minus 4th order */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/**
 * Solves y' = f(t, y), y(0) = start, and gives y at every one of `times` (ascending, >= 0), which steps hit exactly.
 *
 * Steps are chosen so that the estimated error of each stays below tolerance times the largest |y| seen; the error at
 * the end is some ten times that for problems that do not amplify. Explicit: a problem with a fast rate a needs about a t / 3 steps.
 * @throws ERR_DOMAIN for times that do not ascend; ERR_NUMERICAL when y stops being finite or steps run out
 */
export function solveOde(
  derivative: Derivative,
  start: Float64Array,
  times: readonly number[],
  options: OdeOptions = {},
): Float64Array[] {
  return toEnd(odeSteps(derivative, start, times, options));
}

/** Does stepwise work at once. */
export function toEnd<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Milliseconds between two looks at the signal. */
const BREATH = 50;

/** Does stepwise work in pieces between which timers and signals run; the same numbers as {@link toEnd}. @throws ERR_ABORTED */
export async function toEndInPieces<T>(steps: Generator<void, T, void>, signal?: AbortSignal): Promise<T> {
  for (let last = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - last < BREATH) continue;
    await breathe(signal);
    last = performance.now();
  }
}

/** {@link solveOde} that stops before every step it tries. */
export function* odeSteps(
  derivative: Derivative,
  start: Float64Array,
  times: readonly number[],
  { tolerance = 1e-10, maxSteps = 1e6, onStep }: OdeOptions = {},
): Generator<void, Float64Array[], void> {
  times.forEach((time, i) => {
    if (!(Number.isFinite(time) && time >= (i === 0 ? 0 : times[i - 1]!))) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `solveOde: times[${i}] is ${time}, expected finite times from 0 upwards, in ascending order`,
        { argument: "times", got: time },
      );
    }
  });
  const size = start.length;
  const y = Float64Array.from(start);
  const stages = STAGES.map(() => new Float64Array(size));
  const probe = new Float64Array(size);
  derivative(0, y, stages[0]!);
  let t = 0;
  let largest = norm(y);
  const slope = norm(stages[0]!);
  const end = times.at(-1) ?? 0;
  // the first step moves y by a thousandth of itself, or of what it will be
  let step = slope > 0 ? (1e-3 * Math.max(largest, slope * end * 1e-3)) / slope : end;
  let steps = 0;
  const found: Float64Array[] = [];
  for (const time of times) {
    while (t < time) {
      yield;
      if (++steps > maxSteps) throw stopped(t, `did not get beyond t = ${t} in ${maxSteps} steps`);
      if (step < 1e-15 * end) throw stopped(t, `is not finite, or not smooth, at t = ${t}`);
      // a rest too small for a step of its own joins this one
      const h = t + 1.01 * step >= time ? time - t : step;
      for (let s = 1; s < STAGES.length; s++) {
        combine(y, h, STAGES[s]!, stages, probe);
        derivative(t + NODES[s]! * h, probe, stages[s]!);
      }
      let worst = 0;
      for (let i = 0; i < size; i++) {
        let e = 0;
        for (let s = 0; s < ERROR.length; s++) e += ERROR[s]! * stages[s]![i]!;
        worst = Math.max(worst, Math.abs(e));
        if (Number.isNaN(e)) worst = Number.NaN;
      }
      const allowed = tolerance * Math.max(largest, norm(probe));
      const ratio = allowed > 0 ? (h * worst) / allowed : worst > 0 ? Number.POSITIVE_INFINITY : 0;
      if (!(ratio <= 1)) {
        if (h < 1e-15 * Math.max(t, end))
          throw stopped(t, `is not finite, or has no smooth solution, at t = ${t}`);
        step = Number.isFinite(ratio) ? h * Math.max(0.2, 0.9 * ratio ** -0.2) : h * 0.1;
        continue;
      }
      t = h === time - t ? time : t + h;
      y.set(probe);
      largest = Math.max(largest, norm(y));
      const last = stages.pop()!;
      stages.push(stages[0]!);
      stages[0] = last; // its value at the end is the first stage of the next step
      const grown = h * Math.min(5, 0.9 * Math.max(ratio, 1e-10) ** -0.2);
      step = h < step ? Math.max(step, grown) : grown; // a step cut short to hit a time says little
      onStep?.(t);
    }
    found.push(Float64Array.from(y));
  }
  return found;
}

function combine(
  y: Float64Array,
  h: number,
  weights: readonly number[],
  stages: readonly Float64Array[],
  out: Float64Array,
): void {
  out.set(y);
  weights.forEach((weight, s) => {
    if (weight === 0) return;
    const k = stages[s]!;
    for (let i = 0; i < out.length; i++) out[i]! += h * weight * k[i]!;
  });
}

function norm(y: Float64Array): number {
  let largest = 0;
  for (const value of y) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function stopped(t: number, what: string): ForetrainError {
  return new ForetrainError(
    "ERR_NUMERICAL",
    `solveOde: the solution ${what}; use shorter times or a smaller rate`,
    { status: "stopped", time: t },
  );
}
