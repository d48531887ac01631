/**
 * The text of the page as a network, and networks as text.
 * @module
 */
import {
  activationCatalogue,
  ForetrainError,
  type Layer,
  type LayerKind,
  layerDescriptions,
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

/** Kinds that a block can be made of without further layers inside. */
export const BLOCK_KINDS: readonly LayerKind[] = layerDescriptions
  .filter(({ fields }) => fields.every(({ value }) => value.type !== "layers" && value.type !== "branches"))
  .map(({ kind }) => kind);

/** What a new block starts with. */
const STARTS: Readonly<Record<string, unknown>> = {
  units: 512,
  channels: 64,
  filter: [3, 3],
  window: [2, 2],
  margin: [1, 1],
  keepRate: 0.9,
  name: "relu",
};

/** A new layer of a kind, with its required fields. */
export function newLayer(kind: LayerKind): Layer {
  const { fields } = layerDescriptions.find((row) => row.kind === kind)!;
  const required = fields.filter((field) => field.required).map(({ name }) => [name, STARTS[name]]);
  const stepped = kind === "avgPool" || kind === "sumPool" || kind === "maxPool" ? { strides: [2, 2] } : {};
  const weights = kind === "dense" || kind === "conv" ? { weightVariance: 2, biasVariance: 0.05 } : {};
  return { kind, ...Object.fromEntries(required), ...stepped, ...weights } as unknown as Layer;
}

/** A layer with another value of a field; `undefined` takes the field out. */
export function withField(layer: Layer, name: string, value: unknown): Layer {
  const rest = Object.fromEntries(Object.entries(layer).filter(([key]) => key !== name));
  if (layer.kind !== "activation" || name !== "name") {
    return (value === undefined ? rest : { ...rest, [name]: value }) as unknown as Layer;
  }
  // another function has other parameters
  const { parameters } = activationCatalogue.find((entry) => entry.name === value)!;
  const needed = parameters.filter((parameter) => parameter.default === null);
  const start = (domain: string) =>
    domain === "expression" ? "x*tanh(x)" : domain === "coefficients" ? [0, 1] : 1;
  return {
    kind: "activation",
    name: value,
    ...Object.fromEntries(needed.map(({ key, domain }) => [key, start(domain)])),
  } as unknown as Layer;
}
