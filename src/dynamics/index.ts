/**
 * Training dynamics in formulas: infinitely wide networks under any loss, and finite ones with noise, order by order.
 * @module
 */

export type { LossTrainingInput } from "./dual-training.js";
export {
  drawInitialFunctions,
  type EnsembleInput,
  type EnsembleOutputs,
  type EnsembleStart,
  ensembleOutputs,
} from "./ensemble.js";
export {
  bestRidge,
  type Evidence,
  type EvidenceInput,
  evidence,
  type RidgeRule,
} from "./evidence.js";
export { expansionEnd } from "./expansion-end.js";
export {
  type JetWork,
  lazyExpansionWork,
  type NoiseWorkInput,
  noiseExpansionWork,
} from "./expansion-work.js";
export {
  type CovarianceOptions,
  type InitializationKernels,
  type InitializationModes,
  initialEnergies,
  initializationModes,
  type MeanVarianceTable,
  meanTestVariance,
  meanTrainVariance,
  meanVarianceTable,
  type OutputCovariance,
  outputCovariance,
} from "./initialization.js";
export {
  type LazyExpansion,
  type LazyExpansionInput,
  lazyExpansion,
  lazyExpansionSteps,
  sumOfTerms,
} from "./lazy-expansion.js";
export { type LazyFlow, type LazyFlowInput, lazyFlow, lazyFlowSteps } from "./lazy-flow.js";
export type { LossFlowOptions } from "./loss-flow.js";
export {
  type LossEnsemble,
  type LossEnsembleInput,
  type LossOutputs,
  lossEnsemble,
  lossOutputs,
} from "./loss-outputs.js";
export { type LossConvention, type MaxLearningRateInput, maxLearningRate } from "./max-learning-rate.js";
export { type MeanInput, meanOutputs, modeEnergies, type Outputs } from "./mean.js";
export { accuracy, argmax, squaredLoss } from "./metrics.js";
export {
  type ModeFilters,
  type ModelOptions,
  modeFilters,
  type SpectralModel,
  spectralModel,
} from "./model.js";
export { type MinibatchEvolutionInput, minibatchEvolution } from "./noise/minibatch-evolution.js";
export { type MinibatchInput, type MinibatchMoments, minibatchMoments } from "./noise/minibatch-moments.js";
export {
  type MomentExpansion,
  type MomentHierarchyInput,
  momentHierarchy,
} from "./noise/moment-hierarchy.js";
export { type NoiseDraws, type NoiseDrawsInput, noiseDraws } from "./noise/noise-draws.js";
export {
  type NoiseExpansionsInput,
  noiseExpansion,
  noiseExpansions,
  requireExpandable,
} from "./noise/noise-expansion.js";
export {
  type LinearNoise,
  type LinearNoiseInput,
  linearNoise,
  type ParameterNoise,
  parameterNoise,
} from "./noise/noise-linear.js";
export type { NoiseExpansionInput, NoisyOutputs } from "./noise/noise-problem.js";
export type { TraceMethod } from "./noise/noise-tensors.js";
export {
  type NoiseClock,
  type NoiseVariance,
  type NoiseVarianceInput,
  noiseVariance,
} from "./noise/noise-variance.js";
export {
  type EvolutionAt,
  type EvolutionSplit,
  linearStabilityLimit,
  type NoisyEvolution,
  type NoisyEvolutionInput,
  noisyEvolution,
  type SimulatedSplit,
} from "./noise/noisy-evolution.js";
export {
  type NoisyPaths,
  type NoisyTrainingInput,
  simulateNoisyTraining,
} from "./noise/noisy-training.js";
export type { PathMean } from "./noise/path-sums.js";
export { frozenDriftTerms, shortTimeSeries, shortTimeValue } from "./noise/short-time.js";
export type { ShortTimeInput, ShortTimeSeries } from "./noise/short-time-problem.js";
export {
  lossValues,
  type OutputLoss,
  type OutputLossName,
  outputLoss,
} from "./output-loss.js";
export { gaussianProcessPosterior, type Posterior, type PosteriorInput } from "./posterior.js";
export { type PredictInput, type Prediction, type PredictionKernels, predict } from "./predict.js";
