/**
 * N^-gamma normalization of shallow networks: limits, expansions, spread, and real training beside them (paper E).
 * @module
 */

export { type Law, lawMoment } from "../numeric/law.js";
export { lawText, parseLaw } from "../numeric/law-text.js";
export { compareShallow, type ShallowComparison } from "./compare.js";
export {
  columnStatistics,
  type ShallowEnsemble,
  type ShallowEnsembleOptions,
  trainShallowEnsemble,
} from "./ensemble.js";
export { type ExpansionOrder, expansionOrder } from "./expansion-order.js";
export { type ShallowReading, shallowReading } from "./from-network.js";
export { type GammaForecast, type GammaForecastInput, gammaForecast } from "./gamma-forecast.js";
export { type InputSpan, inputSpan, samplesInSpan } from "./input-span.js";
export { type ShallowKernels, shallowKernels } from "./kernels.js";
export { type ShallowLimit, type ShallowLimitOptions, shallowLimit, shallowVariance } from "./limit.js";
export {
  type ShallowExpansion,
  type ShallowProblem,
  shallowExpansion,
} from "./particle-expansion.js";
export { type GammaFlow, meanFieldFlow } from "./particle-flow.js";
export {
  centredProblem,
  type ShallowFromLaws,
  type ShallowLaws,
  type ShallowSamples,
  type ShallowSetup,
  shallowFromLaws,
  shallowSetup,
} from "./problem.js";
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
export {
  type ErrorParts,
  type GammaOutputs,
  type GammaPoint,
  type GammaPointInput,
  gammaFlow,
  gammaNeedsFlow,
  gammaPoint,
  type ShallowSolution,
  type ShallowSolutionOptions,
  shallowSolution,
  termRounding,
  termSizes,
} from "./solution.js";
export { shallowStepShare } from "./stability.js";
export { type ShallowRun, type ShallowTraining, trainShallow } from "./training.js";
export { type UnitsError, unitsError } from "./units-error.js";
