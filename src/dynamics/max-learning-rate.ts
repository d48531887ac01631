/**
 * The largest stable learning rate under each convention of the loss.
 * @module
 */
import { ForetrainError } from "../errors.js";
import { largestLearningRate } from "../trainability/index.js";

/**
 * How a loss adds up over n samples and k outputs:
 *
 * | name | loss | where |
 * |---|---|---|
 * | `half-mean-samples` | 1/(2n) sum (f - y)^2; cross entropy: mean over samples | this package |
 * | `half-mean` | 1/(2 n k) sum (f - y)^2 | neural-tangents |
 * | `mean` | 1/(n k) sum (f - y)^2 | PyTorch MSELoss, Keras mse |
 * | `half-sum` | 1/2 sum (f - y)^2; cross entropy: sum over samples | paper B: 2 / lambda_max |
 * | `sum` | sum (f - y)^2 | MSELoss with reduction "sum" |
 */
export type LossConvention = "half-mean-samples" | "half-mean" | "mean" | "half-sum" | "sum";

/** L'' per output for each convention, squared loss. */
const CURVATURES: Readonly<Record<LossConvention, (n: number, k: number) => number>> = {
  "half-mean-samples": (n) => 1 / n,
  "half-mean": (n, k) => 1 / (n * k),
  mean: (n, k) => 2 / (n * k),
  "half-sum": () => 1,
  sum: () => 2,
};

const FIELDS: readonly string[] = [
  "lambdaMax",
  "samples",
  "outputs",
  "convention",
  "method",
  "momentum",
  "curvature",
];

/** Largest eigenvalue, samples, momentum and convention of the loss. */
export interface MaxLearningRateInput {
  /** largest eigenvalue of the train kernel (with its ridge) */
  readonly lambdaMax: number;
  readonly samples: number;
  /** outputs per sample; needed, and counts, under `half-mean` and `mean` only */
  readonly outputs?: number | undefined;
  /** default `half-mean-samples` */
  readonly convention?: LossConvention | undefined;
  /** `flow`: none, Infinity; `gd` (default): full-batch descent, with `momentum` the heavy ball */
  readonly method?: "flow" | "gd" | undefined;
  /** in [0, 1), default 0 */
  readonly momentum?: number | undefined;
  /**
   * upper bound of the eigenvalues of the Hessian of one sample's loss in its outputs, default 1 (squared loss); 1/2 for cross
   * entropy, 1/4 for logistic loss: the rate is then safe at every output, and larger ones may be stable too
   */
  readonly curvature?: number | undefined;
}

/**
 * Largest learning rate for which training is stable: Infinity for gradient flow, 2 / (lambda_max L'') for gradient descent and
 * 2 (1 + momentum) / (lambda_max L'') with momentum, L'' the curvature of the loss in one output under its convention. Exact for
 * squared loss: descent on the linear model converges below it and diverges above it.
 * @throws ERR_DOMAIN for numbers out of range, ERR_SPEC for an unknown convention, method or name, and for `outputs` missing under a
 *   mean over outputs
 */
export function maxLearningRate(input: MaxLearningRateInput): number {
  const unknown = Object.keys(input).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    throw new ForetrainError(
      "ERR_SPEC",
      `maxLearningRate: there is no ${unknown}, expected ${FIELDS.join(", ")}`,
      { argument: unknown, expected: FIELDS },
    );
  }
  const { lambdaMax, samples: n, outputs: k = 1, convention = "half-mean-samples" } = input;
  const { method = "gd", momentum = 0, curvature = 1 } = input;
  if (!Object.hasOwn(CURVATURES, convention)) {
    throw new ForetrainError(
      "ERR_SPEC",
      `maxLearningRate: convention is ${JSON.stringify(convention)}, expected ${Object.keys(CURVATURES).join(", ")}`,
      { argument: "convention", got: convention, expected: Object.keys(CURVATURES) },
    );
  }
  if (method !== "gd" && method !== "flow") {
    throw new ForetrainError(
      "ERR_SPEC",
      `maxLearningRate: method is ${JSON.stringify(method)}, expected "gd" or "flow"`,
      { argument: "method", got: method, expected: ["gd", "flow"] },
    );
  }
  if (input.outputs === undefined && (convention === "mean" || convention === "half-mean")) {
    throw new ForetrainError(
      "ERR_SPEC",
      `maxLearningRate: outputs is missing, expected the number of outputs per sample: under "${convention}" the loss is a mean over them`,
      { argument: "outputs", expected: "an integer > 0" },
    );
  }
  const refuse = (argument: string, got: number, expected: string) =>
    new ForetrainError("ERR_DOMAIN", `maxLearningRate: ${argument} is ${got}, expected ${expected}`, {
      argument,
      got,
    });
  if (!(Number.isInteger(k) && k > 0)) throw refuse("outputs", k, "an integer > 0");
  if (!(curvature > 0 && curvature < Number.POSITIVE_INFINITY)) {
    throw refuse("curvature", curvature, "a finite number > 0");
  }
  const limit = largestLearningRate(lambdaMax, n, { momentum }); // checks the other arguments
  if (method === "flow") return Number.POSITIVE_INFINITY;
  // the limit for L'' = 1 / n, for the curvature of this convention
  return limit / n / (CURVATURES[convention](n, k) * curvature);
}
