/**
 * Minibatch SGD of finite networks by simulation, against which the recursion of moments is held.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { applyModel, type FiniteModel, hessianTrace, lossGradient } from "../../finite/index.js";
import { type NdArray, takeRows } from "../../numeric/matrix.js";
import { createRng, type Rng } from "../../numeric/random.js";
import { breathe, type LongWork } from "../../progress.js";
import type { NoisyPaths } from "./noisy-training.js";
import { PathSums } from "./path-sums.js";

export interface MinibatchPathsInput extends LongWork {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: Float64Array;
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  readonly learningRate: number;
  /** samples drawn with replacement for a step */
  readonly batch: number;
  /** s: every step adds s sqrt(learningRate) xi to the weights */
  readonly noise: number;
  /** ascending numbers of steps */
  readonly steps: readonly number[];
  readonly paths: number;
  readonly seed: number;
  /** also tr hess L */
  readonly hessianTrace: boolean;
}

/**
 * Paths of theta <- theta - eta grad L_B(theta) + s sqrt(eta) xi, each with a random stream of its own, next to the path of full batches
 * without noise, from which `noiseEffect` is measured. Cost: a gradient of B samples for every step of a path.
 * @throws ERR_NUMERICAL when a path stops being finite
 */
export async function minibatchPaths(input: MinibatchPathsInput): Promise<NoisyPaths[]> {
  const { model, parameters, x, y, testX, learningRate, batch, noise, steps, paths, seed, signal } = input;
  const samples = x.shape[0]!;
  const spread = noise * Math.sqrt(learningRate);
  const move = (theta: Float64Array, stream: Rng | null) => {
    const rows = stream === null ? null : Uint32Array.from({ length: batch }, () => stream.integer(samples));
    const { gradient } =
      rows === null
        ? lossGradient(model, theta, x, y)
        : lossGradient(model, theta, takeRows(x, rows), takeRows(y, rows));
    for (let i = 0; i < theta.length; i++) theta[i]! -= learningRate * gradient[i]!;
    if (stream === null || spread === 0) return;
    const xi = stream.normals(new Float64Array(theta.length));
    for (let i = 0; i < theta.length; i++) theta[i]! += spread * xi[i]!;
  };
  const observe = (theta: Float64Array): Float64Array => {
    const train = applyModel(model, theta, x).data;
    const test = testX === undefined ? [] : applyModel(model, theta, testX).data;
    const out = new Float64Array(train.length + test.length);
    out.set(train);
    out.set(test, train.length);
    if (out.every(Number.isFinite)) return out;
    throw new ForetrainError(
      "ERR_NUMERICAL",
      `minibatchEvolution: a simulated path is no longer finite; take a learning rate below ${learningRate}, or batches of more than ${batch}`,
      { argument: "learningRate", got: learningRate },
    );
  };
  const traceAt = async (theta: Float64Array) =>
    input.hessianTrace ? (await hessianTrace(model, theta, x, y, { method: "exact", signal })).value : 0;

  const quiet: { readonly outputs: Float64Array; readonly trace: number }[] = [];
  const rest = Float64Array.from(parameters);
  let done = 0;
  for (const until of steps) {
    for (; done < until; done++) {
      if (done % 64 === 0) await breathe(signal);
      move(rest, null);
    }
    quiet.push({ outputs: observe(rest), trace: await traceAt(rest) });
  }
  const size = quiet[0]?.outputs.length ?? 0;
  const sums = steps.map(() => ({
    effect: new PathSums(size),
    square: new PathSums(size),
    trace: new PathSums(1),
  }));
  const rng = createRng(seed).fork("minibatch paths");
  for (let path = 0; path < paths; path++) {
    input.onProgress?.({ label: "minibatch training", done: path, total: paths, unit: "paths" });
    const stream = rng.fork("path", path);
    const theta = Float64Array.from(parameters);
    let at = 0;
    for (const [k, until] of steps.entries()) {
      for (; at < until; at++) {
        if (at % 64 === 0) await breathe(signal);
        move(theta, stream);
      }
      const difference = observe(theta).map((v, i) => v - quiet[k]!.outputs[i]!);
      sums[k]!.effect.add(difference);
      sums[k]!.square.add(difference.map((v) => v * v));
      sums[k]!.trace.add(Float64Array.of(await traceAt(theta)));
    }
  }
  return steps.map((count, k) => {
    const effect = sums[k]!.effect.mean();
    const square = sums[k]!.square.mean();
    const trace = sums[k]!.trace.mean();
    return {
      time: count * learningRate,
      quiet: quiet[k]!.outputs,
      outputs: { mean: effect.mean.map((v, i) => v + quiet[k]!.outputs[i]!), error: effect.error },
      noiseEffect: effect,
      // around the path of full batches, so that the square of the mean is a small correction
      variance: {
        mean: square.mean.map((v, i) => ((v - effect.mean[i]! ** 2) * paths) / (paths - 1)),
        error: square.error,
      },
      hessianTrace: input.hessianTrace
        ? { quiet: quiet[k]!.trace, mean: trace.mean[0]!, error: trace.error[0]! }
        : null,
    };
  });
}
