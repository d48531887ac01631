/**
 * The options of commands that read a data set.
 * @module
 */
import { type Command, Option } from "commander";
import { dataDirOption, offlineOption } from "./define-command.js";
import { positiveInteger, wholeNumber } from "./option-values.js";

/** What differs between the commands. */
export interface DataOptionTexts {
  /** default true */
  readonly required?: boolean;
  /** sources before the common ones, with a comma after the last */
  readonly more?: string;
  /** the whole text about sources instead */
  readonly source?: string;
  readonly train?: string;
  readonly test?: string;
  /** numbers of samples where the command does not choose them by the data */
  readonly defaults?: { readonly train: number; readonly test: number };
  /** no test samples are a choice too; default false */
  readonly mayLackTest?: boolean;
  readonly normalization?: "unit" | "standardize" | "none" | null;
}

const SOURCES = "mnist, fashion-mnist, cifar10, digits, FILE.npz or FILE.csv";

/** Adds --data, --train, --test, --normalization, --data-dir and --offline. */
export function dataOptions(command: Command, texts: DataOptionTexts = {}): Command {
  const {
    required = true,
    more = "",
    source = `${more}${SOURCES}`,
    defaults,
    normalization = "unit",
  } = texts;
  const counted = (name: "train" | "test") => {
    const text = texts[name] ?? `number of ${name} samples`;
    const option = new Option(`--${name} <n>`, text).argParser(
      name === "test" && texts.mayLackTest === true ? wholeNumber : positiveInteger,
    );
    return defaults === undefined ? option : option.default(defaults[name]);
  };
  const kinds = new Option(
    "--normalization <kind>",
    required || normalization === null ? "of the inputs" : `of the inputs (default: ${normalization})`,
  ).choices(["unit", "standardize", "none"]);
  if (required) command.requiredOption("--data <source>", source);
  else command.option("--data <source>", source);
  return command
    .addOption(counted("train"))
    .addOption(counted("test"))
    .addOption(required && normalization !== null ? kinds.default(normalization) : kinds)
    .addOption(dataDirOption())
    .addOption(offlineOption());
}
