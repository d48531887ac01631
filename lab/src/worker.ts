/**
 * The worker of the lab: the operations of all pages.
 * @module
 */
import type { Operations } from "./engine/protocol.js";
import { type Scope, serve } from "./engine/serve.js";
import { drawOperations } from "./figures/draw.js";
import { complexityOperations } from "./pages/complexity/operations.js";
import { networkOperations } from "./pages/network/operations.js";
import { normalizationOperations } from "./pages/normalization/operations.js";
import { phaseOperations } from "./pages/phase/operations.js";
import { runsOperations } from "./pages/runs/operations.js";
import { trainingOperations } from "./pages/training/operations.js";

const operations: Operations = {
  ...phaseOperations,
  ...networkOperations,
  ...trainingOperations,
  ...normalizationOperations,
  ...complexityOperations,
  ...runsOperations,
  ...drawOperations,
};

serve(globalThis as unknown as Scope, operations);
