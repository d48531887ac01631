/**
 * All numbers of papers A and E, and of where they meet paper B, in one table.
 * @module
 */
import type { CheckWork } from "../check-bd/check-work.js";
import { finiteWidthChecks } from "../check-bd/finite-width.js";
import { stability } from "../check-bd/training.js";
import { type Check, inOrderOfRows } from "../checks.js";
import { defineStudy } from "../study.js";
import { expansionChecks } from "./expansion.js";
import { linkChecks } from "./links.js";
import { scalarChecks } from "./scalar.js";
import { shallowSlopes, shallowSpread, shallowTerms, shallowVariances } from "./shallow.js";
import { linearPaths, minibatches, noiseEffect, smallEps, stationary } from "./simulated.js";

/** Rows by group; each group is a piece of work. */
const GROUPS: Readonly<Record<string, (work: CheckWork) => Check[] | Promise<Check[]>>> = {
  expansion: expansionChecks,
  "one weight": scalarChecks,
  "linear paths": linearPaths,
  "noise effect": noiseEffect,
  "small eps": smallEps,
  stationary,
  minibatches,
  "shallow, terms": shallowTerms,
  "shallow, spread": shallowSpread,
  "shallow, variances": shallowVariances,
  "shallow, slopes": shallowSlopes,
  links: linkChecks,
  "finite widths": finiteWidthChecks,
  stability,
};

export const checkAe = defineStudy({
  id: "check.ae",
  papers: ["A", "E"],
  title: "The numbers of papers A and E",
  expected:
    "Expansions around the linear model, noise, the weight Hessian, wide shallow networks and the identities between the papers agree with formulas, with values computed for them independently, and with simulation within its standard errors.",
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
