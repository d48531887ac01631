/**
 * A network out of a file that is dropped or chosen: its text, for the page to read like one that is typed.
 * @module
 */
import { ForetrainError } from "foretrain";
import { tooLong } from "../../state/field.js";
import { networkFields } from "./fields.js";

/** UTF-8 has at most so many bytes for a character: more bytes than that are too long, whatever they say. */
const MOST_BYTES = 4;

const expected = "expected one JSON file of a network, such as foretrain kernel NETWORK.json reads";

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The text of the only file.
 * @throws ForetrainError `ERR_USAGE` for none or several files, `ERR_DATA` for a file that is no JSON object or too long
 */
export async function networkFile(files: readonly File[]): Promise<string> {
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new ForetrainError(
      "ERR_USAGE",
      `network: got ${files.length === 0 ? "no file" : `${files.length} files`}, ${expected}`,
      { argument: "network", got: files.length },
    );
  }
  const fail = (problem: string, cause?: unknown): never => {
    throw new ForetrainError("ERR_DATA", `${file.name}: ${problem}`, { argument: file.name }, { cause });
  };
  const { maxLength } = networkFields.spec;
  if (file.size > MOST_BYTES * maxLength) {
    fail(`got ${file.size} bytes, expected a network of at most ${maxLength} characters`);
  }
  let text: string;
  try {
    text = (await file.text()).replace(/^\uFEFF/, "");
  } catch (error) {
    // a folder, or a file that is gone
    return fail(`it cannot be read; ${expected}`, error);
  }
  const long = tooLong(networkFields.spec, text);
  if (long !== null) fail(long);
  try {
    if (isObject(JSON.parse(text))) return text;
  } catch (error) {
    return fail(
      `got no JSON (${error instanceof Error ? error.message : String(error)}), ${expected}`,
      error,
    );
  }
  return fail(`got JSON that is no object, ${expected}`);
}
