/**
 * Ordinary differential equations whose right side is not smooth: even steps, halved until what one asks for settles.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Derivative } from "./ode.js";

/** Even steps that a solution was taken with. */
export interface SettledSteps {
  /** longest step, in units of time */
  readonly step: number;
  /**
   * estimate for the watched numbers at all times: three times the largest change of any from steps of twice the length, since changes
   * through kinks do not fall evenly
   */
  readonly error: number;
}

export interface HalvedOdeOptions {
  /** first step; the solver must be stable with it: for y' = -a y a step below 2.7 / a */
  readonly step: number;
  /** what has to settle */
  readonly watch: (y: Float64Array) => Float64Array;
  /** `error` allowed, relative to the largest watched number */
  readonly tolerance: number;
  /** of one pass, default 2e5 */
  readonly maxSteps?: number | undefined;
  /** told after every step where the pass is; passes of half the step begin at 0 again */
  readonly onStep?: ((time: number, step: number) => void) | undefined;
}

/** States at the times, and how well they are known. */
export interface HalvedOdeSolution {
  readonly states: readonly Float64Array[];
  /** watched numbers at every time */
  readonly watched: readonly Float64Array[];
  readonly steps: SettledSteps;
}

/**
 * Solves y' = f(t, y), y(0) = start by the classical method of order 4 with even steps, and halves them until the watched numbers
 * are within the tolerance, judged by how much they change from the coarser steps to the finer ones, which are kept.
 *
 * For sums over many parts of which each has its own moment of a kink: error control by parts would stop at each of them, thousands of
 * times, while their sum hardly notices.
 * @throws ERR_NUMERICAL when numbers do not settle within `maxSteps`
 */
export function* halvedOdeSteps(
  derivative: Derivative,
  start: Float64Array,
  times: readonly number[],
  { step: first, watch, tolerance, maxSteps = 2e5, onStep }: HalvedOdeOptions,
): Generator<void, HalvedOdeSolution, void> {
  const end = times.at(-1) ?? 0;
  let coarse: readonly Float64Array[] | null = null;
  let counts = countsOf(times, first);
  for (; ; counts = counts.map((count) => 2 * count)) {
    if (!(counts.reduce((sum, count) => sum + count, 0) <= maxSteps)) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `halvedOdeSteps: the solution does not settle within ${maxSteps} steps up to t = ${end}: training runs away; use shorter times or a smaller rate`,
        { status: "not settled", time: end },
      );
    }
    const states = yield* evenSteps(derivative, start, times, counts, onStep);
    const watched: readonly Float64Array[] | null = states?.map(watch) ?? null;
    if (watched !== null && coarse !== null) {
      const { change, largest } = compare(watched, coarse);
      const error = CAUTION * change;
      if (error <= tolerance * largest) {
        return { states: states!, watched, steps: { step: longestStep(times, counts), error } };
      }
    }
    coarse = watched;
  }
}

/** Stated error over the last change. */
const CAUTION = 3;

/** Even steps of at most `first` to each time from the one before it. */
function countsOf(times: readonly number[], first: number): number[] {
  return times.map((time, i) => Math.ceil((time - (times[i - 1] ?? 0)) / first - 1e-9));
}

function longestStep(times: readonly number[], counts: readonly number[]): number {
  let longest = 0;
  counts.forEach((count, i) => {
    if (count > 0) longest = Math.max(longest, (times[i]! - (times[i - 1] ?? 0)) / count);
  });
  return longest;
}

/** States at the times; null when numbers stop being finite. */
function* evenSteps(
  derivative: Derivative,
  start: Float64Array,
  times: readonly number[],
  counts: readonly number[],
  onStep: HalvedOdeOptions["onStep"],
): Generator<void, Float64Array[] | null, void> {
  const size = start.length;
  const y = Float64Array.from(start);
  const [probe, slope, sum] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const found: Float64Array[] = [];
  let from = 0;
  for (const [i, time] of times.entries()) {
    const count = counts[i]!;
    const h = (time - from) / count;
    for (let k = 0; k < count; k++) {
      yield;
      const t = from + k * h;
      probe.set(y);
      sum.fill(0);
      for (let stage = 0; stage < 4; stage++) {
        const middle = stage === 1 || stage === 2;
        derivative(middle ? t + h / 2 : stage === 0 ? t : t + h, probe, slope);
        const share = middle ? h / 3 : h / 6;
        const reach = stage === 2 ? h : h / 2; // of the next stage
        for (let i = 0; i < size; i++) {
          sum[i]! += share * slope[i]!;
          probe[i] = y[i]! + reach * slope[i]!;
        }
      }
      let total = 0;
      for (let i = 0; i < size; i++) {
        y[i]! += sum[i]!;
        total += y[i]!;
      }
      if (!Number.isFinite(total)) return null;
      onStep?.(t + h, h);
    }
    found.push(Float64Array.from(y));
    from = time;
  }
  return found;
}

function compare(fine: readonly Float64Array[], coarse: readonly Float64Array[]) {
  let [change, largest] = [0, 0];
  fine.forEach((at, t) => {
    at.forEach((value, i) => {
      change = Math.max(change, Math.abs(value - coarse[t]![i]!));
      largest = Math.max(largest, Math.abs(value));
    });
  });
  return { change, largest };
}
