/**
 * From a network to a {@link KernelProgram}, refusing what the infinite-width rules do not hold for.
 *
 * Two facts about a state decide what may follow. Is it Gaussian: at infinite width the units after a dense layer are
 * independent centred Gaussians given the layers before, those after a nonlinearity or dropout are not, and the dual
 * activation and layerNorm need Gaussians. Which weights is a unit tied to: unit i after a dense layer depends on row i
 * of its weights, and keeps that tie through elementwise layers. A sum of branches has no cross terms exactly when the
 * branches are tied to different weights and at most one of them has a nonzero mean.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { activationOf } from "../network/activation-layer.js";
import { showShape } from "../network/check.js";
import { weightsOf } from "../network/measure.js";
import { type ShapedLayer, type ShapedSequence, shapeTree } from "../network/shapes.js";
import type { LayerKind, Network } from "../network/spec.js";
import { type KernelProgram, type KernelStep, readsOf } from "./program.js";

/** Layer kinds that the kernel reading has; the spatial ones are not among them yet. */
export const kernelLayerKinds: readonly LayerKind[] = [
  "dense",
  "activation",
  "flatten",
  "identity",
  "layerNorm",
  "dropout",
  "serial",
  "repeat",
  "residual",
  "parallel",
];

/** Deeper networks are refused: they would need gigabytes before the first pair. */
const LAYERS_MAX = 1_000_000;

/** A tie to the data itself, as if it were a layer's weights. */
const DATA = -1;

interface State {
  readonly value: number;
  readonly gaussian: boolean;
  readonly zeroMean: boolean;
  /** numbers of the random layers whose weights a unit depends on individually; DATA for the raw input */
  readonly ties: ReadonlySet<number>;
  /** what made it non-Gaussian, for messages */
  readonly origin: string;
}

function unavailable(path: string, message: string, details: Record<string, unknown> = {}): ForetrainError {
  return new ForetrainError("ERR_UNAVAILABLE", `${path}: ${message}`, { argument: path, path, ...details });
}

class Compiler {
  /** steps over values numbered as they are made; slots are assigned at the end */
  readonly steps: KernelStep[] = [];
  private layers = 0;

  constructor(
    private readonly network: Network,
    private readonly tangent: boolean,
  ) {}

  private push(step: KernelStep): number {
    this.steps.push(step);
    return step.to;
  }

  private get next(): number {
    return this.steps.length;
  }

  input(): State {
    const value = this.push({ op: "input", path: "input", to: 0, positions: [], layout: "one" });
    return { value, gaussian: false, zeroMean: false, ties: new Set([DATA]), origin: "the raw input" };
  }

  sequence(part: ShapedSequence, start: State): State {
    let state = start;
    for (let copy = 0; copy < part.copies; copy++) {
      for (const shaped of part.layers) state = this.layer(shaped, state);
    }
    return state;
  }

  private layer(shaped: ShapedLayer, state: State): State {
    const { layer, path, inside } = shaped;
    if (!kernelLayerKinds.includes(layer.kind)) {
      throw unavailable(
        path,
        `kernel reading of "${layer.kind}" is not available in this version; available: ${kernelLayerKinds.join(", ")}`,
        { kind: layer.kind },
      );
    }
    switch (layer.kind) {
      case "serial":
      case "repeat":
        return inside.reduce((before, inner) => this.sequence(inner, before), state);
      case "identity":
        return state;
      case "flatten":
        // only raw images get here: the inner products of their pixels are those of the flattened vectors
        return state;
      case "residual":
        return this.sum(
          path,
          inside.map((inner) => this.sequence(inner, state)),
        );
      case "parallel":
        if (layer.merge !== "sum") {
          throw unavailable(
            path,
            `kernel reading of "parallel" with merge "${layer.merge}" is not available in this version; available: sum`,
            { kind: layer.kind, merge: layer.merge },
          );
        }
        return this.sum(
          path,
          inside.map((inner) => this.sequence(inner, state)),
        );
      default:
        if (shaped.input.length > 1) {
          throw unavailable(
            path,
            `kernel reading of "${layer.kind}" on positions ${showShape(shaped.input.slice(0, -1))} is not available in this version; put flatten before it`,
            { kind: layer.kind, shape: shaped.input },
          );
        }
        return this.vectorLayer(shaped, state);
    }
  }

  private vectorLayer({ layer, path, input }: ShapedLayer, state: State): State {
    const base = { path, from: state.value, to: this.next, positions: [], layout: "one" } as const;
    switch (layer.kind) {
      case "dense": {
        const { weightVariance, biasVariance, parameterization } = weightsOf(layer, this.network);
        const ntk = parameterization === "ntk";
        const value = this.push({
          ...base,
          op: "dense",
          weight: weightVariance,
          bias: biasVariance,
          tangentK: ntk ? weightVariance : input[0]!,
          tangentOne: ntk ? biasVariance : biasVariance > 0 ? 1 : 0,
        });
        return { value, gaussian: true, zeroMean: true, ties: new Set([this.layers++]), origin: path };
      }
      case "activation": {
        const activation = activationOf(layer);
        if (layer.name === "identity") return state;
        if (!state.gaussian) throw notGaussian(path, activation.label, state);
        if (this.tangent && activation.breakPoints.some(({ order }) => order === 0)) {
          const { growth, label } = activation;
          const reason =
            growth.kind === "unbounded-at-point"
              ? `${label} is unbounded near x = ${growth.at}, so its ntk does not exist; use a bounded or polynomially growing activation`
              : `${label} jumps, so its derivative is not a function and the ntk does not exist; ` +
                'the nngp does: get ["nngp"] only, or use a continuous activation such as erf with a large b';
          throw unavailable(path, reason, { kind: layer.kind, name: layer.name });
        }
        const value = this.push({ ...base, op: "activation", activation });
        return { ...state, value, gaussian: false, zeroMean: false, origin: `${path} (${activation.label})` };
      }
      case "layerNorm": {
        if (!state.gaussian) throw notGaussian(path, "layerNorm", state);
        const value = this.push({ ...base, op: "normalize", over: [] });
        return { ...state, value };
      }
      case "dropout": {
        if (state.ties.has(DATA)) {
          throw unavailable(
            path,
            "dropout of the raw input has no kernel: the data has finitely many features, so the kernel would stay random; " +
              "put it after a dense layer",
            { kind: layer.kind },
          );
        }
        if (layer.keepRate === 1) return state;
        const value = this.push({ ...base, op: "dropout", keepRate: layer.keepRate });
        return { ...state, value, gaussian: false, origin: `${path} (dropout)` };
      }
      default:
        throw unavailable(path, `kernel reading of "${layer.kind}" is not available in this version`);
    }
  }

  private sum(path: string, branches: readonly State[]): State {
    const wayOut = "end every branch but one with a dense layer of its own";
    branches.forEach((branch, i) => {
      if (branch.ties.has(DATA)) {
        throw unavailable(
          path,
          `branch ${i + 1} of the sum is the raw input, whose width cannot grow; put a dense layer before the sum`,
        );
      }
      for (const other of branches.slice(0, i)) {
        if ([...branch.ties].some((tie) => other.ties.has(tie))) {
          throw unavailable(
            path,
            `the branches of the sum are dependent (they share the weights of one dense layer unit by unit), ` +
              `so their kernels do not add; ${wayOut}`,
          );
        }
      }
    });
    const shifted = branches.filter(({ zeroMean }) => !zeroMean);
    if (shifted.length > 1) {
      throw unavailable(
        path,
        `two branches of the sum have nonzero means (${shifted.map(({ origin }) => origin).join("; ")}), ` +
          `so their kernels do not add; ${wayOut}`,
      );
    }
    const value = this.push({
      op: "sum",
      path,
      parts: branches.map((branch) => branch.value),
      to: this.next,
      positions: [],
      layout: "one",
    });
    const ties = new Set(branches.flatMap((branch) => [...branch.ties]));
    const bent = branches.find(({ gaussian }) => !gaussian);
    return {
      value,
      gaussian: bent === undefined,
      zeroMean: shifted.length === 0,
      ties,
      origin: bent?.origin ?? path,
    };
  }
}

function notGaussian(path: string, what: string, state: State): ForetrainError {
  return unavailable(
    path,
    `${what} needs Gaussian units, as a dense layer gives them, but gets the output of ${state.origin}, ` +
      "whose units are not centred Gaussians; put a dense layer between",
    { origin: state.origin },
  );
}

/** Replaces value numbers by slots, each reused once its value has been read for the last time. */
function assignSlots(
  steps: readonly KernelStep[],
  output: number,
): { steps: KernelStep[]; slots: number; output: number } {
  const lastRead = new Map<number, number>([[output, steps.length]]);
  steps.forEach((step, at) => {
    for (const value of readsOf(step)) lastRead.set(value, Math.max(lastRead.get(value) ?? -1, at));
  });
  const slotOf = new Map<number, number>();
  const free: number[] = [];
  let slots = 0;
  const assigned = steps.map((step, at): KernelStep => {
    const reads = readsOf(step).map((value) => slotOf.get(value)!);
    for (const value of new Set(readsOf(step))) if (lastRead.get(value) === at) free.push(slotOf.get(value)!);
    const to = free.pop() ?? slots++;
    slotOf.set(step.to, to);
    if (!lastRead.has(step.to)) free.push(to); // never read: only in branches of weight 0 steps, kept simple
    if (step.op === "input") return { ...step, to };
    return "parts" in step ? { ...step, to, parts: reads } : { ...step, to, from: reads[0]! };
  });
  return { steps: assigned, slots, output: slotOf.get(output)! };
}

/** Number of layers with repeat written out. */
function layersOf(part: ShapedSequence): number {
  const one = part.layers.reduce(
    (sum, { inside }) =>
      sum + (inside.length === 0 ? 1 : inside.reduce((inner, next) => inner + layersOf(next), 0)),
    0,
  );
  return one * part.copies;
}

/**
 * Compiles a checked network. `tangent` false leaves out what only the ntk needs.
 * @throws ERR_UNAVAILABLE with the layer's path, the reason and the way out where the network has no kernel, or where
 * this version does not read it
 */
export function compileKernel(network: Network, { tangent }: { readonly tangent: boolean }): KernelProgram {
  const tree = shapeTree(network);
  const layers = layersOf(tree);
  if (layers > LAYERS_MAX) {
    throw unavailable(
      "layers",
      `the network has ${layers} layers with repeat written out, more than ${LAYERS_MAX}; use fewer`,
    );
  }
  const compiler = new Compiler(network, tangent);
  const end = compiler.sequence(tree, compiler.input());
  if (tree.output.length > 1) {
    throw unavailable(
      "layers",
      `the network ends on positions ${showShape(tree.output.slice(0, -1))}; the kernel reading of this version needs vectors: add flatten`,
    );
  }
  const { steps, slots, output } = assignSlots(compiler.steps, end.value);
  return {
    input: network.input,
    features: network.input.reduce((product, side) => product * side, 1),
    steps,
    slots,
    output,
    outputPositions: tree.output.slice(0, -1),
  };
}
