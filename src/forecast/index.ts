/**
 * The main job: everything that theory predicts about one network on one data set.
 * @module
 */
export { BAND_TEST_SAMPLES } from "./curves.js";
export { depthAdvice } from "./depth-advice.js";
export { evolutionNotes } from "./evolution-notes.js";
export type { Forecast, ForecastSpec } from "./forecast.js";
export { type ForecastInputs, forecastInputs, resolveNetwork } from "./inputs.js";
export { type ForecastCost, type ForecastKernels, planForecast } from "./kernels.js";
export { normalizationWarnings, requireStableSteps, type StepSettings } from "./normalization-warnings.js";
export { type ForecastOptions, type ForecastResult, runForecast } from "./run.js";
export { type ForecastOverrides, type ForecastRecipe, parseForecastRecipe } from "./spec.js";
export { type ForecastStage, type ForecastStagesOptions, forecastStages } from "./stages.js";
export {
  type OpenForecast,
  openForecast,
  type PredictedTraining,
  predictTraining,
  type VerifyTrainingOptions,
  verifyTraining,
} from "./training.js";
export { requireVerifiable, type VerifyOptions } from "./verification.js";
