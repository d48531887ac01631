/**
 * The mean-field part of a forecast for networks of any layers: the part that repeats with its phase and depth scales, the
 * signal through all pre-activations, the lengths at the declared widths, and activations outside of the theory.
 * @module
 */
import { permissibilityReport } from "../activations/index.js";
import { isForetrainError } from "../errors.js";
import { numberText } from "../figures/index.js";
import { lengthBand, networkCritical, networkMeanField, signalPropagation } from "../meanfield/index.js";
import {
  activationOf,
  hiddenLayers,
  type Layer,
  type Network,
  networkWithCopies,
  repeatedBlock,
} from "../network/index.js";
import type { Forecast } from "./forecast.js";
import type { InputStatistics } from "./hidden-stack.js";

const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);

/** What `read` gives; null where the network has no such reading. */
function unlessUnavailable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isForetrainError(error, "ERR_UNAVAILABLE") || isForetrainError(error, "ERR_NUMERICAL")) return null;
    throw error;
  }
}

/** Phase and depth scales of the part that repeats, counted in that part; null for networks without an infinite-width reading. */
export function forecastUnit(network: Network, meanSquare: number): Forecast["unit"] {
  return unlessUnavailable(() => {
    const reading = networkMeanField(network, { meanSquare });
    const critical = networkCritical(network, meanSquare);
    const { unit, status, phase, growth, note } = reading;
    return {
      path: unit?.path ?? null,
      times: unit?.times ?? null,
      layers: unit?.layers ?? [],
      status,
      phase,
      chi1: finite(reading.chi1),
      qStar: finite(reading.qStar),
      cStar: finite(reading.cStar),
      xi1: finite(reading.xi1),
      xiC: finite(reading.xiC),
      xiStar: finite(reading.xiStar),
      growth:
        growth === null || growth.law === "constant" ? null : { law: growth.law, rate: finite(growth.rate) },
      critical: {
        status: critical.status,
        weightVariance: finite(critical.weightVariance),
        factor: finite(critical.factor),
        note: critical.note,
      },
      note,
    };
  });
}

/** Variance, three correlations and chi at every pre-activation; null where the network has no scalar reading. */
export function forecastNetworkSignal(network: Network, inputs: InputStatistics): Forecast["signal"] {
  return unlessUnavailable(() => {
    const { q, correlations, chi } = signalPropagation(network, {
      meanSquare: inputs.meanSquare,
      correlations: [inputs.near, inputs.typical, inputs.far],
    });
    // the entry after them is the output
    const hidden = (values: readonly number[]) => values.slice(0, q.length - 1);
    if (q.length < 2) return null;
    const [near, typical, far] = correlations.map(hidden) as [number[], number[], number[]];
    return {
      layer: hidden(q).map((_, l) => l + 1),
      q: hidden(q),
      correlation: { near, typical, far },
      chi: hidden(chi),
    };
  });
}

/** Limits and leading fluctuations of the lengths at the declared widths; null for networks that are no plain stack. */
export function forecastLengths(network: Network, meanSquare: number): Forecast["lengths"] {
  return unlessUnavailable(() => {
    const { layers } = hiddenLayers(network);
    const widths = layers.map(({ units }) => units);
    const band = lengthBand(
      layers.map(({ activation, weightVariance, biasVariance }) => ({
        activation: activationOf(activation),
        weightVariance,
        biasVariance,
      })),
      widths,
      meanSquare,
    );
    const isKnown = [...band.q, ...band.standardDeviation].every(Number.isFinite);
    if (!isKnown) return null;
    return { width: widths, q: Array.from(band.q), standardDeviation: Array.from(band.standardDeviation) };
  });
}

/** A length that scatters more than this between initializations is no number to plan with. */
const WIDE_SCATTER = 0.5;

/** What a reader of the lengths must know, if anything. */
export function lengthWarnings(lengths: Forecast["lengths"]): string[] {
  if (lengths === null) return [];
  const { q, standardDeviation, width } = lengths;
  const scatter = q.map((value, l) => (value > 0 ? standardDeviation[l]! / value : 0));
  const worst = scatter.indexOf(Math.max(...scatter));
  if (!(scatter[worst]! > WIDE_SCATTER)) return [];
  return [
    `At width ${width[worst]} the variance of hidden layer ${worst + 1} differs from one initialization to the next by ` +
      `${Math.round(100 * scatter[worst]!)} % (one standard deviation): single networks will not follow the infinite-width prediction closely. ` +
      `Four times the width halves that.`,
  ];
}

function activationsIn(layers: readonly Layer[], found = new Map<string, Layer & { kind: "activation" }>()) {
  for (const layer of layers) {
    if (layer.kind === "activation") found.set(JSON.stringify(layer), layer);
    else if (layer.kind === "serial" || layer.kind === "repeat") activationsIn(layer.layers, found);
    else if (layer.kind === "residual") {
      activationsIn(layer.layers, found);
      activationsIn(layer.shortcut ?? [], found);
    } else if (layer.kind === "parallel") {
      for (const branch of layer.branches) activationsIn(branch, found);
    }
  }
  return found;
}

/** One warning per activation that is outside of the assumptions under which lengths converge, with the reason. */
export function permissibilityWarnings(network: Network): string[] {
  return [...activationsIn(network.layers).values()].flatMap((layer) => {
    const report = permissibilityReport(activationOf(layer));
    if (report.verdict === "permissible") return [];
    const reasons = [report.bounded, report.growth, report.measurable]
      .filter(({ holds }) => holds !== true)
      .map(({ reason }) => reason);
    const verdict = report.verdict === "undecided" ? "may not be" : "is not";
    return [`${report.activation} ${verdict} permissible: ${reasons.join("; ")}. ${report.consequence}`];
  });
}

function scaled(layers: readonly Layer[], factor: number): Layer[] {
  return layers.map((layer): Layer => {
    switch (layer.kind) {
      case "dense":
      case "conv":
        return { ...layer, weightVariance: factor * (layer.weightVariance ?? 1) };
      case "serial":
      case "repeat":
        return { ...layer, layers: scaled(layer.layers, factor) };
      case "residual":
        return {
          ...layer,
          layers: scaled(layer.layers, factor),
          ...(layer.shortcut === undefined ? {} : { shortcut: scaled(layer.shortcut, factor) }),
        };
      case "parallel":
        return { ...layer, branches: layer.branches.map((branch) => scaled(branch, factor)) };
      default:
        return layer;
    }
  });
}

/**
 * The network with the weight variances of its repeated block multiplied so that it is critical; null where it cannot be
 * made so, or is so already.
 */
export function criticalVariant(
  network: Network,
  unit: Forecast["unit"],
  meanSquare: number,
): Network | null {
  const factor = unit?.critical.status === "found" ? unit.critical.factor : null;
  if (factor === null) return null;
  return unlessUnavailable(() => {
    const parts = repeatedBlock(network);
    const variant = networkWithCopies(
      network,
      { ...parts, block: scaled(parts.block, factor) },
      parts.copies,
    );
    // the two readings may see different blocks: only what has become critical is advice
    return networkCritical(variant, meanSquare).status === "critical" ? variant : null;
  });
}

/** How far the critical point is, in words. */
export function criticalText({ critical }: NonNullable<Forecast["unit"]>): string {
  const { weightVariance, factor } = critical;
  if (weightVariance !== null) return `sigma_w^2 = ${numberText(weightVariance, 4)} in the part that repeats`;
  return `weight variances ${numberText(factor ?? Number.NaN, 4)} times as large in the part that repeats`;
}
