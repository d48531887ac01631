/**
 * The recipe of a forecast: unknown JSON in, checked data with all defaults out.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { type Network, parseNetwork } from "../network/index.js";

/** The recipe with its defaults filled in; `network` may still be a `preset:` string, completed from the data. */
export interface ForecastRecipe {
  readonly title: string;
  readonly network: Network | string;
  readonly data: {
    readonly source: string;
    /** number of samples; null: 1,000, or as many as there are */
    readonly train: number | null;
    readonly test: number | null;
    readonly seed: number;
    readonly classes: readonly number[] | null;
    readonly normalization: "unit" | "standardize" | "none";
  };
  readonly training: {
    readonly optimizer: "gd" | "flow";
    readonly learningRate: number | null;
    readonly steps: number | null;
    readonly diagReg: number;
    readonly ensemble: number;
    /**
     * seconds of work for what the declared widths change, and as many for the shift by noise, at nominal rates; 0: none.
     * null: 2 s, and 10 s where there is noise
     */
    readonly corrections: number | null;
    /** s of noise s dW in the weights, t = learningRate x steps; 0: none */
    readonly noise: number;
  };
  readonly seed: number;
}

/** Values that a caller (the command line) puts above those of the file. */
export interface ForecastOverrides {
  readonly source?: string | undefined;
  readonly train?: number | undefined;
  readonly test?: number | undefined;
  readonly classes?: readonly number[] | undefined;
  readonly normalization?: string | undefined;
  readonly optimizer?: string | undefined;
  readonly learningRate?: number | undefined;
  readonly steps?: number | undefined;
  readonly diagReg?: number | undefined;
  readonly ensemble?: number | undefined;
  readonly corrections?: number | undefined;
  readonly noise?: number | undefined;
  readonly seed?: number | undefined;
}

/** 16 networks give quantiles of 10 % and 90 % to about one standard error of 5 %, at a cost below that of the kernel. */
const DEFAULT_ENSEMBLE = 16;

type Json = Readonly<Record<string, unknown>>;

function fail(path: string, got: unknown, expected: string): never {
  const shown = got === undefined ? "nothing" : JSON.stringify(got);
  throw new ForetrainError("ERR_SPEC", `${path}: got ${shown}, expected ${expected}`, {
    argument: path,
    got,
    expected,
  });
}

function objectAt(path: string, value: unknown, keys: readonly string[]): Json {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(path, value, "an object");
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) {
      fail(
        path === "" ? key : `${path}.${key}`,
        (value as Json)[key],
        `no such field; the fields are ${keys.join(", ")}`,
      );
    }
  }
  return value as Json;
}

function integerAt(path: string, value: unknown, least: number): number {
  if (!(typeof value === "number" && Number.isSafeInteger(value) && value >= least)) {
    fail(path, value, `a whole number >= ${least}`);
  }
  return value as number;
}

function optionalInteger(path: string, value: unknown, least: number): number | null {
  return value === undefined || value === null ? null : integerAt(path, value, least);
}

function numberAt(path: string, value: unknown, positive: boolean): number {
  const good = typeof value === "number" && Number.isFinite(value) && (positive ? value > 0 : value >= 0);
  if (!good) fail(path, value, positive ? "a number > 0" : "a number >= 0");
  return value as number;
}

function choiceAt<T extends string>(path: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) fail(path, value, `one of ${choices.map((c) => `"${c}"`).join(", ")}`);
  return value as T;
}

function classesAt(path: string, value: unknown): readonly number[] | null {
  if (value === null || value === undefined) return null;
  const good =
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((label) => Number.isSafeInteger(label) && label >= 0) &&
    new Set(value).size === value.length;
  if (!good) fail(path, value, "null for all, or at least two different labels such as [0, 1]");
  return value as number[];
}

/**
 * Checks a forecast recipe.
 *
 * @param json       a recipe `{ foretrain: 1, title?, network, data?, training?, seed? }`, or a bare network
 *                   (with `layers`), or a string `preset:NAME?parameter=value`
 * @param overrides  values above those of `json`; undefined ones do nothing
 * @param name       title when the recipe has none
 * @throws ForetrainError `ERR_SPEC` naming the field, what it got and what was expected
 */
export function parseForecastRecipe(
  json: unknown,
  overrides: ForecastOverrides = {},
  name = "forecast",
): ForecastRecipe {
  const isNetwork = typeof json === "object" && json !== null && "layers" in json;
  const recipe: Json =
    typeof json === "string" || isNetwork
      ? { foretrain: 1, network: json }
      : typeof json === "object" && json !== null
        ? objectAt("", json, ["foretrain", "title", "network", "data", "training", "seed", "$schema"])
        : fail("forecast", json, "an object with network, data and training, a network, or preset:NAME");
  if (recipe["foretrain"] !== 1) fail("foretrain", recipe["foretrain"], "1, the version of the format");
  const title = recipe["title"] ?? name;
  if (typeof title !== "string" || title.trim() === "") fail("title", title, "a text");

  const network = recipe["network"];
  if (network === undefined) fail("network", network, 'a network, or a text such as "preset:fcn?depth=4"');
  if (typeof network === "string" && !network.startsWith("preset:")) {
    fail("network", network, 'a network, or a text such as "preset:fcn?depth=4"');
  }

  const data = objectAt("data", recipe["data"], [
    "source",
    "train",
    "test",
    "seed",
    "classes",
    "normalization",
  ]);
  const training = objectAt("training", recipe["training"], [
    "optimizer",
    "learningRate",
    "steps",
    "diagReg",
    "ensemble",
    "corrections",
    "noise",
  ]);
  const seed = integerAt("seed", overrides.seed ?? recipe["seed"] ?? 0, 0);
  const source = overrides.source ?? data["source"] ?? "mnist";
  if (typeof source !== "string" || source === "") fail("data.source", source, "a data set name or a file");
  const optimizer = choiceAt("training.optimizer", overrides.optimizer ?? training["optimizer"] ?? "gd", [
    "gd",
    "flow",
  ]);
  const learningRate = overrides.learningRate ?? training["learningRate"] ?? null;
  const steps = overrides.steps ?? training["steps"] ?? null;
  const corrections = overrides.corrections ?? training["corrections"] ?? null;
  if (optimizer === "flow" && learningRate !== null) {
    fail(
      "training.learningRate",
      learningRate,
      'null with the optimizer "flow", whose steps are time = learning rate x steps',
    );
  }
  return {
    title,
    network: typeof network === "string" ? network : parseNetwork(network),
    data: {
      source,
      train: optionalInteger("data.train", overrides.train ?? data["train"], 2),
      test: optionalInteger("data.test", overrides.test ?? data["test"], 1),
      // one --seed changes the subset too, unless the recipe fixes it
      seed: integerAt("data.seed", data["seed"] ?? seed, 0),
      classes: classesAt("data.classes", overrides.classes ?? data["classes"]),
      normalization: choiceAt(
        "data.normalization",
        overrides.normalization ?? data["normalization"] ?? "unit",
        ["unit", "standardize", "none"],
      ),
    },
    training: {
      optimizer,
      learningRate: learningRate === null ? null : numberAt("training.learningRate", learningRate, true),
      steps: optionalInteger("training.steps", steps, 1),
      diagReg: numberAt("training.diagReg", overrides.diagReg ?? training["diagReg"] ?? 0, false),
      ensemble: integerAt(
        "training.ensemble",
        overrides.ensemble ?? training["ensemble"] ?? DEFAULT_ENSEMBLE,
        2,
      ),
      corrections: corrections === null ? null : numberAt("training.corrections", corrections, false),
      noise: numberAt("training.noise", overrides.noise ?? training["noise"] ?? 0, false),
    },
    seed,
  };
}
