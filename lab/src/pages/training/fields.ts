/**
 * What can be set on the page Training.
 * @module
 */
import { choiceField, flagField, numberField, type StateOf, textField } from "../../state/field.js";
import { tablesField } from "../../state/tables-field.js";

export const PROBLEMS = ["mnist", "sine", "autoregressive"] as const;
/** Catalogue entries without parameters that both theories can read: smooth, or with a kink at most. */
export const WIDE_ACTIVATIONS = ["erf", "tanh", "relu", "gelu", "silu", "sin"] as const;
export const SMOOTH_ACTIVATIONS = ["tanh", "erf", "softplus", "sigmoid", "sin", "silu"] as const;
export const SIDES = ["7", "14", "28"] as const;
export const ORDERS = ["1", "2", "3"] as const;

const whole = (min: number, max: number, step = 1) => ({ min, max, step, integer: true }) as const;

/** Images by networks so wide that theory knows the mean of many; single ones are drawn around it. */
const wide = {
  classes: textField("classes", "classes", "", 40),
  train: numberField("n", "train samples", 100, whole(2, 600, 10)),
  test: numberField("m", "test samples", 200, whole(2, 400, 10)),
  side: choiceField("side", "image size", "14", SIDES),
  depth: numberField("depth", "hidden layers", 2, whole(1, 12)),
  width: numberField("width", "units of each", 256, { ...whole(1, 4096), logarithmic: true }),
  activation: choiceField("phi", "activation", "erf", WIDE_ACTIVATIONS),
  weightVariance: numberField("w", "weight variance", 1.5, { min: 0.01, max: 10, step: 0.05 }),
  biasVariance: numberField("b", "bias variance", 0.05, { min: 0, max: 5, step: 0.05 }),
  rate: numberField("rate", "learning rate / limit", 0.5, {
    min: 0.001,
    max: 4,
    step: 0.01,
    logarithmic: true,
  }),
  /** 0: until the train loss has fallen by 99 % */
  steps: numberField("steps", "steps, 0: until learned", 0, whole(0, 1_000_000, 100)),
  seed: numberField("seed", "seed", 0, whole(0, 999_999)),
  networks: numberField("nets", "networks", 4, whole(2, 16)),
  verifySteps: numberField("vsteps", "at most steps", 500, { ...whole(10, 20_000, 10), logarithmic: true }),
};

/** A few points by one narrow network, order by order, with noise in its training. */
const narrow = {
  points: numberField("points", "train points", 8, whole(1, 40)),
  testPoints: numberField("tests", "test points", 16, whole(0, 60)),
  narrowDepth: numberField("layers", "hidden layers", 1, whole(1, 4)),
  narrowWidth: numberField("units", "units of each", 20, whole(1, 200)),
  narrowActivation: choiceField("sigma", "activation", "tanh", SMOOTH_ACTIVATIONS),
  noise: numberField("noise", "noise s", 0.1, { min: 0, max: 1, step: 0.01 }),
  order: choiceField("order", "order", "2", ORDERS),
  end: numberField("end", "time", 4, { min: 0.1, max: 1000, step: 0.1 }),
  narrowRate: numberField("step", "learning rate / limit", 0.02, {
    min: 0.001,
    max: 2,
    step: 0.01,
    logarithmic: true,
  }),
  networkSeed: numberField("net", "seed of the network", 0, whole(0, 999_999)),
  paths: numberField("paths", "simulated paths", 256, { ...whole(16, 4096, 2), logarithmic: true }),
};

export const trainingFields = {
  problem: choiceField("data", "data", "mnist", PROBLEMS),
  ...wide,
  ...narrow,
  verify: flagField("verify", "verify", false),
  /** which record is shown; those behind the last mean the last */
  record: numberField("t", "record", 999, whole(0, 999)),
  tables: tablesField(["training", "scores", "outputs", "evolution"]),
};

export type TrainingState = StateOf<typeof trainingFields>;
