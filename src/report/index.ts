/**
 * Reports of forecasts as self-contained HTML.
 * @module
 */
export { type ComplexityPageData, renderComplexityPage } from "./complexity-page.js";
export { deviationBand } from "./deviation-band.js";
export { renderReport } from "./report.js";
export type {
  Advice,
  MeasuredComplexity,
  RelativeSize,
  ReportComplexity,
  ReportData,
  ReportFiniteWidth,
  ReportLimit,
  ReportNoise,
  ReportNormalization,
  ReportSpectrum,
  VerdictKind,
} from "./report-data.js";
export { figureFiles, type ReportFigure, type ReportFigures, reportFigures } from "./report-figures.js";
export {
  BAND_DEVIATIONS,
  type ComparedQuantity,
  type CurveDifference,
  type DifferenceAt,
  type KernelMovement,
  type MatchedPrediction,
  type PredictedSpread,
  type ReportVerification,
  TELLING_ERRORS,
  TELLING_SIZE,
  type VerifiedQuantity,
} from "./verification-data.js";
