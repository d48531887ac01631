/**
 * A network as a straight list of operations, and passes over it forward and backward.
 * @module
 */
import {
  activationOf,
  type BatchNormLayer,
  type Network,
  type ShapedLayer,
  type ShapedSequence,
  shapeTree,
  weightsOf,
} from "../network/index.js";
import { sizeOf } from "../numeric/matrix.js";
import { addJets, type Jet } from "./jet.js";
import type { Norm, Operation, Pullback, Run, Site, SiteVisitor } from "./operation.js";
import type { SettingOf, TensorPlace } from "./parameter-scheme.js";
import type { ParameterTensor } from "./parameters.js";
import { operationOf, type Step } from "./step.js";
import { type Windows, wholeWindow, windowsAround, windowsOver } from "./windows.js";

/** One operation; values are numbered in the order in which they come to be, 0 is the input. */
export interface Instruction {
  readonly step: Step;
  readonly operation: Operation;
  readonly from: readonly number[];
  readonly to: number;
}

interface Value {
  readonly shape: readonly number[];
  /** whether it depends on any parameter */
  readonly varies: boolean;
}

export interface Tape {
  readonly instructions: readonly Instruction[];
  readonly values: readonly Value[];
  readonly sites: readonly Site[];
  readonly norms: readonly Norm[];
  readonly tensors: readonly ParameterTensor[];
  readonly output: number;
  /** numbers that a pass with backward pass holds for one sample and coefficient */
  readonly numbersPerSample: number;
}

class Compiler {
  readonly instructions: Instruction[] = [];
  readonly values: Value[] = [];
  readonly sites: Site[] = [];
  readonly norms: Norm[] = [];
  readonly tensors: ParameterTensor[] = [];
  patches = 0;
  /** dense and conv layers so far */
  private weightedLayers = 0;
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly network: Network,
    private readonly settingOf: SettingOf,
  ) {
    this.values.push({ shape: network.input, varies: false });
  }

  sequence(part: ShapedSequence, from: number): number {
    let at = from;
    for (let copy = 0; copy < part.copies; copy++) {
      for (const layer of part.layers) at = this.layer(layer, at);
    }
    return at;
  }

  private emit(step: Step, from: readonly number[], shape: readonly number[], varies = false): number {
    const to = this.values.length;
    this.values.push({ shape, varies: varies || from.some((i) => this.values[i]!.varies) });
    this.instructions.push({ step, operation: operationOf(step), from, to });
    return to;
  }

  private tensor(fields: TensorPlace, variance: number): ParameterTensor {
    const last = this.tensors.at(-1);
    const offset = last === undefined ? 0 : last.offset + last.size;
    const setting = this.settingOf(fields, variance, this.weightedLayers);
    const tensor = { ...fields, ...setting, offset, size: sizeOf(fields.shape) };
    this.tensors.push(tensor);
    return tensor;
  }

  /** The path, with the number of the copy behind it in a `repeat`. */
  private nameOf(path: string): string {
    const copy = (this.seen.get(path) ?? 0) + 1;
    this.seen.set(path, copy);
    return copy === 1 ? path : `${path}#${copy}`;
  }

  private batchNorm({ path, output }: ShapedLayer, layer: BatchNormLayer, from: number): number {
    const channels = output.at(-1)!;
    const common = {
      name: this.nameOf(path),
      shape: [channels],
      fanIn: 1,
      fanOut: 1,
      parameterization: "standard",
    } as const;
    const tensor = (role: ParameterTensor["role"]) => this.tensor({ ...common, role }, 0);
    const [scale, shift, mean, variance] = [
      tensor("scale"),
      tensor("shift"),
      tensor("mean"),
      tensor("variance"),
    ];
    const positions = sizeOf(output.slice(0, -1));
    const part = (whole: ParameterTensor, c: number, shape: readonly number[]) => ({
      ...whole,
      shape,
      offset: whole.offset + c,
      size: 1,
    });
    const first = this.sites.length;
    const sites = Array.from({ length: channels }, (_, c) => ({
      index: first + c,
      weight: part(scale, c, [1, 1]),
      bias: part(shift, c, [1]),
      windows: null,
      ...{ fanIn: 1, channelsIn: 1, channels: 1, positions },
    }));
    this.sites.push(...sites);
    const { epsilon = 1e-5, momentum = 0.1 } = layer;
    const norm = { scale, shift, mean, variance, epsilon, momentum, channels, sites };
    this.norms.push(norm);
    return this.emit({ kind: "batchNorm", norm }, [from], output, true);
  }

  private weighted(shaped: ShapedLayer, from: number): number {
    const { path, layer, input, output } = shaped;
    if (layer.kind !== "dense" && layer.kind !== "conv") throw new Error(`${layer.kind} has no weights`);
    const { weightVariance, biasVariance, parameterization } = weightsOf(layer, this.network);
    const name = this.nameOf(path);
    const channelsIn = input.at(-1)!;
    const filter = layer.kind === "conv" ? layer.filter : [];
    const fanIn = sizeOf(filter) * channelsIn;
    const channels = output.at(-1)!;
    const common = { name, fanIn, fanOut: sizeOf(filter) * channels, parameterization };
    const weight = this.tensor(
      { ...common, role: "weight", shape: [...filter, channelsIn, channels] },
      weightVariance,
    );
    const bias =
      biasVariance > 0 ? this.tensor({ ...common, role: "bias", shape: [channels] }, biasVariance) : null;
    const windows: Windows | null =
      layer.kind === "conv"
        ? windowsOver(input.slice(0, -1), layer.filter, layer.strides, layer.padding ?? "same")
        : null;
    const positions = sizeOf(output.slice(0, -1));
    const site = { index: this.sites.length, weight, bias, windows, fanIn, channelsIn, channels, positions };
    this.sites.push(site);
    this.weightedLayers++;
    if (windows !== null) this.patches += positions * fanIn;
    return this.emit({ kind: "affine", site }, [from], output, true);
  }

  private layer(shaped: ShapedLayer, from: number): number {
    const { layer, input, output, inside } = shaped;
    const sides = input.slice(0, -1);
    const channels = input.at(-1)!;
    switch (layer.kind) {
      case "dense":
      case "conv":
        return this.weighted(shaped, from);
      case "activation":
        return this.emit({ kind: "pointwise", activation: activationOf(layer) }, [from], output);
      case "identity":
      case "flatten":
        return this.emit({ kind: "unchanged" }, [from], output);
      case "globalAvgPool":
      case "globalSumPool": {
        const windows = wholeWindow(sides);
        const weight = layer.kind === "globalAvgPool" ? 1 / windows.size : 1;
        return this.emit(
          { kind: "pool", windows, weights: Float64Array.of(weight), channels },
          [from],
          output,
        );
      }
      case "avgPool":
      case "sumPool": {
        const windows = windowsOver(sides, layer.window, layer.strides, layer.padding ?? "valid");
        const weights = Float64Array.from({ length: windows.outputs }, (_, o) => {
          if (layer.kind === "sumPool") return 1;
          if (layer.normalizeEdges !== true) return 1 / windows.size;
          const taps = windows.taps.subarray(o * windows.size, (o + 1) * windows.size);
          return 1 / taps.filter((place) => place >= 0).length;
        });
        return this.emit({ kind: "pool", windows, weights, channels }, [from], output);
      }
      case "maxPool": {
        const windows = windowsOver(sides, layer.window, layer.strides, layer.padding ?? "valid");
        return this.emit({ kind: "maxPool", windows, channels }, [from], output);
      }
      case "zeroPad": {
        // windows of one position, some of them outside
        const windows = windowsAround(sides, layer.margin);
        const weights = new Float64Array(windows.outputs).fill(1);
        return this.emit({ kind: "pool", windows, weights, channels }, [from], output);
      }
      case "layerNorm": {
        const axes = (layer.axes ?? [-1]).map((axis) => (axis < 0 ? axis + input.length : axis - 1));
        return this.emit({ kind: "layerNorm", shape: input, axes }, [from], output);
      }
      case "batchNorm":
        return this.batchNorm(shaped, layer, from);
      case "dropout":
        return this.emit({ kind: "dropout", keepRate: layer.keepRate }, [from], output);
      case "serial":
      case "repeat":
        return inside.reduce((at, part) => this.sequence(part, at), from);
      case "residual":
        return this.emit(
          { kind: "sum" },
          inside.map((part) => this.sequence(part, from)),
          output,
        );
      case "parallel": {
        const ends = inside.map((part) => this.sequence(part, from));
        const shapes = inside.map((part) => part.output);
        const axis = layer.axis ?? -1;
        const step: Step =
          layer.merge === "concat"
            ? { kind: "concat", shapes, axis: axis < 0 ? axis + output.length : axis - 1 }
            : { kind: layer.merge };
        return this.emit(step, ends, output);
      }
    }
  }
}

/** Compiles a network; `repeat` becomes copies with weights of their own. */
export function compileTape(network: Network, settingOf: SettingOf): Tape {
  const compiler = new Compiler(network, settingOf);
  const output = compiler.sequence(shapeTree(network), 0);
  const { instructions, values, sites, norms, tensors, patches } = compiler;
  // a value, its cotangent, and phi' beside it
  const numbersPerSample = 3 * values.reduce((sum, { shape }) => sum + sizeOf(shape), 0) + 2 * patches;
  return { instructions, values, sites, norms, tensors, output, numbersPerSample };
}

/** A pass that went forward. */
export interface Pass {
  readonly output: Jet;
  /**
   * Sends a cotangent of the output back and visits every site on its way, the last first. May be called any number of
   * times. Only for runs with `reverse`.
   */
  backward(cotangent: Jet, visit: SiteVisitor): void;
}

/** Sends a batch [samples, ...input] through the network. */
export function runTape(tape: Tape, x: Jet, run: Run): Pass {
  const jets = new Array<Jet | undefined>(tape.values.length);
  jets[0] = x;
  const lastUse = new Int32Array(tape.values.length);
  tape.instructions.forEach(({ from }, i) => {
    for (const value of from) lastUse[value] = i;
  });
  const pullbacks: (Pullback | null)[] = [];
  tape.instructions.forEach(({ operation, from, to }, i) => {
    const inputs = from.map((value) => jets[value]!);
    const applied = operation(
      inputs,
      run,
      from.map((value) => tape.values[value]!.varies),
    );
    jets[to] = applied.output;
    pullbacks.push(applied.pullback);
    for (const value of from) if (lastUse[value] === i && value !== tape.output) jets[value] = undefined;
  });
  return {
    output: jets[tape.output]!,
    backward(cotangent, visit) {
      const cotangents = new Array<Jet | undefined>(tape.values.length);
      cotangents[tape.output] = cotangent;
      for (let i = tape.instructions.length - 1; i >= 0; i--) {
        const { from, to } = tape.instructions[i]!;
        const arrived = cotangents[to];
        if (arrived === undefined) continue;
        cotangents[to] = undefined;
        const back = pullbacks[i]!(arrived, visit);
        from.forEach((value, j) => {
          const jet = back[j];
          if (jet === null || jet === undefined || !tape.values[value]!.varies) return;
          const known = cotangents[value];
          cotangents[value] = known === undefined ? jet : addJets(known, jet);
        });
      }
    },
  };
}
