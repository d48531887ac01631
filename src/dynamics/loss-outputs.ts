/**
 * Outputs of infinitely wide networks trained under any loss: one network, or an ensemble of random initial functions.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Matrix, matrix } from "../numeric/matrix.js";
import { breathe } from "../progress.js";
import { type Clock, checkClock, isInfinite } from "../trainability/index.js";
import { dualProblem, type LossTrainingInput } from "./dual-training.js";
import { drawInitialFunctions, type EnsembleInput } from "./ensemble.js";
import { lossDescent, lossMomentumFlow } from "./loss-descent.js";
import { type LossFlowOptions, lossFlow } from "./loss-flow.js";
import type { Outputs } from "./mean.js";
import type { SpectralModel } from "./model.js";

/** Outputs at one clock, of networks side by side. */
export interface LossOutputs extends Outputs {
  /** train loss of each network */
  readonly loss: Float64Array;
}

const CALLER = "lossOutputs";
const amount = (clock: Clock) => (clock.kind === "gd" ? clock.steps : clock.time);

function checkClocks(clocks: readonly Clock[]): void {
  const [first] = clocks;
  clocks.forEach((clock, i) => {
    checkClock(clock, CALLER);
    const wrong = (got: unknown, expected: string) =>
      new ForetrainError(
        "ERR_DOMAIN",
        `${CALLER}: clocks[${i}] is ${JSON.stringify(got)}, expected ${expected}`,
        {
          argument: "clocks",
          index: i,
        },
      );
    if (isInfinite(clock)) {
      throw wrong(
        clock,
        "a finite time: only squared loss has a limit in closed form (see meanOutputs), other losses may have none",
      );
    }
    const rule = (c: Clock) => (c.kind === "flow" ? null : [c.learningRate, c.momentum ?? 0]);
    if (clock.kind !== first!.kind || String(rule(clock)) !== String(rule(first!))) {
      throw wrong(clock, "the kind, the learning rate and the momentum of the first one");
    }
    if (i > 0 && amount(clock) < amount(clocks[i - 1]!)) throw wrong(clock, "ascending times");
  });
}

/**
 * Outputs under any loss L = (1/n) sum over samples at each clock, with a constant kernel:
 *
 *   flow            f' = -Theta dL/df                                        (exponential integrator, error controlled)
 *   gd              f_{k+1} = f_k - eta Theta dL/df, with momentum the heavy ball     (step by step)
 *   momentumFlow    eta f'' + (1 - momentum) f' = -Theta dL/df               (Dormand and Prince, error controlled)
 *
 * at train points, and with Theta(x, X) at test points; t = learning rate x steps. The ridge of the model is weight decay
 * towards the initial weights. Squared loss under flow costs one step to any time; `meanOutputs` has it in closed form.
 * About 4 (n + m) n columns flops per evaluation of the gradient.
 *
 * @param clocks all of one kind, ascending, finite
 * @throws ERR_SHAPE, ERR_DATA, ERR_SPEC for arrays and losses that do not fit; ERR_DOMAIN for clocks; ERR_NUMERICAL for
 *   training that diverges; ERR_ABORTED
 * @see paper A, first order; paper B, training dynamics; Lee et al. 2019 for cross entropy
 */
export async function* lossOutputs(
  model: SpectralModel,
  input: LossTrainingInput,
  clocks: readonly Clock[],
  options: LossFlowOptions = {},
): AsyncGenerator<LossOutputs> {
  checkClocks(clocks);
  const problem = dualProblem(model, input);
  const [first] = clocks;
  if (first === undefined) return;
  await breathe(options.signal);
  const amounts = clocks.map(amount);
  let i = 0;
  if (first.kind === "flow") {
    for await (const { a } of lossFlow(problem, amounts, options))
      yield { clock: clocks[i++]!, ...problem.outputs(a) };
    return;
  }
  const rule = { learningRate: first.learningRate, momentum: first.momentum ?? 0 };
  const states =
    first.kind === "gd"
      ? lossDescent(problem, rule, amounts, options)
      : lossMomentumFlow(problem, rule, amounts, options);
  for await (const a of states) yield { clock: clocks[i++]!, ...problem.outputs(a) };
}

/** Kernels, targets and loss, and how many initial functions to draw. */
export interface LossEnsembleInput extends EnsembleInput, Pick<LossTrainingInput, "loss"> {}

/** Mean and spread over random initial functions at one clock. */
export interface LossEnsemble {
  readonly clock: Clock;
  /** every network: [n, draws * k], column draw * k + output */
  readonly networks: LossOutputs;
  /** mean over networks [n, k] */
  readonly trainMean: Matrix;
  /** standard deviation over networks (divided by draws - 1) [n, k]; NaN for a single one */
  readonly trainStd: Matrix;
  /** [m, k]; null without test points */
  readonly testMean: Matrix | null;
  readonly testStd: Matrix | null;
}

/**
 * {@link lossOutputs} of `draws` networks whose initial functions are drawn from GP(0, K): all are integrated together. The same
 * seed gives the same networks, and the first ones do not change when more are drawn.
 * @throws as `drawInitialFunctions` and {@link lossOutputs}
 */
export async function* lossEnsemble(
  model: SpectralModel,
  input: LossEnsembleInput,
  clocks: readonly Clock[],
  options: LossFlowOptions = {},
): AsyncGenerator<LossEnsemble> {
  const { targets, testTrain, draws, loss } = input;
  const start = drawInitialFunctions(testTrain ? input : { ...input, nngpTestTrain: null, nngpTest: null });
  const training = { targets, loss, testTrain, initialTrain: start.train, initialTest: start.test };
  const k = targets.shape[1];
  for await (const networks of lossOutputs(model, training, clocks, options)) {
    const [trainMean, trainStd] = momentsOf(networks.train, draws, k);
    const [testMean, testStd] = networks.test === null ? [null, null] : momentsOf(networks.test, draws, k);
    yield { clock: networks.clock, networks, trainMean, trainStd, testMean, testStd };
  }
}

/** Mean and standard deviation over the networks side by side. */
function momentsOf({ data, shape: [rows, columns] }: Matrix, draws: number, k: number): [Matrix, Matrix] {
  const [mean, deviation] = [matrix(rows, k), matrix(rows, k)];
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < k; c++) {
      const value = (d: number) => data[i * columns + d * k + c]!;
      let sum = 0;
      for (let d = 0; d < draws; d++) sum += value(d);
      const centre = sum / draws;
      let squares = 0;
      for (let d = 0; d < draws; d++) squares += (value(d) - centre) ** 2;
      mean.data[i * k + c] = centre;
      deviation.data[i * k + c] = Math.sqrt(squares / (draws - 1));
    }
  }
  return [mean, deviation];
}
