/**
 * Gradients of the loss in float64, on the tape of jets: the reference that faster engines are held against.
 * @module
 */
import { gradientVisitor } from "./contractions.js";
import type { GradientEngine, GradientEngineOptions } from "./gradient-engine.js";
import { lossAt } from "./loss.js";
import { type FiniteModel, passOf } from "./model.js";
import type { StatisticsVisitor } from "./operation.js";

/** The engine of `dtype: "float64"`. */
export function openFloat64Engine(
  model: FiniteModel,
  { batch, loss = "squared" }: GradientEngineOptions,
): GradientEngine {
  const parameters = new Float64Array(model.parameterCount);
  const gradient = new Float64Array(model.parameterCount);
  const inputSize = model.inputShape.reduce((a, b) => a * b, 1);
  const outputSize = model.outputShape.reduce((a, b) => a * b, 1);
  const classes = model.outputShape.at(-1)!;
  const visit = gradientVisitor([gradient]);
  const track: StatisticsVisitor = ({ mean, variance, momentum, channels }, batchMean, batchVariance) => {
    for (let c = 0; c < channels; c++) {
      const [m, v] = [mean.offset + c, variance.offset + c];
      parameters[m] = (1 - momentum) * parameters[m]! + momentum * batchMean[c]!;
      parameters[v] = (1 - momentum) * parameters[v]! + momentum * batchVariance[c]!;
    }
  };
  const rows = (data: Float64Array | Float32Array, samples: number, size: number) => {
    const part = data.subarray(0, samples * size);
    return part instanceof Float64Array ? part : Float64Array.from(part);
  };
  return {
    dtype: "float64",
    model,
    batch,
    loss,
    parameters,
    gradient,
    lossGradient(x, y, samples, masks = null) {
      const pass = passOf(model, [parameters], rows(x, samples, inputSize), samples, {
        reverse: true,
        masks,
        statistics: track,
      });
      const { value, cotangent } = lossAt(loss, pass.output, rows(y, samples, outputSize), samples, classes);
      gradient.fill(0);
      pass.backward(cotangent, visit);
      return value;
    },
    outputs(x, samples) {
      const { output } = passOf(model, [parameters], rows(x, samples, inputSize), samples);
      return output[0] ?? new Float64Array(samples * outputSize);
    },
    close() {},
  };
}
