/**
 * The main job: everything that theory predicts about one network on one data set.
 * @module
 */
export { BAND_TEST_SAMPLES } from "./curves.js";
export { depthAdvice } from "./depth-advice.js";
export type { Forecast, ForecastSpec } from "./forecast.js";
export { type ForecastInputs, forecastInputs, resolveNetwork } from "./inputs.js";
export { type ForecastCost, type ForecastKernels, planForecast } from "./kernels.js";
export { type ForecastOptions, type ForecastResult, runForecast } from "./run.js";
export { type ForecastOverrides, type ForecastRecipe, parseForecastRecipe } from "./spec.js";
export { requireVerifiable, type VerifyOptions } from "./verification.js";
