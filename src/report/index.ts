/**
 * Reports of forecasts as self-contained HTML.
 * @module
 */
export { type ComplexityPageData, renderComplexityPage } from "./complexity-page.js";
export { renderReport } from "./report.js";
export type {
  Advice,
  ComparedQuantity,
  KernelMovement,
  MeasuredComplexity,
  PredictedSpread,
  RelativeSize,
  ReportComplexity,
  ReportData,
  ReportFiniteWidth,
  ReportLimit,
  ReportNoise,
  ReportNormalization,
  ReportSpectrum,
  ReportVerification,
  VerdictKind,
  VerifiedQuantity,
} from "./report-data.js";
export { BAND_DEVIATIONS } from "./report-data.js";
export { figureFiles, type ReportFigure, type ReportFigures, reportFigures } from "./report-figures.js";
