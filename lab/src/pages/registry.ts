/**
 * The pages of the lab in the order of the navigation.
 * @module
 */
import { complexityPage } from "./complexity/page.js";
import { networkPage } from "./network/page.js";
import { normalizationPage } from "./normalization/page.js";
import type { Page } from "./page.js";
import { phasePage } from "./phase/page.js";
import { runsPage } from "./runs/page.js";
import { trainingPage } from "./training/page.js";

export const pages: readonly Page[] = [
  phasePage,
  networkPage,
  trainingPage,
  normalizationPage,
  complexityPage,
  runsPage,
];
