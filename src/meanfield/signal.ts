/**
 * Signal through the layers of one network: variance, correlations of pairs, slopes and tangent kernel, layer by layer,
 * from any start. Layers may differ, and be of any kind.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/index.js";
import { checkLayer, type HiddenLayer, requireNonNegative } from "./layer.js";
import { requireDepth } from "./lengths.js";
import { type ScalarPart, type ScalarStep, scalarProgram } from "./scalar-program.js";
import { runPart } from "./scalar-run.js";
import { deficitOf, fromHere, type PairScalars, type ScalarState } from "./scalar-state.js";

/** Where the signal starts, and what is followed. */
export interface SignalStart {
  /** mean square of an input, |x|^2 / n_0, >= 0; default 1 */
  readonly meanSquare?: number;
  /** correlations x . x' / (|x| |x'|) of the pairs to follow, each in [-1, 1]; or */
  readonly correlations?: readonly number[];
  /** their deficits 1 - c, for near-duplicates */
  readonly deficits?: readonly number[];
  /** mean square of the second input of each pair; default: that of the first */
  readonly otherMeanSquares?: readonly number[];
  /**
   * Correlations of two different positions of images, in the mean: of one input, and of the two inputs of each pair.
   * Only networks with pools read them. Default 0, as for white images.
   */
  readonly positions?: { readonly own: number; readonly pairs?: readonly number[] };
  /**
   * For hidden layers: the first dense layer, which acts on the input itself. Default: none, `meanSquare` is the
   * variance of the first pre-activation already, and the tangent kernel starts equal to it.
   */
  readonly first?: Pick<HiddenLayer, "weightVariance" | "biasVariance">;
  /** for one hidden layer: how often it is repeated; default 1 */
  readonly depth?: number;
  /** also the tangent kernel (ntk); default false */
  readonly tangent?: boolean;
  /** entries at pre-activations and at the output (default), or before every layer and at the output */
  readonly every?: "pre-activation" | "layer";
}

/** Entry by entry; {@link SignalStart.every} says where the entries are. The last one is the output of the network. */
export interface SignalPropagation {
  /** the layer that reads the signal, as a JSON path (`layer 1`, ... for hidden layers); `output` for the last entry */
  readonly at: readonly string[];
  /** variance; Infinity or 0 where the signal is lost */
  readonly q: readonly number[];
  /** variance of the second input of each pair */
  readonly others: readonly (readonly number[])[];
  /** one array per pair; NaN where there is no finite variance to be correlated */
  readonly correlations: readonly (readonly number[])[];
  /** 1 - c with its own relative accuracy, one array per pair */
  readonly deficits: readonly (readonly number[])[];
  /**
   * Slope of the covariance map at c = 1 from each entry to the next one (one less than entries): the factor of squared
   * gradients, sigma_w^2 E_q[phi'^2] for a dense layer behind an activation. NaN where phi jumps.
   */
  readonly chi: readonly number[];
  /** tangent kernel of everything before the entry; null unless asked for */
  readonly tangent: {
    /** Theta(x, x) */
    readonly own: readonly number[];
    /** Theta(x, x') of each pair */
    readonly pairs: readonly (readonly number[])[];
    /** (Theta(x, x) + Theta(x', x')) / 2 - Theta(x, x') of each pair, with its own relative accuracy */
    readonly gaps: readonly (readonly number[])[];
  } | null;
}

function wrong(argument: string, message: string, got: unknown): ForetrainError {
  return new ForetrainError("ERR_DOMAIN", `signalPropagation: ${message}`, { argument, got });
}

function checkDeficit(argument: string, deficit: number): void {
  if (deficit >= 0 && deficit <= 2) return;
  throw wrong(
    argument,
    `${argument} holds the correlation ${1 - deficit}, expected numbers in [-1, 1]`,
    1 - deficit,
  );
}

function pairAt(q1: number, q2: number, second: number, deficit: number): PairScalars {
  const root = Math.sqrt(q1 * q2);
  const gap = q1 === q2 ? 0 : Math.sqrt(q1) - Math.sqrt(q2);
  return {
    first: 0,
    second,
    k: root * (1 - deficit),
    d: root * deficit + (gap * gap) / 2,
    t: 0,
    g: 0,
    slope: 1,
  };
}

/** The state of the inputs: sample 0 is the first input of every pair, others follow where their mean squares differ. */
function startState(start: SignalStart, pools: boolean): ScalarState {
  const { meanSquare = 1, correlations, deficits: given, otherMeanSquares, positions } = start;
  requireNonNegative("signalPropagation", "meanSquare", meanSquare);
  if (correlations !== undefined && given !== undefined) {
    throw wrong("correlations", "give one of correlations and deficits", correlations);
  }
  const deficits = given ?? (correlations ?? []).map((c) => 1 - c);
  const named = given === undefined ? "correlations" : "deficits";
  for (const deficit of deficits) checkDeficit(named, deficit);
  for (const [name, list] of [
    ["otherMeanSquares", otherMeanSquares],
    ["positions.pairs", positions?.pairs],
  ] as const) {
    if (list !== undefined && list.length !== deficits.length) {
      throw wrong(name, `${name} has ${list.length} numbers for ${deficits.length} pairs`, list.length);
    }
  }
  const ownApart = 1 - (positions?.own ?? 0);
  checkDeficit("positions.own", ownApart);
  const variances = [meanSquare];
  const seconds = deficits.map((_, i) => {
    const other = otherMeanSquares?.[i] ?? meanSquare;
    requireNonNegative("signalPropagation", `otherMeanSquares[${i}]`, other);
    if (other === meanSquare) return 0;
    variances.push(other);
    return variances.length - 1;
  });
  const pairs = (of: readonly number[]) =>
    of.map((deficit, i) => pairAt(meanSquare, variances[seconds[i]!]!, seconds[i]!, deficit));
  const pairsApart = deficits.map((_, i) => 1 - (positions?.pairs?.[i] ?? 0));
  for (const deficit of pairsApart) checkDeficit("positions.pairs", deficit);
  return {
    samples: variances.map((q) => ({ q, theta: 0, gain: 1, qSlope: 1 })),
    pairs: pairs(deficits),
    apart: pools
      ? {
          pairs: pairs(pairsApart),
          own: variances.map((q, i) => ({ ...pairAt(q, q, i, ownApart), first: i })),
        }
      : null,
  };
}

/** The tangent kernel of the state equal to its covariance: what a read-in layer of unit variance gives. */
function withTangent(state: ScalarState): ScalarState {
  return {
    samples: state.samples.map((sample) => ({ ...sample, theta: sample.q })),
    pairs: state.pairs.map((pair) => ({ ...pair, t: pair.k, g: pair.d })),
    apart: null,
  };
}

/** Hidden layers as steps: each an activation and the dense layer behind it. */
export function hiddenSteps(layers: readonly HiddenLayer[]): ScalarStep[] {
  return layers.flatMap(({ activation, weightVariance, biasVariance }, l) => {
    const base = { path: `layer ${l + 1}`, nonlinear: false };
    return [
      {
        ...base,
        label: activation.label,
        key: activation.label,
        nonlinear: true,
        gaussian: true,
        op: "activation" as const,
        activation,
      },
      {
        ...base,
        label: "dense",
        key: `weighted ${weightVariance} ${biasVariance}`,
        gaussian: false,
        op: "weighted" as const,
        ...denseConstants(weightVariance, biasVariance),
      },
    ];
  });
}

const denseConstants = (weight: number, bias: number) => ({
  weight,
  bias,
  tangentK: weight,
  tangentOne: bias,
});

function isNetwork(value: unknown): value is Network {
  return typeof value === "object" && value !== null && "layers" in value && "input" in value;
}

interface Prepared {
  readonly steps: ScalarPart;
  readonly state: ScalarState;
}

function prepareLayers(layers: readonly HiddenLayer[], start: SignalStart): Prepared {
  for (const layer of layers) checkLayer("signalPropagation", layer);
  const { first } = start;
  const state = startState(start, false);
  const steps = hiddenSteps(layers);
  if (first === undefined) return { steps, state: withTangent(state) };
  requireNonNegative("signalPropagation", "first.weightVariance", first.weightVariance);
  requireNonNegative("signalPropagation", "first.biasVariance", first.biasVariance);
  const { weightVariance, biasVariance } = first;
  const readIn: ScalarStep = {
    path: "first",
    label: "dense",
    key: "first",
    nonlinear: false,
    gaussian: false,
    op: "weighted",
    ...denseConstants(weightVariance, biasVariance),
  };
  return { steps, state: fromHere(runPart([readIn], state)) };
}

function prepare(what: Network | HiddenLayer | readonly HiddenLayer[], start: SignalStart): Prepared {
  const { depth } = start;
  if (isNetwork(what)) {
    for (const name of ["first", "depth"] as const) {
      if (start[name] !== undefined) {
        throw wrong(name, `${name} is for hidden layers; a network has its own`, start[name]);
      }
    }
    const program = scalarProgram(what);
    return { steps: program.steps, state: startState(start, program.pools) };
  }
  if (!("activation" in what)) {
    if (depth !== undefined) throw wrong("depth", "depth is for one hidden layer that is repeated", depth);
    return prepareLayers(what, start);
  }
  requireDepth("signalPropagation", depth ?? 1);
  const { steps, state } = prepareLayers([what], start);
  return {
    steps: [
      {
        path: "layers",
        label: `repeat ${depth ?? 1} times`,
        key: "repeat",
        nonlinear: true,
        gaussian: true,
        op: "repeat",
        times: depth ?? 1,
        body: steps,
      },
    ],
    state,
  };
}

/**
 * Follows the variance of an input, the correlations of pairs, slopes and (with `tangent`) the tangent kernel through
 * a network of any layers, through hidden layers in order (each an activation with the dense layer behind it), or
 * through one hidden layer repeated `depth` times:
 *   dense, conv   q' = sigma_w^2 q + sigma_b^2, k' alike, t' = sigma_w^2 t + k'
 *   activation    k' = T(q, q', k), t' = Td t
 *   sum, residual k' = sum of the branches' k, t alike; product: t' = t_a k_b + k_a t_b
 *   layerNorm     k' = k / sqrt(q q'), so q = 1 always
 *   dropout       q' = q / rho, theta' = theta / rho, pairs stay
 *   pool of s     k' = k / s + (1 - 1 / s) k_apart, k_apart of different positions
 * One signal stands for all positions of an image: exact for inputs whose positions have equal statistics under
 * circular convolutions, an account without edges for others; pools whose windows overlap are followed in the mean.
 * Theory notes B2.1, B2.2.
 *
 * @returns numbers that agree with the kernels of such inputs to 1e-12 of q (of theta)
 * @throws `ERR_DOMAIN` for arguments outside their range, `ERR_UNAVAILABLE` for activations without a length map and
 *   networks without an infinite-width reading
 * @see paper B, setup, dropout, skip connections, convolutional kernels
 * @example
 * signalPropagation(preset("residual-fcn", { depth: 20 }), { correlations: [0.3], tangent: true })
 */
export function signalPropagation(
  what: Network | HiddenLayer | readonly HiddenLayer[],
  start: SignalStart = {},
): SignalPropagation {
  const { steps, state } = prepare(what, start);
  const stations = start.every ?? "pre-activation";
  const count = state.pairs.length;
  const lists = () => Array.from({ length: count }, (): number[] => []);
  const [at, q, chi, own]: [string[], number[], number[], number[]] = [[], [], [], []];
  const [others, deficits, tangents, gaps] = [lists(), lists(), lists(), lists()];
  const record = (name: string, seen: ScalarState) => {
    const { samples, pairs } = seen;
    if (at.length > 0) chi.push(samples[0]!.gain);
    at.push(name);
    q.push(samples[0]!.q);
    own.push(samples[0]!.theta);
    for (const [i, pair] of pairs.entries()) {
      others[i]!.push(samples[pair.second]!.q);
      deficits[i]!.push(deficitOf(seen, pair));
      tangents[i]!.push(pair.t);
      gaps[i]!.push(pair.g);
    }
  };
  const end = runPart(steps, state, (step, seen) => {
    if (stations === "pre-activation" && !(step.nonlinear && step.gaussian)) return false;
    record(step.path, seen);
    return true;
  });
  record("output", end);
  return {
    at,
    q,
    others,
    correlations: deficits.map((list) => list.map((d) => 1 - d)),
    deficits,
    chi,
    tangent: start.tangent === true ? { own, pairs: tangents, gaps } : null,
  };
}
