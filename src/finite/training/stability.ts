/**
 * The largest learning rate at which the linearized network is stable.
 * @module
 */
import type { NdArray } from "../../numeric/matrix.js";
import { sizeOf } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { sigmoid } from "../../numeric/special/logistic.js";
import { breathe, type LongWork } from "../../progress.js";
import { gradientVisitor } from "../contractions.js";
import type { Loss } from "../loss.js";
import { type FiniteModel, passOf, samplesOf } from "../model.js";
import { type FloatArray, parametersOf } from "../parameters.js";
import type { TrainingRecipe } from "./training-recipe.js";

export interface StabilityOptions extends LongWork {
  readonly loss?: Loss | undefined;
  /** samples that the curvature is measured on, the first ones; default 256: the largest eigenvalue is that of the mean over samples, which a few hundred fix to some percent */
  readonly samples?: number | undefined;
  /** relative, of the eigenvalue; default 1e-4 */
  readonly tolerance?: number | undefined;
  /** default 100 */
  readonly iterations?: number | undefined;
}

/** The curvature of the loss that limits the learning rate, and how it was found. */
export interface LargestCurvature {
  /** lambda_max of R^1/2 J^T H_f J R^1/2, R the learning-rate factors of the tensors */
  readonly value: number;
  readonly status: "converged" | "max-iterations";
  readonly iterations: number;
  /** that it was measured on */
  readonly samples: number;
}

const SAMPLES = 256;

/** Rows of H_f u, H_f the Hessian of the mean loss in the outputs f [samples, classes]; that of `logistic` is the same for y = 1 and -1. */
function lossCurvature(
  loss: Loss,
  f: Float64Array,
  u: Float64Array,
  samples: number,
  classes: number,
): Float64Array {
  if (loss === "squared") return u.map((value) => value / samples);
  if (loss === "logistic") {
    return u.map((value, i) => (value * sigmoid(f[i]!) * sigmoid(-f[i]!)) / samples);
  }
  const out = new Float64Array(u.length);
  for (let at = 0; at < f.length; at += classes) {
    const row = f.subarray(at, at + classes);
    const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const p = row.map((value) => Math.exp(value - top));
    const total = p.reduce((a, b) => a + b, 0);
    let mean = 0;
    for (let c = 0; c < classes; c++) mean += (p[c]! / total) * u[at + c]!;
    for (let c = 0; c < classes; c++) out[at + c] = ((p[c]! / total) * (u[at + c]! - mean)) / samples;
  }
  return out;
}

/**
 * Largest eigenvalue of the Gauss-Newton matrix J^T H_f J of the loss: of Theta / n for the squared loss. By power iteration, each
 * with a product by J (jets of order 1) and one by J^T; float64.
 */
export async function largestCurvature(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  options: StabilityOptions = {},
): Promise<LargestCurvature> {
  const { loss = "squared", tolerance = 1e-4, iterations = 100, signal } = options;
  const theta = parametersOf(model, parameters, "largestCurvature");
  const all = samplesOf(model, x, "largestCurvature");
  const samples = Math.min(all.samples, options.samples ?? SAMPLES);
  const data = all.data.subarray(0, samples * sizeOf(model.inputShape));
  const classes = model.outputShape.at(-1)!;
  const base = passOf(model, [theta], data, samples, { reverse: true });
  const f = base.output[0] ?? new Float64Array(samples * sizeOf(model.outputShape));
  const roots = new Float64Array(model.parameterCount);
  for (const { offset, size, learningRate } of model.tensors) {
    roots.fill(Math.sqrt(learningRate), offset, offset + size);
  }
  const gradient = new Float64Array(model.parameterCount);
  const visit = gradientVisitor([gradient]);
  let v = createRng(0).normals(new Float64Array(model.parameterCount));
  let value = 0;
  for (let i = 1; ; i++) {
    await breathe(signal);
    const norm = Math.sqrt(v.reduce((sum, a) => sum + a * a, 0));
    if (norm === 0) return { value: 0, status: "converged", iterations: i, samples };
    v = v.map((a, p) => (a * roots[p]!) / norm);
    const along = passOf(model, [theta, v], data, samples).output[1] ?? new Float64Array(f.length);
    const pushed = lossCurvature(loss, f, along, samples, classes);
    const next = along.reduce((sum, a, j) => sum + a * pushed[j]!, 0);
    const status = Math.abs(next - value) <= tolerance * next ? "converged" : "max-iterations";
    value = next;
    if (status === "converged" || i >= iterations) return { value, status, iterations: i, samples };
    gradient.fill(0);
    base.backward([pushed], visit);
    v = gradient.map((g, p) => g * roots[p]!);
  }
}

/**
 * Largest stable learning rate of gradient descent on a quadratic whose largest curvature is lambda_max: 2 / lambda_max; with heavy
 * ball 2 (1 + mu) / lambda_max; with Nesterov's momentum 2 (1 + mu) / ((1 + 2 mu) lambda_max).
 */
export function stableLearningRate(
  lambdaMax: number,
  { momentum = 0, nesterov = false }: Partial<Pick<TrainingRecipe, "momentum" | "nesterov">> = {},
): number {
  return (2 * (1 + momentum)) / ((nesterov ? 1 + 2 * momentum : 1) * lambdaMax);
}
