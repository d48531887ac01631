/**
 * Steps of gradient descent with momentum and additive noise, tensor by tensor.
 * @module
 */
import type { Rng } from "../../numeric/random.js";
import type { GradientEngine } from "../gradient-engine.js";
import type { FloatArray } from "../parameters.js";
import { rateFactor, type TrainingRecipe } from "./training-recipe.js";

export interface Optimizer {
  /** v [parameters]; null without momentum */
  readonly velocity: FloatArray | null;
  /** Moves the parameters along `gradient`, after `step` steps. */
  move(gradient: FloatArray, step: number): void;
}

/** Opens an optimizer on an engine's parameters; formulas at {@link TrainingRecipe}. */
export function openOptimizer(
  engine: GradientEngine,
  recipe: TrainingRecipe,
  { learningRate, steps }: { readonly learningRate: number; readonly steps: number },
  rng: Rng,
): Optimizer {
  const { momentum, nesterov, noise } = recipe;
  const { parameters, model } = engine;
  const make = () =>
    parameters instanceof Float64Array
      ? new Float64Array(parameters.length)
      : new Float32Array(parameters.length);
  const velocity = momentum > 0 ? make() : null;
  const xi = noise > 0 ? make() : null;
  const ranges = model.tensors.map((tensor) => ({
    from: tensor.offset,
    to: tensor.offset + tensor.size,
    rate: learningRate * tensor.learningRate,
  }));
  const moveRange = (gradient: FloatArray, from: number, to: number, rate: number): void => {
    if (velocity === null && gradient === engine.gradient && engine.descend !== undefined) {
      engine.descend(rate, from, to);
    } else if (velocity === null) {
      for (let i = from; i < to; i++) parameters[i] = parameters[i]! - rate * gradient[i]!;
    } else if (nesterov) {
      for (let i = from; i < to; i++) {
        const v = momentum * velocity[i]! + gradient[i]!;
        velocity[i] = v;
        parameters[i] = parameters[i]! - rate * (gradient[i]! + momentum * v);
      }
    } else {
      for (let i = from; i < to; i++) {
        const v = momentum * velocity[i]! + gradient[i]!;
        velocity[i] = v;
        parameters[i] = parameters[i]! - rate * v;
      }
    }
  };
  return {
    velocity,
    move(gradient, step) {
      const factor = rateFactor(recipe, step, steps);
      for (const { from, to, rate } of ranges) if (rate !== 0) moveRange(gradient, from, to, factor * rate);
      if (xi === null) return;
      rng.fork("step", step).normals(xi);
      const spread = noise * Math.sqrt(factor * learningRate);
      for (const { from, to, rate } of ranges) {
        if (rate === 0) continue; // a frozen tensor stays where it is
        for (let i = from; i < to; i++) parameters[i] = parameters[i]! + spread * xi[i]!;
      }
    },
  };
}
