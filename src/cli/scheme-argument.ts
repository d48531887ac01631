/**
 * The initialization of a command line: a name, or a JSON file with laws, multipliers and rates.
 * @module
 */
import { ForetrainError } from "../errors.js";
import {
  type ParameterScheme,
  parseParameterScheme,
  SCHEME_NAMES,
  type SchemeName,
} from "../finite/index.js";
import { readJsonArgument } from "./json-argument.js";

/** @throws ForetrainError `ERR_USAGE` for what is neither, `ERR_FILE` and `ERR_SPEC` for files */
export async function readScheme(argument: string): Promise<SchemeName | ParameterScheme> {
  if (SCHEME_NAMES.includes(argument as SchemeName)) return argument as SchemeName;
  if (!/\.json$/i.test(argument)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--init: got "${argument}", expected FILE.json or one of ${SCHEME_NAMES.join(", ")}`,
      { argument: "--init", got: argument, expected: SCHEME_NAMES },
    );
  }
  return parseParameterScheme(await readJsonArgument(argument), argument);
}
