/**
 * What the depth asymptotics of paper B say about a given network: which hidden layer repeats, how the readout scales the
 * kernels, and why there is no prediction where there is none.
 * @module
 */
import { type Activation, curvatureSecondMoment } from "../activations/index.js";
import { type HiddenLayer, isPositivelyHomogeneous, type MeanField, meanField } from "../meanfield/index.js";
import {
  activationOf,
  type ConvLayer,
  type DenseLayer,
  type Layer,
  type Network,
  type RepeatedBlock,
  shapeTree,
  weightsOf,
} from "../network/index.js";
import {
  type AsymptoticNetwork,
  nngpAsymptotics,
  ntkAsymptotics,
  type SpectrumAsymptotics,
} from "./asymptotics.js";

/** A network as the tables of paper B see it. */
export interface DepthSetting {
  readonly hidden: HiddenLayer;
  /** h + W phi(h) instead of W phi(h) */
  readonly residual: boolean;
  readonly readout: "flatten" | "pool";
  /** spatial positions, 1 for vectors */
  readonly positions: number;
  /** dropout before the last layer; 1: none */
  readonly keepRate: number;
  /** the last layer gives scale M + shift for a kernel M that a further hidden layer would give */
  readonly scale: number;
  readonly shift: number;
}

type Weighted = DenseLayer | ConvLayer;

const isWeighted = (layer: Layer | undefined): layer is Weighted =>
  layer !== undefined && (layer.kind === "dense" || layer.kind === "conv");

/** The hidden layer of a block, the filter's padding with it; a reason when it is more than that. */
function hiddenOf(
  block: readonly Layer[],
): { activation: Activation; weights: Weighted; residual: boolean; activationLast: boolean } | string {
  const [only] = block;
  if (block.length === 1 && only?.kind === "residual") {
    if ((only.shortcut ?? []).length > 0) return "its residual blocks have a shortcut with layers";
    const inner = hiddenOf(only.layers);
    if (typeof inner === "string") return inner;
    if (inner.residual || inner.activationLast) {
      return "its residual blocks are not an activation and a dense or conv layer after it";
    }
    return { ...inner, residual: true };
  }
  if (block.length === 2) {
    const activation = block.find((layer) => layer.kind === "activation");
    const weights = block.find(isWeighted);
    if (activation !== undefined && weights !== undefined) {
      const activationLast = block[1] === activation;
      return { activation: activationOf(activation), weights, residual: false, activationLast };
    }
  }
  return `its block is ${block.map(({ kind }) => kind).join(", ")}, not one activation and one dense or conv layer`;
}

/** What stands after the last block, read from left to right; a reason when the tables do not have it. */
function readoutOf(
  suffix: readonly Layer[],
): { readout: "flatten" | "pool" | null; keepRate: number; last: Weighted | null } | string {
  let readout: "flatten" | "pool" | null = null;
  let keepRate = 1;
  let last: Weighted | null = null;
  for (const layer of suffix) {
    if (layer.kind === "flatten" || layer.kind === "globalAvgPool") {
      if (readout !== null && layer.kind === "globalAvgPool") return "it pools twice";
      readout ??= layer.kind === "flatten" ? "flatten" : "pool";
    } else if (layer.kind === "dropout" && last === null) keepRate *= layer.keepRate;
    else if (isWeighted(layer) && last === null && (layer.kind === "dense" || readout === null)) last = layer;
    else return `${layer.kind} stands between its blocks and its output`;
  }
  return { readout, keepRate, last };
}

/** The setting of a network, or why the tables of paper B do not have it. */
export function depthSetting(network: Network, parts: RepeatedBlock): DepthSetting | string {
  const hidden = hiddenOf(parts.block);
  if (typeof hidden === "string") return hidden;
  const { activation, weights, residual } = hidden;
  const own = weightsOf(weights, network);
  const readout = readoutOf(parts.suffix);
  if (typeof readout === "string") return readout;
  const { keepRate, last } = readout;
  const all = [weights, ...(last === null ? [] : [last]), ...parts.prefix.filter(isWeighted)];
  if (all.some((layer) => weightsOf(layer, network).parameterization !== "ntk")) {
    return "the tables are for the ntk parameterization";
  }
  if (
    all.some(
      (layer) => layer.kind === "conv" && layer.padding !== "circular" && layer.filter.some((f) => f > 1),
    )
  ) {
    return "the tables are for circular convolutions: zeros around an image lower the variances at its edges";
  }
  const { output } = shapeTree({ ...network, layers: [...parts.prefix, ...parts.block] });
  const positions = output.slice(0, -1).reduce((product, side) => product * side, 1);
  const { weightVariance, biasVariance } = own;
  const setting = {
    hidden: { activation, weightVariance, biasVariance },
    residual,
    readout: readout.readout ?? "flatten",
    positions,
    keepRate,
  } as const;
  if (last === null) {
    if (hidden.activationLast) return "it ends with an activation";
    return keepRate < 1 ? "its dropout is not followed by a layer" : { ...setting, scale: 1, shift: 0 };
  }
  if (!hidden.activationLast)
    return "a further linear layer stands between its last hidden layer and its output";
  if (!(weightVariance > 0)) return "its hidden layers have weightVariance 0";
  const { weightVariance: w, biasVariance: b } = weightsOf(last, network);
  const scale = w / weightVariance;
  return { ...setting, scale, shift: b - scale * biasVariance };
}

/** What a reader may expect of depth `depth` with `samples` train points; null where there is no prediction. */
export interface DepthTheory {
  readonly meanField: MeanField | null;
  /** why there is no prediction; null where there is one */
  readonly reason: string | null;
  readonly ntk: (depth: number) => SpectrumAsymptotics | null;
  readonly nngp: (depth: number) => SpectrumAsymptotics | null;
}

/** (a - b)^2 / (a^2 + b^2) of a min(x, 0) + b max(x, 0); null for other functions. */
function kinkOf(phi: Activation): number | null {
  if (!isPositivelyHomogeneous(phi)) return null;
  const [a, b] = [-phi.value(-1), phi.value(1)];
  return (a - b) ** 2 / (a * a + b * b);
}

/** C''(1) = sigma_w^2 q* E_q*[phi''^2]; null where it is not finite. */
function curvatureOf({ activation, weightVariance }: HiddenLayer, qStar: number): number | null {
  const curvature = weightVariance * qStar * curvatureSecondMoment(activation, qStar);
  return curvature > 0 && curvature < Number.POSITIVE_INFINITY ? curvature : null;
}

const none = (reading: MeanField | null, reason: string): DepthTheory => ({
  meanField: reading,
  reason,
  ntk: () => null,
  nngp: () => null,
});

/**
 * The predictions for a network.
 * @param variance  measured nngp variance and the depth that it was measured at, means over samples
 * @param amplitude  mean over pairs of lim (1 - c_l) / chi_1^l, null where it is not known
 */
export function depthTheory(
  setting: DepthSetting | string,
  samples: number,
  variance: { readonly depth: number; readonly value: number },
  amplitude: number | null,
): DepthTheory {
  if (typeof setting === "string") return none(null, setting);
  const { hidden, residual, scale, shift } = setting;
  const measured = (variance.value - shift) / scale; // as after a further hidden layer
  const reading = meanField(hidden, measured > 0 ? { start: measured } : {});
  const kink = kinkOf(hidden.activation);
  if (kink === 0) return none(reading, "its layers are linear");
  const kinked = hidden.activation.breakPoints.some(({ order }) => order < 2);
  const base = {
    samples,
    readout: setting.readout,
    positions: setting.positions,
    keepRate: setting.keepRate,
    biasVariance: hidden.biasVariance,
    activation: kinked ? "kinked" : "smooth",
    kink,
    gapAmplitude: amplitude,
  } as const;
  /** The tables with the last layer of the network in place of a further hidden one. */
  const predict = (
    table: (network: AsymptoticNetwork) => SpectrumAsymptotics,
    of: (depth: number) => Omit<AsymptoticNetwork, "depth" | "samples">,
  ) => {
    return (depth: number): SpectrumAsymptotics | null => {
      if (depth < 1) return null;
      const network = { samples, depth, ...of(depth) };
      if (!(network.qStar > 0 && network.qStar < Number.POSITIVE_INFINITY)) return null;
      if (setting.keepRate < 1 && network.phase !== "ordered") return null;
      const values = table(network);
      const lambdaBulk = values.lambdaBulk === null ? null : scale * values.lambdaBulk;
      const lambdaMax = values.lambdaMax === null ? null : scale * values.lambdaMax + shift * samples;
      const plain = scale === 1 && shift === 0;
      const ratio = lambdaMax === null || lambdaBulk === null ? null : lambdaMax / lambdaBulk;
      return {
        ...values,
        lambdaMax,
        lambdaBulk,
        kappa: plain ? values.kappa : ratio,
        largestLearningRate: lambdaMax === null ? null : (2 * samples) / lambdaMax,
      };
    };
  };
  const both = (of: (depth: number) => Omit<AsymptoticNetwork, "depth" | "samples">): DepthTheory => ({
    meanField: reading,
    reason: null,
    ntk: predict(ntkAsymptotics, of),
    nngp: predict(nngpAsymptotics, of),
  });
  const { growth } = reading;
  if (growth !== null && hidden.biasVariance === 0 && (residual || Math.abs(growth - 1) > 1e-12)) {
    // every layer multiplies all variances by one factor, so that its kernels are those of the critical network times it
    if (setting.keepRate < 1) return none(reading, "dropout has a prediction in the ordered phase only");
    const factor = residual ? 1 + growth : growth;
    const start = measured / factor ** variance.depth;
    const share = residual ? growth / (1 + growth) : 1;
    return both((depth) => ({
      ...base,
      phase: "critical",
      qStar: start * factor ** depth,
      chi1: 1,
      cStar: 1,
      chiC: 1,
      share,
    }));
  }
  if (residual) {
    return none(reading, "residual blocks have predictions for relu-like activations without biases only");
  }
  const { phase, qStar, chi1, cStar, chiC } = reading;
  if (phase === null || qStar === null || chi1 === null || cStar === null || chiC === null) {
    return none(reading, reading.note ?? "its correlation map has no fixed point");
  }
  if (!(qStar > 0)) return none(reading, "its variance goes to 0");
  if (setting.keepRate < 1 && phase !== "ordered") {
    return none(reading, "dropout has a prediction in the ordered phase only");
  }
  const curvature = kinked ? null : curvatureOf(hidden, qStar);
  return both(() => ({ ...base, phase, qStar, chi1, cStar, chiC, curvature }));
}
