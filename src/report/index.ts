/**
 * Reports of forecasts as self-contained HTML.
 * @module
 */
export { renderReport } from "./report.js";
export type {
  Advice,
  RelativeSize,
  ReportData,
  ReportFiniteWidth,
  ReportLimit,
  ReportNormalization,
  ReportSpectrum,
  VerdictKind,
} from "./report-data.js";
export { figureFiles, type ReportFigure, type ReportFigures, reportFigures } from "./report-figures.js";
