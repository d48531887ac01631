/**
 * N^-gamma normalization of shallow networks: limits, expansions, spread, and real training beside them (paper E).
 * @module
 */

export { type Law, lawMoment } from "../numeric/law.js";
export { type ExpansionOrder, expansionOrder } from "./expansion-order.js";
export { type ShallowKernels, shallowKernels } from "./kernels.js";
export { type ShallowLimit, type ShallowLimitOptions, shallowLimit, shallowVariance } from "./limit.js";
export {
  meanFieldFlow,
  type ShallowExpansion,
  type ShallowProblem,
  shallowExpansion,
} from "./particle-expansion.js";
export { type Particles, quadratureParticles, type ShallowNetwork, sampleParticles } from "./shallow.js";
export { type ShallowRun, type ShallowTraining, trainShallow } from "./training.js";
