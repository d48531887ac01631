/**
 * What can be set on the page Complexity.
 * @module
 */
import { choiceField, flagField, numberField, type StateOf } from "../../state/field.js";
import { tablesField } from "../../state/tables-field.js";

export const TASKS = ["disk", "sinusoid"] as const;
export const ACTIVATIONS = ["relu", "tanh", "erf", "gelu", "silu", "softplus"] as const;
export const EXPLAINERS = ["logistic", "leastSquares"] as const;

export const complexityFields = {
  task: choiceField("task", "task", "disk", TASKS),
  frequency: numberField("k", "waves k", 4, { min: 0.5, max: 12, step: 0.5 }),
  train: numberField("train", "train samples", 600, { min: 50, max: 4000, step: 50, integer: true }),
  noise: numberField("noise", "wrong labels", 0, { min: 0, max: 0.45, step: 0.05 }),
  depth: numberField("depth", "hidden layers", 2, { min: 1, max: 6, step: 1, integer: true }),
  width: numberField("width", "units of each", 64, {
    min: 1,
    max: 512,
    step: 1,
    integer: true,
    logarithmic: true,
  }),
  activation: choiceField("activation", "activation", "tanh", ACTIVATIONS),
  learningRate: numberField("rate", "learning rate", 0.1, {
    min: 0.001,
    max: 10,
    step: 0.01,
    logarithmic: true,
  }),
  epochs: numberField("epochs", "epochs", 1500, {
    min: 1,
    max: 5000,
    step: 10,
    integer: true,
    logarithmic: true,
  }),
  seed: numberField("seed", "seed", 0, { min: 0, max: 999_999, step: 1, integer: true }),
  explainer: choiceField("explain", "simple model", "logistic", EXPLAINERS),
  /** which record is shown; those behind the last mean the last */
  record: numberField("t", "record", 999, { min: 0, max: 999, step: 1, integer: true }),
  samples: flagField("points", "train samples", true),
  tables: tablesField(["boundary", "complexity", "own-run"]),
};

export type ComplexityState = StateOf<typeof complexityFields>;

/** What decides the training, without what is only shown. */
export type TrainingChoice = Omit<ComplexityState, "record" | "samples" | "tables">;

export function trainingChoice({
  record: _,
  samples: __,
  tables: ___,
  ...choice
}: ComplexityState): TrainingChoice {
  return choice;
}
