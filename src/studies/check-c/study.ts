/**
 * All numbers of paper C in one table.
 * @module
 */
import { defineCheckTable } from "../check-table.js";
import { biases } from "./estimates.js";
import { identities, knownTables } from "./tables.js";
import { planeChecks, theoremChecks } from "./theory.js";
import { cleanTraining, noisyTraining } from "./training.js";

export const checkC = defineCheckTable(
  {
    id: "check.c",
    papers: ["C"],
    title: "The numbers of paper C",
    expected:
      "Information and performance correlation of known tables, biases and errors of their estimates, the overfitting theorem, and the planes of the sinusoid agree with the paper's formulas, with values computed for them independently, and with simulation within its standard errors.",
  },
  {
    tables: knownTables,
    identities,
    estimates: biases,
    theorem: theoremChecks,
    planes: planeChecks,
    "training, true labels": cleanTraining,
    "training, noisy labels": noisyTraining,
  },
);
