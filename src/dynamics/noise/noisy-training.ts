/**
 * Noisy training of finite networks by simulation, against which expansions in the noise are held.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { applyModel, type FiniteModel, hessianVectorProduct, lossGradient } from "../../finite/index.js";
import { samplesOf } from "../../finite/model.js";
import { type FloatArray, parametersOf } from "../../finite/parameters.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { breathe, type LongWork } from "../../progress.js";
import { type PathMean, PathSums } from "./path-sums.js";

export interface NoisyTrainingInput extends LongWork {
  readonly model: FiniteModel;
  /** theta_0 [parameters] */
  readonly parameters: FloatArray;
  readonly x: NdArray;
  readonly y: NdArray;
  readonly testX?: NdArray | undefined;
  /** s >= 0 */
  readonly noise: number;
  /** ascending; rounded to whole steps */
  readonly times: readonly number[];
  /** time step of Euler and Maruyama; its error is of the order of the step */
  readonly step: number;
  /** pairs of paths with opposite noise */
  readonly pairs: number;
  readonly seed: number;
  /** the lazy family f_eps instead of the network itself; default 1, the network */
  readonly eps?: number | undefined;
  /** also the trace of the loss' Hessian at the times, at the cost of P Hessian-vector products each. Default false */
  readonly hessianTrace?: boolean | undefined;
}

/** Means over simulated paths of noisy training, with standard errors. */
export interface NoisyPaths {
  readonly time: number;
  /** outputs without noise by the same steps, train rows then test rows */
  readonly quiet: Float64Array;
  /** mean output over all paths */
  readonly outputs: PathMean;
  /** (f^+ + f^-) / 2 - f^quiet: what the noise does to the mean, without the part that is odd in the noise */
  readonly noiseEffect: PathMean;
  /** variance of the outputs over paths, with the standard error of a variance */
  readonly variance: PathMean;
  /** the same two for tr hess L; null unless asked for */
  readonly hessianTrace: { readonly quiet: number; readonly mean: number; readonly error: number } | null;
}

/**
 * Paths of d theta = -grad L dt + s dW by steps of Euler and Maruyama, in pairs with opposite noise, next to the path without
 * noise. Half the sum of a pair minus the quiet path has no part that is odd in the noise and little of the step's error: it
 * shows effects of the order s^2 with few pairs.
 *
 * Every pair has a random stream of its own. Cost: 2 pairs + 1 gradients for every step.
 * Theory notes A4.
 * @throws ERR_NUMERICAL when a path stops being finite; ERR_DOMAIN for steps, pairs and noise that make no sense
 */
export async function simulateNoisyTraining(input: NoisyTrainingInput): Promise<NoisyPaths[]> {
  const { model, x, y, testX, noise, times, step, pairs, seed, eps = 1 } = input;
  requireNumbers(input);
  const outputs = sizeOf(model.outputShape);
  const { samples } = samplesOf(model, x, "simulateNoisyTraining");
  const trainSize = samples * outputs;
  const testSize =
    testX === undefined ? 0 : samplesOf(model, testX, "simulateNoisyTraining", "testX").samples * outputs;
  const parameters = parametersOf(model, input.parameters, "simulateNoisyTraining");
  const startTrain = applyModel(model, parameters, x).data;
  const startTest = testX === undefined ? null : applyModel(model, parameters, testX).data;
  const lazy = (f: Float64Array, start: Float64Array) => f.map((v, i) => start[i]! + (v - start[i]!) / eps);
  const steps = times.map((t) => Math.round(t / step));
  const spread = noise * Math.sqrt(step);

  /** what theta moves along: the gradient of the loss of f_eps in w, with theta = theta_0 + eps w */
  const targetsAt = (theta: Float64Array, share: number) => {
    if (eps === 1 && share === 1) return y;
    const f = applyModel(model, theta, x).data;
    const f0 = lazy(f, startTrain);
    return { data: f.map((v, i) => v - share * (f0[i]! - y.data[i]!)), shape: y.shape };
  };
  const move = (w: Float64Array, xi: Float64Array | null, sign: number) => {
    const theta = parameters.map((p, i) => p + eps * w[i]!);
    const { gradient } = lossGradient(model, theta, x, targetsAt(theta, 1));
    for (let i = 0; i < w.length; i++) {
      w[i]! += -step * gradient[i]! + (xi === null ? 0 : sign * spread * xi[i]!);
    }
  };
  const observe = (w: Float64Array): Float64Array => {
    const theta = parameters.map((p, i) => p + eps * w[i]!);
    const out = new Float64Array(trainSize + testSize);
    out.set(lazy(applyModel(model, theta, x).data, startTrain));
    if (testX !== undefined) out.set(lazy(applyModel(model, theta, testX).data, startTest!), trainSize);
    if (!out.every(Number.isFinite)) {
      throw new ForetrainError(
        "ERR_NUMERICAL",
        `simulateNoisyTraining: a path is no longer finite; use a step smaller than ${step}`,
        { argument: "step", got: step },
      );
    }
    return out;
  };
  const traceAt = (w: Float64Array): number => {
    if (input.hessianTrace !== true) return 0;
    const theta = parameters.map((p, i) => p + eps * w[i]!);
    const targets = targetsAt(theta, eps); // the outputs' Hessian in w carries a factor eps
    let sum = 0;
    for (let p = 0; p < w.length; p++) {
      const axis = new Float64Array(w.length);
      axis[p] = 1;
      sum += hessianVectorProduct(model, theta, x, targets, axis)[p]!;
    }
    return sum;
  };

  const quiet: Float64Array[] = [];
  const quietTraces: number[] = [];
  const rest = new Float64Array(parameters.length);
  let done = 0;
  for (const until of steps) {
    for (; done < until; done++) move(rest, null, 0);
    quiet.push(observe(rest));
    quietTraces.push(traceAt(rest));
  }
  const size = trainSize + testSize;
  const sums = times.map(() => ({
    outputs: new PathSums(size),
    effect: new PathSums(size),
    square: new PathSums(size),
    trace: new PathSums(1),
  }));
  const rng = createRng(seed);
  const xi = new Float64Array(parameters.length);
  for (let pair = 0; pair < pairs; pair++) {
    await breathe(input.signal);
    input.onProgress?.({ label: "noisy training", done: pair, total: pairs, unit: "pairs" });
    const stream = rng.fork("pair", pair);
    const [plus, minus] = [new Float64Array(xi.length), new Float64Array(xi.length)];
    let at = 0;
    steps.forEach((until, k) => {
      for (; at < until; at++) {
        stream.normals(xi);
        move(plus, xi, 1);
        move(minus, xi, -1);
      }
      const [up, down] = [observe(plus), observe(minus)];
      const { outputs: all, effect, square, trace } = sums[k]!;
      const half = up.map((v, i) => (v + down[i]!) / 2);
      all.add(half);
      effect.add(half.map((v, i) => v - quiet[k]![i]!));
      // around the quiet path, so that the square of the mean is a small correction
      square.add(up.map((v, i) => ((v - quiet[k]![i]!) ** 2 + (down[i]! - quiet[k]![i]!) ** 2) / 2));
      trace.add(Float64Array.of((traceAt(plus) + traceAt(minus)) / 2));
    });
  }
  return times.map((time, k) => {
    const { outputs: all, effect, square, trace } = sums[k]!;
    const effects = effect.mean();
    const squares = square.mean();
    const traces = trace.mean();
    return {
      time,
      quiet: quiet[k]!,
      outputs: all.mean(),
      noiseEffect: effects,
      variance: { mean: squares.mean.map((v, i) => v - effects.mean[i]! ** 2), error: squares.error },
      hessianTrace:
        input.hessianTrace === true
          ? { quiet: quietTraces[k]!, mean: traces.mean[0]!, error: traces.error[0]! }
          : null,
    };
  });
}

function requireNumbers({ noise, step, pairs, eps = 1 }: NoisyTrainingInput): void {
  const fail = (argument: string, got: number, expected: string) => {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `simulateNoisyTraining: ${argument} is ${got}, expected ${expected}`,
      {
        argument,
        got,
        expected,
      },
    );
  };
  if (!(noise >= 0 && Number.isFinite(noise))) fail("noise", noise, "a number >= 0");
  if (!(step > 0 && Number.isFinite(step))) fail("step", step, "a number > 0");
  if (!(Number.isInteger(pairs) && pairs >= 2)) fail("pairs", pairs, "a whole number >= 2");
  if (!(eps > 0 && Number.isFinite(eps))) fail("eps", eps, "a number > 0");
}
