/**
 * All numbers of papers B and D in one table.
 * @module
 */
import { type CheckGroups, defineCheckTable } from "../check-table.js";
import { activationChecks } from "./activations.js";
import { cnnChecks } from "./cnn-spectra.js";
import { FCN_GROUPS } from "./fcn-spectra.js";
import { finiteWidthChecks } from "./finite-width.js";
import { fixedPointChecks } from "./fixed-points.js";
import { lengthChecks } from "./lengths.js";
import { LENGTH_GROUPS } from "./sampled-lengths.js";
import { trainingChecks } from "./training.js";

/** In the order of the table. */
const GROUPS: CheckGroups = {
  "fixed points": fixedPointChecks,
  ...Object.fromEntries(
    Object.entries(FCN_GROUPS).map(([name, group]) => [`fully connected, ${name}`, group]),
  ),
  convolutional: cnnChecks,
  training: trainingChecks,
  "finite widths": finiteWidthChecks,
  lengths: lengthChecks,
  ...Object.fromEntries(Object.entries(LENGTH_GROUPS).map(([name, group]) => [`lengths, ${name}`, group])),
  activations: ({ seed }) => activationChecks(seed),
};

export const checkBd = defineCheckTable(
  {
    id: "check.bd",
    papers: ["B", "D"],
    title: "The numbers of papers B and D",
    expected:
      "Fixed points, critical lines, spectra, condition numbers, learning rates, mean predictors, length maps and their fluctuations agree with the papers' formulas and with values computed for them independently.",
  },
  GROUPS,
);
