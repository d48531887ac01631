/**
 * The mean-field part of a forecast: phase, depth scales, phase diagram and signal propagation of the hidden layers.
 * Networks that are no plain stack of dense and activation layers have no such part; the reason is kept as a text.
 * @module
 */
import { isForetrainError } from "../errors.js";
import {
  criticalLine,
  type HiddenLayer,
  meanField,
  phaseDiagram,
  signalPropagation,
} from "../meanfield/index.js";
import { activationOf, hiddenLayers, type Network } from "../network/index.js";
import type { LongWork } from "../progress.js";
import type { Forecast } from "./forecast.js";

/** The hidden layers as mean-field theory reads them. */
export interface ForecastStack {
  /** the dense layer that reads the data */
  readonly readIn: { readonly weightVariance: number; readonly biasVariance: number };
  /** every activation with the dense layer behind it, the readout last */
  readonly layers: readonly HiddenLayer[];
  /** the hidden layer that repeats: the activation with the variances of the last hidden dense layer */
  readonly repeated: HiddenLayer;
  readonly homogeneous: boolean;
}

/** The stack of a plain fully connected network, or the reason why it is none. */
export function forecastStack(network: Network): ForecastStack | string {
  try {
    const stack = hiddenLayers(network);
    const first = stack.layers[0]!;
    const last = stack.layers.at(-1)!;
    const layers = stack.layers.map((hidden, i) => {
      const next = stack.layers[i + 1] ?? stack.readout;
      return {
        activation: activationOf(hidden.activation),
        weightVariance: next.weightVariance,
        biasVariance: next.biasVariance,
      };
    });
    return {
      readIn: { weightVariance: first.weightVariance, biasVariance: first.biasVariance },
      layers,
      repeated: {
        activation: activationOf(last.activation),
        weightVariance: last.weightVariance,
        biasVariance: last.biasVariance,
      },
      homogeneous: stack.homogeneous,
    };
  } catch (error) {
    if (isForetrainError(error, "ERR_UNAVAILABLE")) return error.message;
    throw error;
  }
}

/** JSON has no Infinity: an infinite depth scale is null, and the phase says that it is. */
const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);

/** Phase, fixed points and depth scales of the repeated hidden layer; `start` is the variance of its pre-activation. */
export function forecastMeanField(stack: ForecastStack, start: number): NonNullable<Forecast["meanField"]> {
  const reading = meanField(stack.repeated, { start });
  return {
    activation: reading.activation,
    weightVariance: reading.weightVariance,
    biasVariance: reading.biasVariance,
    homogeneous: stack.homogeneous,
    phase: reading.phase,
    qStar: finite(reading.qStar),
    cStar: finite(reading.cStar),
    chi1: finite(reading.chi1),
    chiC: finite(reading.chiC),
    xi1: finite(reading.xi1),
    xiC: finite(reading.xiC),
    xiStar: finite(reading.xiStar),
    criticalWeightVariance: finite(reading.criticalWeightVariance),
    note: reading.note,
  };
}

const DIAGRAM_COLUMNS = 121;
const DIAGRAM_ROWS = 61;
const LINE_POINTS = 81;
/** The diagram shows the point with as much room again on its far side, and never less than the usual window. */
const ROOM = 1.6;
const LEAST_WEIGHT_RANGE = 3;
const LEAST_BIAS_RANGE = 0.25;

function axis(stop: number, count: number, start: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => start + ((stop - start) * i) / (count - 1));
}

/** chi_1 over a window of the plane that holds the network's point and the critical line near it. */
export async function forecastPhaseDiagram(
  stack: ForecastStack,
  critical: number | null,
  work: LongWork,
): Promise<Forecast["phaseDiagram"]> {
  const { activation: phi, weightVariance, biasVariance } = stack.repeated;
  if (phi.derivative === null) return null;
  const weightStop = Math.max(LEAST_WEIGHT_RANGE, ROOM * weightVariance, ROOM * (critical ?? 0));
  const biasStop = Math.max(LEAST_BIAS_RANGE, ROOM * biasVariance);
  const weights = axis(weightStop, DIAGRAM_COLUMNS, weightStop / (DIAGRAM_COLUMNS - 1));
  const biases = axis(biasStop, DIAGRAM_ROWS, 0);
  const diagram = await phaseDiagram(phi, { weightVariance: weights, biasVariance: biases }, work);
  const rows = Array.from(biases, (_, b) =>
    Array.from(weights, (_, a) => {
      const at = b * weights.length + a;
      // chi_1 of relu exists where q* does not, but an order to chaos transition needs both
      return Number.isNaN(diagram.qStar.data[at]) ? null : finite(diagram.chi1.data[at]!);
    }),
  );
  // the line is steep where sigma_b^2 is small: quadratic spacing puts the points there
  const bends = Float64Array.from({ length: LINE_POINTS }, (_, i) => biasStop * (i / (LINE_POINTS - 1)) ** 2);
  const line = criticalLine(phi, { biasVariance: bends, weightVariance: [0, weightStop] }).map((point) => ({
    weightVariance: point.weightVariance,
    biasVariance: point.biasVariance,
  }));
  return {
    weightVariance: Array.from(weights),
    biasVariance: Array.from(biases),
    chi1: rows,
    criticalLine: line,
  };
}

/** Statistics of the train inputs that start the signal. */
export interface InputStatistics {
  /** |x|^2 / n_0 of the median train input */
  readonly meanSquare: number;
  readonly near: number;
  readonly typical: number;
  readonly far: number;
}

/** Variance, three correlations and chi through the network's own layers. */
export function forecastSignal(
  stack: ForecastStack,
  inputs: InputStatistics,
): NonNullable<Forecast["signal"]> {
  // chi of the last hidden layer is that of the repeated layer: the readout is no step of the hidden signal
  const last = stack.layers.length - 1;
  const layers = stack.layers.map((layer, l) =>
    l === last ? { ...layer, weightVariance: stack.repeated.weightVariance } : layer,
  );
  const { q, correlations, chi } = signalPropagation(layers, {
    meanSquare: inputs.meanSquare,
    correlations: [inputs.near, inputs.typical, inputs.far],
    first: stack.readIn,
  });
  // the entry after them is the readout
  const hidden = (values: readonly number[]) => values.slice(0, stack.layers.length);
  const [near, typical, far] = correlations.map(hidden) as [number[], number[], number[]];
  return {
    layer: stack.layers.map((_, l) => l + 1),
    q: hidden(q),
    correlation: { near, typical, far },
    chi,
  };
}
