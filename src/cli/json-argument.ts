/**
 * Reads a JSON argument of the command line: a file, `-` for standard input, or a `preset:` text as it is.
 * @module
 */
import { readFile } from "node:fs/promises";
import { ForetrainError } from "../errors.js";
import { presetNames } from "../network/index.js";

async function readAll(path: string): Promise<string> {
  if (path !== "-") return readFile(path, "utf8");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The JSON value of `argument`, or the text itself for `preset:...`.
 * @throws ForetrainError `ERR_FILE` when the file cannot be read, `ERR_SPEC` when it holds no JSON or the preset has no name
 */
export async function readJsonArgument(argument: string): Promise<unknown> {
  if (argument.startsWith("preset:")) {
    if (/^preset:(\?|$)/.test(argument)) {
      throw new ForetrainError(
        "ERR_SPEC",
        `"${argument}" names no preset, expected preset:NAME with a name of ${presetNames().join(", ")}`,
        { argument: "preset", got: argument, expected: presetNames() },
      );
    }
    return argument;
  }
  let text: string;
  try {
    text = await readAll(argument);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new ForetrainError(
      "ERR_FILE",
      `${argument}: ${reason}; expected a JSON file, - for standard input, or preset:NAME`,
      { path: argument },
      { cause },
    );
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")); // editors on Windows begin files with a byte order mark
  } catch (cause) {
    throw new ForetrainError(
      "ERR_SPEC",
      `${argument}: this is no JSON (${(cause as Error).message})`,
      { path: argument },
      { cause },
    );
  }
}
