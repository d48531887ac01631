/**
 * `foretrain forecast`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { dataOptions } from "../data-options.js";
import {
  backendOption,
  defineCommand,
  execute,
  plugNativeIn,
  precisionOption,
  seedOption,
} from "../define-command.js";
import { byteCount, nonNegativeNumber, path, positiveInteger, positiveNumber } from "../option-values.js";

export function declareForecast(program: Command, signal: AbortSignal): void {
  const command = defineCommand(
    program,
    "forecast <spec>",
    "forecast training and generalization, and write a report",
    [
      "foretrain forecast examples/mnist-erf.json",
      'foretrain forecast "preset:fcn?depth=4&activation=relu&weightVariance=2" --data mnist --train 500',
      'foretrain forecast "preset:fcn?depth=3&width=1024" --data mnist --steps 200 --verify --out runs/verified',
      "foretrain forecast network.json --data my.npz --learning-rate 0.5 --steps 1000 --out runs/mine",
    ],
  ).description(
    'SPEC is a forecast spec, a network JSON, or "preset:NAME?parameter=value&..." (quoted for the shell)',
  );
  dataOptions(command, { required: false, normalization: null })
    .option("--classes <list>", "labels to keep, for example 0,1")
    .addOption(new Option("--optimizer <kind>", "training dynamics").choices(["gd", "flow"]))
    .addOption(new Option("--learning-rate <rate>", "of full-batch steps").argParser(positiveNumber))
    .addOption(new Option("--steps <n>", "number of steps").argParser(positiveInteger))
    .addOption(
      new Option("--diag-reg <ridge>", "ridge, relative to the mean diagonal of the train kernel").argParser(
        nonNegativeNumber,
      ),
    )
    .addOption(new Option("--ensemble <n>", "networks drawn for the bands").argParser(positiveInteger))
    .addOption(
      new Option(
        "--corrections <seconds>",
        "work for what the declared widths change, and for the shift by noise, in seconds of one core at nominal rates; 0 for none (default: 2, and 10 for noise)",
      ).argParser(nonNegativeNumber),
    )
    .addOption(
      new Option(
        "--noise <s>",
        "noise in the weights, of variance s^2 per unit of learning rate x steps (default: none)",
      ).argParser(nonNegativeNumber),
    )
    .addOption(seedOption())
    .addOption(
      new Option("--memory <size>", "memory that the kernels may use, for example 2GB").argParser(byteCount),
    )
    .addOption(backendOption())
    .addOption(precisionOption())
    .option("--verify", "train real networks at the declared widths, and lay them over the predicted curves")
    .addOption(
      new Option("--verify-networks <n>", "networks to train (default: 4)").argParser(positiveInteger),
    )
    .addOption(
      new Option("--verify-steps <n>", "train them no longer than this (default: 1000)").argParser(
        positiveInteger,
      ),
    )
    .option("--dry-run", "print what every stage would cost (work, time, memory) and stop")
    .addOption(new Option("--out <folder>", "run folder (default: runs/TITLE)").argParser(path))
    .action(async (spec: string, options) => {
      await plugNativeIn(options);
      const { forecastCommand } = await import("../commands/forecast.js");
      await execute(options, signal, (context) => forecastCommand(spec, options, context));
    });
}
