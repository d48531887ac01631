/**
 * `foretrain phase`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { defineCommand, execute } from "../define-command.js";
import { path } from "../option-values.js";

export function declarePhase(program: Command, signal: AbortSignal): void {
  defineCommand(
    program,
    "phase",
    "order/chaos phase diagram of an activation, or of what a network repeats",
    [
      "foretrain phase --activation tanh --svg phase.svg",
      'foretrain phase --activation "x*tanh(x)" --svg mine.svg',
      "foretrain phase --activation erf --weight-variance 0.1:3:200 --bias-variance 0:0.25:100 --out phase.npz",
      "foretrain phase --network network.json --quantity cStar --out phase.npz --svg correlation.svg",
    ],
  )
    .description(
      "Ranges are start:stop:count, both ends included. With a network, every dense and conv layer of the part that it\n" +
        "repeats takes the variances of the point. Exit code 3: the diagram is there, but some points are unsettled, because the\n" +
        "activation oscillates or breaks too often for their expectations.",
    )
    .option(
      "--activation <name>",
      'with parameters as "name?key=value&..." ("leakyRelu?slope=0.1"), or a formula ("x*tanh(x)")',
    )
    .option("--network <network>", 'network JSON, or "preset:NAME?parameter=value&..."')
    .option("--weight-variance <range>", "sigma_w^2", "0.05:5:100")
    .option("--bias-variance <range>", "sigma_b^2", "0:0.5:51")
    .option(
      "--out <file>",
      "npz to write: qStar, cStar, chi1, chiC, xi1, xiC, xiStar, phase (-1 ordered, 0 critical, 1 chaotic), unsettled (1: NaN is not known), each [bias, weight]",
      path,
    )
    .option("--svg <file>", "picture to write", path)
    .addOption(
      new Option("--quantity <name>", "what the picture shows")
        .choices(["chi1", "qStar", "cStar", "chiC", "xi1", "xiC", "xiStar"])
        .default("chi1"),
    )
    .action(async (options) => {
      const { phaseCommand } = await import("../commands/phase.js");
      await execute(options, signal, (context) => phaseCommand(options, context));
    });
}
