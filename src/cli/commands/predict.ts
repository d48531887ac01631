/**
 * `foretrain predict`: mean and covariance of infinitely wide trained networks, from npz to npz.
 * @module
 */
import { inputsFromArrays, oneHotCentred, targetsFromArrays } from "../../data/index.js";
import { accuracy, type PredictInput, type Prediction, predict, squaredLoss } from "../../dynamics/index.js";
import { ForetrainError } from "../../errors.js";
import { numberText, percentText } from "../../figures/index.js";
import { computeKernel, kernelDiagonal } from "../../kernels/index.js";
import type { Network } from "../../network/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { checkWritable, readNpzFile, writeNpzFile } from "../../runs/index-node.js";
import { type Clock, largestLearningRate } from "../../trainability/index.js";
import type { CommandContext, CommandResult } from "../command.js";
import { presetInput, readNetworkArgument } from "../network-argument.js";
import { duration } from "../terminal.js";

export interface PredictCommandOptions {
  readonly train: string;
  readonly test: string;
  readonly get: "nngp" | "ntk";
  readonly time?: readonly number[];
  readonly learningRate?: number;
  readonly steps?: readonly number[];
  readonly diagReg: number;
  readonly std?: boolean;
  readonly memory?: number;
  readonly out: string;
}

/** The clocks of the options; training for ever when none is given. */
function clocksOf({ time, learningRate, steps }: PredictCommandOptions): Clock[] {
  if (steps === undefined && learningRate === undefined) {
    return (time ?? [Number.POSITIVE_INFINITY]).map((at) => ({ kind: "flow", time: at }));
  }
  if (steps === undefined || learningRate === undefined) {
    const missing = steps === undefined ? "--steps" : "--learning-rate";
    throw new ForetrainError(
      "ERR_USAGE",
      `${missing}: missing; gradient descent needs --learning-rate and --steps`,
      {
        argument: missing,
      },
    );
  }
  return steps.map((at) => ({ kind: "gd", learningRate, steps: at }));
}

interface Targets {
  readonly values: Matrix;
  readonly labels: Int32Array | null;
}

function targetsOf(arrays: Readonly<Record<string, NdArray>>, file: string, samples: number): Targets {
  const y = targetsFromArrays(arrays, file, samples);
  if (y.kind === "targets") return { values: y.targets, labels: null };
  if (y.classNames.length < 2) {
    throw new ForetrainError(
      "ERR_DATA",
      `${file}: all labels in y are ${y.classNames[0]}, expected at least two classes (or real targets [n, k])`,
      { argument: "y", got: y.classNames },
    );
  }
  return { values: oneHotCentred(y.labels, y.classNames.length), labels: y.labels };
}

async function kernelsOf(
  network: Network,
  x: { readonly train: NdArray; readonly test: NdArray },
  options: PredictCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<Pick<PredictInput, "nngp" | "ntk" | "nngpTest">> {
  const work = { signal, onProgress: terminal.progress, memoryLimit: options.memory };
  const train = await computeKernel(network, x.train, null, work);
  const testTrain = await computeKernel(network, x.test, x.train, work);
  const nngpTest =
    options.std === true
      ? (await kernelDiagonal(network, x.test, { ...work, get: ["nngp"] })).nngp
      : (await computeKernel(network, x.test, null, { ...work, get: ["nngp"] })).nngp;
  return {
    nngp: { train: train.nngp, testTrain: testTrain.nngp },
    ntk: { train: train.ntk, testTrain: testTrain.ntk },
    nngpTest,
  };
}

/** Accuracy and loss at each time, where the test file has labels. */
function scores(prediction: Prediction, test: Targets | null) {
  const [times, m, k] = prediction.mean.shape as [number, number, number];
  if (test === null || test.values.shape[1] !== k) return null;
  return Array.from({ length: times }, (_, t) => {
    const outputs = matrix(m, k, prediction.mean.data.subarray(t * m * k, (t + 1) * m * k));
    return {
      loss: squaredLoss(outputs, test.values)[0]!,
      accuracy: test.labels === null ? null : accuracy(outputs, test.labels, k)[0]!,
    };
  });
}

const amountOf = (clock: Clock) => (clock.kind === "flow" ? clock.time : clock.steps);

export async function predictCommand(
  networkArgument: string,
  options: PredictCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const started = performance.now();
  const clocks = clocksOf(options);
  await checkWritable(options.out);
  const arrays = { train: await readNpzFile(options.train), test: await readNpzFile(options.test) };
  const samples = (split: "train" | "test") => arrays[split]["x"]?.shape[0] ?? 0;
  const train = targetsOf(arrays.train, options.train, samples("train"));
  const test = arrays.test["y"] === undefined ? null : targetsOf(arrays.test, options.test, samples("test"));
  const network = await readNetworkArgument(networkArgument, {
    ...presetInput(arrays.train),
    classes: train.values.shape[1],
  });
  const x = {
    train: inputsFromArrays(arrays.train, options.train, network.input),
    test: inputsFromArrays(arrays.test, options.test, network.input),
  };
  const kernels = await kernelsOf(network, x, options, context);
  const prediction = await predict(
    {
      ...kernels,
      get: options.get,
      targets: train.values,
      clocks,
      covariance: options.std === true ? "std" : "full",
    },
    { diagReg: options.diagReg, signal: context.signal, onProgress: context.terminal.progress },
  );
  const times = Float64Array.from(clocks, amountOf);
  await writeNpzFile(
    options.out,
    {
      mean: prediction.mean,
      ...(prediction.covariance === null ? {} : { covariance: prediction.covariance }),
      ...(prediction.std === null ? {} : { std: prediction.std }),
      times: { data: times, shape: [times.length] },
    },
    { signal: context.signal },
  );

  const { conditioning } = prediction;
  const limit = largestLearningRate(conditioning.lambdaMax, x.train.shape[0]!);
  const results = scores(prediction, test);
  const unit = clocks[0]!.kind === "gd" ? "step" : "time";
  const lines = [
    `wrote ${options.out}: ${Object.keys({ mean: 0, ...(options.std === true ? { std: 0 } : { covariance: 0 }), times: 0 }).join(", ")} (${duration((performance.now() - started) / 1000)})`,
    ...(results ?? []).map(({ loss, accuracy: share }, t) => {
      const at = Number.isFinite(times[t]!) ? numberText(times[t]!) : "inf";
      return `  ${unit} ${at}: test loss ${numberText(loss)}${share === null ? "" : `, test accuracy ${percentText(share)}`}`;
    }),
    `  conditioning: kappa ${numberText(conditioning.kappa)}, smallest eigenvalue ${numberText(conditioning.lambdaMin)}, rank ${conditioning.effectiveRank} of ${conditioning.eigenvalues.length}, ridge ${numberText(conditioning.ridge)}, float64 ${conditioning.float64Needed ? "needed" : "not needed"}`,
    `  largest stable learning rate ${numberText(limit)} (loss 1/(2n) sum of squares)`,
  ];
  return {
    text: lines.join("\n"),
    json: {
      out: options.out,
      get: options.get,
      times: Array.from(times, (at) => (Number.isFinite(at) ? at : "inf")),
      scores: results,
      conditioning,
      largestLearningRate: limit,
    },
  };
}
