/**
 * `foretrain predict`: mean and covariance of infinitely wide trained networks, from npz to npz.
 * @module
 */
import { type ArrayTargets, inputsFromArrays, oneHotCentred, targetsFromArrays } from "../../data/index.js";
import {
  accuracy,
  lossValues,
  maxLearningRate,
  type OutputLossName,
  outputLoss,
  type Prediction,
  predict,
  type RidgeRule,
} from "../../dynamics/index.js";
import { ForetrainError } from "../../errors.js";
import { numberText, percentText } from "../../figures/index.js";
import { computeKernel, type KernelName, kernelDiagonal } from "../../kernels/index.js";
import type { Network } from "../../network/index.js";
import { type Matrix, matrix, type NdArray } from "../../numeric/matrix.js";
import { readNpzFile, writeNpzFile } from "../../runs/index-node.js";
import type { Clock } from "../../trainability/index.js";
import type { CommandContext, CommandResult } from "../command.js";
import { type EngineOptions, engineOptions } from "../engine-options.js";
import { presetInput, readNetworkArgument } from "../network-argument.js";
import { checkOutputs, isStandardOutput } from "../output-files.js";
import { duration } from "../terminal.js";
import { checkLossOptions, chooseRidge, predictLoss, type SharedKernels } from "./predict-loss.js";
import { planPrediction, requirePredictionFits } from "./predict-plan.js";

export interface PredictCommandOptions extends EngineOptions {
  readonly train: string;
  readonly test: string;
  readonly get: "nngp" | "ntk";
  readonly time?: readonly number[];
  readonly learningRate?: number;
  readonly steps?: readonly number[];
  /** default 0 */
  readonly momentum?: number;
  /** default squared */
  readonly loss?: "squared" | "crossEntropy";
  /** networks of the ensemble under cross entropy; default 0, one network that starts at 0 */
  readonly draws?: number;
  readonly seed?: number;
  /** a number, or by what the train samples choose one */
  readonly diagReg: number | RidgeRule;
  readonly std?: boolean;
  readonly out: string;
}

/** The clocks of the options; training for ever when none is given. */
function clocksOf({ time, learningRate, steps, momentum = 0 }: PredictCommandOptions): Clock[] {
  if (momentum !== 0 && learningRate === undefined) {
    throw new ForetrainError("ERR_USAGE", "--momentum: needs --learning-rate and --steps", {
      argument: "--momentum",
    });
  }
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
  return steps.map((at) => ({ kind: "gd", learningRate, momentum, steps: at }));
}

interface Targets {
  readonly values: Matrix;
  /** null for real targets */
  readonly labels: Int32Array | null;
}

/** Labels as one-hot targets, for squared loss centred so that they sum to zero over the classes of the train labels. */
function asTargets(y: ArrayTargets, loss: OutputLossName): Targets {
  if (y.kind === "targets") return { values: y.targets, labels: null };
  const k = y.classNames.length;
  const values = oneHotCentred(y.labels, k, loss === "squared" ? undefined : new Float64Array(k));
  return { values, labels: y.labels };
}

async function kernelsOf(
  network: Network,
  x: { readonly train: NdArray; readonly test: NdArray },
  options: PredictCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<SharedKernels> {
  const work = { signal, onProgress: terminal.progress, ...engineOptions(options) };
  // the last layer alone needs no tangents, which not every network has
  const get: readonly KernelName[] = options.get === "ntk" ? ["nngp", "ntk"] : ["nngp"];
  const train = await computeKernel(network, x.train, null, { ...work, get });
  const testTrain = await computeKernel(network, x.test, x.train, { ...work, get });
  const isEnsemble = options.loss === "crossEntropy" && (options.draws ?? 0) > 0;
  const nngpTest = (options.loss === "crossEntropy" ? !isEnsemble : options.std === true)
    ? (await kernelDiagonal(network, x.test, { ...work, get: ["nngp"] })).nngp
    : (await computeKernel(network, x.test, null, { ...work, get: ["nngp"] })).nngp;
  return {
    nngp: { train: train.nngp, testTrain: testTrain.nngp },
    ntk: options.get === "ntk" ? { train: train.ntk, testTrain: testTrain.ntk } : null,
    nngpTest,
  };
}

/** Accuracy and loss at each time, where the test file has labels. */
function scores(prediction: Prediction, test: Targets | null, loss: OutputLossName) {
  const [times, m, k] = prediction.mean.shape as [number, number, number];
  if (test === null) return null;
  return Array.from({ length: times }, (_, t) => {
    const outputs = matrix(m, k, prediction.mean.data.subarray(t * m * k, (t + 1) * m * k));
    return {
      loss: lossValues(outputLoss(loss), outputs, test.values)[0]!,
      accuracy: test.labels === null ? null : accuracy(outputs, test.labels, k)[0]!,
    };
  });
}

/** Why there are no scores, or no accuracies; null when there are. */
function missingScores(test: Targets | null, file: string): string | null {
  if (test === null) return `no scores: ${file} has no y`;
  return test.labels === null ? "no accuracy: y holds real targets, not labels" : null;
}

/** What a reader must know about a learning rate above the limit of stability. */
function divergence({ learningRate, steps }: PredictCommandOptions, limit: number): string[] {
  if (learningRate === undefined || steps === undefined || learningRate <= limit) return [];
  return [
    `learning rate ${numberText(learningRate)} is above the largest stable one, ${numberText(limit)}: gradient descent diverges, ` +
      "the outputs grow without bound (modes are followed up to 1e100) and their losses mean nothing; use a smaller --learning-rate",
  ];
}

const amountOf = (clock: Clock) => (clock.kind === "gd" ? clock.steps : clock.time);

export async function predictCommand(
  networkArgument: string,
  options: PredictCommandOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const started = performance.now();
  const clocks = clocksOf(options);
  await checkOutputs({ "--out": options.out }, { "--train": options.train, "--test": options.test });
  const arrays = { train: await readNpzFile(options.train), test: await readNpzFile(options.test) };
  const samples = (split: "train" | "test") => arrays[split]["x"]?.shape[0] ?? 0;
  const y = targetsFromArrays(arrays.train, options.train, samples("train"));
  const { loss = "squared", draws = 0, seed = 0 } = options;
  const train = asTargets(y, loss);
  if (loss !== "squared") checkLossOptions(clocks, train.labels, options.draws);
  else if (options.draws !== undefined) {
    throw new ForetrainError(
      "ERR_USAGE",
      "--draws: is for --loss crossEntropy; with squared loss mean and covariance are exact, without any networks",
      { argument: "--draws" },
    );
  }
  const test =
    arrays.test["y"] === undefined
      ? null
      : asTargets(targetsFromArrays(arrays.test, options.test, samples("test"), "y", y), loss);
  const network = await readNetworkArgument(networkArgument, {
    ...presetInput(arrays.train),
    classes: train.values.shape[1],
  });
  const x = {
    train: inputsFromArrays(arrays.train, options.train, network.input),
    test: inputsFromArrays(arrays.test, options.test, network.input),
  };
  const sizes = {
    n: x.train.shape[0]!,
    m: x.test.shape[0]!,
    k: train.values.shape[1],
    times: clocks.length,
    get: options.get,
    std: loss === "squared" ? options.std === true : draws === 0,
    draws: loss === "squared" ? 0 : draws,
  };
  requirePredictionFits(planPrediction(network, sizes, engineOptions(options)), sizes);
  const kernels = await kernelsOf(network, x, options, context);
  const work = {
    threads: options.threads,
    signal: context.signal,
    onProgress: context.terminal.progress,
  };
  const chosen =
    typeof options.diagReg === "number"
      ? null
      : await chooseRidge(
          (options.get === "ntk" ? kernels.ntk : kernels.nngp)!.train,
          train.labels === null ? train.values : oneHotCentred(train.labels, train.values.shape[1]),
          train.labels,
          options.diagReg,
          work,
        );
  const diagReg = typeof options.diagReg === "number" ? options.diagReg : chosen!.best.ridge;
  const eigen = chosen?.eigen;
  const asked = { kernels, get: options.get, targets: train.values, clocks };
  const prediction =
    loss === "squared"
      ? await predict(
          { ...asked, ...kernels, covariance: options.std === true ? "std" : "full" },
          { ...work, diagReg, eigen },
        )
      : await predictLoss({ ...asked, loss, draws, seed }, { ...work, diagReg, eigen });
  const times = Float64Array.from(clocks, amountOf);
  const arraysWritten = {
    mean: prediction.mean,
    ...(prediction.covariance === null ? {} : { covariance: prediction.covariance }),
    ...(prediction.std === null ? {} : { std: prediction.std }),
    times: { data: times, shape: [times.length] },
  };
  await writeNpzFile(options.out, arraysWritten, { signal: context.signal });

  const { conditioning } = prediction;
  const limit = maxLearningRate({
    lambdaMax: conditioning.lambdaMax,
    samples: x.train.shape[0]!,
    momentum: options.momentum,
    curvature: outputLoss(loss).curvature,
  });
  const results = scores(prediction, test, loss);
  const scoresNote = missingScores(test, options.test);
  const warnings = loss === "squared" ? divergence(options, limit) : [];
  for (const warning of warnings) context.terminal.note(`warning: ${warning}`);
  const unit = clocks[0]!.kind === "gd" ? "step" : "time";
  const lines = [
    `wrote ${options.out}: ${Object.keys(arraysWritten).join(", ")} (${duration((performance.now() - started) / 1000)})`,
    ...(results ?? []).map(({ loss, accuracy: share }, t) => {
      const at = Number.isFinite(times[t]!) ? numberText(times[t]!) : "inf";
      return `  ${unit} ${at}: test loss ${numberText(loss)}${share === null ? "" : `, test accuracy ${percentText(share)}`}${warnings.length > 0 && times[t]! > 0 ? " (diverging)" : ""}`;
    }),
    ...(scoresNote === null ? [] : [`  ${scoresNote}`]),
    `  conditioning: kappa ${numberText(conditioning.kappa)}, smallest eigenvalue ${numberText(conditioning.lambdaMin)}, rank ${conditioning.effectiveRank} of ${conditioning.eigenvalues.length}, ridge ${numberText(conditioning.ridge)}, float64 ${conditioning.float64Needed ? "needed" : "not needed"}`,
    ...(chosen === null ? [] : [`  ${chosen.text}`]),
    `  largest stable learning rate ${numberText(limit)} (${loss === "squared" ? "loss 1/(2n) sum of squares" : "safe at any outputs; cross entropy, mean over samples"}${options.momentum ? `, momentum ${numberText(options.momentum)}` : ""})`,
  ];
  return {
    text: lines.join("\n"),
    onStderr: isStandardOutput(options.out),
    json: {
      out: options.out,
      get: options.get,
      times: Array.from(times, (at) => (Number.isFinite(at) ? at : "inf")),
      scores: results,
      scoresNote,
      warnings,
      conditioning,
      largestLearningRate: limit,
      loss,
      ridge: chosen === null ? null : chosen.best,
    },
  };
}
