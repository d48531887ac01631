/**
 * Functions of increasing complexity: how much of a network's performance a simple model explains (paper C).
 * @module
 */
export { type CountTable, countTable, type Labels, tableFromCounts } from "./count-table.js";
export {
  type ComplexityExperiment,
  type ComplexityExperimentInput,
  complexityExperiment,
  type ExplainedSnapshots,
  type ExplainerRequest,
  type ExplainSnapshotsInput,
  explainSnapshots,
  type MeasureOptions,
} from "./experiment.js";
export {
  type ExplainerPredictions,
  type ExplainerRecipe,
  type ExplainerTarget,
  explainerName,
  requireExplainers,
  type TrainExplainerInput,
  trainExplainer,
} from "./explainers.js";
export { accuracyOfInformation, binaryEntropy, informationOf } from "./information.js";
export {
  type JointBootstrapInput,
  jointBootstrap,
  type PredictionPair,
  withIndependentErrors,
} from "./joint-bootstrap.js";
export {
  type ExplainedCurve,
  type Explainer,
  type InformationEstimate,
  type LearningCurve,
  type LearningCurveOptions,
  type LearningCurveRecorder,
  type PhaseStatements,
  recordLearningCurve,
  type ShareEstimate,
} from "./learning-curve.js";
export {
  classify,
  fitLogistic,
  type LinearClassifier,
  type LinearOptions,
  type LogisticFit,
  type LogisticOptions,
  leastSquaresClassifier,
  logisticRegression,
} from "./linear-classifier.js";
export {
  estimatesOverNetworks,
  meanCurve,
  type NetworkMean,
  type NetworksInput,
} from "./network-estimates.js";
export {
  type OverfittingProblem,
  overfittingAccuracy,
  simulateOverfitting,
} from "./overfitting-theorem.js";
export {
  bootstrapError,
  conditionalInformation,
  type PerformanceCorrelation,
  type PermutationOptions,
  performanceCorrelation,
  permutationNull,
  type Resampling,
} from "./performance-correlation.js";
export {
  type ExplainedNetwork,
  type MeanLearningCurveInput,
  type MeasuredStatements,
  meanLearningCurve,
  type PhaseStatementsInput,
  phaseStatements,
} from "./phase-statements.js";
export { LEAST_INFORMATION, type LearningPhases, learningPhases, type PhaseInput } from "./phases.js";
export { type PlaneGrid, planeGrid } from "./plane-grid.js";
export {
  type PredictedComplexity,
  type PredictedComplexityInput,
  type PredictedComplexityOptions,
  type PredictedComplexityRecorder,
  predictedComplexity,
  recordPredictedComplexity,
  type SingleNetworks,
  type SpreadOverNetworks,
} from "./predicted.js";
export {
  type PredictionRun,
  predictionRunFromArrays,
  predictionRunFromCsv,
} from "./prediction-file.js";
export {
  type LabelledSamples,
  type NetworkSnapshots,
  type SnapshotsInput,
  trainSnapshots,
} from "./snapshots.js";
