/**
 * What `foretrain complexity` is asked to do, from its options, as plain data that a run folder keeps.
 * @module
 */
import { basename } from "node:path";
import { type ExplainerRecipe, type ExplainerTarget, explainerName } from "../../complexity/index.js";
import type { Normalization } from "../../data/index.js";
import { ForetrainError } from "../../errors.js";
import {
  type BatchOrder,
  type Loss,
  parseTrainingRecipe,
  type TrainingDtype,
  type TrainingRecipeInput,
} from "../../finite/index.js";
import type { Network, PresetParameters } from "../../network/index.js";
import { readJsonArgument } from "../json-argument.js";
import { readNetworkArgument } from "../network-argument.js";
import { readScheme } from "../scheme-argument.js";

/** Options of the training; those of other things are in the commands. */
export interface ComplexityTrainingOptions {
  readonly data?: string;
  readonly task?: string;
  readonly labelNoise?: number;
  readonly train?: number;
  readonly test?: number;
  readonly normalization?: Normalization;
  readonly steps?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly order?: BatchOrder;
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly loss?: Loss;
  readonly init?: string;
  readonly dtype?: TrainingDtype;
  readonly records?: readonly number[];
  readonly seed?: number;
}

export const TRAINING_OPTIONS = [
  "data",
  "task",
  "labelNoise",
  "train",
  "test",
  "normalization",
  "steps",
  "epochs",
  "batch",
  "order",
  "learningRate",
  "momentum",
  "nesterov",
  "loss",
  "init",
  "dtype",
  "records",
  "seed",
] as const satisfies readonly (keyof ComplexityTrainingOptions)[];

/** An option as it is typed. */
export const flagOf = (option: string) =>
  `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Whether informations are less their bias where the command line does not say: of two classes it is below any error bar. */
export const isBiasCorrected = (classes: number) => classes > 2;

/** Throws `ERR_USAGE` for a T0 after the last snapshot. */
export function requirePhaseEnd(t0: number | undefined, last: number): void {
  if (t0 === undefined || t0 <= last) return;
  throw new ForetrainError(
    "ERR_USAGE",
    `--t0: got ${t0}, and the last snapshot is at step ${last}; expected a step up to that`,
    { argument: "--t0", got: t0, expected: last },
  );
}

const DEFAULT_EPOCHS = 20;
const DEFAULT_BATCH = 32;

/** Steps of stochastic gradient descent, in batches of 32 from Glorot's law unless told otherwise. */
export async function recipeOf(options: ComplexityTrainingOptions): Promise<TrainingRecipeInput> {
  const recipe: TrainingRecipeInput = {
    steps: options.steps,
    epochs: options.epochs ?? (options.steps === undefined ? DEFAULT_EPOCHS : undefined),
    batch: options.batch ?? DEFAULT_BATCH,
    order: options.order,
    learningRate: options.learningRate,
    momentum: options.momentum,
    nesterov: options.nesterov,
    loss: options.loss,
    initialization: await readScheme(options.init ?? "glorotUniform"),
    dtype: options.dtype,
    seed: options.seed ?? 0,
  };
  parseTrainingRecipe(recipe, "complexity");
  // plain data: what is undefined is left out
  return JSON.parse(JSON.stringify(recipe)) as TrainingRecipeInput;
}

/** Fewer samples than the default batch make full batches; a batch that was asked for stays, to be refused where it does not fit. */
export function fitDefaultBatch(
  recipe: TrainingRecipeInput,
  asked: number | undefined,
  samples: number,
): TrainingRecipeInput {
  const fits = asked !== undefined || (recipe.batch ?? 0) <= samples;
  return fits ? recipe : { ...recipe, batch: samples };
}

/** Parameters of presets that the data know. One output for two classes where the loss is that of one. */
export const presetDefaults = (
  inputShape: readonly number[],
  classes: number,
  loss: Loss | undefined,
): Partial<PresetParameters> => ({
  input: inputShape,
  classes: loss === "logistic" && classes === 2 ? 1 : classes,
});

const TARGETS: readonly ExplainerTarget[] = ["labels", "T0", "final"];
const LINEAR = ["logistic", "logistic-sgd", "leastSquares"];

function targetOf(text: string, argument: string): ExplainerTarget {
  const found = TARGETS.find((target) => target.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new ForetrainError(
    "ERR_USAGE",
    `${argument}: got "${text}", expected ${TARGETS.join(", ")}: what the simple model is trained to say`,
    { argument, got: text, expected: TARGETS },
  );
}

export interface ExplainerContext {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** of the network: that of simple models which are trained step by step and say nothing else */
  readonly recipe: TrainingRecipeInput;
  /** of all that name none */
  readonly target: string | undefined;
  readonly epochs: number | undefined;
  readonly learningRate: number | undefined;
}

/**
 * A simple model from text: `logistic`, `logistic-sgd`, `leastSquares`, a network file or a preset, then `@labels`, `@T0` or `@final` if wanted.
 * A file may hold `{ "network": ..., "recipe": ... }`. Linear models learn the labels and networks what the network says at its end, unless told.
 * @throws ERR_USAGE for targets, ERR_FILE and ERR_SPEC for networks
 */
export async function parseExplainer(text: string, context: ExplainerContext): Promise<ExplainerRecipe> {
  const [, model = text, suffix] = /^(.+)@([A-Za-z0-9]+)$/.exec(text) ?? [];
  const linear = LINEAR.includes(model);
  const usual: ExplainerTarget = linear ? "labels" : "final";
  const target =
    suffix !== undefined
      ? targetOf(suffix, "--explain")
      : context.target !== undefined
        ? targetOf(context.target, "--explain-on")
        : usual;
  const named = (base: string) => (target === usual ? base : `${base} on ${target}`);
  const { epochs, learningRate } = context;
  const stepped = {
    ...context.recipe,
    ...(epochs === undefined ? {} : { epochs, steps: undefined }),
    ...(learningRate === undefined ? {} : { learningRate }),
  };
  if (model === "leastSquares") return { kind: "leastSquares", name: named(model), target };
  if (model === "logistic") return { kind: "logistic", name: named(model), target };
  if (model === "logistic-sgd") {
    const { loss: _, initialization: __, ...recipe } = stepped;
    return { kind: "logistic", name: named(model), target, recipe };
  }
  if (!/^preset:/.test(model) && !/\.json$/i.test(model)) {
    throw new ForetrainError(
      "ERR_USAGE",
      `--explain: got "${model}", expected ${LINEAR.join(", ")}, FILE.json of a network, or preset:NAME?parameter=value`,
      { argument: "--explain", got: model, expected: LINEAR },
    );
  }
  const { inputShape, classes } = context;
  const network = await readNetworkArgument(model, presetDefaults(inputShape, classes, stepped.loss));
  const json = await readJsonArgument(model);
  const own =
    typeof json === "object" && json !== null && "recipe" in json
      ? (json as { recipe: TrainingRecipeInput }).recipe
      : {};
  const both = own.steps !== undefined ? { ...stepped, epochs: undefined } : stepped;
  const recipe: TrainingRecipeInput = JSON.parse(JSON.stringify({ ...both, ...own }));
  parseTrainingRecipe(recipe, `${model}: recipe`);
  const base = model.startsWith("preset:") ? model.slice("preset:".length) : basename(model, ".json");
  return { kind: "network", name: named(base), target, network, recipe: withoutOther(recipe, network) };
}

/** A loss that is that of another number of outputs is left to the default. */
function withoutOther(recipe: TrainingRecipeInput, network: Network): TrainingRecipeInput {
  const last = network.layers.at(-1) as { readonly units?: number } | undefined;
  const single = last?.units === 1;
  if (recipe.loss === undefined || recipe.loss === "squared") return recipe;
  if ((recipe.loss === "logistic") === single) return recipe;
  const { loss: _, ...rest } = recipe;
  return rest;
}

/** Names of simple models that are there already are those of the newer ones. */
export function joinExplainers(
  before: readonly ExplainerRecipe[],
  wanted: readonly ExplainerRecipe[],
): readonly ExplainerRecipe[] {
  const names = new Set(wanted.map(explainerName));
  return [...before.filter((explainer) => !names.has(explainerName(explainer))), ...wanted];
}
