#!/usr/bin/env node
/**
 * The `foretrain` command: runs it, prints errors, sets the exit code.
 * @module
 */
import { CommanderError } from "commander";
import { isForetrainError } from "../errors.js";
import { EXIT, exitCodeOf } from "./exit-codes.js";
import { buildProgram } from "./program.js";
import { commandLine } from "./shell.js";

const cancel = new AbortController();
let interrupts = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (++interrupts > 1) process.exit(EXIT.interrupted); // the second one does not wait
    cancel.abort();
  });
}
// `foretrain ... | head` closes the pipe early: that is no error
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

function report(error: unknown): void {
  if (isForetrainError(error, "ERR_ABORTED")) {
    const { kept } = error.details;
    process.stderr.write(
      typeof kept === "string"
        ? `\ninterrupted; what is finished stays in ${kept}. To go on:\n  ${commandLine()}\n`
        : `\ninterrupted; nothing was written. To run it again:\n  ${commandLine()}\n`,
    );
  } else if (isForetrainError(error)) {
    process.stderr.write(`error: ${error.message}\n`);
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(
      `error: this is a bug in foretrain, please report it with the text below\n${text}\n`,
    );
  }
}

try {
  await buildProgram(cancel.signal).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed its message; help and version are no errors
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.input;
  } else {
    report(error);
    process.exitCode = exitCodeOf(error);
  }
}
