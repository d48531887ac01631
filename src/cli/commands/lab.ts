/**
 * `foretrain lab`: serves the lab to the browser of this machine until it is stopped.
 * @module
 */
import { realpath, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ForetrainError } from "../../errors.js";
import type { CommandContext, CommandResult } from "../command.js";
import { isLoopback } from "../lab/allowed-host.js";
import { hasDesktop, openBrowser } from "../lab/open-browser.js";
import { openLabServer } from "../lab/server.js";

export const LAB_PORT = 4173;
/** Where runs lie unless the command line says otherwise. */
export const RUNS_FOLDER = "runs";

export interface LabCommandOptions {
  readonly host: string;
  /** undefined: the first free port from {@link LAB_PORT} */
  readonly port?: number;
  readonly open: boolean;
  /** folder below which run folders lie; undefined: `runs` where there is one */
  readonly runs?: string;
  readonly json?: boolean;
  /** the built site; undefined: the one beside the compiled command line */
  readonly site?: string;
}

async function runsFolder(given: string | undefined): Promise<string | null> {
  try {
    const place = await realpath(given ?? RUNS_FOLDER);
    if ((await stat(place)).isDirectory()) return place;
  } catch (cause) {
    if (given === undefined) return null;
    throw new ForetrainError(
      "ERR_FILE",
      `--runs: there is no folder ${given}; expected one below which run folders lie`,
      { argument: "--runs", got: given },
      { cause },
    );
  }
  if (given === undefined) return null;
  throw new ForetrainError("ERR_FILE", `--runs: ${given} is a file, expected a folder`, {
    argument: "--runs",
    got: given,
  });
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** Ends with the signal, or with `q`. */
function untilStopped(signal: AbortSignal, url: string, note: (text: string) => void): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const keys = process.stdin.isTTY === true ? createInterface({ input: process.stdin }) : null;
    const stop = () => {
      signal.removeEventListener("abort", stop);
      keys?.close();
      done();
    };
    signal.addEventListener("abort", stop);
    // readline takes ctrl-C from the terminal: hand it on to who counts them
    keys?.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    keys?.on("line", (line) => {
      const key = line.trim();
      if (key === "q") stop();
      else if (key === "o") openBrowser(url);
      else if (key === "h" || key === "?")
        note("o + enter opens the browser, q + enter or ctrl-C ends the lab");
    });
  });
}

/** Serves until the signal of the context; ending so is the normal end. */
export async function labCommand(
  options: LabCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<CommandResult> {
  const runs = await runsFolder(options.runs);
  const server = await openLabServer({
    site: options.site ?? fileURLToPath(new URL("../../lab", import.meta.url)),
    runs,
    host: options.host,
    port: options.port ?? LAB_PORT,
    strictPort: options.port !== undefined && options.port !== 0,
  });
  try {
    const url = `http://${urlHost(options.host)}:${server.port}/`;
    if (options.json === true) terminal.result(JSON.stringify({ url, port: server.port, runs }));
    else terminal.result(`The lab is at ${url}`);
    terminal.note(runs === null ? "no folder of runs (--runs DIR opens one)" : `runs are read from ${runs}`);
    if (!isLoopback(options.host)) {
      terminal.note("other machines can reach it: whoever does can read these runs, and change nothing");
    }
    terminal.note(process.stdin.isTTY === true ? "ctrl-C ends it; h + enter for more" : "ctrl-C ends it");
    if (options.open && hasDesktop()) openBrowser(url);
    await untilStopped(signal, url, terminal.note);
  } finally {
    await server.close();
  }
  return { text: "", json: null, printed: true };
}
