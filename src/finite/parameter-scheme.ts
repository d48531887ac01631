/**
 * Parameter schemes: the laws that weights and biases are drawn from, what the network multiplies them by, and how fast each
 * tensor learns. Plain data, so that a recipe can hold them.
 *
 * | name | weights | biases |
 * |---|---|---|
 * | `declared` | as the network's parameterization says | the same |
 * | `ntk` | N(0, 1) times sqrt(sigma_w^2 / fan-in) | N(0, 1) times sqrt(sigma_b^2) |
 * | `standard` | N(0, sigma_w^2 / fan-in) | N(0, sigma_b^2) |
 * | `glorotNormal`, `glorotUniform` | variance 2 / (fan-in + fan-out) | 0 |
 * | `heNormal`, `heUniform` | variance 2 / fan-in | 0 |
 * | `lecunNormal`, `lecunUniform` | variance 1 / fan-in | 0 |
 * | `pytorch` | U(-1/sqrt(fan-in), 1/sqrt(fan-in)), torch.nn's default | the same |
 * | `normal` | N(0, 1) | the same |
 * | `uniform` | U(0, 1) | the same |
 * | `zeros` | 0 | 0 |
 *
 * Uniform laws of a variance v reach from -sqrt(3 v) to sqrt(3 v); normal laws are not cut off. All but `declared` and `ntk` have the
 * multiplier 1 unless a rule says otherwise. fan-out is filter size times channels out.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { centredLaw, type Law, requireLaw } from "../numeric/law.js";
import type { ParameterTensor } from "./parameters.js";

/** Names of published parameter schemes, in the order of lists. */
export const SCHEME_NAMES = [
  "declared",
  "ntk",
  "standard",
  "glorotNormal",
  "glorotUniform",
  "heNormal",
  "heUniform",
  "lecunNormal",
  "lecunUniform",
  "pytorch",
  "normal",
  "uniform",
  "zeros",
] as const;
/** Names of published parameter schemes. */
export type SchemeName = (typeof SCHEME_NAMES)[number];

/** What holds for the weights, or the biases, of a layer. */
export interface TensorRule {
  /** default `declared` */
  readonly law?: SchemeName | Law | undefined;
  /** moves the law so that its mean is 0: U(0, 1) becomes U(-1/2, 1/2). Default false */
  readonly meanZero?: boolean | undefined;
  /** what the network multiplies the tensor by; default: what the law's name says, 1 for laws in numbers */
  readonly multiplier?: number | undefined;
  /** the multiplier fan-in^-gamma instead, 1/2 <= gamma <= 1: the normalization of paper E. Weights only */
  readonly gamma?: number | undefined;
  /** factor of the learning rate, >= 0; 0 freezes the tensor. Default 1 */
  readonly learningRate?: number | undefined;
}

/** What a scheme says about one layer. */
export interface LayerRule {
  /** number of the dense or conv layer: 0 the first, -1 the last; copies in a `repeat` count each */
  readonly layer: number;
  readonly weights?: SchemeName | TensorRule | undefined;
  readonly biases?: SchemeName | TensorRule | undefined;
}

/** Initialization and learning rate of every tensor of weights. */
export interface ParameterScheme {
  /** of all layers that `layers` does not name. Default `declared` */
  readonly weights?: SchemeName | TensorRule | undefined;
  readonly biases?: SchemeName | TensorRule | undefined;
  /** of every batchNorm; laws `normal`, `uniform`, `zeros` or in numbers. Default: all 1 */
  readonly scales?: SchemeName | TensorRule | undefined;
  /** of every batchNorm. Default: all 0 */
  readonly shifts?: SchemeName | TensorRule | undefined;
  /** a later rule for a layer goes above an earlier one */
  readonly layers?: readonly LayerRule[] | undefined;
}

/** A tensor before a scheme has been asked. */
export type TensorPlace = Omit<ParameterTensor, "offset" | "size" | "law" | "multiplier" | "learningRate">;
/** What a scheme decides about a tensor. */
export type TensorSetting = Pick<ParameterTensor, "law" | "multiplier" | "learningRate">;
/** The setting of a tensor of dense or conv layer number `layer`, which declares `variance` (sigma_w^2 or sigma_b^2). */
export type SettingOf = (tensor: TensorPlace, variance: number, layer: number) => TensorSetting;

type Json = Readonly<Record<string, unknown>>;

function fail(
  path: string,
  got: unknown,
  expected: string,
  code: "ERR_SPEC" | "ERR_DOMAIN" = "ERR_SPEC",
): never {
  throw new ForetrainError(code, `${path}: got ${JSON.stringify(got) ?? String(got)}, expected ${expected}`, {
    argument: path,
    got,
    expected,
  });
}

function fieldsOf(path: string, value: unknown, keys: readonly string[]): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(path, value, "an object");
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      fail(`${path}.${key}`, (value as Json)[key], `no such field; the fields are ${keys.join(", ")}`);
  }
  return value as Json;
}

function nameAt(path: string, value: unknown): SchemeName {
  if (!SCHEME_NAMES.includes(value as SchemeName)) fail(path, value, `one of ${SCHEME_NAMES.join(", ")}`);
  return value as SchemeName;
}

/** Throws `ERR_DOMAIN` for a gamma outside [1/2, 1]. */
export function requireNormalization(gamma: unknown, path: string): asserts gamma is number {
  if (!(typeof gamma === "number" && gamma >= 0.5 && gamma <= 1)) {
    fail(
      path,
      gamma,
      "a number from 1/2 (NTK scaling) to 1 (mean field): below 1/2 the output grows without bound with the width, above 1 it vanishes",
      "ERR_DOMAIN",
    );
  }
}

/** Laws by name that need neither a fan-in nor a variance of the layer. */
const PLAIN_LAWS: readonly unknown[] = ["declared", "normal", "uniform", "zeros"];

function ruleAt(path: string, value: unknown, role: "weight" | "bias" | "norm"): TensorRule {
  if (role === "norm") {
    const name = typeof value === "string" ? value : (value as TensorRule | null)?.law;
    if (typeof name === "string" && !PLAIN_LAWS.includes(name)) {
      fail(path, value, `one of ${PLAIN_LAWS.join(", ")}, or a law in numbers: a batchNorm has no fan-in`);
    }
  }
  if (typeof value === "string") return { law: nameAt(path, value) };
  const rule = fieldsOf(path, value, ["law", "meanZero", "multiplier", "gamma", "learningRate"]);
  const { law, meanZero, multiplier, gamma, learningRate } = rule;
  if (typeof law === "string") nameAt(`${path}.law`, law);
  else if (law !== undefined) requireLaw(law as Law, `${path}.law`);
  if (meanZero !== undefined && typeof meanZero !== "boolean")
    fail(`${path}.meanZero`, meanZero, "true or false");
  if (multiplier !== undefined && !Number.isFinite(multiplier))
    fail(`${path}.multiplier`, multiplier, "a finite number");
  if (gamma !== undefined) {
    if (role !== "weight")
      fail(`${path}.gamma`, gamma, "no gamma: only weights have a fan-in to normalize by");
    if (multiplier !== undefined) fail(`${path}.gamma`, gamma, "a multiplier or a gamma, not both");
    requireNormalization(gamma, `${path}.gamma`);
  }
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && (learningRate as number) >= 0)) {
    fail(`${path}.learningRate`, learningRate, "a factor >= 0");
  }
  return rule as TensorRule;
}

/**
 * Checks a scheme: a name, or an object.
 * @throws ERR_SPEC for unknown names and fields, ERR_DOMAIN for gamma outside [1/2, 1]
 */
export function parseParameterScheme(json: unknown, path = "initialization"): ParameterScheme {
  if (typeof json === "string") {
    const name = nameAt(path, json);
    return { weights: name, biases: name };
  }
  const scheme = fieldsOf(path, json, ["weights", "biases", "scales", "shifts", "layers"]);
  if (scheme["scales"] !== undefined) ruleAt(`${path}.scales`, scheme["scales"], "norm");
  if (scheme["shifts"] !== undefined) ruleAt(`${path}.shifts`, scheme["shifts"], "norm");
  const rules = (value: Json, at: string) => {
    if (value["weights"] !== undefined) ruleAt(`${at}.weights`, value["weights"], "weight");
    if (value["biases"] !== undefined) ruleAt(`${at}.biases`, value["biases"], "bias");
  };
  rules(scheme, path);
  const layers = scheme["layers"];
  if (layers !== undefined && !Array.isArray(layers))
    fail(`${path}.layers`, layers, 'a list such as [{ "layer": -1, "weights": "uniform" }]');
  (layers as unknown[] | undefined)?.forEach((layer, i) => {
    const at = `${path}.layers[${i}]`;
    const fields = fieldsOf(at, layer, ["layer", "weights", "biases"]);
    if (!Number.isSafeInteger(fields["layer"]))
      fail(`${at}.layer`, fields["layer"], "the number of a layer: 0 the first, -1 the last");
    rules(fields, at);
  });
  return scheme as ParameterScheme;
}

const normal = (variance: number): Law => ({ kind: "normal", variance });
const symmetric = (variance: number): Law => {
  const high = Math.sqrt(3 * variance);
  return { kind: "uniform", low: -high, high };
};

/** Law and multiplier of a name, for a tensor whose layer declares `variance` (sigma_w^2 or sigma_b^2). */
function named(name: SchemeName, tensor: TensorPlace, variance: number): Omit<TensorSetting, "learningRate"> {
  const { fanIn, fanOut, role, parameterization } = tensor;
  const weight = role === "weight";
  const spread = weight ? variance / fanIn : variance;
  const plain = (law: Law) => ({ law, multiplier: 1 });
  const zeros = plain(normal(0));
  switch (name) {
    case "declared":
      return named(parameterization === "ntk" ? "ntk" : "standard", tensor, variance);
    case "ntk":
      return { law: normal(1), multiplier: Math.sqrt(spread) };
    case "standard":
      return plain(normal(spread));
    case "glorotNormal":
      return weight ? plain(normal(2 / (fanIn + fanOut))) : zeros;
    case "glorotUniform":
      return weight ? plain(symmetric(2 / (fanIn + fanOut))) : zeros;
    case "heNormal":
      return weight ? plain(normal(2 / fanIn)) : zeros;
    case "heUniform":
      return weight ? plain(symmetric(2 / fanIn)) : zeros;
    case "lecunNormal":
      return weight ? plain(normal(1 / fanIn)) : zeros;
    case "lecunUniform":
      return weight ? plain(symmetric(1 / fanIn)) : zeros;
    case "pytorch":
      return plain(symmetric(1 / (3 * fanIn)));
    case "normal":
      return plain(normal(1));
    case "uniform":
      return plain({ kind: "uniform", low: 0, high: 1 });
    case "zeros":
      return zeros;
  }
}

const fixed = (mean: number) => ({ law: { kind: "normal", mean, variance: 0 } as const, multiplier: 1 });

/** Running statistics before the first batch. */
const STATISTICS = {
  mean: { ...fixed(0), learningRate: 0 },
  variance: { ...fixed(1), learningRate: 0 },
};

function normSetting(
  tensor: TensorPlace,
  { scales, shifts }: Pick<ParameterScheme, "scales" | "shifts">,
): TensorSetting {
  const chosen = tensor.role === "scale" ? scales : shifts;
  const rule: TensorRule = typeof chosen === "string" ? { law: chosen } : (chosen ?? {});
  const { law = "declared", meanZero = false, learningRate = 1 } = rule;
  let base: Omit<TensorSetting, "learningRate">;
  if (law === "declared") base = fixed(tensor.role === "scale" ? 1 : 0);
  else if (typeof law === "string") base = named(law, tensor, 1);
  else base = { law, multiplier: 1 };
  return {
    law: meanZero ? centredLaw(base.law) : base.law,
    multiplier: rule.multiplier ?? base.multiplier,
    learningRate,
  };
}

/**
 * The settings that a scheme gives to the tensors of a network with `layers` dense and conv layers.
 * @throws ERR_SPEC for a scheme that is none, or that names a layer which the network does not have
 */
export function schemeSettings(scheme: SchemeName | ParameterScheme, layers: number): SettingOf {
  const { layers: rules = [], ...common } = parseParameterScheme(scheme);
  const places = rules.map(({ layer }, i) => {
    const place = layer < 0 ? layer + layers : layer;
    if (!(place >= 0 && place < layers)) {
      fail(
        `initialization.layers[${i}].layer`,
        layer,
        `a layer from ${-layers} to ${layers - 1}: the network has ${layers} with weights`,
      );
    }
    return place;
  });
  return (tensor, variance, layer) => {
    if (tensor.role === "mean" || tensor.role === "variance") return STATISTICS[tensor.role];
    if (tensor.role === "scale" || tensor.role === "shift") return normSetting(tensor, common);
    const role = tensor.role === "weight" ? "weights" : "biases";
    let chosen = common[role];
    rules.forEach((rule, i) => {
      if (places[i] === layer) chosen = rule[role] ?? chosen;
    });
    const rule: TensorRule = typeof chosen === "string" ? { law: chosen } : (chosen ?? {});
    const { law = "declared", meanZero = false, gamma, learningRate = 1 } = rule;
    const base = typeof law === "string" ? named(law, tensor, variance) : { law, multiplier: 1 };
    return {
      law: meanZero ? centredLaw(base.law) : base.law,
      multiplier: gamma === undefined ? (rule.multiplier ?? base.multiplier) : tensor.fanIn ** -gamma,
      learningRate,
    };
  };
}
