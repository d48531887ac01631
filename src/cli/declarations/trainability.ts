/**
 * `foretrain trainability`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { dataOptions } from "../data-options.js";
import { backendOption, defineCommand, execute, plugNativeIn, seedOption } from "../define-command.js";
import { byteCount, path } from "../option-values.js";

export function declareTrainability(program: Command, signal: AbortSignal): void {
  const command = defineCommand(
    program,
    "trainability <network>",
    "spectra, learning rates and mean predictor against depth",
    [
      "foretrain trainability network.json --data mnist --depths 1,2,4,8,16,32,64",
      'foretrain trainability "preset:fcn?activation=erf&weightVariance=1.25&biasVariance=0.05" --data mnist --depths 1:400:40 --svg t.svg',
      "foretrain trainability network.json --data my.npz --get ntk --out t.npz --json",
    ],
  ).description(
    "NETWORK repeats a block: a hidden layer, a convolution or a residual block; depth counts its nonlinear layers.\n" +
      "Prints for each depth the eigenvalues of the train kernel, its condition number beside the one that theory\n" +
      "predicts, the largest stable learning rate for the loss 1/(2n) sum (f - y)^2, and the size of the mean predictor.",
  );
  dataOptions(command, { defaults: { train: 64, test: 32 } })
    .option(
      "--depths <list>",
      "1,2,4,... or start:stop:count, rounded to whole numbers (default: 1 to 256, about two for each doubling)",
    )
    .option("--get <names>", "ntk (all layers trained), nngp (the last layer only)", "ntk,nngp")
    .addOption(seedOption())
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
