/**
 * N^-gamma normalization of shallow networks: limits, expansions, spread, and real training beside them (paper E).
 * @module
 */

export { type Law, lawMoment } from "../numeric/law.js";
export {
  columnStatistics,
  type ShallowEnsemble,
  type ShallowEnsembleOptions,
  trainShallowEnsemble,
} from "./ensemble.js";
export { type ExpansionOrder, expansionOrder } from "./expansion-order.js";
export { type ShallowReading, shallowReading } from "./from-network.js";
export {
  type ErrorParts,
  type GammaForecast,
  type GammaForecastInput,
  type GammaOutputs,
  type GammaPoint,
  gammaForecast,
} from "./gamma-forecast.js";
export { type InputSpan, inputSpan, samplesInSpan } from "./input-span.js";
export { type ShallowKernels, shallowKernels } from "./kernels.js";
export { type ShallowLimit, type ShallowLimitOptions, shallowLimit, shallowVariance } from "./limit.js";
export {
  meanFieldFlow,
  type ShallowExpansion,
  type ShallowProblem,
  shallowExpansion,
} from "./particle-expansion.js";
export {
  centredNetwork,
  isCentred,
  type Particles,
  quadratureParticles,
  type ShallowNetwork,
  type StandIn,
  sampleParticles,
  standInParticles,
} from "./shallow.js";
export { type ShallowRun, type ShallowTraining, trainShallow } from "./training.js";
