/**
 * The largest learning rate at which the linearized network is stable.
 * @module
 */
// not by its index, which brings threads along: workers train networks
import { projection } from "../../numeric/linalg/operator-extremes.js";
import { type NdArray, sizeOf } from "../../numeric/matrix.js";
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
  /** most relative error of the eigenvalue; default 1e-4 */
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

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** The largest Ritz value of a tridiagonal matrix, and how far it is from an eigenvalue at most; `beside` has the residual last. */
function largestRitz(
  diagonal: readonly number[],
  beside: readonly number[],
): { readonly value: number; readonly error: number } {
  const size = diagonal.length;
  const { values, vectors } = projection(diagonal, beside);
  const [top, next] = [...values.keys()].sort((i, j) => values[j]! - values[i]!) as [number, number?];
  const value = values[top]!;
  const residual = Math.abs(beside[size - 1]! * vectors[top * size + size - 1]!);
  const gap = next === undefined ? 0 : value - values[next]!;
  // the second bound holds once the next eigenvalue is where its Ritz value is
  return { value, error: gap > residual ? (residual * residual) / gap : residual };
}

/**
 * Largest eigenvalue of the Gauss-Newton matrix J^T H_f J of the loss, with the tensors' learning-rate factors R: of Theta / n for the
 * squared loss. It is that of J R J^T H_f, which is symmetric in the inner product u^T H_f v of outputs, so that Lanczos' iteration holds
 * vectors as long as the outputs; each step is a product by J (jets of order 1) and one by J^T; float64. It stops when the bound of its
 * error is below `tolerance`, or when the vectors span all that the matrix reaches.
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
  const rows = samples * sizeOf(model.outputShape);
  const base = passOf(model, [theta], data, samples, { reverse: true });
  const f = base.output[0] ?? new Float64Array(rows);
  const gradient = new Float64Array(model.parameterCount);
  const visit = gradientVisitor([gradient]);
  /** J R J^T u */
  const kernelTimes = (u: Float64Array): Float64Array => {
    gradient.fill(0);
    base.backward([u], visit);
    for (const { offset, size, learningRate } of model.tensors) {
      if (learningRate === 1) continue;
      for (let i = offset; i < offset + size; i++) gradient[i]! *= learningRate;
    }
    return passOf(model, [theta, gradient], data, samples).output[1] ?? new Float64Array(rows);
  };
  const curved = (u: Float64Array) => lossCurvature(loss, f, u, samples, classes);
  let next: Float64Array = createRng(0).normals(new Float64Array(rows));
  let pushed: Float64Array = curved(next);
  let length = Math.sqrt(Math.max(0, dot(next, pushed)));
  const basis: { readonly v: Float64Array; readonly pushed: Float64Array }[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  for (let i = 1; ; i++) {
    await breathe(signal);
    if (length === 0) return { value: 0, status: "converged", iterations: i, samples };
    basis.push({ v: next.map((a) => a / length), pushed: pushed.map((a) => a / length) });
    const last = basis.at(-1)!;
    next = kernelTimes(last.pushed);
    diagonal.push(dot(next, last.pushed));
    // against all of them, twice: rounding would bring back what has converged
    for (let time = 0; time < 2; time++) {
      for (const one of basis) {
        const share = dot(next, one.pushed);
        next = next.map((a, j) => a - share * one.v[j]!);
      }
    }
    pushed = curved(next);
    length = Math.sqrt(Math.max(0, dot(next, pushed)));
    beside.push(length);
    // weights that overflow have no curvature
    if (!Number.isFinite(length))
      return { value: Number.NaN, status: "max-iterations", iterations: i, samples };
    const { value, error } = largestRitz(diagonal, beside);
    const ended = length <= Number.EPSILON * value || error <= tolerance * value || i >= rows;
    if (ended || i >= iterations)
      return { value, status: ended ? "converged" : "max-iterations", iterations: i, samples };
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
