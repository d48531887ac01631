/**
 * The text of the page as a network, and networks as text.
 * @module
 */
import {
  ForetrainError,
  type LayerShape,
  layerDescriptions,
  layerShapes,
  type Network,
  parseNetwork,
  parsePreset,
} from "foretrain";

/** The shape of a sample of side `side`. */
export const inputShape = (side: string): readonly [number, number, number] => [
  Number(side),
  Number(side),
  1,
];

/**
 * The network that a text means; presets take the shape of the images.
 * @throws ForetrainError of the package, and `ERR_SPEC` for text that is no JSON
 */
export function networkOf(text: string, side: string): Network {
  const plain = text.trim();
  if (plain.startsWith("preset:")) return parsePreset(plain, { input: inputShape(side) });
  let json: unknown;
  try {
    json = JSON.parse(plain);
  } catch (error) {
    throw new ForetrainError(
      "ERR_SPEC",
      `network: the text is neither preset:NAME?... nor JSON (${error instanceof Error ? error.message : String(error)})`,
      { argument: "network", got: plain.slice(0, 80) },
    );
  }
  return parseNetwork(json);
}

/** JSON as it stands in files: layers one a line. */
export function networkText(network: Network): string {
  const { layers, ...head } = network;
  const lines = layers.map((layer) => `    ${JSON.stringify(layer)}`).join(",\n");
  const start = Object.entries(head)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
    .join("\n");
  return `{\n${start}\n  "layers": [\n${lines}\n  ]\n}`;
}

/** What is wrong with a text. */
export interface Problem {
  readonly message: string;
  /** where in the network, such as `layers[2].shortcut[0].units`; null: not in a layer */
  readonly path: string | null;
}

/** What a text says of a network, as far as it says it. */
export interface Reading {
  /** null: not a network that fits together */
  readonly network: Network | null;
  /** what blocks can be made of, also where values or shapes are still wrong; null: nothing */
  readonly blocks: Network | null;
  /** of `blocks`, up to the first layer in which something is wrong */
  readonly shapes: readonly LayerShape[];
  readonly problem: Problem | null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A kind that is known, and lists of such layers where lists belong; other values may be anything. */
function isBlock(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const row = layerDescriptions.find(({ kind }) => kind === value["kind"]);
  return (
    row?.fields.every(({ name, value: { type }, required }) => {
      const inner = value[name];
      if (inner === undefined && !required) return true;
      if (type === "layers") return isBlockList(inner);
      return type !== "branches" || (Array.isArray(inner) && inner.every(isBlockList));
    }) ?? false
  );
}

const isBlockList = (value: unknown): boolean => Array.isArray(value) && value.every(isBlock);

function blocksOf(text: string): Network | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const isNetwork = isRecord(json) && Array.isArray(json["input"]) && isBlockList(json["layers"]);
  return isNetwork ? (json as unknown as Network) : null;
}

/** The shapes of the layers before the one that `path` leads to. */
function shapesBefore(network: Network, path: string | null): readonly LayerShape[] {
  const at = Number(/^layers\[(\d+)\]/.exec(path ?? "")?.[1] ?? 0);
  try {
    return layerShapes({ ...network, layers: network.layers.slice(0, at) });
  } catch {
    return []; // already the input is none
  }
}

/** Reads a text: the network, or what is wrong with it and what blocks can still be made of. */
export function readText(text: string, side: string): Reading {
  try {
    const network = networkOf(text, side);
    return { network, blocks: network, shapes: layerShapes(network), problem: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const found = error instanceof ForetrainError ? error.details["path"] : null;
    const path = typeof found === "string" && found.startsWith("layers") ? found : null;
    const blocks = blocksOf(text);
    const shapes = blocks === null ? [] : shapesBefore(blocks, path);
    return { network: null, blocks, shapes, problem: { message, path } };
  }
}

/** The problem of a message that starts with the path of a layer, as those of kernels do. */
export function problemOf(message: string): Problem {
  return { message, path: /^layers[^\s:]*(?=:)/.exec(message)?.[0] ?? null };
}
