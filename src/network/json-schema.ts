/**
 * The network format as a JSON Schema (draft 2020-12), for editors and other programs. Made from the same tables that
 * `parseNetwork` reads; shapes are beyond a schema and are checked by `parseNetwork` only.
 * @module
 */
import { activationCatalogue } from "../activations/index.js";
import { type FieldType, layerDescriptions } from "./layer-fields.js";

type Schema = { readonly [key: string]: unknown };

const LAYERS: Schema = { type: "array", items: { $ref: "#/$defs/layer" } };

function valueSchema(value: FieldType): Schema {
  switch (value.type) {
    case "count":
      return { type: "integer", minimum: 1 };
    case "variance":
      return { type: "number", minimum: 0 };
    case "positive":
      return { type: "number", exclusiveMinimum: 0 };
    case "share":
    case "rate":
      return { type: "number", exclusiveMinimum: 0, maximum: 1 };
    case "window":
      return { type: "array", items: { type: "integer", minimum: 1 }, minItems: 1, maxItems: 2 };
    case "margin":
      return { type: "array", items: { type: "integer", minimum: 0 }, minItems: 1, maxItems: 2 };
    case "axis":
      return { type: "integer" };
    case "axes":
      return { type: "array", items: { type: "integer" }, minItems: 1, uniqueItems: true };
    case "flag":
      return { type: "boolean" };
    case "choice":
      return { enum: value.of };
    case "layers":
      return value.empty ? LAYERS : { ...LAYERS, minItems: 1 };
    case "branches":
      return { type: "array", items: LAYERS, minItems: 2 };
    case "activation":
      return { enum: activationCatalogue.map(({ name }) => name) };
  }
}

function activationSchemas(): Schema[] {
  const domains: Record<string, Schema> = {
    real: { type: "number" },
    positive: { type: "number", exclusiveMinimum: 0 },
    "non-negative": { type: "number", minimum: 0 },
    degree: { type: "integer", minimum: 0 },
    coefficients: { type: "array", items: { type: "number" }, minItems: 1 },
    expression: { type: "string", minLength: 1 },
  };
  return activationCatalogue.map(({ name, formula, parameters }) => ({
    type: "object",
    description: formula,
    properties: {
      kind: { const: "activation" },
      name: { const: name },
      ...Object.fromEntries(
        parameters.map(({ key, domain, meaning, default: fallback }) => [
          key,
          { ...domains[domain], description: meaning, ...(fallback === null ? {} : { default: fallback }) },
        ]),
      ),
    },
    required: ["kind", "name", ...parameters.filter((p) => p.default === null).map((p) => p.key)],
    additionalProperties: false,
  }));
}

/** The JSON Schema of the network format, as plain data. */
export function networkJsonSchema(): Schema {
  const kinds = layerDescriptions
    .filter(({ kind }) => kind !== "activation")
    .map(({ kind, meaning, fields }) => ({
      type: "object",
      description: meaning,
      properties: {
        kind: { const: kind },
        ...Object.fromEntries(
          fields.map(({ name, value, meaning: text, fallback }) => [
            name,
            {
              ...valueSchema(value),
              description: fallback === null ? text : `${text} (default ${fallback})`,
            },
          ]),
        ),
      },
      required: ["kind", ...fields.filter((field) => field.required).map(({ name }) => name)],
      additionalProperties: false,
    }));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Foretrain network",
    type: "object",
    properties: {
      $schema: { type: "string" },
      foretrain: { const: 1, description: "version of the format" },
      input: {
        type: "array",
        items: { type: "integer", minimum: 1 },
        minItems: 1,
        maxItems: 3,
        description: "shape of one sample, channels last; [d] for vectors",
      },
      parameterization: { enum: ["ntk", "standard"] },
      layers: { ...LAYERS, minItems: 1 },
    },
    required: ["foretrain", "input", "layers"],
    additionalProperties: false,
    $defs: { layer: { oneOf: [...kinds, ...activationSchemas()] } },
  };
}
