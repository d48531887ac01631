/**
 * How a finite network evolves under minibatch SGD: the moments of its linear model, and simulated paths beside them (paper A).
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { applyModel, jacobian } from "../../finite/index.js";
import { type FiniteModel, samplesOf, targetsOf } from "../../finite/model.js";
import { type FloatArray, parametersOf } from "../../finite/parameters.js";
import { gramMatrix } from "../../numeric/linalg/index.js";
import { matrix, type NdArray, sizeOf } from "../../numeric/matrix.js";
import { breathe, type LongWork } from "../../progress.js";
import { minibatchPaths } from "./minibatch-paths.js";
import { knownMoments, minibatchStep } from "./minibatch-recursion.js";
import {
  type EvolutionAt,
  type EvolutionSplit,
  type NoisyEvolution,
  rootMeanScore,
  simulatedSplit,
} from "./noisy-evolution.js";

export interface MinibatchEvolutionInput extends LongWork {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: FloatArray;
  /** training inputs [n, ...input] and targets [n, ...output] */
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  /** targets of the test samples, for their loss */
  readonly testY?: NdArray | undefined;
  /** B: samples drawn with replacement for a step, 1 to n */
  readonly batch: number;
  /** eta > 0, of the loss 1/(2 n) sum (f - y)^2 */
  readonly learningRate: number;
  /** s >= 0: every step adds s sqrt(eta) xi to the weights. Default 0 */
  readonly noise?: number | undefined;
  /** ascending, learning rate times steps; taken at the nearest step */
  readonly times: readonly number[];
  /** paths beside the prediction, at least 2; null or missing: none */
  readonly simulate?: {
    readonly paths: number;
    readonly seed: number;
    /** also tr hess L, at the cost of a Hessian-vector product for every parameter, path and time */
    readonly hessianTrace?: boolean;
  } | null;
}

/**
 * Means and standard deviations of the outputs under minibatch SGD, expected losses, and the trace of the Hessian of the loss.
 *
 * Exact for the model that is linear in the weights (order 1), step by step: draws with replacement leave its mean at that of full
 * batches and spread its outputs by noise that is multiplied by the residuals. At higher orders the covariance of this noise moves with the
 * weights; there is no closed system for them here.
 *
 * Cost: the gradients of the R = train and test outputs, R^2 n for every step, and B gradients for every step of a simulated path.
 * Theory notes A2.3.
 * @throws ERR_DOMAIN, ERR_SHAPE for input that makes no sense; ERR_NUMERICAL when moments or paths run away (the learning rate is then
 *   above the limit of SGD, which is below that of full batches); ERR_MEMORY when the gradients do not fit; ERR_ABORTED
 */
export async function minibatchEvolution(input: MinibatchEvolutionInput): Promise<NoisyEvolution> {
  const { model, testX, testY, batch, learningRate, noise = 0, times, signal } = input;
  const where = "minibatchEvolution";
  const parameters = parametersOf(model, input.parameters, where);
  const { samples } = samplesOf(model, input.x, where);
  requireNumbers(input, samples);
  const targets = targetsOf(model, input.y, samples, where);
  const testTargets =
    testX === undefined || testY === undefined
      ? null
      : targetsOf(model, testY, samplesOf(model, testX, where, "testX").samples, where);
  const outputs = sizeOf(model.outputShape);
  const trained = samples * outputs;
  const steps = times.map((time) => Math.round(time / learningRate));

  const gradients = [input.x, ...(testX === undefined ? [] : [testX])].map((x) =>
    jacobian(model, parameters, x),
  );
  const rows = gradients.reduce((sum, { shape }) => sum + shape[0], 0);
  const all = matrix(rows, model.parameterCount);
  gradients.reduce((from, { data }) => {
    all.data.set(data, from);
    return from + data.length;
  }, 0);
  const whole = gramMatrix(all);
  const kernel = matrix(rows, trained);
  for (let i = 0; i < rows; i++)
    kernel.data.set(whole.data.subarray(i * rows, i * rows + trained), i * trained);
  let trace = 0; // tr J^T J / n
  for (let i = 0; i < trained; i++) trace += whole.data[i * (rows + 1)]! / samples;
  const added =
    noise === 0
      ? null
      : matrix(
          rows,
          rows,
          whole.data.map((v) => noise * noise * learningRate * v),
        );

  const start = new Float64Array(rows);
  start.set(applyModel(model, parameters, input.x).data.map((f, i) => f - targets[i]!));
  if (testX !== undefined) start.set(applyModel(model, parameters, testX).data, trained);
  const step = { kernel, outputs, learningRate, batch, added };
  let moments = knownMoments(start);
  let done = 0;
  const predicted: {
    readonly mean: Float64Array;
    readonly deviation: Float64Array;
    readonly loss: number;
  }[] = [];
  for (const until of steps) {
    for (; done < until; done++) {
      if (done % 64 === 0) {
        await breathe(signal);
        input.onProgress?.({ label: "moments", done, total: steps.at(-1)!, unit: "steps" });
      }
      moments = minibatchStep(step, moments);
    }
    const { mean, second } = moments;
    let energy = 0;
    for (let i = 0; i < trained; i++) energy += second.data[i * (rows + 1)]!;
    if (!Number.isFinite(energy)) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `${where}: the second moments are no longer finite after ${done} steps: the learning rate ${learningRate} is above the limit of batches of ${batch}; ` +
          "take a smaller one, or larger batches",
        { argument: "learningRate", got: learningRate, steps: done },
      );
    }
    predicted.push({
      mean: mean.map((value, i) => (i < trained ? value + targets[i]! : value)),
      deviation: mean.map((value, i) => Math.sqrt(Math.max(0, second.data[i * (rows + 1)]! - value * value))),
      loss: energy / (2 * samples),
    });
  }
  const { simulate = null } = input;
  const paths =
    simulate === null
      ? null
      : await minibatchPaths({
          ...{ model, parameters, x: input.x, y: input.y, testX, learningRate, batch, noise, steps },
          ...{ paths: simulate.paths, seed: simulate.seed, hessianTrace: simulate.hessianTrace === true },
          signal,
          onProgress: input.onProgress,
        });

  const at = predicted.map(({ mean, deviation, loss }, k): EvolutionAt => {
    const own = paths?.[k] ?? null;
    const noEffect = new Float64Array(rows);
    const split = (from: number, to: number, known: number | null): EvolutionSplit => ({
      mean: mean.slice(from, to),
      noiseEffect: noEffect.slice(from, to),
      deviation: deviation.slice(from, to),
      loss: known,
      simulated: own === null ? null : simulatedSplit(own, from, to),
    });
    const testLoss = () =>
      testTargets!.reduce(
        (sum, y, i) => sum + (mean[trained + i]! - y) ** 2 + deviation[trained + i]! ** 2,
        0,
      ) /
      ((2 * (rows - trained)) / outputs);
    return {
      time: steps[k]! * learningRate,
      train: split(0, trained, loss),
      test: rows === trained ? null : split(trained, rows, testTargets === null ? null : testLoss()),
      termSizes: [],
      hessianTrace: {
        value: trace,
        noiseEffect: 0,
        standardError: 0,
        simulated: own?.hessianTrace ?? null,
      },
      zScores:
        own === null || steps[k] === 0
          ? null
          : {
              noiseEffect: rootMeanScore(noEffect, own.noiseEffect.mean, own.noiseEffect.error),
              deviation: rootMeanScore(
                deviation.map((d) => d * d),
                own.variance.mean,
                own.variance.error,
              ),
            },
    };
  });
  return { order: 1, noise, batch, method: "recursion", at };
}

function requireNumbers(input: MinibatchEvolutionInput, samples: number): void {
  const { learningRate, batch, noise = 0, times, simulate = null } = input;
  const fail = (argument: string, got: unknown, expected: string) => {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `minibatchEvolution: ${argument} is ${String(got)}, expected ${expected}`,
      { argument, got, expected },
    );
  };
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    fail("learningRate", learningRate, "a number > 0");
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= samples))
    fail("batch", batch, `a whole number from 1 to the ${samples} samples that there are to train on`);
  if (!(noise >= 0 && Number.isFinite(noise))) fail("noise", noise, "a number >= 0");
  times.forEach((time, k) => {
    if (!(time >= (times[k - 1] ?? 0) && Number.isFinite(time)))
      fail(`times[${k}]`, time, "finite times from 0 upwards, in ascending order");
  });
  if (simulate !== null && !(Number.isInteger(simulate.paths) && simulate.paths >= 2))
    fail("simulate.paths", simulate.paths, "a whole number >= 2");
}
