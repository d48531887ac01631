/**
 * What another normalization N^-gamma of a network with one hidden layer would do to its test error (paper E).
 * @module
 */
import { accuracy } from "../dynamics/index.js";
import { isForetrainError } from "../errors.js";
import { numberText, percentText } from "../figures/index.js";
import { hiddenLayers, type Network } from "../network/index.js";
import { expansionOrder, shallowVariance } from "../normalization/index.js";
import type { Matrix } from "../numeric/matrix.js";
import { averageOf, sortedQuantile } from "../numeric/statistics/index.js";
import type { Advice, ReportNormalization } from "../report/index.js";
import type { CurvesEnd } from "./curves.js";
import { drawnTogether } from "./readout-advice.js";

const GAMMAS = [0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1];
/** A gain below this is not worth a line. */
const LEAST_GAIN = 0.02;

/** Width of the hidden layer, or why gamma says nothing about this network. */
function unitsOf(network: Network): number | string {
  let stack: ReturnType<typeof hiddenLayers>;
  try {
    stack = hiddenLayers(network);
  } catch (error) {
    if (!isForetrainError(error)) throw error;
    return "the network is no plain stack with one hidden layer";
  }
  const { layers, readout } = stack;
  if (layers.length !== 1) return `the network has ${layers.length} hidden layers, not one`;
  if (readout.biasVariance > 0) return "the output has a bias, which is not normalized with the width";
  if (
    [network, ...network.layers].some(
      (part) => "parameterization" in part && part.parameterization === "standard",
    )
  ) {
    return "the network is in the standard parameterization, whose layers learn at different rates";
  }
  return layers[0]!.units;
}

/**
 * Squared test error of single networks where the curves end, split into bias and variance, and their accuracy, at several gamma.
 *
 * With outputs N^(1/2 - gamma) times the declared ones and the learning rate N^(2 gamma - 1) times as large, the mean h_t at a step
 * stays and deviations from it are N^(1/2 - gamma) times as large: Var = N^(1 - 2 gamma) Var K_t, leading order in N. Terms
 * N^(-j (1 - gamma)) Q^j that stand above the spread from gamma = 3/4 on are counted, not computed.
 */
export function forecastNormalization(
  network: Network,
  end: CurvesEnd | null,
  targets: Matrix,
): ReportNormalization {
  const units = unitsOf(network);
  if (typeof units === "string") return { reason: units, found: null };
  if (end === null) return { reason: "training diverges", found: null };
  const { mean, single, labels } = end;
  const [m, k] = mean.shape;
  const draws = single.shape[1] / k;
  let squares = 0;
  const variance = new Float64Array(m * k);
  for (let i = 0; i < m * k; i++) {
    const [row, output] = [Math.floor(i / k), i % k];
    squares += (targets.data[i]! - mean.data[i]!) ** 2;
    // around the known mean of all networks
    for (let d = 0; d < draws; d++)
      variance[i]! += (single.data[row * draws * k + d * k + output]! - mean.data[i]!) ** 2 / draws;
  }
  return {
    reason: null,
    found: {
      units,
      networks: draws,
      test: m,
      bias: squares / (m * k),
      gammas: GAMMAS.map((gamma) => {
        const scale = units ** (0.5 - gamma);
        const each = accuracy(drawnTogether(mean, single, scale), labels, k).sort();
        const { deterministic } = expansionOrder(gamma);
        return {
          gamma,
          outputScale: scale,
          variance: averageOf(shallowVariance(variance, null, units, gamma)),
          testAccuracy: sortedQuantile(each, 0.5),
          corrections: Number.isFinite(deterministic) ? deterministic : null,
          correctionSize: units ** (gamma - 1),
        };
      }),
    },
  };
}

/** One line where another gamma makes single networks measurably better. */
export function normalizationAdvice({ found }: ReportNormalization): Advice[] {
  if (found === null) return [];
  const [now] = found.gammas;
  // beyond 3/4 more than the leading order counts
  const candidates = found.gammas.filter(({ corrections }) => corrections === 0);
  const top = Math.max(...candidates.map(({ testAccuracy }) => testAccuracy));
  const best = candidates.find(({ testAccuracy }) => testAccuracy >= top - LEAST_GAIN / 2)!;
  const gain = best.testAccuracy - now!.testAccuracy;
  if (gain < LEAST_GAIN) return [];
  const error = (at: typeof best) => numberText(found.bias + at.variance);
  return [
    {
      text:
        `Normalizing the hidden layer by N^-${best.gamma} instead of N^-0.5 (N = ${found.units}: outputs times ${numberText(best.outputScale)}, learning rate times ${numberText(best.outputScale ** -2)}) ` +
        `lowers the spread over initializations: the expected squared test error of one network goes from ${error(now!)} to ${error(best)} (${numberText(found.bias)} of it is the mean's own), ` +
        `the median network's test accuracy from ${percentText(now!.testAccuracy)} to ${percentText(best.testAccuracy)} at the same steps.`,
      gain,
    },
  ];
}
