/**
 * What can be set on the page Normalization.
 * @module
 */
import { choiceField, flagField, numberField, type StateOf, textField } from "../../state/field.js";
import { tablesField } from "../../state/tables-field.js";

export const DATA = ["line", "plane"] as const;
/** The activation whose formula is typed. */
export const CUSTOM = "expression";
/** Smooth ones, and one with a kink: it has a limit, but no corrections. */
export const ACTIVATIONS = [
  "tanh",
  "erf",
  "sigmoid",
  "gelu",
  "silu",
  "softplus",
  "arctan",
  "sin",
  "relu",
  CUSTOM,
] as const;
export const BATCHES = ["sgd", "full"] as const;
export const CUTS = ["x", "time"] as const;
export const SIDES = ["train", "test"] as const;

export const normalizationFields = {
  gamma: numberField("gamma", "γ", 0.7, {
    min: 0.5,
    max: 1,
    step: 0.005,
    expected:
      "numbers from 0.5 (NTK scaling) to 1 (mean field); below 1/2 outputs grow without bound with N, above 1 they vanish",
  }),
  units: numberField("n", "N, hidden units", 200, {
    min: 4,
    max: 10_000,
    step: 1,
    integer: true,
    logarithmic: true,
  }),
  data: choiceField("data", "data", "line", DATA),
  train: numberField("train", "training points", 10, { min: 1, max: 100, step: 1, integer: true }),
  activation: choiceField("activation", "activation", "tanh", ACTIVATIONS),
  expression: textField("phi", "phi(x)", "x * tanh(x)", 400),
  /** skewed: with a symmetric law every other correction is 0 */
  outer: textField("outer", "law of C", "discrete:2@1/3,-1@2/3", 200),
  inner: textField("inner", "law of W", "normal:0:1", 200),
  bias: textField("bias", "law of the biases, empty: none", "normal:0:1", 200),
  center: flagField("center", "move the law of C to mean 0", false),
  alpha: numberField("alpha", "α, learning rate", 1, {
    min: 0.001,
    max: 1000,
    step: 0.01,
    logarithmic: true,
  }),
  end: numberField("end", "t to", 10, { min: 0.1, max: 200, step: 0.1, logarithmic: true }),
  batch: choiceField("batch", "steps", "sgd", BATCHES),
  runs: numberField("runs", "trained networks of each γ", 16, { min: 0, max: 200, step: 1, integer: true }),
  seed: numberField("seed", "seed", 0, { min: 0, max: 999_999, step: 1, integer: true }),
  /** which time is shown; those behind the last mean the last */
  record: numberField("t", "record", 999, { min: 0, max: 999, step: 1, integer: true }),
  /** what runs along the x axis */
  cut: choiceField("over", "over", "x", CUTS),
  /** the test point that is shown over time */
  point: numberField("point", "point", 15, { min: 0, max: 199, step: 1, integer: true }),
  side: choiceField("on", "errors on", "train", SIDES),
  tables: tablesField(["mean", "terms", "gamma"]),
};

export type NormalizationState = StateOf<typeof normalizationFields>;

/** What decides the problem that is solved, without gamma and N. */
export type ProblemChoice = Pick<
  NormalizationState,
  | "data"
  | "train"
  | "activation"
  | "expression"
  | "outer"
  | "inner"
  | "bias"
  | "center"
  | "alpha"
  | "end"
  | "batch"
  | "seed"
>;

export function problemChoice(state: NormalizationState): ProblemChoice {
  const { data, train, activation, expression, outer, inner, bias, center, alpha, end, batch, seed } = state;
  return {
    data,
    train,
    activation,
    // a formula that is not used makes no other problem
    expression: activation === CUSTOM ? expression : "",
    outer,
    inner,
    bias: bias.trim(),
    center,
    alpha,
    end,
    batch,
    seed,
  };
}
