/**
 * Trainability: spectra, condition numbers, learning rates, training times, the mean predictor and their depth asymptotics.
 * @module
 */
export {
  type AsymptoticNetwork,
  nngpAsymptotics,
  ntkAsymptotics,
  type SpectrumAsymptotics,
} from "./asymptotics.js";
export { type BulkSpectrum, bulkSpectrum } from "./bulk-spectrum.js";
export { type Clock, checkClock, isInfinite, type ModeState, modeState } from "./clock.js";
export {
  type KernelGaps,
  type MeanPrediction,
  type MeanPredictorOptions,
  meanPredictor,
  orderedMeanPredictorLimit,
} from "./mean-predictor.js";
export {
  kernelSpectrum,
  largestLearningRate,
  noiseFloor,
  type SpectrumSummary,
  summarizeSpectrum,
} from "./spectrum.js";
export {
  type ModalProblem,
  modalLoss,
  residualShare,
  type StepsToLoss,
  stepsToLoss,
} from "./steps-to-loss.js";
export { type KernelTrainability, type Series, type Trainability, trainability } from "./trainability.js";
export { defaultDepths, type TrainabilityData, type TrainabilityOptions } from "./trainability-input.js";
