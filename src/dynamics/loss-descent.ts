/**
 * Gradient descent step by step, and the continuous limit of descent with momentum, under any loss.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { solveOde } from "../numeric/ode.js";
import { breathe, type LongWork, throwIfAborted } from "../progress.js";
import type { DualProblem } from "./dual-training.js";

export interface DescentRule {
  readonly learningRate: number;
  readonly momentum: number;
}

/** Steps between two chances for timers and cancellation. */
const BREATH = 16;
/** Outputs beyond this are a divergence, not training. */
const DIVERGED = 1e100;

/**
 * v <- momentum v + eta (dL/df - (ridge / n) A), A <- A + v, the heavy ball in dual coordinates; gives A after each of `steps`
 * (ascending). Two products of n^2 columns per step.
 * @throws ERR_NUMERICAL when the outputs diverge, with the step at which they do
 */
export async function* lossDescent(
  problem: DualProblem,
  { learningRate, momentum }: DescentRule,
  steps: readonly number[],
  { signal, onProgress }: LongWork = {},
): AsyncGenerator<Matrix> {
  const { model, columns } = problem;
  const { samples: n, size: rows, ridge, rank } = model;
  const a = matrix(rows, columns);
  const v = new Float64Array(rows * columns);
  let done = 0;
  const requireBounded = () => {
    if (a.data.every((x) => Math.abs(x) < DIVERGED)) return;
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `lossDescent: gradient descent with learning rate ${learningRate}${momentum === 0 ? "" : ` and momentum ${momentum}`} has diverged ` +
        `before step ${done + 1}; use a smaller learning rate (maxLearningRate gives the largest stable one)`,
      { argument: "learningRate", got: learningRate, step: done },
    );
  };
  for (const target of steps) {
    for (; done < target; done++) {
      const { data: g } = problem.gradient(a);
      for (let i = 0; i < rank * columns; i++) {
        v[i] = momentum * v[i]! + learningRate * (g[i]! - (ridge / n) * a.data[i]!);
        a.data[i]! += v[i]!;
      }
      if (done % BREATH !== 0) continue;
      requireBounded();
      onProgress?.({ label: "training", done, total: steps.at(-1)!, unit: "steps" });
      await breathe(signal);
    }
    requireBounded(); // also of the steps since the last chance
    yield a;
  }
}

/**
 * eta A'' + (1 - momentum) A' = dL/df - (ridge / n) A from rest, at each of `times` (ascending, learning rate x steps): one ODE
 * in steps, whose rates are of order 1 wherever descent itself is stable, by the method of Dormand and Prince.
 * @throws ERR_NUMERICAL as `solveOde`
 */
export async function* lossMomentumFlow(
  problem: DualProblem,
  { learningRate, momentum }: DescentRule,
  times: readonly number[],
  { signal, onProgress, tolerance = 1e-8 }: LongWork & { readonly tolerance?: number | undefined } = {},
): AsyncGenerator<Matrix> {
  const { model, columns } = problem;
  const { samples: n, size: rows, values, ridge, rank } = model;
  const size = rank * columns;
  // in units of sqrt(lambda) A every component weighs in the outputs as much as in the error control
  const root = values.map(Math.sqrt);
  const at = (i: number) => Math.floor(i / columns);
  const stateOf = (y: Float64Array): Matrix => {
    const a = matrix(rows, columns);
    for (let i = 0; i < size; i++) a.data[i] = root[at(i)]! > 0 ? y[i]! / root[at(i)]! : 0;
    return a;
  };
  let y: Float64Array = new Float64Array(2 * size);
  let before = 0;
  for (const time of times) {
    const span = (time - before) / learningRate;
    const ends = solveOde(
      (_, now, out) => {
        const { data: g } = problem.gradient(stateOf(now));
        for (let i = 0; i < size; i++) {
          out[i] = now[size + i]!;
          const force = root[at(i)]! * g[i]! - (ridge / n) * now[i]!;
          out[size + i] = learningRate * force - (1 - momentum) * now[size + i]!;
        }
      },
      y,
      [span],
      {
        tolerance,
        onStep: (s) => {
          throwIfAborted(signal);
          onProgress?.({
            label: "training",
            done: before + s * learningRate,
            total: times.at(-1)!,
            unit: "time",
          });
        },
      },
    );
    y = ends[0]!;
    before = time;
    yield stateOf(y);
    await breathe(signal);
  }
}
