/**
 * `foretrain lab`: options and help.
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { defineCommand, execute } from "../define-command.js";
import { path } from "../option-values.js";

function portNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(Number.isInteger(value) && value >= 0 && value <= 65_535)) {
    throw new InvalidArgumentError("expected a port from 0 (any free one) to 65535");
  }
  return value;
}

export function declareLab(program: Command, signal: AbortSignal): void {
  defineCommand(
    program,
    "lab",
    "the lab in the browser: phase diagrams, networks, runs, live",
    ["foretrain lab", "foretrain lab --runs runs --port 8080 --no-open"],
    { computes: false },
  )
    .description(
      "Serves the lab to this machine until ctrl-C. Everything is computed in the browser; run folders are only read.",
    )
    .option("--port <n>", "port (default: the first free one from 4173)", portNumber)
    .option(
      "--host <name>",
      "address to listen on; anything but this machine's own opens it to others",
      "127.0.0.1",
    )
    .option("--no-open", "do not open a browser")
    .option("--runs <folder>", "folder below which run folders lie (default: runs, where there is one)", path)
    .action(async (options) => {
      const { labCommand } = await import("../commands/lab.js");
      await execute(options, signal, (context) => labCommand(options, context));
    });
}
