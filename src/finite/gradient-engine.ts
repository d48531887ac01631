/**
 * What training asks of a finite network, whatever computes it: the loss with its gradient, and the outputs.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Rng } from "../numeric/random.js";
import { openFloat32Engine } from "./float32/engine.js";
import { openFloat64Engine } from "./float64-engine.js";
import { type Loss, requireLoss } from "./loss.js";
import type { FiniteModel } from "./model.js";
import type { FloatArray } from "./parameters.js";

/** Arithmetic of training. */
export type TrainingDtype = "float64" | "float32";

/**
 * A network with its parameters, ready to be asked for gradients again and again. It holds the parameters: writing to
 * `parameters` changes the network.
 */
export interface GradientEngine {
  readonly dtype: TrainingDtype;
  readonly model: FiniteModel;
  /** largest number of samples in one call */
  readonly batch: number;
  readonly loss: Loss;
  /** [parameterCount], live: all zeros at first. Valid until `close` */
  readonly parameters: FloatArray;
  /** [parameterCount], written by `lossGradient`. Valid until `close` */
  readonly gradient: FloatArray;
  /**
   * The loss of the first `samples` rows of x [.., ...input] and y [.., ...output], divided by `samples`; its gradient goes to
   * `gradient`. With `masks` every dropout draws one number for each of its units, in the order of the layers, samples and
   * units, and keeps a unit when the number is below the keep rate, and every batchNorm takes the statistics of these samples and
   * moves its running ones, in `parameters`; without masks dropout is the identity and batchNorm takes its running statistics.
   */
  lossGradient(x: FloatArray, y: FloatArray, samples: number, masks?: Rng | null): number;
  /** parameters -= rate gradient, from element `from` to before `to`, where the engine has something faster than a loop. */
  descend?(rate: number, from: number, to: number): void;
  /** Outputs [samples, ...output] of the first `samples` rows, in evaluation; valid until the next call. */
  outputs(x: FloatArray, samples: number): FloatArray;
  /** Gives the memory back; nothing may be asked afterwards. */
  close(): void;
}

/** Precision and largest batch of a gradient engine. */
export interface GradientEngineOptions {
  /** largest number of samples in one call, >= 1 */
  readonly batch: number;
  /** default `squared` */
  readonly loss?: Loss | undefined;
  /** default `float64` */
  readonly dtype?: TrainingDtype | undefined;
}

/**
 * Opens an engine for a network.
 * @throws ERR_DOMAIN for a batch that is no whole number >= 1; ERR_SPEC for an unknown loss or dtype; ERR_UNAVAILABLE for
 *   activations without slope, and for float32 where the runtime has no WebAssembly SIMD; ERR_MEMORY when it does not fit
 */
export async function openGradientEngine(
  model: FiniteModel,
  options: GradientEngineOptions,
): Promise<GradientEngine> {
  const { batch, loss = "squared", dtype = "float64" } = options;
  requireLoss(loss, "openGradientEngine");
  if (!(Number.isSafeInteger(batch) && batch >= 1)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `openGradientEngine: batch is ${batch}, expected a whole number >= 1`,
      { argument: "batch", got: batch },
    );
  }
  if (dtype === "float64") return openFloat64Engine(model, options);
  if (dtype !== "float32") {
    throw new ForetrainError(
      "ERR_SPEC",
      `openGradientEngine: dtype is ${JSON.stringify(dtype)}, expected "float64" or "float32"`,
      { argument: "dtype", got: dtype, expected: ["float64", "float32"] },
    );
  }
  return openFloat32Engine(model, options);
}
