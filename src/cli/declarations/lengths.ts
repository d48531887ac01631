/**
 * `foretrain lengths`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { defineCommand, execute, seedOption } from "../define-command.js";
import { nonNegativeNumber, path, positiveInteger, widthList } from "../option-values.js";

export function declareLengths(program: Command, signal: AbortSignal): void {
  defineCommand(program, "lengths [network]", "lengths of layers at infinite and at finite widths", [
    "foretrain lengths --activation tanh --weight-variance 1.5 --bias-variance 0.1 --depth 5",
    "foretrain lengths --activation relu --weight-variance 2 --widths 10,100,1000 --repetitions 5000 --svg lengths.svg",
    "foretrain lengths network.json --out lengths.npz          at the widths of the network",
    "foretrain lengths --activation reciprocal                 has no length map: shows how lengths diverge",
  ])
    .description(
      "Length map, simulated networks beside it, N Var of the lengths, and how fast they approach their limit.\n" +
        'NETWORK is a plain stack of dense and activation layers: a JSON file or "preset:NAME?parameter=value&..."',
    )
    .option(
      "--activation <name>",
      'instead of a network; with parameters as "name?key=value&...", or a formula ("x*tanh(x)")',
    )
    .addOption(
      new Option("--weight-variance <number>", "sigma_w^2 of all layers (default: 1)").argParser(
        nonNegativeNumber,
      ),
    )
    .addOption(
      new Option("--bias-variance <number>", "sigma_b^2 of all layers (default: 0)").argParser(
        nonNegativeNumber,
      ),
    )
    .addOption(new Option("--depth <n>", "hidden layers (default: 5)").argParser(positiveInteger))
    .addOption(
      new Option(
        "--widths <list>",
        "units of every layer (default: 10,100,1000, or the network's own)",
      ).argParser(widthList),
    )
    .addOption(
      new Option(
        "--input-mean-square <number>",
        "|x|^2 / n of the input, 1 for inputs of -1 and 1",
      ).argParser(nonNegativeNumber),
    )
    .addOption(
      new Option("--repetitions <n>", "networks drawn for each width")
        .argParser(positiveInteger)
        .default(1000),
    )
    .addOption(seedOption())
    .addOption(
      new Option(
        "--out <file>",
        "npz to write: lengths of every network [repetitions, depth] and the table",
      ).argParser(path),
    )
    .addOption(new Option("--svg <file>", "picture to write").argParser(path))
    .action(async (network: string | undefined, options) => {
      const { lengthsCommand } = await import("../commands/lengths.js");
      await execute(options, signal, (context) => lengthsCommand(network, options, context));
    });
}
