/**
 * Values of command line options, from text; a wrong one says what was expected.
 * @module
 */
import { InvalidArgumentError } from "commander";
import { MOST_THREADS } from "../threads/limits.js";

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw new InvalidArgumentError("expected a whole number >= 1");
  return value;
}

export function threadCount(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= MOST_THREADS)) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_THREADS}`);
  }
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(Number.isSafeInteger(value) && value >= 0)) {
    throw new InvalidArgumentError("expected a whole number >= 0");
  }
  return value;
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError("expected a number >= 0");
  }
  return value;
}

/** A probability. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("expected a share from 0 to 1");
  }
  return value;
}

/** A share of which something is left. */
export function shareBelowOne(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1)) {
    throw new InvalidArgumentError("expected a share from 0 to below 1");
  }
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("expected a number > 0");
  return value;
}

export function numberList(text: string): number[] {
  return text.split(",").map((part) => {
    const value = part.trim() === "inf" ? Number.POSITIVE_INFINITY : Number(part);
    if (part.trim() === "" || !(value >= 0)) {
      throw new InvalidArgumentError(`"${part}" is no number >= 0; expected for example 1,10,100 or inf`);
    }
    return value;
  });
}

/** As {@link numberList}, of whole numbers. */
export function stepList(text: string): number[] {
  const steps = numberList(text);
  const broken = steps.find((at) => at !== Number.POSITIVE_INFINITY && !Number.isSafeInteger(at));
  if (broken !== undefined) {
    throw new InvalidArgumentError(`${broken} is no whole number; expected for example 1,10,100 or inf`);
  }
  return steps;
}

/** Widths of layers: whole numbers >= 1, separated by commas. */
export function widthList(text: string): number[] {
  return text.split(",").map((part) => {
    const value = Number(part);
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new InvalidArgumentError(`"${part}" is no whole number >= 1; expected for example 10,100,1000`);
    }
    return value;
  });
}

/** Axes of an array, such as -1 or 1,2; `none` for no axis. */
export function axisList(text: string): number[] {
  if (text.trim() === "none") return [];
  return text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() === "" || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(
        `"${part}" is no axis; expected whole numbers such as -1 or 1,2, or none`,
      );
    }
    return value;
  });
}

/** A path; an empty one is usually a shell variable that is not set. */
export function path(text: string): string {
  if (text === "") throw new InvalidArgumentError("it is empty, expected a path");
  return text;
}

/** Bytes from `500MB`, `2GB`, `1GiB` or a plain number. */
export function byteCount(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kKMGT]?)(i?)B?\s*$/.exec(text);
  if (match === null) throw new InvalidArgumentError("expected a size such as 500MB, 2GB or 1GiB");
  const exponent = ["", "K", "M", "G", "T"].indexOf(match[2]!.toUpperCase());
  return Math.floor(Number(match[1]) * (match[3] === "i" ? 1024 : 1000) ** exponent);
}
