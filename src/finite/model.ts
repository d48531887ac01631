/**
 * The finite reading of a network: real weights at the declared widths.
 * @module
 */
import type { Activation } from "../activations/index.js";
import { ForetrainError } from "../errors.js";
import { activationOf, type Layer, layerShapes, type Network } from "../network/index.js";
import { drawLaw } from "../numeric/law.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { createRng, type Rng } from "../numeric/random.js";
import { constantJet, type Jet } from "./jet.js";
import type { StatisticsVisitor } from "./operation.js";
import { type ParameterScheme, type SchemeName, schemeSettings } from "./parameter-scheme.js";
import { type FloatArray, type ParameterTensor, parametersOf } from "./parameters.js";
import { sampleRanges, sliceSamples } from "./sample-ranges.js";
import { compileTape, type Pass, runTape, type Tape } from "./tape.js";

/** A network that can be evaluated and differentiated. Holds no weights: they are a flat vector that the caller keeps. */
export interface FiniteModel {
  readonly network: Network;
  /** shape of one sample */
  readonly inputShape: readonly number[];
  /** shape of the output for one sample */
  readonly outputShape: readonly number[];
  /** numbers in the parameter vector; those of running statistics among them */
  readonly parameterCount: number;
  /** in the order in which they lie in the parameter vector */
  readonly tensors: readonly ParameterTensor[];
  /** activations of its layers, each once for every layer */
  readonly activations: readonly Activation[];
  /** the compiled network */
  readonly tape: Tape;
}

/**
 * Compiles a network at its declared widths. Copies in a `repeat` have weights of their own.
 * @param scheme laws, multipliers and learning rates of the tensors; default `declared`, as the network says
 * @throws ERR_SPEC for networks whose shapes do not fit, or a scheme that does not fit the network; ERR_UNAVAILABLE for
 *   activations without a function phi
 */
export function finiteModel(
  network: Network,
  { scheme = "declared" }: { readonly scheme?: SchemeName | ParameterScheme | undefined } = {},
): FiniteModel {
  const tape = compileTape(network, schemeSettings(scheme, weightedLayers(network)));
  const { tensors } = tape;
  const last = tensors.at(-1);
  return {
    network,
    inputShape: network.input,
    outputShape: tape.values[tape.output]!.shape,
    parameterCount: last === undefined ? 0 : last.offset + last.size,
    tensors,
    activations: layerShapes(network).flatMap(({ layer }) =>
      layer.kind === "activation" ? [activationOf(layer)] : [],
    ),
    tape,
  };
}

/** Number of dense and conv layers, copies in a `repeat` counted each. */
function weightedLayers(network: Network): number {
  const within = (layers: readonly Layer[]): number =>
    layers.reduce((sum, layer) => {
      switch (layer.kind) {
        case "dense":
        case "conv":
          return sum + 1;
        case "serial":
          return sum + within(layer.layers);
        case "repeat":
          return sum + layer.times * within(layer.layers);
        case "residual":
          return sum + within(layer.layers) + within(layer.shortcut ?? []);
        case "parallel":
          return sum + layer.branches.reduce((all, branch) => all + within(branch), 0);
        default:
          return sum;
      }
    }, 0);
  return within(network.layers);
}

/**
 * Random parameters [parameterCount] by the model's scheme; without one N(0, 1) in the `ntk` parameterization,
 * N(0, sigma_w^2 / fan-in) and N(0, sigma_b^2) in `standard`. Every tensor has a random stream of its own, so that a layer's
 * weights do not depend on the layers before.
 */
export function initialParameters(
  model: FiniteModel,
  options: { readonly seed: number | Rng },
): Float64Array {
  const rng = typeof options.seed === "number" ? createRng(options.seed) : options.seed;
  const out = new Float64Array(model.parameterCount);
  for (const { name, role, offset, size, law } of model.tensors) {
    const stream = rng.fork(`${name} ${role}`);
    for (let i = offset; i < offset + size; i++) out[i] = drawLaw(law, stream);
  }
  return out;
}

/** Samples as float64 [samples, size of one], checked against the model. */
export function samplesOf(
  model: FiniteModel,
  x: NdArray,
  where: string,
  argument = "x",
): { readonly data: Float64Array; readonly samples: number } {
  const expected = model.inputShape;
  const fits = x.shape.length === expected.length + 1 && expected.every((side, i) => side === x.shape[i + 1]);
  if (!fits || x.data.length !== sizeOf(x.shape)) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${where}: ${argument} has shape [${x.shape.join(", ")}], expected [samples, ${expected.join(", ")}] as the network's input`,
      { argument, got: x.shape, expected: ["samples", ...expected] },
    );
  }
  const data = x.data instanceof Float64Array ? x.data : Float64Array.from(x.data);
  return { data, samples: x.shape[0]! };
}

/** Targets as float64 [samples, ...output], checked against the model; `ERR_DATA` where they are not finite: every mean would be NaN. */
export function targetsOf(model: FiniteModel, y: NdArray, samples: number, where: string): Float64Array {
  const expected = [samples, ...model.outputShape];
  if (y.shape.length !== expected.length || expected.some((side, i) => side !== y.shape[i])) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `${where}: y has shape [${y.shape.join(", ")}], expected [${expected.join(", ")}], one row of targets for each sample`,
      { argument: "y", got: y.shape, expected },
    );
  }
  const targets = y.data instanceof Float64Array ? y.data : Float64Array.from(y.data);
  const bad = targets.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ForetrainError(
      "ERR_DATA",
      `${where}: y has ${targets[bad]} at index ${bad}, expected finite numbers`,
      { argument: "y", got: targets[bad], index: bad },
    );
  }
  return targets;
}

/** Throws `ERR_UNAVAILABLE` for networks with kinks, which have no expansion of this order; `why` follows the place of the kink. */
export function requireSmooth(model: FiniteModel, where: string, order: number, why: string): void {
  if (model.tape.instructions.some(({ step }) => step.kind === "maxPool")) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${where}: maxPool is not smooth where two units of a window are equal${why}. Use order 1, or avgPool instead`,
      { argument: "order", got: order, kind: "maxPool" },
    );
  }
  for (const { label, breakPoints } of model.activations) {
    const kink = breakPoints.find((point) => point.order <= 1);
    if (kink === undefined) continue;
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `${where}: ${label} is not smooth at ${kink.at}${why}. Use order 1, or a smooth activation such as gelu or softplus instead of relu`,
      { argument: "order", got: order, activation: label },
    );
  }
}

/** What a pass may vary. */
export interface PassOptions {
  readonly reverse?: boolean;
  /** masks of dropout: a pass of training; without them one of evaluation */
  readonly masks?: Rng | null;
  /** @see Run */
  readonly statistics?: StatisticsVisitor | null;
}

/** A pass of jets over a batch. */
export function passOf(
  model: FiniteModel,
  parameters: Jet,
  x: Float64Array,
  samples: number,
  { reverse = false, masks = null, statistics = null }: PassOptions = {},
): Pass {
  const order = parameters.length - 1;
  return runTape(model.tape, constantJet(x, order), {
    ...{ samples, order, parameters, reverse, masks, statistics },
  });
}

/** Outputs f(x) [samples, ...output]; dropout is the identity, batchNorm takes its running statistics. */
export function applyModel(model: FiniteModel, parameters: FloatArray, x: NdArray): NdArray<Float64Array> {
  const theta = parametersOf(model, parameters, "applyModel");
  const { data, samples } = samplesOf(model, x, "applyModel");
  const out = new Float64Array(samples * sizeOf(model.outputShape));
  for (const range of sampleRanges(model.tape, samples, 0)) {
    const part = sliceSamples(data, samples, range);
    const { output } = passOf(model, [theta], part, range[1] - range[0]);
    if (output[0] !== null) sliceSamples(out, samples, range).set(output[0]!);
  }
  return { data: out, shape: [samples, ...model.outputShape] };
}
