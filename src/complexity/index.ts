/**
 * Functions of increasing complexity: how much of a network's performance a simple model explains (paper C).
 * @module
 */
export { type CountTable, countTable, type Labels, tableFromCounts } from "./count-table.js";
export {
  type ComplexityExperiment,
  type ComplexityExperimentInput,
  complexityExperiment,
  type ExplainerRecipe,
  type ExplainerTarget,
  type LabelledSamples,
} from "./experiment.js";
export { accuracyOfInformation, binaryEntropy } from "./information.js";
export {
  type ExplainedCurve,
  type Explainer,
  type InformationEstimate,
  type LearningCurve,
  type LearningCurveOptions,
  type LearningCurveRecorder,
  recordLearningCurve,
} from "./learning-curve.js";
export {
  classify,
  type LinearClassifier,
  type LinearOptions,
  type LogisticFit,
  type LogisticOptions,
  leastSquaresClassifier,
  logisticRegression,
} from "./linear-classifier.js";
export {
  type OverfittingProblem,
  overfittingAccuracy,
  simulateOverfitting,
} from "./overfitting-theorem.js";
export {
  bootstrapError,
  conditionalInformation,
  type PerformanceCorrelation,
  performanceCorrelation,
  permutationNull,
  type Resampling,
} from "./performance-correlation.js";
export { type LearningPhases, learningPhases, type PhaseInput } from "./phases.js";
export {
  type PredictionRun,
  predictionRunFromArrays,
  predictionRunFromCsv,
} from "./prediction-file.js";
