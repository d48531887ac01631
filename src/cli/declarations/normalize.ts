/**
 * `foretrain normalize`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import {
  dataDirOption,
  defineCommand,
  execute,
  offlineOption,
  plugNativeIn,
  seedOption,
} from "../define-command.js";
import { numberList, path, positiveInteger, positiveNumber, wholeNumber } from "../option-values.js";

export function declareNormalize(program: Command, signal: AbortSignal): void {
  defineCommand(
    program,
    "normalize [network]",
    "what the factor N^-gamma does to a network with one hidden layer",
    [
      "foretrain normalize --activation tanh --units 400 --data plane",
      "foretrain normalize --activation sigmoid --units 1000 --outer uniform:-1:1 --data digits --runs 50 --svg gamma.svg",
      "foretrain normalize network.json --data mnist --classes 3,8 --gamma 0.5,0.75,1 --time 0,1,2,5 --out gamma.npz",
      "foretrain normalize --activation tanh --data line --bias normal:0:1 --test 41 --runs 20",
      "foretrain normalize --activation tanh --outer discrete:2@1/3,-1@2/3 --inner normal:0.5:1 --data plane --json",
    ],
  )
    .description(
      "g(x) = N^-gamma sum_i C_i sigma(W_i . x), gamma from 1/2 (NTK scaling) to 1 (mean field), trained with learning rate\n" +
        "alpha / N^(2 - 2 gamma): the mean h + sum_j eps^j Q^j, the spread N^(1 - 2 gamma) Var K + Sigma / N, and the error that\n" +
        "they make, for each gamma; real networks beside it with --runs. NETWORK is dense, activation, dense with 1 unit.\n" +
        "Laws are normal:MEAN:VARIANCE, uniform:LOW:HIGH, discrete:VALUE@PROBABILITY,..., or JSON.",
    )
    .option(
      "--activation <name>",
      'instead of a network; with parameters as "name?key=value&...", or a formula ("x*tanh(x)")',
    )
    .addOption(new Option("--units <n>", "N (default: the network's own, or 500)").argParser(positiveInteger))
    .option("--outer <law>", "of C, with mean 0 (default: normal:0:1)")
    .option(
      "--inner <law>",
      "of each component of W (default: normal:0:1, inputs of labelled data divided by sqrt(features))",
    )
    .option("--bias <law>", "of the hidden biases (default: none)")
    .requiredOption(
      "--data <source>",
      "line or plane (points of [-1, 1] or its square with a wave as target), mnist, fashion-mnist, cifar10, digits, FILE.npz or FILE.csv",
    )
    .addOption(new Option("--train <n>", "number of training samples").argParser(positiveInteger).default(20))
    .addOption(new Option("--test <n>", "number of test samples").argParser(positiveInteger).default(20))
    .option(
      "--classes <a,b>",
      "two labels as -1 and 1 (default: the first half of the classes against the rest)",
    )
    .addOption(
      new Option("--normalization <kind>", "of the inputs of labelled data")
        .choices(["unit", "standardize", "none"])
        .default("unit"),
    )
    .option("--gamma <list>", "0.5,0.75,1 or start:stop:count", "0.5:1:6")
    .addOption(
      new Option("--alpha <rate>", "learning rate before normalization").argParser(positiveNumber).default(1),
    )
    .addOption(
      new Option("--time <list>", "times t = steps / N; the table is at the last")
        .argParser(numberList)
        .default([0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10], "0 to 10"),
    )
    .addOption(
      new Option("--corrections <n>", "most terms Q^j that are computed").argParser(wholeNumber).default(3),
    )
    .addOption(
      new Option("--batch <kind>", "sgd: one random sample a step; full: all of them")
        .choices(["sgd", "full"])
        .default("sgd"),
    )
    .option("--center", "move the law of C to mean 0")
    .addOption(
      new Option("--runs <n>", "train so many real networks at each gamma (default: none)").argParser(
        positiveInteger,
      ),
    )
    .addOption(
      new Option("--particles <n>", "units that stand for infinitely many (default: 8192)").argParser(
        positiveInteger,
      ),
    )
    .addOption(seedOption())
    .addOption(dataDirOption())
    .addOption(offlineOption())
    .addOption(
      new Option(
        "--out <file>",
        "npz to write: mean, variance and terms at all times, and those of trained networks",
      ).argParser(path),
    )
    .addOption(new Option("--svg <file>", "picture to write").argParser(path))
    .action(async (network: string | undefined, options) => {
      await plugNativeIn(options);
      const { normalizeCommand } = await import("../commands/normalize.js");
      await execute(options, signal, (context) => normalizeCommand(network, options, context));
    });
}
