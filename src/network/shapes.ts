/**
 * Shapes of every layer's input and output, channels last, without the sample axis.
 * @module
 */
import { sizeOf } from "../numeric/matrix.js";
import { isRecord, showShape, specError } from "./check.js";
import { windowGeometry } from "./geometry.js";
import { describeFieldType, layerDescription } from "./layer-fields.js";
import type { Layer, Network, Padding } from "./spec.js";

/** Layers one after another inside a network, with their shapes. */
export interface ShapedSequence {
  /** the field of the parent that holds them */
  readonly role: "layers" | "shortcut" | "branch";
  readonly path: string;
  /** number of successive copies with these shapes: above 1 inside `repeat` only */
  readonly copies: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly layers: readonly ShapedLayer[];
}

/** One layer with its shapes. */
export interface ShapedLayer {
  /** JSON path, e.g. `layers[2].layers[0]` */
  readonly path: string;
  readonly layer: Layer;
  readonly input: readonly number[];
  readonly output: readonly number[];
  /**
   * What is nested in it: one sequence for `serial`; one or more for `repeat` (a new one where a copy's shapes differ
   * from the copy before); layers and shortcut for `residual`; the branches for `parallel`.
   */
  readonly inside: readonly ShapedSequence[];
}

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((side, i) => side === b[i]);

function misfit(
  path: string,
  layer: Layer,
  input: readonly number[],
  expected: string,
  wayOut: string,
): Error {
  return specError(
    path,
    layer,
    `"${layer.kind}" to get ${expected}, its input has shape ${showShape(input)}`,
    wayOut,
  );
}

function windowed(
  path: string,
  layer: Layer,
  input: readonly number[],
  field: "filter" | "window",
  window: readonly number[],
  strides: readonly number[] | undefined,
  padding: Padding,
): number[] {
  const sides = input.slice(0, -1);
  if (sides.length === 0) {
    throw misfit(
      path,
      layer,
      input,
      "positions and channels",
      "declare the input as [height, width, channels], and put flatten after the spatial layers",
    );
  }
  if (window.length !== sides.length) {
    throw specError(
      `${path}.${field}`,
      window,
      `${sides.length} sides, the layer's input has shape ${showShape(input)}`,
      `write ${showShape(sides.map((_, i) => window[i] ?? window[0]!))}`,
    );
  }
  if (strides !== undefined && strides.length !== sides.length) {
    throw specError(`${path}.strides`, strides, `${sides.length} numbers, one for each side of ${field}`);
  }
  return sides.map((side, i) => {
    const geometry = windowGeometry(side, window[i]!, strides?.[i] ?? 1, padding);
    if (geometry === null) {
      throw specError(
        `${path}.${field}`,
        window,
        `sides of at most ${showShape(sides)}, the layer's input`,
        'use a smaller one or "padding": "same"',
      );
    }
    return geometry.outputs;
  });
}

/** Axis counted as in [n, h, w, c] to an index into a sample's shape; null when there is no such axis. */
function sampleAxis(axis: number, rank: number): number | null {
  const index = axis < 0 ? axis + rank : axis - 1;
  return index >= 0 && index < rank ? index : null;
}

function sequence(
  layers: readonly Layer[],
  path: string,
  input: readonly number[],
  role: ShapedSequence["role"],
): ShapedSequence {
  let shape = input;
  const shaped = layers.map((layer, i) => {
    const next = shapeLayer(layer, `${path}[${i}]`, shape);
    shape = next.output;
    return next;
  });
  return { role, path, copies: 1, input, output: shape, layers: shaped };
}

function repeated(
  layers: readonly Layer[],
  times: number,
  path: string,
  input: readonly number[],
): ShapedSequence[] {
  const runs: ShapedSequence[] = [];
  let shape = input;
  for (let copy = 0; copy < times; copy++) {
    const run = sequence(layers, path, shape, "layers");
    shape = run.output;
    if (same(run.input, run.output)) {
      runs.push({ ...run, copies: times - copy }); // all further copies see the same shapes
      break;
    }
    runs.push(run);
  }
  return runs;
}

function concatenated(
  path: string,
  layer: Layer & { kind: "parallel" },
  outputs: readonly (readonly number[])[],
) {
  const rank = outputs[0]!.length;
  const index = sampleAxis(layer.axis ?? -1, rank);
  if (index === null) {
    throw specError(
      `${path}.axis`,
      layer.axis,
      `an axis of [n, ...${showShape(outputs[0]!)}]: 1 to ${rank} or -${rank} to -1`,
      "0 is the axis of samples, along which branches cannot be joined",
    );
  }
  const rest = (shape: readonly number[]) => shape.filter((_, i) => i !== index);
  for (const [i, shape] of outputs.entries()) {
    if (shape.length !== rank || !same(rest(shape), rest(outputs[0]!))) {
      throw specError(
        `${path}.branches[${i}]`,
        shape,
        `the shape ${showShape(outputs[0]!)} of branches[0] except along axis ${layer.axis ?? -1}`,
      );
    }
  }
  return outputs[0]!.map((side, i) =>
    i === index ? outputs.reduce((sum, shape) => sum + shape[i]!, 0) : side,
  );
}

function shapeInside(layer: Layer, path: string, input: readonly number[]): ShapedSequence[] {
  switch (layer.kind) {
    case "serial":
      return [sequence(layer.layers, `${path}.layers`, input, "layers")];
    case "repeat":
      return repeated(layer.layers, layer.times, `${path}.layers`, input);
    case "residual":
      return [
        sequence(layer.layers, `${path}.layers`, input, "layers"),
        sequence(layer.shortcut ?? [], `${path}.shortcut`, input, "shortcut"),
      ];
    case "parallel":
      return layer.branches.map((branch, i) => sequence(branch, `${path}.branches[${i}]`, input, "branch"));
    default:
      return [];
  }
}

function outputShape(
  layer: Layer,
  path: string,
  input: readonly number[],
  inside: readonly ShapedSequence[],
): readonly number[] {
  const channels = input.at(-1)!;
  switch (layer.kind) {
    case "dense":
      return [...input.slice(0, -1), layer.units];
    case "conv": {
      const padding = layer.padding ?? "same";
      return [
        ...windowed(path, layer, input, "filter", layer.filter, layer.strides, padding),
        layer.channels,
      ];
    }
    case "avgPool":
    case "sumPool": {
      const padding = layer.padding ?? "valid";
      return [...windowed(path, layer, input, "window", layer.window, layer.strides, padding), channels];
    }
    case "maxPool": {
      const padding = layer.padding ?? "valid";
      return [...windowed(path, layer, input, "window", layer.window, layer.strides, padding), channels];
    }
    case "zeroPad": {
      const sides = input.slice(0, -1);
      if (layer.margin.length !== sides.length) {
        throw specError(
          `${path}.margin`,
          layer.margin,
          `${sides.length} numbers, one for each side: the layer's input has shape ${showShape(input)}`,
          sides.length === 0 ? "remove it, a vector has no sides" : "",
        );
      }
      return [...sides.map((side, i) => side + 2 * layer.margin[i]!), channels];
    }
    case "globalAvgPool":
    case "globalSumPool":
      if (input.length === 1) {
        throw misfit(path, layer, input, "positions and channels", "remove it, there is nothing to pool");
      }
      return [channels];
    case "flatten":
      return [sizeOf(input)];
    case "layerNorm":
      for (const axis of layer.axes ?? [-1]) {
        if (sampleAxis(axis, input.length) === null) {
          throw specError(
            `${path}.axes`,
            layer.axes,
            `axes of [n, ...${showShape(input)}]: 1 to ${input.length} or -${input.length} to -1`,
            "0 is the axis of samples, over which layerNorm does not normalize",
          );
        }
      }
      return input;
    case "activation":
    case "identity":
    case "batchNorm":
    case "dropout":
      return input;
    case "serial":
    case "repeat":
      return inside.at(-1)!.output;
    case "residual": {
      const [main, shortcut] = inside as [ShapedSequence, ShapedSequence];
      if (!same(main.output, shortcut.output)) {
        throw specError(
          path,
          layer,
          `layers and shortcut of one shape, they give ${showShape(main.output)} and ${showShape(shortcut.output)}`,
          "put a dense or conv layer on the shortcut, or make the last layer as wide as the input",
        );
      }
      return main.output;
    }
    case "parallel": {
      const outputs = inside.map(({ output }) => output);
      if (layer.merge === "concat") return concatenated(path, layer, outputs);
      outputs.forEach((output, i) => {
        if (!same(output, outputs[0]!)) {
          throw specError(
            `${path}.branches[${i}]`,
            output,
            `the shape ${showShape(outputs[0]!)} of branches[0], as "${layer.merge}" needs equal shapes`,
          );
        }
      });
      return outputs[0]!;
    }
  }
}

function shapeLayer(layer: Layer, path: string, input: readonly number[]): ShapedLayer {
  requireLayer(layer, path);
  const inside = shapeInside(layer, path, input);
  const output = outputShape(layer, path, input, inside);
  if (!output.every((side) => Number.isSafeInteger(side)) || !(sizeOf(output) <= Number.MAX_SAFE_INTEGER)) {
    throw specError(path, output, "fewer than 2^53 values in one sample");
  }
  return { path, layer, input, output, inside };
}

const PARSE = "make it with parseNetwork, preset or network";

/** What the walk relies on, for descriptions that did not come from `parseNetwork`. */
function requireLayer(layer: Layer, path: string): void {
  const value: unknown = layer;
  const known =
    isRecord(value) && typeof value["kind"] === "string" ? layerDescription(value["kind"]) : undefined;
  if (!isRecord(value) || known === undefined) {
    throw specError(path, value, 'a layer such as {"kind": "dense", "units": 10}', PARSE);
  }
  for (const field of known.fields) {
    const nested = value[field.name];
    if (!["layers", "branches"].includes(field.value.type) || (nested === undefined && !field.required))
      continue;
    const lists = field.value.type === "branches" && Array.isArray(nested) ? (nested as unknown[]) : [nested];
    if (!lists.every(Array.isArray))
      throw specError(`${path}.${field.name}`, nested, describeFieldType(field.value), PARSE);
  }
}

/**
 * The tree of layers with the shapes of every input and output.
 * @throws ERR_SPEC with the path of the layer that does not fit its input, and the shapes; for what is no network
 */
export function shapeTree(network: Network): ShapedSequence {
  const value: unknown = network;
  if (!isRecord(value) || !Array.isArray(value["input"]) || !Array.isArray(value["layers"])) {
    throw specError("", value, 'a network such as {"foretrain": 1, "input": [784], "layers": [...]}', PARSE);
  }
  return sequence(network.layers, "layers", network.input, "layers");
}

/** A row of {@link layerShapes}. */
export interface LayerShape {
  readonly path: string;
  readonly layer: Layer;
  /** 0 for the layers of the network, 1 for those inside a combinator, ... */
  readonly level: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** how many times the network has the layer with these shapes */
  readonly copies: number;
}

/** All layers, combinators before what is in them, with shapes; a layer in `repeat` has one row per distinct shape. */
export function layerShapes(network: Network): LayerShape[] {
  const rows: LayerShape[] = [];
  const visit = (part: ShapedSequence, level: number, copies: number): void => {
    for (const { path, layer, input, output, inside } of part.layers) {
      rows.push({ path, layer, level, input, output, copies: copies * part.copies });
      for (const inner of inside) visit(inner, level + 1, copies * part.copies);
    }
  };
  visit(shapeTree(network), 0, 1);
  return rows;
}
