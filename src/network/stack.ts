/**
 * Plain fully connected stacks: dense, activation, dense, activation, ..., dense. Their hidden layers are what the
 * mean-field maps iterate over, and what depth sweeps and advice change.
 *
 * Hidden layer l has pre-activations h^l = dense_l(...) and the activation phi_l after it; the last dense is the
 * readout. The first dense, which sees the data, is the read-in: networks are often given other variances there.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { weightsOf } from "./measure.js";
import { parseNetwork } from "./parse.js";
import { type ShapedSequence, shapeTree } from "./shapes.js";
import type { ActivationLayer, DenseLayer, Layer, Network } from "./spec.js";

/** One hidden layer of a plain stack: a dense layer and the activation after it. */
export interface HiddenLayer {
  readonly units: number;
  readonly weightVariance: number;
  readonly biasVariance: number;
  readonly activation: ActivationLayer;
}

/** The hidden layers of a plain fully connected stack. */
export interface HiddenStack {
  readonly layers: readonly HiddenLayer[];
  /** the last dense layer */
  readonly readout: {
    readonly units: number;
    readonly weightVariance: number;
    readonly biasVariance: number;
  };
  /** true: one activation, and one pair of variances in all hidden layers; the read-in may differ (`readInDiffers`) */
  readonly homogeneous: boolean;
  /** true when a homogeneous stack's first dense layer has other variances than the further hidden layers */
  readonly readInDiffers: boolean;
}

interface PlainStack {
  /** layers before the first dense: flatten or nothing */
  readonly before: readonly Layer[];
  readonly hidden: readonly { readonly dense: DenseLayer; readonly activation: ActivationLayer }[];
  readonly readout: DenseLayer;
}

/** Layers in order with serial and repeat written out and identities left out; a reason when it is no plain chain. */
function chain(part: ShapedSequence, out: { layer: Layer; path: string }[]): string | null {
  for (let copy = 0; copy < part.copies; copy++) {
    for (const { layer, path, input, inside } of part.layers) {
      if (layer.kind === "serial" || layer.kind === "repeat") {
        for (const inner of inside) {
          const reason = chain(inner, out);
          if (reason !== null) return reason;
        }
      } else if (layer.kind === "dense" || (layer.kind === "activation" && layer.name !== "identity")) {
        if (input.length !== 1) return `${path} (${layer.kind}) works on positions and channels`;
        out.push({ layer, path });
      } else if (layer.kind === "flatten") {
        if (input.length !== 1) out.push({ layer, path });
      } else if (layer.kind !== "identity" && layer.kind !== "activation") {
        return `${path} is "${layer.kind}"`;
      }
    }
  }
  return null;
}

function plainStack(network: Network): PlainStack | string {
  const items: { layer: Layer; path: string }[] = [];
  const reason = chain(shapeTree(network), items);
  if (reason !== null) return reason;
  const first = items.findIndex(({ layer }) => layer.kind !== "flatten");
  const body = items.slice(first);
  const hidden: { dense: DenseLayer; activation: ActivationLayer }[] = [];
  for (let i = 0; i + 1 < body.length; i += 2) {
    const [dense, activation] = [body[i]!, body[i + 1]!];
    if (dense.layer.kind !== "dense")
      return `${dense.path} is "${dense.layer.kind}" where a dense layer belongs`;
    if (activation.layer.kind !== "activation") {
      return `${activation.path} is "${activation.layer.kind}" where an activation belongs`;
    }
    hidden.push({ dense: dense.layer, activation: activation.layer });
  }
  const readout = body.length % 2 === 1 ? body.at(-1)! : undefined;
  if (readout?.layer.kind !== "dense") return "the last layer is not dense";
  return { before: items.slice(0, first).map(({ layer }) => layer), hidden, readout: readout.layer };
}

function requirePlain(network: Network, who: string): PlainStack {
  const stack = plainStack(network);
  if (typeof stack === "string" || stack.hidden.length === 0) {
    const reason = typeof stack === "string" ? stack : "it has no hidden layer";
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${who}: the network is not a plain fully connected stack (dense, activation, ..., dense): ${reason}; ` +
        "it is available for such stacks, also written with serial and repeat",
      { argument: "network", reason },
    );
  }
  return stack;
}

const sameActivation = (a: ActivationLayer, b: ActivationLayer) => {
  const sorted = (layer: ActivationLayer) =>
    JSON.stringify(Object.entries(layer).sort(([p], [q]) => (p < q ? -1 : 1)));
  return sorted(a) === sorted(b);
};

const sameVariances = (a: DenseLayer, b: DenseLayer) =>
  (a.weightVariance ?? 1) === (b.weightVariance ?? 1) && (a.biasVariance ?? 0) === (b.biasVariance ?? 0);

function homogeneity({ hidden }: PlainStack): { homogeneous: boolean; readInDiffers: boolean } {
  const last = hidden.at(-1)!;
  const homogeneous =
    hidden.every(({ activation }) => sameActivation(activation, last.activation)) &&
    hidden.slice(1).every(({ dense }) => sameVariances(dense, last.dense));
  return { homogeneous, readInDiffers: homogeneous && !sameVariances(hidden[0]!.dense, last.dense) };
}

/**
 * The hidden layers of a plain fully connected stack in order, `serial` and `repeat` written out.
 * @throws ERR_UNAVAILABLE with the reason when the network is not such a stack
 */
export function hiddenLayers(network: Network): HiddenStack {
  const stack = requirePlain(network, "hiddenLayers");
  const variances = (layer: DenseLayer) => {
    const { weightVariance, biasVariance } = weightsOf(layer, network);
    return { units: layer.units, weightVariance, biasVariance };
  };
  return {
    layers: stack.hidden.map(({ dense, activation }) => ({ ...variances(dense), activation })),
    readout: variances(stack.readout),
    ...homogeneity(stack),
  };
}

function requireHomogeneous(network: Network, who: string): PlainStack & { readonly readInDiffers: boolean } {
  const stack = requirePlain(network, who);
  const { homogeneous, readInDiffers } = homogeneity(stack);
  if (!homogeneous) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${who}: the hidden layers differ in activation or variances; it is available for stacks whose hidden layers are all alike`,
      { argument: "network", reason: "hidden layers differ" },
    );
  }
  return { ...stack, readInDiffers };
}

function rebuild(network: Network, stack: PlainStack): Network {
  const layers: Layer[] = [...stack.before];
  const { hidden } = stack;
  const same = (a: number, b: number) =>
    JSON.stringify(hidden[a]!.dense) === JSON.stringify(hidden[b]!.dense) &&
    sameActivation(hidden[a]!.activation, hidden[b]!.activation);
  for (let i = 0; i < hidden.length; ) {
    let end = i + 1;
    while (end < hidden.length && same(i, end)) end++;
    const block: Layer[] = [hidden[i]!.dense, hidden[i]!.activation];
    if (end - i > 1) layers.push({ kind: "repeat", times: end - i, layers: block });
    else layers.push(...block);
    i = end;
  }
  layers.push(stack.readout);
  return parseNetwork({ ...network, layers });
}

/**
 * The same network with `depth` hidden layers, all alike: the last hidden layer is repeated, read-in and readout stay.
 * @param depth integer >= 1
 * @throws ERR_UNAVAILABLE when the network is not a plain stack of like hidden layers, ERR_DOMAIN for a bad depth
 */
export function withDepth(network: Network, depth: number): Network {
  if (!(Number.isSafeInteger(depth) && depth >= 1)) {
    throw new ForetrainError("ERR_DOMAIN", `withDepth: depth must be an integer >= 1, got ${depth}`, {
      argument: "depth",
      got: depth,
    });
  }
  const stack = requireHomogeneous(network, "withDepth");
  const [first, last] = [stack.hidden[0]!, stack.hidden.at(-1)!];
  const hidden = [first, ...new Array<typeof last>(depth - 1).fill(last)];
  return rebuild(network, { ...stack, hidden });
}

/**
 * The same network with other variances in all hidden layers; the readout keeps its own, and so does a read-in that
 * differs from the hidden layers.
 * @throws ERR_UNAVAILABLE when the network is not a plain stack of like hidden layers, ERR_SPEC for bad variances
 */
export function withHiddenVariances(
  network: Network,
  variances: { readonly weightVariance: number; readonly biasVariance: number },
): Network {
  const stack = requireHomogeneous(network, "withHiddenVariances");
  const { weightVariance, biasVariance } = variances;
  const hidden = stack.hidden.map((item, i) =>
    i === 0 && stack.readInDiffers
      ? item
      : { ...item, dense: { ...item.dense, weightVariance, biasVariance } },
  );
  return rebuild(network, { ...stack, hidden });
}

/**
 * The same network with other variances in every dense layer of a plain stack: `variances[l]` for hidden layer l + 1,
 * the last entry for the readout. Layers that become alike are written as one `repeat`.
 * @throws ERR_UNAVAILABLE when the network is not a plain stack, ERR_SHAPE unless there is an entry for every dense
 *   layer, ERR_SPEC for bad variances
 */
export function withLayerVariances(
  network: Network,
  variances: readonly { readonly weightVariance: number; readonly biasVariance: number }[],
): Network {
  const stack = requirePlain(network, "withLayerVariances");
  if (variances.length !== stack.hidden.length + 1) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `withLayerVariances: ${variances.length} pairs of variances, expected ${stack.hidden.length + 1}: one for each hidden layer and one for the readout`,
      { argument: "variances", got: variances.length, expected: stack.hidden.length + 1 },
    );
  }
  const changed = (dense: DenseLayer, l: number): DenseLayer => {
    const { weightVariance, biasVariance } = variances[l]!;
    return { ...dense, weightVariance, biasVariance };
  };
  return rebuild(network, {
    ...stack,
    hidden: stack.hidden.map((item, l) => ({ ...item, dense: changed(item.dense, l) })),
    readout: changed(stack.readout, stack.hidden.length),
  });
}
