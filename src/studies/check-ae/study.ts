/**
 * All numbers of papers A and E, and of where they meet paper B, in one table.
 * @module
 */
import { finiteWidthChecks } from "../check-bd/finite-width.js";
import { stability } from "../check-bd/training.js";
import { type CheckGroups, defineCheckTable } from "../check-table.js";
import { expansionChecks } from "./expansion.js";
import { linkChecks } from "./links.js";
import { scalarChecks } from "./scalar.js";
import { shallowSpread, shallowTerms } from "./shallow.js";
import { shallowSlopes, shallowVariances } from "./shallow-networks.js";
import { linearPaths, minibatches, noiseEffect, smallEps, stationary } from "./simulated.js";

const GROUPS: CheckGroups = {
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

export const checkAe = defineCheckTable(
  {
    id: "check.ae",
    papers: ["A", "E"],
    title: "The numbers of papers A and E",
    expected:
      "Expansions around the linear model, noise, the weight Hessian, wide shallow networks and the identities between the papers agree with formulas, with values computed for them independently, and with simulation within its standard errors.",
  },
  GROUPS,
);
