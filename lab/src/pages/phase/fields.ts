/**
 * What can be set on the page Phase.
 * @module
 */
import { activationNames } from "foretrain";
import { choiceField, flagField, numberField, type StateOf, textField } from "../../state/field.js";
import { tablesField } from "../../state/tables-field.js";

/** The activation of the catalogue whose formula is typed. */
export const CUSTOM = "expression";

/** What the diagram can show. */
export const QUANTITIES = ["chi1", "qStar", "cStar", "chiC", "xi1", "xiC", "xiStar"] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const phaseFields = {
  activation: choiceField("activation", "activation", "tanh", activationNames()),
  parameters: textField("parameters", "parameters", "", 200),
  expression: textField("phi", "phi(x)", "x * tanh(log1p(exp(x)))", 400),
  quantity: choiceField("show", "quantity", "chi1", QUANTITIES),
  weightVariance: numberField("w", "weight variance", 1.5, { min: 0, max: 100, step: 0.01 }),
  biasVariance: numberField("b", "bias variance", 0.05, { min: 0, max: 100, step: 0.002 }),
  weightFrom: numberField("w0", "weight variance from", 0.05, { min: 0, max: 100, step: 0.05 }),
  weightTo: numberField("w1", "weight variance to", 4, { min: 0, max: 100, step: 0.05 }),
  biasFrom: numberField("b0", "bias variance from", 0, { min: 0, max: 100, step: 0.01 }),
  biasTo: numberField("b1", "bias variance to", 0.5, { min: 0, max: 100, step: 0.01 }),
  resolution: numberField("n", "points per side", 300, { min: 20, max: 500, step: 20, integer: true }),
  depth: numberField("depth", "layers", 40, { min: 1, max: 400, step: 1, integer: true }),
  start: numberField("q0", "input variance", 1, {
    min: 0.001,
    max: 100,
    step: 0.05,
    logarithmic: true,
  }),
  correlation: numberField("c0", "input correlation", 0.5, { min: -1, max: 1, step: 0.01 }),
  logLength: flagField("logq", "logarithmic", false),
  tables: tablesField(["diagram", "maps", "depth"]),
};

export type PhaseState = StateOf<typeof phaseFields>;

/** The ends of the diagram. */
export type DiagramRange = Pick<PhaseState, "weightFrom" | "weightTo" | "biasFrom" | "biasTo">;

/** Axes need ends that differ: where the typed ones do not make a range the defaults stand in for them. */
export function drawnRange({ weightFrom, weightTo, biasFrom, biasTo }: DiagramRange): {
  readonly weight: readonly [number, number];
  readonly bias: readonly [number, number];
} {
  const { weightFrom: w0, weightTo: w1, biasFrom: b0, biasTo: b1 } = phaseFields;
  return {
    weight: weightFrom < weightTo ? [weightFrom, weightTo] : [w0.initial, w1.initial],
    bias: biasFrom < biasTo ? [biasFrom, biasTo] : [b0.initial, b1.initial],
  };
}
