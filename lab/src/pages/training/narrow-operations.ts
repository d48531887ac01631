/**
 * What the worker computes for a narrow network under noise: its evolution order by order, and simulated paths beside it.
 * @module
 */
import {
  ForetrainError,
  finiteModel,
  initialParameters,
  linearStabilityLimit,
  type NdArray,
  type NoisyEvolution,
  noisyEvolution,
  numberText,
  parsePreset,
  regressionProblem,
} from "foretrain";
import type { OperationWork } from "../../engine/protocol.js";
import { type NarrowChoice, pairsOf, TIMES } from "./specification.js";

/** Numbers in one input of the problems. */
const INPUTS = { sine: 1, autoregressive: 4 } as const;
/** First pairs of paths; each picture that follows has four times as many. */
const FIRST_PAIRS = 8;
const MORE = 4;

export interface NarrowReading {
  readonly choice: NarrowChoice;
  readonly evolution: NoisyEvolution;
  readonly x: NdArray<Float64Array>;
  readonly y: NdArray<Float64Array>;
  readonly testX: NdArray<Float64Array> | null;
  readonly testY: NdArray<Float64Array> | null;
  readonly parameters: number;
  readonly learningRate: number;
  readonly limit: number;
  /** simulated; 0: none */
  readonly paths: number;
  readonly milliseconds: number;
}

async function prepare(choice: NarrowChoice) {
  const { problem, points, testPoints, networkSeed, seed } = choice;
  const network = parsePreset(choice.network, { input: [INPUTS[problem]], classes: 1 });
  const { train, test } = regressionProblem(problem, {
    train: points,
    test: testPoints,
    inputs: network.input[0]!,
    seed,
  });
  const model = finiteModel(network);
  const parameters = initialParameters(model, { seed: networkSeed });
  const limit = await linearStabilityLimit(model, parameters, train.x);
  const learningRate = choice.rate * limit;
  if (!(learningRate < limit)) {
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `learning rate: got ${numberText(learningRate, 6)}, but gradient descent on 1/(2 n) sum (f - y)^2 diverges from ${numberText(limit, 6)} on ` +
        "(2 n / lambda_max of the tangent kernel at the start); take a smaller learning rate",
      { argument: "learningRate", got: learningRate, limit },
    );
  }
  // on whole steps, each once
  const counts = new Set(
    Array.from({ length: TIMES + 1 }, (_, i) => Math.round((i * choice.end) / TIMES / learningRate)),
  );
  return {
    model,
    parameters,
    limit,
    learningRate,
    times: [...counts].map((count) => count * learningRate),
    train,
    test: testPoints === 0 ? null : test,
  };
}

async function evolve(choice: NarrowChoice, pairs: number, work: OperationWork): Promise<NarrowReading> {
  const started = performance.now();
  const { model, parameters, limit, learningRate, times, train, test } = await prepare(choice);
  const evolution = await noisyEvolution({
    model,
    parameters,
    ...train,
    testX: test?.x,
    testY: test?.y,
    noise: choice.noise,
    order: choice.order,
    times,
    simulate: pairs === 0 ? null : { pairs, step: learningRate, seed: choice.seed },
    signal: work.signal,
    onProgress: work.onProgress,
  });
  return {
    choice,
    evolution,
    ...train,
    testX: test?.x ?? null,
    testY: test?.y ?? null,
    parameters: model.parameterCount,
    learningRate,
    limit,
    paths: 2 * pairs,
    milliseconds: performance.now() - started,
  };
}

const predict = (choice: NarrowChoice, work: OperationWork): Promise<NarrowReading> =>
  evolve(choice, 0, work);

export interface SimulateInput {
  readonly choice: NarrowChoice;
  readonly paths: number;
}

/** A few paths first, then more: their means are seen to settle. */
async function simulate({ choice, paths }: SimulateInput, work: OperationWork): Promise<NarrowReading> {
  const all = pairsOf(paths);
  for (let pairs = FIRST_PAIRS; pairs < all; pairs *= MORE) {
    work.onPart?.(await evolve(choice, pairs, work));
  }
  return evolve(choice, all, work);
}

export const narrowOperations = { "training.evolve": predict, "training.simulate": simulate };

export type NarrowOperations = typeof narrowOperations;
