/**
 * What commands have in common: how one is declared, run and printed, and the options that several take.
 * @module
 */
import { type Command, Option } from "commander";
import type { CommandContext, CommandResult } from "./command.js";
import { path, threadCount, wholeNumber } from "./option-values.js";
import { openTerminal } from "./terminal.js";

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly threads?: number;
}

/**
 * A command with examples above its help and the options of every command.
 * @param computes  default true; what computes nothing itself takes no threads
 */
export function defineCommand(
  program: Command,
  usage: string,
  summary: string,
  examples: readonly string[],
  { computes = true }: { readonly computes?: boolean } = {},
): Command {
  const command = program
    .command(usage)
    .summary(summary)
    .addHelpText("before", `Examples:\n${examples.map((line) => `  $ ${line}`).join("\n")}\n`)
    .addOption(new Option("--json", "one JSON document on stdout, everything else on stderr"));
  if (computes) {
    command.addOption(
      new Option("--threads <n>", "threads that compute (default: all cores)").argParser(threadCount),
    );
  }
  return command.addOption(new Option("--quiet", "no progress and no notes on stderr"));
}

/** Runs the body of a command and prints its text, or with `--json` its document. */
export async function execute<T extends CommonOptions>(
  options: T,
  signal: AbortSignal,
  body: (context: CommandContext) => Promise<CommandResult> | CommandResult,
): Promise<void> {
  const terminal = openTerminal({ quiet: options.quiet === true });
  try {
    const { text, json, onStderr, printed, exitCode } = await body({ terminal, signal });
    const result = options.json === true ? JSON.stringify(json, null, 2) : text;
    if (printed !== true) terminal.result(result, onStderr === true ? "stderr" : "stdout");
    if (exitCode !== undefined) process.exitCode = exitCode;
  } finally {
    terminal.finish();
  }
}

/** Linear algebra on so many threads. */
export async function boundThreads({ threads }: CommonOptions): Promise<void> {
  const { setLinearAlgebraThreads } = await import("../numeric/linalg/index.js");
  setLinearAlgebraThreads(threads ?? null);
}

/** Linear algebra by a native library where there is one; the results are the same to rounding. */
export async function plugNativeIn(options: CommonOptions): Promise<void> {
  await boundThreads(options);
  const { useNativeLinearAlgebra } = await import("../numeric/linalg/index-node.js");
  await useNativeLinearAlgebra();
}

export const backendOption = () =>
  new Option(
    "--backend <name>",
    "what computes the kernels: auto takes simd wherever it has a form, else reference, which has one thread and float64 only",
  )
    .choices(["auto", "simd", "reference"])
    .default("auto");
export const precisionOption = () =>
  new Option(
    "--precision <type>",
    "arithmetic of simd kernels; float32 has about 6 digits and is up to twice as fast",
  )
    .choices(["float64", "float32"])
    .default("float64");
export const seedOption = () =>
  new Option("--seed <n>", "seed of every random choice").argParser(wholeNumber);
export const dataDirOption = () =>
  new Option("--data-dir <folder>", "folder with the data set's own files, read from there only").argParser(
    path,
  );
export const offlineOption = () =>
  new Option("--offline", "never download; say what to fetch by hand instead");
