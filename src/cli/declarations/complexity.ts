/**
 * `foretrain complexity`: options and help.
 * @module
 */
import { type Command, Option } from "commander";
import { defineCommand, execute } from "../define-command.js";
import { nonNegativeNumber, path } from "../option-values.js";

export function declareComplexity(program: Command, signal: AbortSignal): void {
  defineCommand(program, "complexity", "what simple models explain of a network while it trains", [
    "foretrain complexity --predictions run.npz --svg complexity.svg",
    "foretrain complexity --predictions run.csv --json",
  ])
    .description(
      "Performance correlation mu(F;L) = I(F;Y) - I(F;Y|L) in bits, of a network F at every snapshot of its training and\n" +
        "simple models L, from their predictions for the same samples, whatever framework they come from.\n" +
        "npz: labels [n], predictions [T, n] (classes) or [T, n, k] (scores), steps [T], explainer_NAME [n] or [n, k] for every\n" +
        "simple model, and if wanted train_labels, train_predictions. CSV: columns label, step:NUMBER, explainer:NAME.",
    )
    .requiredOption("--predictions <file>", "npz or csv of the run", path)
    .option("--correct-bias", "subtract the first-order bias of the estimates (Miller and Madow)")
    .addOption(
      new Option(
        "--tolerance <share>",
        "T0 is where the network has all of the simple model's information but this share (default: 0.05)",
      ).argParser(nonNegativeNumber),
    )
    .option("--svg <file>", "picture to write", path)
    .action(async (options) => {
      const { complexityCommand } = await import("../commands/complexity.js");
      await execute(options, signal, (context) => complexityCommand(options, context));
    });
}
