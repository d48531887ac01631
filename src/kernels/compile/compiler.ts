/**
 * The walk over a network's layers that emits the steps of a kernel program, layouts and slots still open.
 *
 * At infinite width the units after a dense or conv layer are independent centred Gaussians given the layers before,
 * jointly over positions; those after a nonlinearity, dropout or product are not. Dual activations need Gaussians;
 * layerNorm divides by the variance and so needs units with mean 0.
 * @module
 */
import { activationOf } from "../../network/activation-layer.js";
import { weightsOf } from "../../network/measure.js";
import type { ShapedLayer, ShapedSequence } from "../../network/shapes.js";
import type {
  ActivationLayer,
  ConvLayer,
  DenseLayer,
  LayerNormLayer,
  Network,
  ParallelLayer,
  PoolLayer,
} from "../../network/spec.js";
import {
  channelConcatFlags,
  DATA,
  finiteOnly,
  notGaussian,
  productFlags,
  requireNormalizable,
  requireWideDropout,
  spatialConcatFlags,
  sumFlags,
  unavailable,
} from "../../network/units.js";
import { sizeOf } from "../../numeric/matrix.js";
import type { KernelStep, WeightedStep } from "../program.js";
import { one, type Population, type State } from "./state.js";
import { windowAxes } from "./windows.js";

/** Axis counted as in [n, h, w, c] to an index into a sample's shape. */
const sampleAxis = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis - 1);

type StepOf<Op extends KernelStep["op"]> = KernelStep & { readonly op: Op };
/** A step without what {@link Compiler.push} adds. */
type Draft<Op extends KernelStep["op"]> = Omit<StepOf<Op>, "to" | "layout">;

export class Compiler {
  /** steps over values numbered as they are made: step i makes value i */
  readonly steps: KernelStep[] = [];
  private readonly merged = new WeakMap<readonly Population[], number>();
  private layers = 0;

  constructor(
    private readonly network: Network,
    private readonly tangent: boolean,
  ) {}

  private push<Op extends KernelStep["op"]>(draft: Draft<Op>): number {
    const to = this.steps.length;
    this.steps.push({ ...draft, to, layout: "one" } as unknown as KernelStep); // layouts are decided at the end
    return to;
  }

  input(): State {
    const positions = this.network.input.slice(0, -1);
    const value = this.push<"input">({ op: "input", path: "input", positions });
    return {
      populations: one(value),
      positions,
      gaussian: false,
      zeroMean: false,
      ties: new Set([DATA]),
      origin: "the raw input",
    };
  }

  /** The units that a part of the network before left; no layer of this part shares their weights. */
  resume(positions: readonly number[], flags: Pick<State, "gaussian" | "zeroMean" | "origin">): State {
    const value = this.push<"resume">({ op: "resume", path: "input", positions });
    return { ...flags, populations: one(value), positions, ties: new Set([this.layers++]) };
  }

  sequence(part: ShapedSequence, start: State): State {
    let state = start;
    for (let copy = 0; copy < part.copies; copy++) {
      for (const shaped of part.layers) state = this.layer(shaped, state);
    }
    return state;
  }

  /** The one value that has the kernel of all units together. */
  value({ populations, positions }: State, path: string): number {
    const known = this.merged.get(populations);
    if (known !== undefined) return known;
    const parts = populations.map((population) => this.flattened(population, path));
    const weights = populations.map(({ weight }) => weight);
    const value =
      parts.length === 1
        ? parts[0]!
        : this.push<"concat">({ op: "concat", path, parts, positions, axis: null, weights, sides: [] });
    this.merged.set(populations, value);
    return value;
  }

  private flattened({ value, flattened }: Population, path: string): number {
    if (!flattened) return value;
    // the inner products of the pixels add up to that of the vectors
    if (this.steps[value]!.op === "input")
      return this.push<"input">({ op: "input", path: "input", positions: [] });
    return this.push<"flatten">({
      op: "flatten",
      path,
      from: value,
      inputPositions: this.steps[value]!.positions,
      positions: [],
    });
  }

  /** A layer that acts on every unit by itself. */
  private each(
    state: State,
    step: (from: number, positions: readonly number[]) => number,
  ): readonly Population[] {
    return state.populations.map((population) => ({
      ...population,
      value: step(population.value, this.steps[population.value]!.positions),
    }));
  }

  private layer(shaped: ShapedLayer, state: State): State {
    const { layer, path, inside, output } = shaped;
    const positions = output.slice(0, -1);
    switch (layer.kind) {
      case "serial":
      case "repeat":
        return inside.reduce((before, inner) => this.sequence(inner, before), state);
      case "identity":
        return state;
      case "flatten":
        return this.flatten(path, state);
      case "globalAvgPool":
      case "globalSumPool": {
        const from = this.value(state, path);
        const average = layer.kind === "globalAvgPool";
        const value = this.push<"globalPool">({
          op: "globalPool",
          path,
          from,
          average,
          inputPositions: state.positions,
          positions,
        });
        return { ...state, ...mixed(state, path), populations: one(value), positions };
      }
      case "avgPool":
      case "sumPool":
        return this.pool(path, layer, state, positions);
      case "maxPool":
      case "zeroPad":
      case "batchNorm":
        throw finiteOnly(path, layer);
      case "dense":
        return this.dense(shaped, layer, state);
      case "conv":
        return this.conv(shaped, layer, state);
      case "activation":
        return this.activation(path, layer, state);
      case "layerNorm":
        return this.layerNorm(shaped, layer, state);
      case "dropout": {
        requireWideDropout(path, state);
        const { keepRate } = layer;
        if (keepRate === 1) return state;
        const populations = this.each(state, (from, positions) =>
          this.push<"dropout">({ op: "dropout", path, from, keepRate, positions }),
        );
        return { ...state, populations, gaussian: false, origin: `${path} (dropout)` };
      }
      case "residual":
        return this.sum(path, this.branches(inside, state), positions);
      case "parallel": {
        const branches = this.branches(inside, state);
        if (branches.length === 1) return branches[0]!;
        if (layer.merge === "sum") return this.sum(path, branches, positions);
        if (layer.merge === "product") return this.product(path, branches, positions);
        return this.concat(shaped, layer, branches);
      }
    }
  }

  private branches(inside: readonly ShapedSequence[], state: State): State[] {
    return inside.map((inner) => this.sequence(inner, state));
  }

  private flatten(path: string, state: State): State {
    if (state.positions.length === 0) return state;
    const populations = state.populations.map((population) => ({ ...population, flattened: true }));
    if (sizeOf(state.positions) > 1) return { ...state, populations, positions: [] };
    // one position: nothing of different variance is mixed
    const values = populations.map((population) => this.flattened(population, path));
    return {
      ...state,
      populations: populations.map(({ weight }, i) => ({ value: values[i]!, weight, flattened: false })),
      positions: [],
    };
  }

  private weighted(layer: DenseLayer | ConvLayer, from: number, inputs: number): WeightedStep {
    const { weightVariance, biasVariance, parameterization } = weightsOf(layer, this.network);
    const ntk = parameterization === "ntk";
    return {
      from,
      weight: weightVariance,
      bias: biasVariance,
      tangentK: ntk ? weightVariance : inputs,
      tangentOne: ntk ? biasVariance : biasVariance > 0 ? 1 : 0,
    };
  }

  /** The state after a layer with weights of its own. */
  private fresh(path: string, value: number, positions: readonly number[]): State {
    return {
      populations: one(value),
      positions,
      gaussian: true,
      zeroMean: true,
      ties: new Set([this.layers++]),
      origin: path,
    };
  }

  private dense({ path, input }: ShapedLayer, layer: DenseLayer, state: State): State {
    const weights = this.weighted(layer, this.value(state, path), input.at(-1)!);
    const value = this.push<"dense">({ op: "dense", path, positions: state.positions, ...weights });
    return this.fresh(path, value, state.positions);
  }

  private conv({ path, input, output }: ShapedLayer, layer: ConvLayer, state: State): State {
    const padding = layer.padding ?? "same";
    const window = windowAxes(state.positions, layer.filter, layer.strides, padding);
    const weights = this.weighted(layer, this.value(state, path), input.at(-1)! * sizeOf(layer.filter));
    const positions = output.slice(0, -1);
    const value = this.push<"conv">({ op: "conv", path, positions, window, padding, ...weights });
    return this.fresh(path, value, positions);
  }

  private pool(path: string, layer: PoolLayer, state: State, positions: readonly number[]): State {
    const padding = layer.padding ?? "valid";
    const average = layer.kind === "avgPool";
    const normalizeEdges = layer.normalizeEdges ?? false;
    if (!average && normalizeEdges) {
      throw unavailable(
        path,
        "normalizeEdges is for averages, a sum has nothing to normalize; leave it out, or use avgPool",
        { kind: layer.kind },
      );
    }
    const window = windowAxes(state.positions, layer.window, layer.strides, padding);
    const from = this.value(state, path);
    const value = this.push<"pool">({
      op: "pool",
      path,
      from,
      positions,
      window,
      padding,
      average,
      normalizeEdges,
    });
    return { ...state, ...mixed(state, path), populations: one(value), positions };
  }

  private activation(path: string, layer: ActivationLayer, state: State): State {
    const activation = activationOf(layer);
    if (layer.name === "identity") return state;
    if (!state.gaussian) throw notGaussian(path, activation.label, state);
    if (this.tangent && activation.breakPoints.some(({ order }) => order === 0)) {
      const { growth, label } = activation;
      const reason =
        growth.kind === "unbounded-at-point"
          ? `${label} is unbounded near x = ${growth.at}, so its ntk does not exist; use a bounded or polynomially growing activation`
          : `${label} jumps, so its derivative is not a function and the ntk does not exist; ` +
            'the nngp does: get ["nngp"] only (--get nngp), or use a continuous activation such as erf with a large b';
      throw unavailable(path, reason, { kind: layer.kind, name: layer.name });
    }
    const populations = this.each(state, (from, positions) =>
      this.push<"activation">({ op: "activation", path, from, activation, positions }),
    );
    return {
      ...state,
      populations,
      gaussian: false,
      zeroMean: false,
      origin: `${path} (${activation.label})`,
    };
  }

  private layerNorm({ path, input }: ShapedLayer, layer: LayerNormLayer, state: State): State {
    const rank = input.length;
    const axes = new Set((layer.axes ?? [-1]).map((axis) => sampleAxis(axis, rank)));
    requireNormalizable(path, layer.axes ?? [-1], axes.delete(rank - 1), state);
    const over = [...axes].sort((a, b) => a - b);
    const from = this.value(state, path);
    const value = this.push<"normalize">({ op: "normalize", path, from, over, positions: state.positions });
    return { ...state, ...mixed(state, path), populations: one(value) };
  }

  private values(path: string, branches: readonly State[]): number[] {
    return branches.map((branch) => this.value(branch, path));
  }

  private sum(path: string, branches: readonly State[], positions: readonly number[]): State {
    const flags = sumFlags(
      path,
      branches.map((branch) => ({ ...branch, ...mixed(branch, path) })),
    );
    const value = this.push<"sum">({ op: "sum", path, parts: this.values(path, branches), positions });
    return { ...flags, populations: one(value), positions };
  }

  private product(path: string, branches: readonly State[], positions: readonly number[]): State {
    const flags = productFlags(path, branches);
    const value = this.push<"product">({
      op: "product",
      path,
      parts: this.values(path, branches),
      positions,
    });
    return { ...flags, populations: one(value), positions };
  }

  private concat(
    { path, inside, output }: ShapedLayer,
    layer: ParallelLayer,
    branches: readonly State[],
  ): State {
    const positions = output.slice(0, -1);
    const axis = sampleAxis(layer.axis ?? -1, output.length);
    if (axis === positions.length) {
      const flags = channelConcatFlags(path, branches);
      const populations = branches.flatMap((branch, i) => {
        const share = inside[i]!.output.at(-1)! / output.at(-1)!;
        return branch.populations.map((population) => ({ ...population, weight: share * population.weight }));
      });
      return { ...flags, populations, positions };
    }
    const flags = spatialConcatFlags(
      path,
      branches.map((branch) => ({ ...branch, ...mixed(branch, path) })),
    );
    const sides = inside.map((inner) => inner.output[axis]!);
    const parts = this.values(path, branches);
    const value = this.push<"concat">({ op: "concat", path, parts, positions, axis, weights: [], sides });
    return { ...flags, populations: one(value), positions };
  }
}

/** Flags once the populations of a state are no longer told apart: their mixture is not Gaussian. */
function mixed(state: State, path: string): Pick<State, "gaussian" | "origin"> {
  const several = state.populations.length > 1 || state.populations.some(({ flattened }) => flattened);
  if (!several || !state.gaussian) return { gaussian: state.gaussian, origin: state.origin };
  return { gaussian: false, origin: `${path}, which mixes units of different variances` };
}
