/**
 * A network as the scalar reading walks it: steps with their constants, repeats kept as they are.
 *
 * One signal stands for all positions of an image (uniform signal): a convolution then acts as a dense layer does, its
 * padding as if the image went on, and pools mix equal with different positions.
 * @module
 */
import type { Activation } from "../activations/index.js";
import {
  activationOf,
  type ConvLayer,
  type DenseLayer,
  describeLayer,
  type Layer,
  type Network,
  type ParallelLayer,
  type ShapedLayer,
  type ShapedSequence,
  shapeTree,
  weightsOf,
} from "../network/index.js";
import {
  channelConcatFlags,
  DATA,
  finiteOnly,
  notGaussian,
  productFlags,
  requireNormalizable,
  requireWideDropout,
  sumFlags,
  type UnitFlags,
  unavailable,
} from "../network/units.js";
import { sizeOf } from "../numeric/matrix.js";
import { requireLengthMap } from "./layer.js";
import { poolShares } from "./pool-shares.js";
import type { PoolShares, WeightedConstants } from "./scalar-state.js";

interface StepBase {
  /** JSON path of the layer */
  readonly path: string;
  /** the layer in words */
  readonly label: string;
  /** the same for steps that act in the same way */
  readonly key: string;
  /** an activation is in it */
  readonly nonlinear: boolean;
  /** the units before it are centred Gaussians of one variance */
  readonly gaussian: boolean;
}

export type ScalarStep =
  | (StepBase & WeightedConstants & { readonly op: "weighted" })
  | (StepBase & { readonly op: "activation"; readonly activation: Activation })
  | (StepBase & { readonly op: "normalize" })
  | (StepBase & { readonly op: "dropout"; readonly keepRate: number })
  | (StepBase & PoolShares & { readonly op: "pool" })
  | (StepBase & { readonly op: "flatten" })
  | (StepBase & { readonly op: "sum" | "product"; readonly branches: readonly ScalarPart[] })
  | (StepBase & {
      readonly op: "concat";
      readonly branches: readonly ScalarPart[];
      /** their shares of the channels */
      readonly weights: readonly number[];
    })
  | (StepBase & { readonly op: "repeat"; readonly times: number; readonly body: ScalarPart });

/** Steps one after another; none: identity. */
export type ScalarPart = readonly ScalarStep[];

export interface ScalarProgram {
  readonly steps: ScalarPart;
  /** more than one position and a pool that mixes them: pairs of different positions are carried */
  readonly pools: boolean;
}

interface Units extends UnitFlags {
  /** units of several variances, which only layers that sum over units may mix */
  readonly several: boolean;
}

/** A finite state of flags is settled after as many copies as it has values. */
const COPIES_CHECKED = 5;

const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis - 1);

class Compiler {
  private layers = 0;
  private readonly known = new Map<string, Activation>();

  constructor(private readonly network: Network) {}

  part(sequence: ShapedSequence, start: Units): { steps: ScalarStep[]; units: Units } {
    let units = start;
    const steps: ScalarStep[] = [];
    for (const shaped of sequence.layers) {
      const next = this.layer(shaped, units);
      steps.push(...next.steps);
      units = next.units;
    }
    return { steps, units };
  }

  private branches(inside: readonly ShapedSequence[], units: Units) {
    return inside.map((inner) => this.part(inner, units));
  }

  private layer(shaped: ShapedLayer, units: Units): { steps: ScalarStep[]; units: Units } {
    const { layer, path, inside, input, output } = shaped;
    const base = (key: string, nonlinear = false): StepBase => ({
      path,
      label: describeLayer(layer),
      key,
      nonlinear,
      gaussian: units.gaussian && !units.several,
    });
    switch (layer.kind) {
      case "serial":
        return this.part(inside[0]!, units);
      case "repeat":
        return this.repeat(inside, units, path);
      case "identity":
        return { steps: [], units };
      case "flatten":
        // positions carry one signal, so that their units keep one variance; layers that mix units see them all the same
        return {
          steps: [{ ...base("flatten"), op: "flatten" }],
          units: sizeOf(input.slice(0, -1)) > 1 ? { ...units, several: true } : units,
        };
      case "dense":
      case "conv": {
        const constants = this.weighted(layer, input);
        const key = `weighted ${Object.values(constants).join(" ")}`;
        return { steps: [{ ...base(key), ...constants, op: "weighted" }], units: this.fresh(path) };
      }
      case "activation": {
        const activation = this.activation(layer);
        if (layer.name === "identity") return { steps: [], units };
        requireLengthMap(path, activation);
        if (!units.gaussian) throw notGaussian(path, activation.label, units);
        const step: ScalarStep = {
          ...base(`activation ${activation.label}`, true),
          gaussian: units.gaussian,
          op: "activation",
          activation,
        };
        const origin = `${path} (${activation.label})`;
        return { steps: [step], units: { ...units, gaussian: false, zeroMean: false, origin } };
      }
      case "layerNorm": {
        const rank = input.length;
        const axes = layer.axes ?? [-1];
        requireNormalizable(path, axes, axes.map((axis) => axisOf(axis, rank)).includes(rank - 1), units);
        return { steps: [{ ...base("normalize"), op: "normalize" }], units: mixed(units, path) };
      }
      case "dropout": {
        requireWideDropout(path, units);
        const { keepRate } = layer;
        if (keepRate === 1) return { steps: [], units };
        const step: ScalarStep = { ...base(`dropout ${keepRate}`), op: "dropout", keepRate };
        return { steps: [step], units: { ...units, gaussian: false, origin: `${path} (dropout)` } };
      }
      case "avgPool":
      case "sumPool":
      case "globalAvgPool":
      case "globalSumPool": {
        const shares = poolShares(path, layer, input.slice(0, -1), output.slice(0, -1));
        const key = `pool ${Object.values(shares).join(" ")} at ${path}`;
        return { steps: [{ ...base(key), ...shares, op: "pool" }], units: mixed(units, path) };
      }
      case "maxPool":
      case "zeroPad":
      case "batchNorm":
        throw finiteOnly(path, layer);
      case "residual":
        return this.merge("sum", shaped, this.branches(inside, units), base);
      case "parallel": {
        const branches = this.branches(inside, units);
        if (branches.length === 1) return branches[0]!;
        return layer.merge === "concat"
          ? this.concat(shaped, layer, branches, base)
          : this.merge(layer.merge, shaped, branches, base);
      }
    }
  }

  private repeat(inside: readonly ShapedSequence[], start: Units, path: string) {
    let units = start;
    const steps: ScalarStep[] = [];
    for (const run of inside) {
      let copy = this.part(run, units);
      const first = copy.steps;
      for (let i = 1; i < Math.min(run.copies, COPIES_CHECKED); i++) copy = this.part(run, copy.units);
      units = copy.units;
      const rest = run.copies - 1;
      // the first copy may read other units than the further ones
      steps.push(...first);
      if (rest > 0 && copy.steps.length > 0) {
        steps.push({
          path,
          label: `repeat ${rest} times`,
          key: `repeat ${rest} [${copy.steps.map(({ key }) => key).join("; ")}]`,
          nonlinear: copy.steps.some(({ nonlinear }) => nonlinear),
          gaussian: copy.steps[0]!.gaussian,
          op: "repeat",
          times: rest,
          body: copy.steps,
        });
      }
    }
    return { steps, units };
  }

  /** One object for each activation of the network: what is prepared for it is then prepared once. */
  private activation(layer: Layer & { kind: "activation" }): Activation {
    const key = JSON.stringify(Object.entries(layer).sort(([a], [b]) => (a < b ? -1 : 1)));
    let activation = this.known.get(key);
    if (activation === undefined) {
      activation = activationOf(layer);
      this.known.set(key, activation);
    }
    return activation;
  }

  private weighted(layer: DenseLayer | ConvLayer, input: readonly number[]): WeightedConstants {
    const { weightVariance, biasVariance, parameterization } = weightsOf(layer, this.network);
    const ntk = parameterization === "ntk";
    const inputs = input.at(-1)! * (layer.kind === "conv" ? sizeOf(layer.filter) : 1);
    return {
      weight: weightVariance,
      bias: biasVariance,
      tangentK: ntk ? weightVariance : inputs,
      tangentOne: ntk ? biasVariance : Number(biasVariance > 0),
    };
  }

  private fresh(path: string): Units {
    return { gaussian: true, zeroMean: true, ties: new Set([this.layers++]), origin: path, several: false };
  }

  private merge(
    op: "sum" | "product",
    { path }: ShapedLayer,
    parts: readonly { steps: ScalarStep[]; units: Units }[],
    base: (key: string, nonlinear: boolean) => StepBase,
  ) {
    const flags =
      op === "sum"
        ? sumFlags(
            path,
            parts.map(({ units }) => mixed(units, path)),
          )
        : productFlags(
            path,
            parts.map(({ units }) => units),
          );
    const step: ScalarStep = {
      ...base(`${op} ${keyOf(parts)}`, isNonlinear(parts)),
      op,
      branches: parts.map(({ steps }) => steps),
    };
    return { steps: [step], units: { ...flags, several: false } };
  }

  private concat(
    { path, inside, output }: ShapedLayer,
    layer: ParallelLayer,
    parts: readonly { steps: ScalarStep[]; units: Units }[],
    base: (key: string, nonlinear: boolean) => StepBase,
  ) {
    if (axisOf(layer.axis ?? -1, output.length) !== output.length - 1) {
      throw unavailable(
        path,
        "branches side by side along positions give positions of different statistics, which one signal cannot stand for; " +
          "the kernel of the network is available",
        { kind: layer.kind },
      );
    }
    const flags = channelConcatFlags(
      path,
      parts.map(({ units }) => units),
    );
    const weights = inside.map((inner) => inner.output.at(-1)! / output.at(-1)!);
    const step: ScalarStep = {
      ...base(`concat ${weights.join(" ")} ${keyOf(parts)}`, isNonlinear(parts)),
      op: "concat",
      branches: parts.map(({ steps }) => steps),
      weights,
    };
    return { steps: [step], units: { ...flags, several: true } };
  }
}

const keyOf = (parts: readonly { readonly steps: ScalarPart }[]) =>
  parts.map(({ steps }) => `[${steps.map(({ key }) => key).join("; ")}]`).join(" ");

const isNonlinear = (parts: readonly { readonly steps: ScalarPart }[]) =>
  parts.some(({ steps }) => steps.some(({ nonlinear }) => nonlinear));

/** Once units of several variances are mixed they are no longer Gaussian. */
function mixed(units: Units, path: string): Units {
  if (!units.several || !units.gaussian) return { ...units, several: false };
  return {
    ...units,
    several: false,
    gaussian: false,
    origin: `${path}, which mixes units of different variances`,
  };
}

function hasPool(part: ShapedSequence): boolean {
  return part.layers.some(
    ({ layer, inside }) => layer.kind.toLowerCase().endsWith("pool") || inside.some(hasPool),
  );
}

/**
 * Steps of a network.
 * @throws ERR_UNAVAILABLE with the layer's path where the network has no infinite-width reading; ERR_SPEC for what is no
 *   network
 */
export function scalarProgram(network: Network): ScalarProgram {
  const tree = shapeTree(network);
  const { steps } = new Compiler(network).part(tree, {
    gaussian: false,
    zeroMean: false,
    ties: new Set([DATA]),
    origin: "the raw input",
    several: false,
  });
  return { steps, pools: sizeOf(network.input.slice(0, -1)) > 1 && hasPool(tree) };
}

/** Steps with other weights: every dense and conv layer's sigma_w^2 multiplied, ntk parameterization. */
export function withWeights(
  part: ScalarPart,
  change: (constants: WeightedConstants) => { readonly weight: number; readonly bias: number },
): ScalarPart {
  return part.map((step): ScalarStep => {
    switch (step.op) {
      case "weighted": {
        const { weight, bias } = change(step);
        return { ...step, weight, bias, tangentK: weight, tangentOne: bias };
      }
      case "sum":
      case "product":
      case "concat":
        return { ...step, branches: step.branches.map((branch) => withWeights(branch, change)) };
      case "repeat":
        return { ...step, body: withWeights(step.body, change) };
      default:
        return step;
    }
  });
}
