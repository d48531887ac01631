/**
 * `foretrain trainability`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import {
  backendOption,
  dataDirOption,
  defineCommand,
  execute,
  offlineOption,
  plugNativeIn,
  seedOption,
} from "../define-command.js";
import { byteCount, path, positiveInteger } from "../option-values.js";

export function declareTrainability(program: Command, signal: AbortSignal): void {
  defineCommand(
    program,
    "trainability <network>",
    "spectra, learning rates and mean predictor against depth",
    [
      "foretrain trainability network.json --data mnist --depths 1,2,4,8,16,32,64",
      'foretrain trainability "preset:fcn?activation=erf&weightVariance=1.25&biasVariance=0.05" --data mnist --depths 1:400:40 --svg t.svg',
      "foretrain trainability network.json --data my.npz --get ntk --out t.npz --json",
    ],
  )
    .description(
      "NETWORK repeats a block: a hidden layer, a convolution or a residual block; depth counts its nonlinear layers.\n" +
        "Prints for each depth the eigenvalues of the train kernel, its condition number beside the one that theory\n" +
        "predicts, the largest stable learning rate for the loss 1/(2n) sum (f - y)^2, and the size of the mean predictor.",
    )
    .requiredOption("--data <source>", "mnist, fashion-mnist, cifar10, digits, FILE.npz or FILE.csv")
    .option(
      "--depths <list>",
      "1,2,4,... or start:stop:count, rounded to whole numbers (default: 1 to 256, about two for each doubling)",
    )
    .addOption(new Option("--train <n>", "number of train samples").argParser(positiveInteger).default(64))
    .addOption(new Option("--test <n>", "number of test samples").argParser(positiveInteger).default(32))
    .addOption(
      new Option("--normalization <kind>", "of the inputs")
        .choices(["unit", "standardize", "none"])
        .default("unit"),
    )
    .option("--get <names>", "ntk (all layers trained), nngp (the last layer only)", "ntk,nngp")
    .addOption(seedOption())
    .addOption(dataDirOption())
    .addOption(offlineOption())
    .addOption(
      new Option("--memory <size>", "memory that the kernels may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .option("--dry-run", "print what it would cost and stop")
    .option(
      "--out <file>",
      "npz to write: depths, and for each kernel its numbers [depths], NaN where there is none",
      path,
    )
    .option("--svg <file>", "picture to write", path)
    .action(async (network: string, options) => {
      await plugNativeIn(options);
      const { trainabilityCommand } = await import("../commands/trainability.js");
      await execute(options, signal, (context) => trainabilityCommand(network, options, context));
    });
}
