/**
 * Reports of forecasts as self-contained HTML.
 * @module
 */
export { renderReport } from "./report.js";
export type { Advice, ReportData, ReportLimit, ReportSpectrum, VerdictKind } from "./report-data.js";
export { figureFiles, type ReportFigure, type ReportFigures, reportFigures } from "./report-figures.js";
