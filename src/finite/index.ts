/**
 * Finite networks: real weights at the declared widths, outputs, derivatives of any order, empirical kernels.
 * @module
 */

export {
  type HessianOptions,
  type HessianPart,
  hessianVectorProduct,
  jacobian,
  type LossOptions,
  lossGradient,
  outputHessianProducts,
  taylorExpansion,
  taylorTerms,
} from "./derivatives.js";
export {
  computeEmpiricalKernels,
  type EmpiricalKernels,
  empiricalKernels,
} from "./empirical/empirical-kernel.js";
export {
  type EmpiricalKernelName,
  type EmpiricalKernelOptions,
  type EmpiricalKernelPlan,
  type EmpiricalMethod,
  planEmpiricalKernels,
  requireEmpiricalFits,
} from "./empirical/empirical-plan.js";
export {
  type EmpiricalKernelSample,
  type EmpiricalSampleOptions,
  type KernelSample,
  relativeDistance,
  sampleEmpiricalKernels,
} from "./empirical/empirical-samples.js";
export {
  jacobianVectorProduct,
  tangentKernelProduct,
  vectorJacobianProduct,
} from "./empirical/jacobian-products.js";
export type { AxesOptions } from "./empirical/kernel-axes.js";
export {
  type GradientEngine,
  type GradientEngineOptions,
  openGradientEngine,
  type TrainingDtype,
} from "./gradient-engine.js";
export {
  type HessianExtremes,
  type HessianExtremesOptions,
  type HessianTrace,
  type HessianTraceOptions,
  hessianExtremes,
  hessianTrace,
} from "./hessian-metrics.js";
export { type LayerLengths, type LengthSummary, lengthSummary } from "./lengths/length-summary.js";
export type { SamplingMethod } from "./lengths/length-task.js";
export {
  type LengthSampleOptions,
  type LengthSamples,
  repeatedLayer,
  type SampleOptions,
  type SampleRun,
  sampleLengths,
  sampleUnits,
  type UnitSampleOptions,
  type UnitSamples,
} from "./lengths/sample-lengths.js";
export {
  cauchyPlusGaussianCdf,
  reciprocalLengthQuantile,
  type SecondLayerLaw,
  type SecondLayerOptions,
  type SecondLayerReport,
  secondLayerLaw,
  secondLayerReport,
} from "./lengths/second-layer.js";
export { type ExpandedModel, linearize, taylorExpand } from "./linearize.js";
export type { Loss } from "./loss.js";
export { applyModel, type FiniteModel, finiteModel, initialParameters } from "./model.js";
export { type NormalizedSchemeOptions, normalizedScheme, normalizedSchemeOf } from "./normalized-scheme.js";
export {
  type LayerRule,
  type ParameterScheme,
  parseParameterScheme,
  requireNormalization,
  SCHEME_NAMES,
  type SchemeName,
  type TensorRule,
} from "./parameter-scheme.js";
export type { FloatArray, ParameterTensor } from "./parameters.js";
export type { KeptClasses, TrainingCheckpoint, TrainingRecord } from "./training/checkpoint.js";
export { decodeCheckpoint, encodeCheckpoint } from "./training/checkpoint-file.js";
export {
  type LargestCurvature,
  largestCurvature,
  type StabilityOptions,
  stableLearningRate,
} from "./training/stability.js";
export {
  type TrainedNetwork,
  type TrainNetworkInput,
  trainNetwork,
  type WhichSamples,
} from "./training/training.js";
export type { TrainingSplit } from "./training/training-data.js";
export {
  type NetworkSpread,
  type TrainedNetworks,
  type TrainNetworksInput,
  trainNetworks,
} from "./training/training-ensemble.js";
export {
  type BatchOrder,
  parseTrainingRecipe,
  type TrainingRecipe,
  type TrainingRecipeInput,
  trainingSteps,
} from "./training/training-recipe.js";
export {
  decodeWeights,
  encodeWeights,
  type NetworkWeights,
  parametersFromArrays,
  parametersToArrays,
} from "./training/weights-file.js";
