/**
 * Networks that repeat a block: which layers repeat, and the same network at other depths.
 *
 * Depth counts nonlinear layers as {@link hiddenDepth} does. A plain stack repeats its hidden layer; residual and
 * convolutional networks repeat their block, and keep what stands before it (read-in) and after it (pools, readout).
 * @module
 */
import { ForetrainError } from "../errors.js";
import { hiddenDepth, weightsOf } from "./measure.js";
import { parseNetwork } from "./parse.js";
import { shapeTree } from "./shapes.js";
import type { Layer, Network } from "./spec.js";

/** A network as prefix, copies of a block, suffix; `serial` and `repeat` around them are written out. */
export interface RepeatedBlock {
  /** read-in: layers before the first copy */
  readonly prefix: readonly Layer[];
  readonly block: readonly Layer[];
  /** pools, dropout, readout: layers after the last copy */
  readonly suffix: readonly Layer[];
  /** copies that the network has */
  readonly copies: number;
  /** nonlinear layers of one copy */
  readonly blockDepth: number;
  /** nonlinear layers of prefix and suffix: no depth is below it */
  readonly outsideDepth: number;
}

/** Blocks with more layers than this are not looked for. */
const PERIOD_MAX = 64;

/** Layers in order with serial and repeat written out, identities left out; the objects stay the same. */
export function writtenOut(layers: readonly Layer[], out: Layer[] = []): Layer[] {
  for (const layer of layers) {
    if (layer.kind === "serial") writtenOut(layer.layers, out);
    else if (layer.kind === "repeat") {
      for (let copy = 0; copy < layer.times; copy++) writtenOut(layer.layers, out);
    } else if (layer.kind !== "identity" && !(layer.kind === "activation" && layer.name === "identity")) {
      out.push(layer);
    }
  }
  return out;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Numbers that are equal for layers with equal kernels: widths do not matter in the ntk parameterization. */
function identities(layers: readonly Layer[], network: Network): number[] {
  const texts = new Map<string, number>();
  const known = new Map<Layer, number>();
  return layers.map((layer) => {
    let id = known.get(layer);
    if (id === undefined) {
      let text: string;
      if (layer.kind === "dense" || layer.kind === "conv") {
        const weights = weightsOf(layer, network);
        const width = layer.kind === "dense" ? { units: 0 } : { channels: 0 };
        const strides = layer.kind === "conv" ? { strides: layer.strides ?? layer.filter.map(() => 1) } : {};
        const padding = layer.kind === "conv" ? { padding: layer.padding ?? "same" } : {};
        text = sortedJson({
          ...layer,
          ...weights,
          ...strides,
          ...padding,
          ...(weights.parameterization === "ntk" ? width : {}),
        });
      } else text = sortedJson(layer);
      id = texts.get(text) ?? texts.size;
      texts.set(text, id);
      known.set(layer, id);
    }
    return id;
  });
}

const isNonlinear = (layer: Layer): boolean => {
  switch (layer.kind) {
    case "activation":
      return layer.name !== "identity";
    case "serial":
    case "repeat":
    case "residual":
      return [...layer.layers, ...(layer.kind === "residual" ? (layer.shortcut ?? []) : [])].some(
        isNonlinear,
      );
    case "parallel":
      return layer.branches.some((branch) => branch.some(isNonlinear));
    default:
      return false;
  }
};

const hasWeights = (layer: Layer): boolean => {
  switch (layer.kind) {
    case "dense":
    case "conv":
      return true;
    case "serial":
    case "repeat":
    case "residual":
      return [...layer.layers, ...(layer.kind === "residual" ? (layer.shortcut ?? []) : [])].some(hasWeights);
    case "parallel":
      return layer.branches.some((branch) => branch.some(hasWeights));
    default:
      return false;
  }
};

interface Run {
  readonly start: number;
  readonly period: number;
  readonly copies: number;
}

/** The longest run of equal blocks; of equal ones the shortest block, as far back as it goes. */
function longestRun(ids: readonly number[], layers: readonly Layer[]): Run | null {
  let best: Run | null = null;
  for (let period = 1; period <= Math.min(PERIOD_MAX, ids.length >> 1); period++) {
    for (let i = 0; i + period < ids.length; ) {
      let matches = 0;
      while (i + matches + period < ids.length && ids[i + matches] === ids[i + matches + period]) matches++;
      const copies = Math.floor(matches / period) + 1;
      if (copies >= 2 && (best === null || copies * period > best.copies * best.period)) {
        const start = i + ((matches + period) % period);
        const block = layers.slice(start, start + period);
        if (block.some(isNonlinear) && block.some(hasWeights)) best = { start, period, copies };
      }
      i += Math.max(1, matches);
    }
  }
  return best;
}

/** A block that stands in a repeat of one copy. */
function writtenBlock(layers: readonly Layer[], before = 0): Run | null {
  let start = before;
  for (const layer of layers) {
    const written = writtenOut([layer]);
    if (
      layer.kind === "repeat" &&
      layer.times === 1 &&
      written.some(isNonlinear) &&
      written.some(hasWeights)
    ) {
      return { start, period: written.length, copies: 1 };
    }
    const inside = layer.kind === "serial" ? writtenBlock(layer.layers, start) : null;
    if (inside !== null) return inside;
    start += written.length;
  }
  return null;
}

/** One hidden layer: weights up to the first nonlinearity behind them, or a single block. */
function singleBlock(layers: readonly Layer[]): Run | null {
  const whole = layers.findIndex((layer) => isNonlinear(layer) && hasWeights(layer));
  if (whole >= 0) return { start: whole, period: 1, copies: 1 };
  const end = layers.findIndex(isNonlinear);
  const start = layers.slice(0, Math.max(0, end)).findLastIndex(hasWeights);
  return end >= 0 && start >= 0 ? { start, period: end - start + 1, copies: 1 } : null;
}

function unavailable(reason: string, details: Record<string, unknown> = {}): ForetrainError {
  return new ForetrainError(
    "ERR_UNAVAILABLE",
    `repeatedBlock: the network has no hidden block that could be repeated: ${reason}; ` +
      "repeat one block (dense or conv and activation, or residual) that keeps its input's shape",
    { argument: "network", reason, ...details },
  );
}

/** Whether a second copy of the block fits behind the first and has its shape. */
function keepsShape(network: Network, { prefix, block }: Pick<RepeatedBlock, "prefix" | "block">): boolean {
  const shapeOf = (times: number) =>
    shapeTree({ ...network, layers: [...prefix, { kind: "repeat", times, layers: block }] }).output;
  try {
    return sortedJson(shapeOf(1)) === sortedJson(shapeOf(2));
  } catch (error) {
    if (error instanceof ForetrainError) return false;
    throw error;
  }
}

/**
 * The block that a network repeats: the longest run of equal blocks of layers (widths aside); where nothing occurs twice,
 * what is written in a repeat of one copy, or else the only hidden layer.
 * A read-in with other variances, pools, dropout before the readout and the readout stay outside.
 * @throws ERR_UNAVAILABLE with the reason when there is none, or when the block changes its input's shape
 */
export function repeatedBlock(network: Network): RepeatedBlock {
  const layers = writtenOut(network.layers);
  if (!layers.some(isNonlinear)) throw unavailable("it has no nonlinear layer");
  const run =
    longestRun(identities(layers, network), layers) ?? writtenBlock(network.layers) ?? singleBlock(layers);
  if (run === null) throw unavailable("no nonlinear layer has weights before it");
  const { start, period, copies } = run;
  const parts = {
    prefix: layers.slice(0, start),
    block: layers.slice(start, start + period),
    suffix: layers.slice(start + copies * period),
  };
  if (!keepsShape(network, parts)) {
    throw unavailable("the block that repeats changes the shape of its input", { start, period });
  }
  const depthOf = (times: number) =>
    hiddenDepth({
      ...network,
      layers: [...parts.prefix, { kind: "repeat", times, layers: parts.block }],
    });
  const blockDepth = depthOf(2) - depthOf(1);
  const outsideDepth = hiddenDepth(network) - copies * blockDepth;
  if (outsideDepth > 0 && copies === 1 && writtenBlock(network.layers) === null) {
    throw unavailable("its hidden layers differ", { hiddenLayers: hiddenDepth(network) });
  }
  return { ...parts, copies, blockDepth, outsideDepth };
}

/**
 * Copies of the block that give a depth.
 * @throws ERR_DOMAIN for a depth that is no integer >= 0 or that no number of copies gives
 */
export function copiesAtDepth(parts: RepeatedBlock, depth: number, caller = "copiesAtDepth"): number {
  const { blockDepth, outsideDepth, prefix, suffix } = parts;
  const least = prefix.length + suffix.length === 0 ? outsideDepth + blockDepth : outsideDepth;
  const copies = (depth - outsideDepth) / blockDepth;
  if (Number.isSafeInteger(depth) && depth >= least && Number.isInteger(copies)) return copies;
  const expected =
    blockDepth === 1
      ? `an integer >= ${least}`
      : `one of ${least}, ${least + blockDepth}, ${least + 2 * blockDepth}, ... (its block has ${blockDepth} nonlinear layers)`;
  throw new ForetrainError(
    "ERR_DOMAIN",
    `${caller}: depth is ${depth}, expected ${expected}: the number of nonlinear layers of this network`,
    { argument: "depth", got: depth, expected },
  );
}

/** The network with so many copies of its block. */
export function networkWithCopies(network: Network, parts: RepeatedBlock, copies: number): Network {
  const { prefix, block, suffix } = parts;
  const repeated: Layer[] =
    copies === 0 ? [] : copies === 1 ? [...block] : [{ kind: "repeat", times: copies, layers: block }];
  return parseNetwork({ ...network, layers: [...prefix, ...repeated, ...suffix] });
}

/**
 * The same network with `depth` nonlinear layers: its block repeated, what stands around the block kept. Depth 0 leaves
 * read-in and readout.
 * @throws ERR_UNAVAILABLE as {@link repeatedBlock}, ERR_DOMAIN for a depth that no number of copies gives
 */
export function networkAtDepth(network: Network, depth: number): Network {
  const parts = repeatedBlock(network);
  return networkWithCopies(network, parts, copiesAtDepth(parts, depth, "networkAtDepth"));
}
