/**
 * The one table of layer kinds and their fields. Parsing, the JSON Schema, the documentation and the builders' checks
 * all read it: a new kind or field is a new row here.
 * @module
 */
import type { LayerKind } from "./spec.js";

/** What a field may hold. */
export type FieldType =
  /** an integer >= 1 */
  | { readonly type: "count" }
  /** a finite number >= 0 */
  | { readonly type: "variance" }
  /** a finite number > 0 */
  | { readonly type: "positive" }
  /** a number in (0, 1] */
  | { readonly type: "share" }
  /** a probability in (0, 1] */
  | { readonly type: "rate" }
  /** one (1-D) or two (2-D) integers >= 1 */
  | { readonly type: "window" }
  /** one (1-D) or two (2-D) integers >= 0 */
  | { readonly type: "margin" }
  /** an integer, an axis counted as in [n, h, w, c] */
  | { readonly type: "axis" }
  /** a list of axes */
  | { readonly type: "axes" }
  | { readonly type: "flag" }
  | { readonly type: "choice"; readonly of: readonly string[] }
  /** a list of layers; `empty` says whether it may have none */
  | { readonly type: "layers"; readonly empty: boolean }
  /** two or more lists of layers, each possibly empty (identity) */
  | { readonly type: "branches" }
  /** a name of the activation catalogue; the layer then also takes that activation's parameters */
  | { readonly type: "activation" };

/** A field of a layer: type, domain and default. */
export interface LayerField {
  readonly name: string;
  readonly value: FieldType;
  readonly required: boolean;
  /** what a missing optional field means, for people */
  readonly fallback: string | null;
  readonly meaning: string;
}

/** A kind of layer with its fields, as documents and the schema show it. */
export interface LayerDescription {
  readonly kind: LayerKind;
  readonly meaning: string;
  readonly fields: readonly LayerField[];
}

const required = (name: string, value: FieldType, meaning: string): LayerField => ({
  name,
  value,
  required: true,
  fallback: null,
  meaning,
});
const optional = (name: string, value: FieldType, fallback: string, meaning: string): LayerField => ({
  name,
  value,
  required: false,
  fallback,
  meaning,
});

const weights: readonly LayerField[] = [
  optional("weightVariance", { type: "variance" }, "1", "sigma_w^2: weights have variance sigma_w^2 / fanIn"),
  optional("biasVariance", { type: "variance" }, "0", "sigma_b^2; 0 means that there is no bias"),
  optional(
    "parameterization",
    { type: "choice", of: ["ntk", "standard"] },
    "the network's",
    "ntk: sqrt(sigma_w^2 / fanIn) W x with W ~ N(0, 1); standard: W x with W ~ N(0, sigma_w^2 / fanIn)",
  ),
];
const strides = optional("strides", { type: "window" }, "all 1", "step of the window along each side");
const padding = (fallback: string) =>
  optional(
    "padding",
    { type: "choice", of: ["same", "valid", "circular"] },
    fallback,
    "same: zeros around, output side ceil(side / stride); valid: whole windows only; circular: wraps around",
  );
const pool: readonly LayerField[] = [
  required("window", { type: "window" }, "sides of the window"),
  strides,
  padding("valid"),
  optional(
    "normalizeEdges",
    { type: "flag" },
    "false",
    "with same padding: divide by the number of positions inside the image, not by the window's size",
  ),
];

/** Every layer kind of the network format, in the order of the documentation. */
export const layerDescriptions: readonly LayerDescription[] = [
  {
    kind: "dense",
    meaning: "Fully connected layer over the last axis; other axes are kept.",
    fields: [required("units", { type: "count" }, "number of outputs"), ...weights],
  },
  {
    kind: "conv",
    meaning: "Convolution over one or two spatial axes, channels last.",
    fields: [
      required("channels", { type: "count" }, "number of output channels"),
      required("filter", { type: "window" }, "sides of the filter"),
      strides,
      padding("same"),
      ...weights,
    ],
  },
  {
    kind: "activation",
    meaning: "A function applied to every unit.",
    fields: [required("name", { type: "activation" }, "a name of the activation catalogue")],
  },
  { kind: "flatten", meaning: "All axes of a sample become one.", fields: [] },
  { kind: "identity", meaning: "Nothing.", fields: [] },
  { kind: "globalAvgPool", meaning: "Mean over all positions of each channel.", fields: [] },
  { kind: "globalSumPool", meaning: "Sum over all positions of each channel.", fields: [] },
  { kind: "avgPool", meaning: "Mean over windows of each channel.", fields: pool },
  { kind: "sumPool", meaning: "Sum over windows of each channel.", fields: pool },
  {
    kind: "maxPool",
    meaning:
      "Largest value over windows of each channel. Finite networks only: it has no kernel of infinite width here.",
    fields: [required("window", { type: "window" }, "sides of the window"), strides, padding("valid")],
  },
  {
    kind: "zeroPad",
    meaning: "Zeros around an image, before a layer with valid windows. Finite networks only.",
    fields: [required("margin", { type: "margin" }, "positions of zeros on both ends of each side")],
  },
  {
    kind: "layerNorm",
    meaning: "Subtracts the mean and divides by the standard deviation over the given axes of each sample.",
    fields: [
      optional(
        "axes",
        { type: "axes" },
        "[-1], the channels",
        "axes counted as in [n, h, w, c]; 0 is not allowed",
      ),
    ],
  },
  {
    kind: "batchNorm",
    meaning:
      "Normalizes each channel over the batch and all positions (by running statistics in evaluation), then scale and shift. Finite networks only.",
    fields: [
      optional("epsilon", { type: "positive" }, "1e-5", "added to variances"),
      optional("momentum", { type: "share" }, "0.1", "share of a batch in the running mean and variance"),
    ],
  },
  {
    kind: "dropout",
    meaning: "Keeps each unit with probability keepRate and divides by keepRate, else sets it to 0.",
    fields: [required("keepRate", { type: "rate" }, "probability that a unit is kept, in (0, 1]")],
  },
  {
    kind: "serial",
    meaning: "Layers one after another.",
    fields: [required("layers", { type: "layers", empty: false }, "the layers in order")],
  },
  {
    kind: "repeat",
    meaning: "The layers several times, each time with fresh weights.",
    fields: [
      required("times", { type: "count" }, "number of copies"),
      required("layers", { type: "layers", empty: false }, "the layers of one copy"),
    ],
  },
  {
    kind: "residual",
    meaning: "The sum of the layers' output and of the shortcut's.",
    fields: [
      required("layers", { type: "layers", empty: false }, "the layers of the main path"),
      optional("shortcut", { type: "layers", empty: true }, "identity", "the layers of the shortcut"),
    ],
  },
  {
    kind: "parallel",
    meaning: "Branches with one common input, merged.",
    fields: [
      required(
        "branches",
        { type: "branches" },
        "two or more lists of layers; an empty list is the identity",
      ),
      required(
        "merge",
        { type: "choice", of: ["sum", "product", "concat"] },
        "sum and product need equal shapes, concat equal shapes except along axis",
      ),
      optional("axis", { type: "axis" }, "-1, the channels", "for concat, counted as in [n, h, w, c]"),
    ],
  },
];

/** Names of all layer kinds. */
export const layerKinds: readonly LayerKind[] = layerDescriptions.map(({ kind }) => kind);

/** The row of a kind, or undefined when there is no such kind. */
export function layerDescription(kind: string): LayerDescription | undefined {
  return layerDescriptions.find((row) => row.kind === kind);
}

/** What a field may hold, in words: `an integer >= 1`. */
export function describeFieldType(value: FieldType): string {
  switch (value.type) {
    case "count":
      return "an integer >= 1";
    case "variance":
      return "a finite number >= 0";
    case "positive":
      return "a finite number > 0";
    case "share":
    case "rate":
      return "a number in (0, 1]";
    case "window":
      return "a list of one (1-D) or two (2-D) integers >= 1";
    case "margin":
      return "a list of one (1-D) or two (2-D) integers >= 0";
    case "axis":
      return "an integer";
    case "axes":
      return "a list of different integers";
    case "flag":
      return "true or false";
    case "choice":
      return `one of ${value.of.map((name) => `"${name}"`).join(", ")}`;
    case "layers":
      return value.empty ? "a list of layers" : "a list of at least one layer";
    case "branches":
      return "a list of two or more lists of layers";
    case "activation":
      return "a name of the activation catalogue";
  }
}

/**
 * One text line per field of every layer kind, for `--help` and documentation:
 * `dense  units: an integer >= 1; number of outputs`.
 */
export function describeLayerKinds(): string[] {
  return layerDescriptions.flatMap(({ kind, meaning, fields }) => [
    `${kind}: ${meaning}`,
    ...fields.map(
      (field) =>
        `  ${field.name}: ${describeFieldType(field.value)}${
          field.fallback === null ? "" : ` (default ${field.fallback})`
        }; ${field.meaning}`,
    ),
  ]);
}
