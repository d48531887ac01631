/**
 * Layers made, changed, put inside others and taken apart.
 * @module
 */
import { activationCatalogue, type Layer, type LayerKind, layerDescriptions } from "foretrain";

const hasLayersInside = (kind: LayerKind) =>
  layerDescriptions.some(
    (row) =>
      row.kind === kind && row.fields.some(({ value: { type } }) => type === "layers" || type === "branches"),
  );
const kinds = layerDescriptions.map(({ kind }) => kind);

/** Kinds without other layers inside. */
export const PLAIN_KINDS: readonly LayerKind[] = kinds.filter((kind) => !hasLayersInside(kind));

/** Kinds around other layers. */
export const AROUND_KINDS: readonly LayerKind[] = kinds.filter(hasLayersInside);

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

/** A new layer of a kind without others inside, with its required fields; `width`: as wide as this. */
export function newLayer(kind: LayerKind, width?: number): Layer {
  const { fields } = layerDescriptions.find((row) => row.kind === kind)!;
  const starts = width === undefined ? STARTS : { ...STARTS, units: width, channels: width };
  const required = fields.filter((field) => field.required).map(({ name }) => [name, starts[name]]);
  const stepped = kind === "avgPool" || kind === "sumPool" || kind === "maxPool" ? { strides: [2, 2] } : {};
  const weights = kind === "dense" || kind === "conv" ? { weightVariance: 2, biasVariance: 0.05 } : {};
  return { kind, ...Object.fromEntries(required), ...stepped, ...weights } as unknown as Layer;
}

/** A layer of a kind around `layers`. */
export function around(kind: LayerKind, layers: readonly Layer[]): Layer {
  switch (kind) {
    case "repeat":
      return { kind, times: 2, layers };
    case "parallel":
      return { kind, branches: [layers, []], merge: "sum" };
    case "residual":
    case "serial":
      return { kind, layers };
    default:
      throw new RangeError(`${kind} has no layers inside`);
  }
}

/** A new layer of any kind; those around others start with layers that keep the shape `input`; null: not known. */
export function newBlock(kind: LayerKind, input: readonly number[] | null, width?: number): Layer {
  if (!AROUND_KINDS.includes(kind)) return newLayer(kind, width);
  const activation = newLayer("activation");
  if (input === null) return around(kind, [activation]);
  const weights = newLayer(input.length === 1 ? "dense" : "conv", input.at(-1)!);
  const filtered = weights.kind === "conv" ? { ...weights, filter: input.slice(1).map(() => 3) } : weights;
  // sums have kernels where all branches but one end with weights of their own
  const isSum = kind === "residual" || kind === "parallel";
  return around(kind, isSum ? [activation, filtered] : [filtered, activation]);
}

/** A layer with another value of a field; `undefined` takes the field out. */
export function withField(layer: Layer, name: string, value: unknown): Layer {
  const rest = Object.fromEntries(Object.entries(layer).filter(([key]) => key !== name));
  if (layer.kind !== "activation" || name !== "name") {
    return (value === undefined ? rest : { ...layer, [name]: value }) as unknown as Layer;
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

/** A list of layers inside a layer. */
export interface Part {
  /** below the layer: `layers`, `shortcut`, `branches[1]` */
  readonly path: string;
  /** for people; empty where the layer has one list only */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly mayBeEmpty: boolean;
}

/** The lists of layers inside a layer. */
export function partsOf(layer: Layer): readonly Part[] {
  switch (layer.kind) {
    case "repeat":
    case "serial":
      return [{ path: "layers", name: "", layers: layer.layers, mayBeEmpty: false }];
    case "residual":
      return [
        { path: "layers", name: "main path", layers: layer.layers, mayBeEmpty: false },
        { path: "shortcut", name: "shortcut", layers: layer.shortcut ?? [], mayBeEmpty: true },
      ];
    case "parallel":
      return layer.branches.map((layers, i) => ({
        path: `branches[${i}]`,
        name: `branch ${i + 1}`,
        layers,
        mayBeEmpty: true,
      }));
    default:
      return [];
  }
}

/** A layer with other layers in one of its lists. */
export function withPart(layer: Layer, part: Part, layers: readonly Layer[]): Layer {
  if (layer.kind === "parallel") {
    return {
      ...layer,
      branches: layer.branches.map((branch, i) => (part.path === `branches[${i}]` ? layers : branch)),
    };
  }
  // no layers on a shortcut: the identity, which is what a missing one means
  return withField(layer, part.path, part.path === "shortcut" && layers.length === 0 ? undefined : layers);
}

/** The layers that stand in the place of a layer that is taken apart; null: its lists are no sequence. */
export function contentsOf(layer: Layer): readonly Layer[] | null {
  return layer.kind === "repeat" || layer.kind === "serial" || layer.kind === "residual"
    ? layer.layers
    : null;
}

/** All layers with their paths, those inside others after them. */
export function pathsOf(layers: readonly Layer[], list = "layers"): readonly (readonly [string, Layer])[] {
  return layers.flatMap((layer, i) => {
    const path = `${list}[${i}]`;
    return [
      [path, layer] as const,
      ...partsOf(layer).flatMap((part) => pathsOf(part.layers, `${path}.${part.path}`)),
    ];
  });
}

/** Whether `path` leads to `place` or into it. */
export const leadsInto = (path: string, place: string) =>
  path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
