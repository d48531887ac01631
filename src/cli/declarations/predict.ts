/**
 * `foretrain predict`: options and help.
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  backendOption,
  defineCommand,
  execute,
  plugNativeIn,
  precisionOption,
  seedOption,
} from "../define-command.js";
import {
  byteCount,
  nonNegativeNumber,
  numberList,
  path,
  positiveNumber,
  stepList,
  wholeNumber,
} from "../option-values.js";

function ridgeOf(text: string): number | "leaveOneOut" | "likelihood" {
  return text === "leaveOneOut" || text === "likelihood" ? text : nonNegativeNumber(text);
}

function momentumOf(text: string): number {
  const value = nonNegativeNumber(text);
  if (value >= 1) throw new InvalidArgumentError("expected a number in [0, 1)");
  return value;
}

export function declarePredict(program: Command, signal: AbortSignal): void {
  defineCommand(
    program,
    "predict <network>",
    "outputs of infinitely wide trained networks, with covariance",
    [
      "foretrain predict network.json --train train.npz --test test.npz --out p.npz",
      "foretrain predict network.json --train train.npz --test test.npz --time 1,10,100,inf --std --out p.npz",
      "foretrain predict network.json --train train.npz --test test.npz --learning-rate 0.5 --steps 10,1000 --out p.npz",
      "foretrain predict network.json --train train.npz --test test.npz --loss crossEntropy --time 10,1000 --draws 20 --out p.npz",
    ],
  )
    .description("train.npz holds x [n, ...input] and y [n] labels or [n, k] targets; test.npz holds x")
    .requiredOption("--train <file>", "npz with x and y", path)
    .requiredOption("--test <file>", "npz with x, and optionally y for accuracy and loss", path)
    .addOption(
      new Option("--get <name>", "ntk: all layers trained; nngp: only the last")
        .choices(["ntk", "nngp"])
        .default("ntk"),
    )
    .addOption(
      new Option("--time <list>", "training times, learning rate x steps, of gradient flow; inf is the limit")
        .argParser(numberList)
        .conflicts(["learningRate", "steps"]),
    )
    .addOption(
      new Option("--learning-rate <rate>", "of full-batch gradient descent").argParser(positiveNumber),
    )
    .addOption(new Option("--steps <list>", "numbers of steps of gradient descent").argParser(stepList))
    .addOption(
      new Option("--momentum <m>", "heavy-ball momentum of gradient descent, in [0, 1)").argParser(
        momentumOf,
      ),
    )
    .addOption(
      new Option(
        "--loss <name>",
        "what is trained on; crossEntropy is integrated in time (finite --time) or iterated (--steps)",
      )
        .choices(["squared", "crossEntropy"])
        .default("squared"),
    )
    .addOption(
      new Option(
        "--draws <n>",
        "networks with random initial functions, for mean and std under crossEntropy (default: one that starts at 0)",
      ).argParser(wholeNumber),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        "--diag-reg <ridge>",
        "ridge, relative to the mean diagonal of the train kernel; or leaveOneOut or likelihood: the train samples choose it",
      )
        .argParser(ridgeOf)
        .default(0),
    )
    .option("--std", "write std [times, n, 1] instead of covariance [times, n, n]")
    .addOption(
      new Option("--memory <size>", "memory that the job may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .addOption(precisionOption())
    .requiredOption("--out <file>", "npz to write: mean [times, n, k], covariance or std, times", path)
    .action(async (network: string, options) => {
      await plugNativeIn(options);
      const { predictCommand } = await import("../commands/predict.js");
      await execute(options, signal, (context) => predictCommand(network, options, context));
    });
}
