/**
 * From unknown JSON to a checked {@link Network}.
 * @module
 */
import { checkActivation } from "./activation-layer.js";
import { isCount, isRecord, specError } from "./check.js";
import {
  describeFieldType,
  type FieldType,
  type LayerField,
  layerDescription,
  layerKinds,
} from "./layer-fields.js";
import { suggestion } from "./nearest.js";
import { shapeTree } from "./shapes.js";
import type { ActivationLayer, Layer, Network } from "./spec.js";

/** Layers nested deeper than this are refused: no real network is, and the walk over the tree is recursive. */
const LEVELS_MAX = 100;

const NETWORK_FIELDS = ["foretrain", "input", "parameterization", "layers"];

function parseValue(value: unknown, type: FieldType, path: string, level: number): unknown {
  const wrong = (wayOut = "") => specError(path, value, describeFieldType(type), wayOut);
  switch (type.type) {
    case "count":
      if (!isCount(value)) throw wrong();
      return value;
    case "variance":
      if (typeof value !== "number" || !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
        throw wrong("it is a variance, not a standard deviation");
      }
      return value;
    case "positive":
      if (typeof value !== "number" || !(value > 0 && value < Number.POSITIVE_INFINITY)) throw wrong();
      return value;
    case "share":
      if (typeof value !== "number" || !(value > 0 && value <= 1)) throw wrong();
      return value;
    case "rate":
      if (typeof value !== "number" || !(value > 0 && value <= 1)) {
        throw wrong("it is the probability that a unit is kept, not that it is dropped");
      }
      return value;
    case "window":
      if (!Array.isArray(value) || value.length < 1 || value.length > 2 || !value.every(isCount))
        throw wrong();
      return [...value];
    case "margin":
      if (!Array.isArray(value) || value.length < 1 || value.length > 2) throw wrong();
      if (!value.every((side) => Number.isSafeInteger(side) && side >= 0)) throw wrong();
      return [...value];
    case "axis":
      if (!Number.isSafeInteger(value)) throw wrong();
      return value;
    case "axes":
      if (
        !Array.isArray(value) ||
        value.length === 0 ||
        !value.every((axis) => Number.isSafeInteger(axis)) ||
        new Set(value).size !== value.length
      ) {
        throw wrong();
      }
      return [...value];
    case "flag":
      if (typeof value !== "boolean") throw wrong();
      return value;
    case "choice":
      if (typeof value !== "string") throw wrong();
      if (!type.of.includes(value)) throw wrong(suggestion(value, type.of));
      return value;
    case "layers":
      if (!Array.isArray(value) || (value.length === 0 && !type.empty)) throw wrong();
      return parseLayers(value, path, level);
    case "branches":
      if (!Array.isArray(value) || value.length < 2) throw wrong();
      return value.map((branch: unknown, i) => {
        const at = `${path}[${i}]`;
        if (!Array.isArray(branch)) throw specError(at, branch, "a list of layers, possibly empty");
        return parseLayers(branch, at, level);
      });
    case "activation":
      if (typeof value !== "string") throw wrong();
      return value;
  }
}

function parseLayers(values: readonly unknown[], path: string, level: number): Layer[] {
  if (level > LEVELS_MAX) {
    throw specError(
      path,
      `${level} levels of nesting`,
      `at most ${LEVELS_MAX}`,
      "use repeat for deep networks",
    );
  }
  return values.map((value, i) => parseLayer(value, `${path}[${i}]`, level + 1));
}

function unknownField(path: string, field: string, value: unknown, fields: readonly string[]): Error {
  const known = fields.length === 0 ? "no fields beside kind" : `only ${fields.join(", ")}`;
  const way = fields.length === 0 ? "remove it" : suggestion(field, fields);
  return specError(
    path === "" ? field : `${path}.${field}`,
    value,
    `${known}; there is no field "${field}"`,
    way,
  );
}

function parseLayer(value: unknown, path: string, level: number): Layer {
  if (!isRecord(value)) throw specError(path, value, 'a layer such as {"kind": "dense", "units": 10}');
  const { kind } = value;
  if (typeof kind !== "string") {
    throw specError(`${path}.kind`, kind, "the kind of the layer", `there are: ${layerKinds.join(", ")}`);
  }
  const description = layerDescription(kind);
  if (description === undefined) {
    throw specError(`${path}.kind`, kind, "a layer kind", suggestion(kind, layerKinds));
  }
  if (kind === "activation") return parseActivation(value, path);
  const names = description.fields.map(({ name }) => name);
  for (const field of Object.keys(value)) {
    if (field !== "kind" && !names.includes(field)) throw unknownField(path, field, value[field], names);
  }
  const out: Record<string, unknown> = { kind };
  for (const field of description.fields) {
    const got = value[field.name];
    if (got !== undefined) out[field.name] = parseValue(got, field.value, `${path}.${field.name}`, level);
    else if (field.required) throw missing(path, kind, field);
  }
  return out as unknown as Layer; // the table above is the type of spec.ts, row by row
}

function missing(path: string, kind: string, field: LayerField): Error {
  return specError(
    `${path}.${field.name}`,
    undefined,
    describeFieldType(field.value),
    `"${kind}" needs "${field.name}" (${field.meaning})`,
  );
}

function parseActivation(value: Record<string, unknown>, path: string): ActivationLayer {
  const { kind: _kind, name, ...rest } = value;
  const parameters = Object.fromEntries(Object.entries(rest).filter(([, item]) => item !== undefined));
  if (typeof name !== "string") {
    throw specError(`${path}.name`, name, "a name of the activation catalogue", '"activation" needs "name"');
  }
  checkActivation(name, parameters, path);
  const copied = Object.entries(parameters).map(([key, item]) => [
    key,
    Array.isArray(item) ? [...item] : item,
  ]);
  return { kind: "activation", name, ...Object.fromEntries(copied) };
}

/**
 * Checks unknown JSON (or code) against the network format and returns it as a {@link Network}: a deep copy with only
 * the fields that were given, so that it prints as it was written. Kinds, fields, values and shapes are all checked,
 * also of layer kinds that some readings do not have yet.
 *
 * @throws ERR_SPEC with a JSON path such as `layers[2].layers[0].weightVariance`, what was got, what was expected and
 * the way out; unknown names come with the nearest known ones
 * @example
 * parseNetwork({ foretrain: 1, input: [784], layers: [{ kind: "dense", units: 10 }] })
 */
export function parseNetwork(json: unknown): Network {
  if (!isRecord(json)) {
    throw specError("", json, 'a network such as {"foretrain": 1, "input": [784], "layers": [...]}');
  }
  if (json["foretrain"] !== 1) {
    throw specError(
      "foretrain",
      json["foretrain"],
      "1, the version of the network format",
      json["foretrain"] === undefined
        ? 'add "foretrain": 1'
        : "this version of the package reads format 1 only",
    );
  }
  for (const field of Object.keys(json)) {
    // editors use $schema for completion; it says nothing about the network
    if (field !== "$schema" && !NETWORK_FIELDS.includes(field)) {
      throw unknownField("", field, json[field], NETWORK_FIELDS);
    }
  }
  const input = json["input"];
  if (!Array.isArray(input) || input.length < 1 || input.length > 3 || !input.every(isCount)) {
    throw specError(
      "input",
      input,
      "the shape of one sample: [d] for vectors, [length, channels] or [height, width, channels], integers >= 1",
    );
  }
  const parameterization = json["parameterization"];
  const choice: FieldType = { type: "choice", of: ["ntk", "standard"] };
  if (parameterization !== undefined) parseValue(parameterization, choice, "parameterization", 0);
  const layers = parseValue(json["layers"], { type: "layers", empty: false }, "layers", 0) as Layer[];
  const network: Network = {
    foretrain: 1,
    input: [...input],
    ...(parameterization === undefined ? {} : { parameterization: parameterization as "ntk" | "standard" }),
    layers,
  };
  shapeTree(network); // throws where layers do not fit together
  return network;
}
