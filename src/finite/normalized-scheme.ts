/**
 * Paper E's networks: hidden layers normalized by N^-gamma, and the learning rates that go with it.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { hiddenLayers, type Network } from "../network/index.js";
import type { Law } from "../numeric/law.js";
import { type ParameterScheme, requireNormalization, type SchemeName } from "./parameter-scheme.js";

/** Widths, exponents and laws of `normalizedScheme`. */
export interface NormalizedSchemeOptions {
  /** N_1, ..., N_L: widths of the hidden layers, in order */
  readonly widths: readonly number[];
  /** gamma_1, ..., gamma_L, or one for all; 1/2 <= gamma <= 1 */
  readonly gammas: number | readonly number[];
  /** of the hidden weights. Default `normal`, N(0, 1) */
  readonly hidden?: SchemeName | Law | undefined;
  /** of the weights of the last layer. Default `uniform`, U(0, 1), as in the paper's experiments */
  readonly outer?: SchemeName | Law | undefined;
  /** moves the last layer's law so that its mean is 0, as the theory assumes. Default false */
  readonly meanZero?: boolean | undefined;
  /** of biases where the network has them. Default `pytorch` */
  readonly biases?: SchemeName | Law | undefined;
}

/**
 * The scheme of a fully connected network with L hidden layers whose activations are multiplied by N_l^-gamma_l before the next
 * layer, and the factors of its learning rates. The output moves by 1/N_L in a step whatever gamma:
 *
 *   W_l:  N_L^-1 / ( N_{l-1}^{1 - 2 gamma_{l-1}} N_l^{1 - 2 gamma_l} prod_{m > l} N_m^{2 - 2 gamma_m} ),   without the N_0 term for l = 1
 *   C:    N_L^{-(2 - 2 gamma_L)}
 *
 * With one hidden layer both are N^{-(2 - 2 gamma)} (paper E); with three they are the rule of the deep follow-up
 * (arXiv 2209.01018); other depths follow by the same count of magnitudes. Biases learn as the weights of their layer.
 * Theory notes E4.
 * @throws ERR_DOMAIN for gamma outside [1/2, 1] or widths that are none; ERR_SHAPE when there are not as many gammas as widths
 */
export function normalizedScheme(options: NormalizedSchemeOptions): ParameterScheme {
  const {
    widths,
    gammas,
    hidden = "normal",
    outer = "uniform",
    meanZero = false,
    biases = "pytorch",
  } = options;
  const depth = widths.length;
  const each = typeof gammas === "number" ? widths.map(() => gammas) : gammas;
  if (depth === 0 || each.length !== depth) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `normalizedScheme: ${each.length} gammas for ${depth} widths, expected one for each of at least one hidden layer`,
      { argument: "gammas", got: each.length, expected: depth },
    );
  }
  each.forEach((gamma, i) => {
    requireNormalization(gamma, `normalizedScheme: gammas[${i}]`);
    if (!(Number.isSafeInteger(widths[i]) && widths[i]! >= 1)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `normalizedScheme: widths[${i}] is ${widths[i]}, expected a whole number >= 1`,
        { argument: "widths", got: widths[i] },
      );
    }
  });
  const power = (layer: number, whole: number) => widths[layer]! ** (whole - 2 * each[layer]!);
  const last = widths[depth - 1]!;
  const rates = widths.map((_, l) => {
    let scale = power(l, 1);
    if (l > 0) scale *= power(l - 1, 1);
    for (let m = l + 1; m < depth; m++) scale *= power(m, 2);
    return 1 / (last * scale);
  });
  rates.push(1 / power(depth - 1, 2));
  return {
    layers: rates.map((learningRate, layer) => ({
      layer,
      weights: {
        law: layer === depth ? outer : hidden,
        ...(layer === depth ? { meanZero } : {}),
        ...(layer === 0 ? { multiplier: 1 } : { gamma: each[layer - 1]! }),
        learningRate,
      },
      biases: { law: biases, multiplier: 1, learningRate },
    })),
  };
}

/**
 * {@link normalizedScheme} of a fully connected network with its own hidden widths.
 * @throws ERR_UNAVAILABLE for networks that are no plain stack of dense layers and activations; otherwise as `normalizedScheme`
 */
export function normalizedSchemeOf(
  network: Network,
  options: Omit<NormalizedSchemeOptions, "widths">,
): ParameterScheme {
  return normalizedScheme({ ...options, widths: hiddenLayers(network).layers.map(({ units }) => units) });
}
