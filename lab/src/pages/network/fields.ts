/**
 * What can be set on the page Network.
 * @module
 */
import { choiceField, numberField, type StateOf, textField } from "../../state/field.js";
import { tablesField } from "../../state/tables-field.js";

export const SIDES = ["7", "14", "28"] as const;
export const KERNELS = ["ntk", "nngp"] as const;
export const SHADINGS = ["correlation", "value"] as const;

/** A network that trains, small enough to read. */
const START = "preset:fcn?depth=3&activation=relu&weightVariance=2&biasVariance=0.05";

/** The network stands in the address, quotes and brackets as three characters each: some browsers end at 200,000. */
const MOST_CHARACTERS = 60_000;

const MOST_SAMPLES = 400;

export const networkFields = {
  /** `preset:NAME?...`, or network JSON */
  spec: textField("net", "network", START, MOST_CHARACTERS),
  samples: numberField("n", "samples", 100, { min: 10, max: MOST_SAMPLES, step: 10, integer: true }),
  side: choiceField("side", "image side", "14", SIDES),
  kernel: choiceField("kernel", "kernel", "ntk", KERNELS),
  shading: choiceField("shade", "shades", "correlation", SHADINGS),
  /** the pair of images that is looked at; those behind the last mean the last */
  row: numberField("i", "first image of the pair", 0, {
    min: 0,
    max: MOST_SAMPLES - 1,
    step: 1,
    integer: true,
  }),
  column: numberField("j", "second image of the pair", 1, {
    min: 0,
    max: MOST_SAMPLES - 1,
    step: 1,
    integer: true,
  }),
  tables: tablesField(["kernel", "spectrum"]),
};

export type NetworkState = StateOf<typeof networkFields>;
