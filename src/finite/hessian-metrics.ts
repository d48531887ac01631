/**
 * Numbers that sum up the Hessian of the loss: its trace and the ends of its spectrum.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { byteSize, defaultMemoryLimit } from "../kernels/memory.js";
import { type ExtremeEigenvalue, operatorExtremes } from "../numeric/linalg/index.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { createRng } from "../numeric/random.js";
import { breathe, type LongWork } from "../progress.js";
import { type HessianOptions, hessianVectorProduct, type LossOptions } from "./derivatives.js";
import { gradientNormVisitor } from "./gradient-norms.js";
import { lossHessianFactor, requireLoss } from "./loss.js";
import { type FiniteModel, passOf, samplesOf, targetsOf } from "./model.js";
import { type FloatArray, parametersOf } from "./parameters.js";
import { sampleRanges, sliceSamples } from "./sample-ranges.js";

export interface HessianTraceOptions extends LossOptions, LongWork {
  /**
   * How the residual part is found. `exact`: one Hessian-vector product for each parameter. `hutchinson`: the mean of v^T R v over
   * random signs v. `auto` (default): exact where that takes no more than four times the products of the estimate.
   */
  readonly method?: "auto" | "exact" | "hutchinson" | undefined;
  /** random vectors, at least 2, default 64: the standard error falls with their root */
  readonly probes?: number | undefined;
  /** default 0 */
  readonly seed?: number | undefined;
}

/** The trace of the Hessian of the loss, tau = tr hess L. */
export interface HessianTrace {
  readonly value: number;
  /** of `value` and of `residual`; 0 where they are exact */
  readonly standardError: number;
  /** tr J^T L'' J, always exact; for the squared loss tr Theta / n with Theta the tangent kernel over all outputs */
  readonly gaussNewton: number;
  /** sum over outputs of dL/df_i tr hess f_i */
  readonly residual: number;
  readonly method: "exact" | "hutchinson";
  /** Hessian-vector products */
  readonly products: number;
}

const PROBES = 64;
const EXACT_SHARE = 4;

/** tr J^T L'' J: squared lengths of the gradients along the columns of a factor of L''. */
async function gaussNewtonTrace(
  model: FiniteModel,
  parameters: Float64Array,
  x: NdArray,
  y: NdArray,
  { loss = "squared", signal }: HessianTraceOptions,
): Promise<number> {
  const { data, samples } = samplesOf(model, x, "hessianTrace");
  const targets = targetsOf(model, y, samples, "hessianTrace");
  const outputs = sizeOf(model.outputShape);
  const classes = model.outputShape.at(-1)!;
  let trace = 0;
  for (const range of sampleRanges(model.tape, samples, 0)) {
    const rows = range[1] - range[0];
    const pass = passOf(model, [parameters], sliceSamples(data, samples, range), rows, { reverse: true });
    const f = pass.output[0] ?? new Float64Array(rows * outputs);
    const part = sliceSamples(targets, samples, range);
    for (let o = 0; o < outputs; o++) {
      await breathe(signal);
      const squares = new Float64Array(rows);
      const cotangent = lossHessianFactor(loss, f, part, samples, outputs, classes, o);
      pass.backward([cotangent], gradientNormVisitor(squares));
      for (const square of squares) trace += square;
    }
  }
  return trace;
}

/**
 * The trace of the Hessian of the loss,
 *
 * tau = tr hess L = tr J^T L'' J + sum_i dL/df_i tr hess f_i; squared loss: (tr Theta + sum_i (f_i - y_i) tr hess f_i) / n.
 *
 * The first part is exact at any size, from squared lengths of gradients in one backward pass for each output. The second is exact
 * for small networks and estimated by Hutchinson's method with random signs for large ones, with its standard error; as
 * only the second is estimated, the error is that of the smaller part. Exact to rounding otherwise.
 * Theory notes A5.1.
 *
 * @throws ERR_SHAPE, ERR_SPEC, ERR_DOMAIN for wrong arguments; ERR_ABORTED
 * @see paper A, weight Hessian as a measure of generalization
 * @example
 * const { value, standardError } = await hessianTrace(model, theta, x, y, { probes: 100, seed: 1 });
 */
export async function hessianTrace(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  y: NdArray,
  options: HessianTraceOptions = {},
): Promise<HessianTrace> {
  const { loss = "squared", method = "auto", probes = PROBES, seed = 0, signal, onProgress } = options;
  const theta = parametersOf(model, parameters, "hessianTrace");
  requireLoss(loss, "hessianTrace");
  if (method !== "auto" && method !== "exact" && method !== "hutchinson") {
    throw new ForetrainError(
      "ERR_SPEC",
      `hessianTrace: method is ${JSON.stringify(method)}, expected "auto", "exact" or "hutchinson"`,
      { argument: "method", got: method },
    );
  }
  if (!(Number.isInteger(probes) && probes >= 2)) {
    throw new ForetrainError(
      "ERR_DOMAIN",
      `hessianTrace: probes is ${probes}, expected a whole number >= 2`,
      {
        argument: "probes",
        got: probes,
      },
    );
  }
  const count = model.parameterCount;
  const exact = method === "exact" || (method === "auto" && count <= EXACT_SHARE * probes);
  const gaussNewton = await gaussNewtonTrace(model, theta, x, y, options);
  const products = exact ? count : probes;
  const rng = createRng(seed).fork("hutchinson");
  const vector = new Float64Array(count);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < products; i++) {
    await breathe(signal);
    if (exact) {
      vector.fill(0);
      vector[i] = 1;
    } else for (let p = 0; p < count; p++) vector[p] = rng.uint32() >= 2 ** 31 ? 1 : -1;
    const product = hessianVectorProduct(model, theta, x, y, vector, { loss, part: "residual" });
    let form = 0;
    for (let p = 0; p < count; p++) form += vector[p]! * product[p]!;
    sum += form;
    squares += form * form;
    onProgress?.({ label: "Hessian trace", done: i + 1, total: products, unit: "products" });
  }
  const residual = exact ? sum : sum / products;
  const variance = Math.max(0, squares - products * residual ** 2) / (products - 1);
  return {
    value: gaussNewton + residual,
    standardError: exact ? 0 : Math.sqrt(variance / products),
    gaussNewton,
    residual,
    method: exact ? "exact" : "hutchinson",
    products,
  };
}

export interface HessianExtremesOptions extends HessianOptions, LongWork {
  /** ends that must converge; default both */
  readonly ends?: readonly ("largest" | "smallest")[] | undefined;
  /** largest residual relative to the largest absolute eigenvalue, default 1e-6 */
  readonly tolerance?: number | undefined;
  /** default 200, or as many as the memory holds */
  readonly maxProducts?: number | undefined;
  /** of the start vector, default 0 */
  readonly seed?: number | undefined;
  /** bytes that may be used; default three quarters of what is free */
  readonly memory?: number | undefined;
}

/** Largest and smallest eigenvalue of the Hessian of the loss, with residuals. */
export interface HessianExtremes {
  /** lambda_max, the sharpness: gradient descent is stable up to the learning rate 2 / lambda_max */
  readonly largest: ExtremeEigenvalue;
  /** the smallest eigenvalue, negative where the loss is not convex */
  readonly smallest: ExtremeEigenvalue;
  readonly status: "converged" | "max-iterations";
  /** Hessian-vector products */
  readonly products: number;
}

const MOST_PRODUCTS = 200;
const FEWEST_PRODUCTS = 16; // fewer rarely separate the ends

/**
 * The largest and the smallest eigenvalue of the Hessian of the loss (or of one part of it) by Lanczos' method on
 * Hessian-vector products, with eigenvectors. `residual` bounds the distance of each value to an eigenvalue; both values lie
 * inside the spectrum. Keeps 8 P bytes for each product.
 * Theory notes A5.
 *
 * @throws ERR_MEMORY when fewer than 16 vectors of the parameters fit; ERR_SHAPE, ERR_SPEC, ERR_DOMAIN for wrong arguments;
 *   ERR_DATA when the Hessian is not finite; ERR_ABORTED
 * @example
 * const { largest, smallest } = await hessianExtremes(model, theta, x, y);
 * largest.value // lambda_max
 */
export async function hessianExtremes(
  model: FiniteModel,
  parameters: FloatArray,
  x: NdArray,
  y: NdArray,
  options: HessianExtremesOptions = {},
): Promise<HessianExtremes> {
  const { loss, part, tolerance = 1e-6, memory = defaultMemoryLimit(), ...rest } = options;
  const theta = parametersOf(model, parameters, "hessianExtremes");
  const count = model.parameterCount;
  const fits = Math.floor(memory / (8 * count)) - 4;
  if (fits < Math.min(FEWEST_PRODUCTS, count)) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `hessianExtremes: the vectors of ${FEWEST_PRODUCTS} products with ${count} parameters take ` +
        `${byteSize((FEWEST_PRODUCTS + 4) * 8 * count)}, ${byteSize(memory)} may be used; raise memory, or take a smaller network`,
      { argument: "memory", got: memory, expected: (FEWEST_PRODUCTS + 4) * 8 * count },
    );
  }
  const maxProducts = options.maxProducts ?? Math.min(MOST_PRODUCTS, fits);
  return operatorExtremes((v) => hessianVectorProduct(model, theta, x, y, v, { loss, part }), count, {
    ...rest,
    tolerance,
    maxProducts,
    label: "Hessian spectrum",
  });
}
