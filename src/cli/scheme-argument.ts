/**
 * The initialization of a command line: a name, paper E's normalization, or a JSON file with laws, multipliers and rates.
 * @module
 */
import { ForetrainError } from "../errors.js";
import {
  normalizedSchemeOf,
  type ParameterScheme,
  parseParameterScheme,
  requireNormalization,
  SCHEME_NAMES,
  type SchemeName,
} from "../finite/index.js";
import type { Network } from "../network/index.js";
import { readJsonArgument } from "./json-argument.js";

/** The rest of an argument after this name: paper E's exponents. */
const NORMALIZED = "normalized";
const MEAN_ZERO = ":mean-zero";
const NORMALIZED_FORM = `${NORMALIZED}:GAMMA or ${NORMALIZED}:GAMMA,GAMMA,... with one for each hidden layer, each also with ${MEAN_ZERO} after it`;

/** The initialization of a network; what only the network knows is asked of it. */
export type SchemeOf = (network: Network) => SchemeName | ParameterScheme;

function normalizedBy(argument: string): SchemeOf {
  const meanZero = argument.endsWith(MEAN_ZERO);
  const gammas = argument
    .slice(NORMALIZED.length + 1, meanZero ? -MEAN_ZERO.length : undefined)
    .split(",")
    .map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  if (!argument.startsWith(`${NORMALIZED}:`) || gammas.some(Number.isNaN)) {
    throw new ForetrainError("ERR_USAGE", `--init: got "${argument}", expected ${NORMALIZED_FORM}`, {
      argument: "--init",
      got: argument,
      expected: NORMALIZED_FORM,
    });
  }
  for (const gamma of gammas) requireNormalization(gamma, "--init: gamma");
  return (network) =>
    normalizedSchemeOf(network, { gammas: gammas.length === 1 ? gammas[0]! : gammas, meanZero });
}

/**
 * Reads all that can be read without the network, so that what is wrong is told before any work.
 * @throws ForetrainError `ERR_DOMAIN` for gamma outside [1/2, 1]; otherwise as {@link readScheme}
 */
export async function readSchemeOf(argument: string): Promise<SchemeOf> {
  if (argument === NORMALIZED || argument.startsWith(`${NORMALIZED}:`)) return normalizedBy(argument);
  const scheme = await readScheme(argument, [NORMALIZED_FORM]);
  return () => scheme;
}

/**
 * A name or a file.
 * @param others  further forms that the command takes
 * @throws ForetrainError `ERR_USAGE` for what is neither, `ERR_FILE` and `ERR_SPEC` for files
 */
export async function readScheme(
  argument: string,
  others: readonly string[] = [],
): Promise<SchemeName | ParameterScheme> {
  if (SCHEME_NAMES.includes(argument as SchemeName)) return argument as SchemeName;
  if (!/\.json$/i.test(argument)) {
    const forms = ["FILE.json", ...others].join(", ");
    throw new ForetrainError(
      "ERR_USAGE",
      `--init: got "${argument}", expected ${forms} or one of ${SCHEME_NAMES.join(", ")}`,
      { argument: "--init", got: argument, expected: [...others, ...SCHEME_NAMES] },
    );
  }
  return parseParameterScheme(await readJsonArgument(argument), argument);
}
