/**
 * All numbers of papers B and D in one table.
 * @module
 */
import { type Check, inOrderOfRows } from "../checks.js";
import { defineStudy } from "../study.js";
import { activationChecks } from "./activations.js";
import type { CheckWork } from "./check-work.js";
import { cnnChecks } from "./cnn-spectra.js";
import { FCN_GROUPS } from "./fcn-spectra.js";
import { finiteWidthChecks } from "./finite-width.js";
import { fixedPointChecks } from "./fixed-points.js";
import { lengthChecks } from "./lengths.js";
import { LENGTH_GROUPS } from "./sampled-lengths.js";
import { trainingChecks } from "./training.js";

/** Rows by group, in the order of the table; each group is a piece of work. */
const GROUPS: Readonly<Record<string, (work: CheckWork) => Check[] | Promise<Check[]>>> = {
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

export const checkBd = defineStudy({
  id: "check.bd",
  papers: ["B", "D"],
  title: "The numbers of papers B and D",
  expected:
    "Fixed points, critical lines, spectra, condition numbers, learning rates, mean predictors, length maps and their fluctuations agree with the papers' formulas and with values computed for them independently.",
  quick: {},
  full: {},
  run: async (_parameters, { values, seed, threads }) => {
    const rows = await values(
      {
        name: "rows",
        version: 1,
        unit: "groups",
        compute: ({ group, seed: s }: { group: string; seed: number }, { signal }) =>
          Promise.resolve(GROUPS[group]!({ seed: s, threads, signal })),
      },
      Object.keys(GROUPS).map((group) => ({ group, seed })),
    );
    return { checks: inOrderOfRows(rows.flat()) };
  },
});
