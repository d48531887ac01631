/**
 * Counts and descriptions of a network: parameters, depth, one line per layer.
 * @module
 */
import { sizeOf } from "../numeric/matrix.js";
import { activationOf } from "./activation-layer.js";
import { showShape } from "./check.js";
import { layerShapes, type ShapedSequence, shapeTree } from "./shapes.js";
import type { ConvLayer, DenseLayer, Layer, Network, Parameterization } from "./spec.js";

/** sigma_w^2, sigma_b^2 and parameterization of a layer with weights, defaults filled in. */
export function weightsOf(
  layer: DenseLayer | ConvLayer,
  network: Network,
): {
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly parameterization: Parameterization;
} {
  return {
    weightVariance: layer.weightVariance ?? 1,
    biasVariance: layer.biasVariance ?? 0,
    parameterization: layer.parameterization ?? network.parameterization ?? "ntk",
  };
}

/** Number of trainable numbers at the declared widths; a bias counts where biasVariance > 0. */
export function parameterCount(network: Network): number {
  let total = 0;
  for (const { layer, input, copies } of layerShapes(network)) {
    if (layer.kind === "dense") {
      total += copies * layer.units * (input.at(-1)! + ((layer.biasVariance ?? 0) > 0 ? 1 : 0));
    } else if (layer.kind === "conv") {
      const inputs = sizeOf(layer.filter) * input.at(-1)!;
      total += copies * layer.channels * (inputs + ((layer.biasVariance ?? 0) > 0 ? 1 : 0));
    } else if (layer.kind === "batchNorm") {
      total += copies * 2 * input.at(-1)!; // scale and shift; the running statistics are not trained
    }
  }
  return total;
}

function depthOf(part: ShapedSequence): number {
  let depth = 0;
  for (const { layer, inside } of part.layers) {
    if (layer.kind === "activation") depth += layer.name === "identity" ? 0 : 1;
    else if (layer.kind === "repeat" || layer.kind === "serial") {
      depth += inside.reduce((sum, inner) => sum + depthOf(inner), 0);
    } else if (inside.length > 0) depth += Math.max(...inside.map(depthOf));
  }
  return depth * part.copies;
}

/** Number of nonlinear layers on the longest path from input to output. */
export function hiddenDepth(network: Network): number {
  return depthOf(shapeTree(network));
}

const list = (values: readonly number[]) => values.join(" x ");

/** A number for people: six significant digits, without trailing zeros. */
const short = (x: number) => String(Number(x.toPrecision(6)));

function weightsText(layer: DenseLayer | ConvLayer): string {
  const bias = layer.biasVariance ?? 0;
  const own = layer.parameterization === undefined ? "" : `, ${layer.parameterization}`;
  return `sigma_w^2 = ${short(layer.weightVariance ?? 1)}, sigma_b^2 = ${short(bias)}${own}`;
}

function windowText(strides: readonly number[] | undefined, padding: string): string {
  const step = strides?.some((s) => s !== 1) ? `, strides ${list(strides)}` : "";
  return `${padding}${step}`;
}

/** A layer in words, without what is nested in it: `dense 512 (sigma_w^2 = 2, sigma_b^2 = 0)`. */
export function describeLayer(layer: Layer): string {
  switch (layer.kind) {
    case "dense":
      return `dense ${layer.units} (${weightsText(layer)})`;
    case "conv":
      return `conv ${layer.channels}, ${list(layer.filter)} ${windowText(layer.strides, layer.padding ?? "same")} (${weightsText(layer)})`;
    case "activation":
      return activationOf(layer).label;
    case "avgPool":
    case "sumPool":
      return `${layer.kind} ${list(layer.window)} ${windowText(layer.strides, layer.padding ?? "valid")}`;
    case "maxPool":
      return `maxPool ${list(layer.window)} ${windowText(layer.strides, layer.padding ?? "valid")}`;
    case "zeroPad":
      return `zeroPad ${list(layer.margin)}`;
    case "layerNorm":
      return `layerNorm over axes ${list(layer.axes ?? [-1]).replaceAll(" x ", ", ")}`;
    case "batchNorm":
      return `batchNorm, epsilon ${short(layer.epsilon ?? 1e-5)}`;
    case "dropout":
      return `dropout, keeps ${short(layer.keepRate)}`;
    case "repeat":
      return `repeat ${layer.times} times`;
    case "parallel":
      return layer.merge === "concat"
        ? `parallel, concat along axis ${layer.axis ?? -1}`
        : `parallel, ${layer.merge}`;
    case "residual":
      return "residual";
    default:
      return layer.kind;
  }
}

/** One line per layer, indented by nesting, with shapes: the input first. */
export function describeNetwork(network: Network): string[] {
  const lines = [`input ${showShape(network.input)}, ${network.parameterization ?? "ntk"} parameterization`];
  const visit = (part: ShapedSequence, level: number): void => {
    for (const { layer, output, inside } of part.layers) {
      const indent = "  ".repeat(level);
      lines.push(`${indent}${describeLayer(layer)} -> ${showShape(output)}`);
      // copies of one repeat differ in shapes only: the first run stands for all
      const shown = layer.kind === "repeat" ? inside.slice(0, 1) : inside;
      for (const [i, inner] of shown.entries()) {
        if (layer.kind === "residual" && inner.role === "shortcut") {
          if (inner.layers.length > 0) lines.push(`${indent}  shortcut:`);
        } else if (layer.kind === "parallel") {
          lines.push(`${indent}  branch ${i + 1}:${inner.layers.length === 0 ? " identity" : ""}`);
        }
        const deeper = layer.kind === "parallel" || inner.role === "shortcut" ? 2 : 1;
        visit(inner, level + deeper);
      }
    }
  };
  visit(shapeTree(network), 0);
  return lines;
}
