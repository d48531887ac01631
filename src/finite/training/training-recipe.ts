/**
 * How a finite network is trained, as plain data.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { TrainingDtype } from "../gradient-engine.js";
import { type Loss, requireLoss } from "../loss.js";
import { type ParameterScheme, parseParameterScheme, type SchemeName } from "../parameter-scheme.js";

/** Which samples a step sees. */
export type BatchOrder = "shuffled" | "ordered" | "replacement";

/**
 * A step: v <- mu v + g, theta <- theta - eta v (heavy ball), or theta <- theta - eta (g + mu v) with that new v (Nesterov), where g is the
 * gradient of the mean loss over the batch; then theta <- theta + s sqrt(eta) xi with xi ~ N(0, I). Every tensor's eta is `learningRate`
 * times the factor that its scheme gives. With mu = 0 and full batches the steps are those of Euler and Maruyama for
 * d theta = -grad L dt + s dW with dt = eta (paper A); the noise does not see the factors.
 */
export interface TrainingRecipe {
  /** eta > 0, of the loss 1/(2n) sum over samples and outputs of (f - y)^2, or of the mean cross entropy or logistic loss; null: half the largest stable one at the start */
  readonly learningRate: number | null;
  /** number of steps; null with `epochs` */
  readonly steps: number | null;
  /** passes over the data, of ceil(n / batch) steps each; null with `steps` */
  readonly epochs: number | null;
  /** samples in a step, no more than there are to train on; null: all */
  readonly batch: number | null;
  /**
   * `shuffled`: every sample once in an epoch, in a new random order; `ordered`: in the order of the data; the last batch
   * of an epoch may be smaller. `replacement`: independent draws
   */
  readonly order: BatchOrder;
  /** mu in [0, 1) */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** share of the steps in [0, 1) over which, at the end, the learning rate falls linearly to 0: after k of n steps times (n - k) / (cooldown n) */
  readonly cooldown: number;
  /** s >= 0 */
  readonly noise: number;
  readonly loss: Loss;
  readonly initialization: SchemeName | ParameterScheme;
  readonly dtype: TrainingDtype;
  readonly seed: number;
  /** training stops when the loss is this many times that of the start (or of outputs that are all zero, when that is larger), or not finite; with a learning rate above 6 times the stable one at the root of this factor */
  readonly divergenceFactor: number;
}

/** A recipe as it may be written: everything but the number of steps has a default. */
export type TrainingRecipeInput = { readonly [K in keyof TrainingRecipe]?: TrainingRecipe[K] | undefined };

/**
 * Catapults of wide networks above 2 / lambda_max rise by less than 1e3 before they come down; what has risen by 1e4
 * does not come back.
 */
const DIVERGED = 1e4;

export const TRAINING_DEFAULTS: Omit<TrainingRecipe, "steps" | "epochs"> = {
  learningRate: null,
  batch: null,
  order: "shuffled",
  momentum: 0,
  nesterov: false,
  cooldown: 0,
  noise: 0,
  loss: "squared",
  initialization: "declared",
  dtype: "float32",
  seed: 0,
  divergenceFactor: DIVERGED,
};

const FIELDS: readonly string[] = [...Object.keys(TRAINING_DEFAULTS), "steps", "epochs"];
const ORDERS: readonly BatchOrder[] = ["shuffled", "ordered", "replacement"];

/**
 * Checks a recipe and fills in its defaults.
 * @throws ERR_SPEC naming the field, what it got and what was expected; ERR_DOMAIN for gamma outside [1/2, 1]
 */
export function parseTrainingRecipe(json: unknown, path = "training"): TrainingRecipe {
  const fail = (field: string, got: unknown, expected: string): never => {
    throw new ForetrainError(
      "ERR_SPEC",
      `${path}.${field}: got ${JSON.stringify(got) ?? String(got)}, expected ${expected}`,
      { argument: `${path}.${field}`, got, expected },
    );
  };
  if (typeof json !== "object" || json === null || Array.isArray(json)) fail("recipe", json, "an object");
  const given = json as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (!FIELDS.includes(key)) fail(key, given[key], `no such field; the fields are ${FIELDS.join(", ")}`);
  }
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const recipe = { steps: null, epochs: null, ...TRAINING_DEFAULTS, ...defined } as TrainingRecipe;
  const whole = (field: "steps" | "epochs" | "batch" | "seed", least: number) => {
    const value = recipe[field];
    if (!(Number.isSafeInteger(value) && (value as number) >= least))
      fail(field, value, `a whole number >= ${least}`);
  };
  const number = (
    field: "learningRate" | "momentum" | "cooldown" | "noise" | "divergenceFactor",
    good: (x: number) => boolean,
    expected: string,
  ) => {
    const value: unknown = recipe[field];
    if (!(typeof value === "number" && Number.isFinite(value) && good(value))) fail(field, value, expected);
  };
  if ((recipe.steps === null) === (recipe.epochs === null)) {
    fail("steps", recipe.steps, "steps or epochs, one of the two");
  }
  whole(recipe.steps === null ? "epochs" : "steps", 1);
  if (recipe.batch !== null) whole("batch", 1);
  whole("seed", 0);
  if (recipe.learningRate !== null)
    number("learningRate", (x) => x > 0, "a number > 0, or null for half the largest stable one");
  number("momentum", (x) => x >= 0 && x < 1, "a number in [0, 1): from 1 on the velocity never decays");
  number(
    "cooldown",
    (x) => x >= 0 && x < 1,
    "a number in [0, 1): the share of the steps over which the learning rate falls to 0",
  );
  number("noise", (x) => x >= 0, "a number >= 0");
  number("divergenceFactor", (x) => x > 1, "a number > 1");
  if (!ORDERS.includes(recipe.order)) fail("order", recipe.order, `one of ${ORDERS.join(", ")}`);
  if (recipe.order === "replacement" && recipe.batch === null) {
    fail(
      "order",
      recipe.order,
      '"shuffled" or "ordered" with full batches; give a batch to draw with replacement',
    );
  }
  if (typeof recipe.nesterov !== "boolean") fail("nesterov", recipe.nesterov, "true or false");
  if (recipe.nesterov && recipe.momentum === 0) fail("nesterov", true, "a momentum > 0 with it");
  if (recipe.dtype !== "float64" && recipe.dtype !== "float32")
    fail("dtype", recipe.dtype, '"float64" or "float32"');
  requireLoss(recipe.loss, path);
  parseParameterScheme(recipe.initialization, `${path}.initialization`);
  return recipe;
}

/**
 * Samples in a full step.
 * @throws ERR_DOMAIN for a batch of more samples than there are to train on
 */
export function batchSize({ batch }: Pick<TrainingRecipe, "batch">, samples: number): number {
  if (batch === null || batch <= samples) return batch ?? samples;
  throw new ForetrainError(
    "ERR_DOMAIN",
    `batch: got ${batch} samples in a step, but there are ${samples} to train on; expected at most ${samples}, or no batch for full batches`,
    { argument: "batch", got: batch, expected: `<= ${samples}` },
  );
}

/**
 * Number of steps of a recipe on so many samples.
 * @throws ERR_DOMAIN for a batch of more samples than there are
 */
export function trainingSteps(recipe: TrainingRecipe, samples: number): number {
  const size = batchSize(recipe, samples);
  return recipe.steps ?? recipe.epochs! * Math.ceil(samples / size);
}

/**
 * What a step's learning rate is multiplied with: 1, and over the last c n of n steps (c the recipe's `cooldown`) linearly less,
 * (n - step) / (c n), so that the step after the last one would have 0. The noise of the last batches averages out.
 * @param step  steps made before, 0 <= step < steps
 */
export function rateFactor(
  { cooldown }: Pick<TrainingRecipe, "cooldown">,
  step: number,
  steps: number,
): number {
  return cooldown === 0 ? 1 : Math.min(1, (steps - step) / (cooldown * steps));
}
