/**
 * Training of one normalized classifier, on whichever thread: plain SGD in float32, minibatches in the order of the data.
 * @module
 */
import { openFloat32Engine } from "../../finite/float32/engine.js";
import type { Loss } from "../../finite/loss.js";
import { finiteModel, initialParameters } from "../../finite/model.js";
import { normalizedScheme } from "../../finite/normalized-scheme.js";
import type { Network } from "../../network/index.js";
import { createRng } from "../../numeric/random.js";
import { type PieceRunner, spreadTask } from "../../threads/spread.js";

/** The job as plain data; run i of any job with the same seed draws the same stream of initial weights. */
export interface ClassifierJob {
  /** N */
  readonly units: number;
  readonly gamma: number;
  readonly loss: Loss;
  /** outer weights U(-1/2, 1/2) instead of the paper's U(0, 1) */
  readonly meanZero: boolean;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly inputs: number;
  readonly classes: number;
  readonly train: ClassifierSamples;
  readonly test: ClassifierSamples;
}

export interface ClassifierSamples {
  /** [n, inputs] */
  readonly x: Float32Array;
  readonly labels: Int32Array;
}

/** What a run gives, [epochs + 1] each, from before the first step on. */
export interface ClassifierRun {
  readonly trainAccuracy: Float64Array;
  readonly testAccuracy: Float64Array;
  /** the loss over the train samples as the paper has it: mean cross entropy, or the mean of squares over samples and outputs */
  readonly trainLoss: Float64Array;
  /** [test samples, classes] in the end, minus the mean over the classes of each sample */
  readonly outputs: Float32Array;
}

/** 784 inputs, N sigmoids, 10 outputs, biases in both layers; what multiplies and moves them is the scheme's. */
export function classifier(units: number, inputs: number, classes: number): Network {
  return {
    foretrain: 1,
    input: [inputs],
    layers: [
      { kind: "dense", units, biasVariance: 1 },
      { kind: "activation", name: "sigmoid" },
      { kind: "dense", units: classes, biasVariance: 1 },
    ],
  };
}

const MEASURED_AT_ONCE = 100;

export function openClassifierJob(job: ClassifierJob): PieceRunner<ClassifierRun> {
  const { units, gamma, loss, meanZero, inputs, classes, train, test, epochs, batch } = job;
  const scheme = normalizedScheme({ widths: [units], gammas: gamma, meanZero });
  const model = finiteModel(classifier(units, inputs, classes), { scheme });
  // the paper's squared loss is a mean over outputs too and has no 1/2: 2 / classes of this package's
  const lossScale = loss === "squared" ? 2 / classes : 1;
  return (index) => {
    const engine = openFloat32Engine(model, { batch: Math.max(batch, MEASURED_AT_ONCE), loss });
    const rng = createRng(job.seed).fork("run", index);
    engine.parameters.set(initialParameters(model, { seed: rng.fork("weights") }));
    const targets = new Float32Array(train.labels.length * classes);
    train.labels.forEach((label, i) => {
      targets[i * classes + label] = 1;
    });
    const run: ClassifierRun = {
      trainAccuracy: new Float64Array(epochs + 1),
      testAccuracy: new Float64Array(epochs + 1),
      trainLoss: new Float64Array(epochs + 1),
      outputs: new Float32Array(test.labels.length * classes),
    };
    const measure = (
      { x, labels }: ClassifierSamples,
      each: (row: number, out: ArrayLike<number>) => void,
    ) => {
      let right = 0;
      for (let from = 0; from < labels.length; from += MEASURED_AT_ONCE) {
        const count = Math.min(MEASURED_AT_ONCE, labels.length - from);
        const out = engine.outputs(x.subarray(from * inputs, (from + count) * inputs), count);
        for (let i = 0; i < count; i++) {
          const row = out.subarray(i * classes, (i + 1) * classes);
          let best = 0;
          for (let c = 1; c < classes; c++) if (row[c]! > row[best]!) best = c;
          if (best === labels[from + i]) right++;
          each(from + i, row);
        }
      }
      return right / labels.length;
    };
    const record = (epoch: number) => {
      let sum = 0;
      run.trainAccuracy[epoch] = measure(train, (row, out) => {
        sum += lossOf(loss, out, train.labels[row]!);
      });
      run.trainLoss[epoch] = sum / train.labels.length;
      run.testAccuracy[epoch] = measure(test, (row, out) => {
        let mean = 0;
        for (let c = 0; c < classes; c++) mean += out[c]! / classes;
        for (let c = 0; c < classes; c++) run.outputs[row * classes + c] = out[c]! - mean;
      });
    };
    record(0);
    const { parameters, gradient } = engine;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (let from = 0; from < train.labels.length; from += batch) {
        const count = Math.min(batch, train.labels.length - from);
        engine.lossGradient(
          train.x.subarray(from * inputs, (from + count) * inputs),
          targets.subarray(from * classes, (from + count) * classes),
          count,
        );
        for (const { offset, size, learningRate } of model.tensors) {
          const rate = learningRate * lossScale;
          for (let i = offset; i < offset + size; i++) parameters[i]! -= rate * gradient[i]!;
        }
      }
      record(epoch);
    }
    engine.close();
    return { value: run };
  };
}

/** Cross entropy of a sample, or the mean over its outputs of the squared error against the one-hot label. */
function lossOf(loss: Loss, out: ArrayLike<number>, label: number): number {
  const classes = out.length;
  if (loss === "squared") {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += (out[c]! - (c === label ? 1 : 0)) ** 2;
    return sum / classes;
  }
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) top = Math.max(top, out[c]!);
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(out[c]! - top);
  return top + Math.log(sum) - out[label]!;
}

export const classifierTask = spreadTask<ClassifierJob, ClassifierRun>(openClassifierJob);
