/**
 * Networks by name: `preset("fcn", { input: [784], depth: 4, activation: "erf" })`, and the same as text for command
 * lines: `preset:fcn?depth=4&activation=erf`.
 * @module
 */
import { derivativeSecondMoment, secondMoment } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { activationOf } from "./activation-layer.js";
import {
  activationLayer,
  avgPool,
  conv,
  dense,
  flatten,
  globalAvgPool,
  network,
  residual,
  residualWithShortcut,
} from "./builders.js";
import { showValue } from "./check.js";
import { finitePresets } from "./finite-presets.js";
import { suggestion } from "./nearest.js";
import {
  act,
  COMMON,
  from,
  head,
  type Preset,
  type PresetKey,
  type PresetParameters,
  square,
  times,
  variances,
  vector,
} from "./preset-parts.js";
import type { Layer, Network } from "./spec.js";

/**
 * Variances at which a layer of unit variance keeps it and chi_1 = 1: sigma_w^2 = 1 / E[phi'(z)^2],
 * sigma_b^2 = 1 - sigma_w^2 E[phi(z)^2], z ~ N(0, 1). relu: (2, 0), erf: (1.756, 0.184). Where no such bias exists (it
 * would be negative), without bias; where phi' is no function, (1, 0).
 */
function criticalVariances(name: string): { weightVariance: number; biasVariance: number } {
  const phi = activationOf(activationLayer(name));
  const slope = phi.breakPoints.some(({ order }) => order === 0)
    ? Number.NaN
    : derivativeSecondMoment(phi, 1);
  if (!(slope > 0 && slope < Number.POSITIVE_INFINITY)) return { weightVariance: 1, biasVariance: 0 };
  return { weightVariance: 1 / slope, biasVariance: Math.max(0, 1 - secondMoment(phi, 1) / slope) };
}

const presets: readonly Preset[] = [
  {
    name: "fcn",
    meaning: "Fully connected network: depth hidden layers of one width.",
    defaults: { ...COMMON, input: [784], depth: 4, width: 512 },
    critical: true,
    build: (p) =>
      network(from(p), ...vector(p), ...times(p.depth, dense(p.width, variances(p)), act(p)), head(p)),
  },
  {
    name: "residual-fcn",
    meaning: "Read-in, depth residual blocks h + dense(phi(h)), readout.",
    defaults: { ...COMMON, weightVariance: 1, input: [784], depth: 4, width: 512 },
    critical: false,
    build: (p) =>
      network(
        from(p),
        ...vector(p),
        dense(p.width, variances(p)),
        ...times(p.depth, residual(act(p), dense(p.width, variances(p)))),
        act(p),
        head(p),
      ),
  },
  {
    name: "shallow",
    meaning: "One hidden layer.",
    defaults: { ...COMMON, input: [784], width: 1000 },
    critical: true,
    build: (p) => network(from(p), ...vector(p), dense(p.width, variances(p)), act(p), head(p)),
  },
  {
    name: "cnn-flatten",
    meaning: "depth convolutions of one width, then flatten.",
    defaults: { ...COMMON, input: [32, 32, 3], depth: 4, width: 128, filter: [3, 3] },
    critical: true,
    build: (p) =>
      network(from(p), ...times(p.depth, conv(p.width, p.filter, variances(p)), act(p)), flatten(), head(p)),
  },
  {
    name: "cnn-pool",
    meaning: "depth convolutions of one width, then global average pooling.",
    defaults: { ...COMMON, input: [32, 32, 3], depth: 4, width: 128, filter: [3, 3] },
    critical: true,
    build: (p) =>
      network(
        from(p),
        ...times(p.depth, conv(p.width, p.filter, variances(p)), act(p)),
        globalAvgPool(),
        head(p),
      ),
  },
  {
    name: "myrtle5",
    meaning:
      "The five-layer convolutional network of Shankar et al. 2020: two, one, one convolutions with pools of 2 between, global pool.",
    defaults: { ...COMMON, readoutWeightVariance: 2, input: [32, 32, 3], width: 128 },
    critical: false,
    build: (p) => {
      const block = () => [conv(p.width, square(p, 3), variances(p)), act(p)];
      const pool = () => avgPool(square(p, 2), { strides: square(p, 2) });
      return network(
        from(p),
        ...block(),
        ...block(),
        pool(),
        ...block(),
        pool(),
        ...block(),
        globalAvgPool(),
        head(p),
      );
    },
  },
  {
    name: "wrn",
    meaning:
      "Wide residual network without normalization: three stages of depth blocks, widths 16 k, 32 k, 64 k with k = width.",
    defaults: { ...COMMON, weightVariance: 1, input: [32, 32, 3], depth: 4, width: 10 },
    critical: false,
    build: (p) => {
      const stage = (channels: number, stride: number): Layer[] => {
        const body = (step: number) => [
          act(p),
          conv(channels, square(p, 3), { ...variances(p), strides: square(p, step) }),
          act(p),
          conv(channels, square(p, 3), variances(p)),
        ];
        const change = conv(channels, square(p, 3), { ...variances(p), strides: square(p, stride) });
        return [residualWithShortcut(body(stride), [change]), ...times(p.depth - 1, residual(...body(1)))];
      };
      return network(
        from(p),
        conv(16, square(p, 3), variances(p)),
        ...stage(16 * p.width, 1),
        ...stage(32 * p.width, 2),
        ...stage(64 * p.width, 2),
        act(p),
        globalAvgPool(),
        head(p),
      );
    },
  },
  ...finitePresets,
];

/** Names of the presets. */
export function presetNames(): string[] {
  return presets.map(({ name }) => name);
}

/** Name, meaning and default parameters of every preset. */
export function describePresets(): { name: string; meaning: string; defaults: Partial<PresetParameters> }[] {
  return presets.map(({ name, meaning, defaults }) => ({ name, meaning, defaults }));
}

function find(name: string): Preset {
  const found = presets.find((p) => p.name === name);
  if (found === undefined) {
    throw new ForetrainError(
      "ERR_SPEC",
      `preset: got "${name}", expected the name of a preset; ${suggestion(name, presetNames())}`,
      { argument: "name", got: name, expected: presetNames() },
    );
  }
  return found;
}

function wrongParameter(
  name: string,
  key: string,
  got: unknown,
  expected: string,
  wayOut = "",
): ForetrainError {
  const tail = wayOut === "" ? "" : `; ${wayOut}`;
  return new ForetrainError(
    "ERR_SPEC",
    `preset ${name}: ${key}: got ${showValue(got)}, expected ${expected}${tail}`,
    { argument: key, got, expected },
  );
}

/**
 * A network by the name of a preset. Parameters that are left out have the preset's defaults
 * ({@link describePresets}); `input` is the data's shape. In `fcn`, `shallow`, `cnn-flatten` and `cnn-pool` an activation
 * without variances gets its critical ones at unit variance, sigma_w^2 = 1 / E[phi'(z)^2] and
 * sigma_b^2 = 1 - sigma_w^2 E[phi(z)^2], as far as they exist; with one variance given the other has the default.
 * @throws ERR_SPEC for unknown presets and parameters, and as `parseNetwork` for values
 * @example
 * preset("fcn", { input: [28, 28, 1], depth: 4, activation: "erf", weightVariance: 1.5, biasVariance: 0.05 })
 */
export function preset(name: string, parameters: Partial<PresetParameters> = {}): Network {
  const { defaults, build, critical } = find(name);
  for (const [key, value] of Object.entries(parameters)) {
    if (!(key in defaults)) {
      throw wrongParameter(name, key, value, "no such parameter", suggestion(key, Object.keys(defaults)));
    }
    // these decide how many layers are built, before the network is checked
    if (
      ["depth", "width", "denseWidth", "classes"].includes(key) &&
      !(Number.isSafeInteger(value) && Number(value) >= 1)
    ) {
      throw wrongParameter(name, key, value, "an integer >= 1");
    }
    if (key === "input" && !Array.isArray(value)) {
      throw wrongParameter(name, key, value, "the shape of one sample, such as [784]");
    }
  }
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
  const free = given["weightVariance"] === undefined && given["biasVariance"] === undefined;
  const variances = critical && free && typeof given["activation"] === "string";
  return build({
    ...defaults,
    ...(variances ? criticalVariances(given["activation"] as string) : {}),
    ...given,
  } as PresetParameters);
}

const LISTS: readonly PresetKey[] = ["input", "filter"];
const WORDS: readonly PresetKey[] = ["activation", "parameterization"];

/** True for text that names a preset: `preset:fcn`. */
export function isPresetText(text: string): boolean {
  return text.startsWith("preset:");
}

/**
 * A network from text such as `preset:fcn?depth=4&activation=erf&input=28x28x1`. Parameters are those of
 * {@link preset}; lists are written with `x` or commas. `fallback` fills in what the text leaves out, for example the
 * shape of the data.
 * @throws ERR_SPEC as {@link preset}
 */
export function parsePreset(text: string, fallback: Partial<PresetParameters> = {}): Network {
  const body = isPresetText(text) ? text.slice("preset:".length) : text;
  const [name = "", query = ""] = body.split("?", 2);
  const { defaults } = find(name);
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(fallback).filter(([key, value]) => value !== undefined && key in defaults),
  );
  const seen = new Set<string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const at = pair.indexOf("=");
    const key = at < 0 ? pair : pair.slice(0, at);
    const value = at < 0 ? "" : decodeURIComponent(pair.slice(at + 1));
    if (value === "") throw wrongParameter(name, key, pair, `a value, as in ${key}=4`);
    if (seen.has(key)) throw wrongParameter(name, key, pair, "each parameter once");
    seen.add(key);
    if (WORDS.includes(key as PresetKey)) given[key] = value;
    else if (LISTS.includes(key as PresetKey)) given[key] = value.split(/[x,]/).map(Number);
    else given[key] = Number(value);
    const numbers = [given[key]].flat().filter((item) => typeof item === "number");
    if (numbers.some((item) => !Number.isFinite(item))) {
      throw wrongParameter(
        name,
        key,
        value,
        LISTS.includes(key as PresetKey) ? "numbers such as 28x28x1" : "a number",
      );
    }
  }
  return preset(name, given as Partial<PresetParameters>);
}
