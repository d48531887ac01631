/**
 * Figures as SVG text, without a DOM.
 * @module
 */
export {
  blueGreyOrange,
  type ColourMap,
  darkTheme,
  lightTheme,
  type Rgb,
  type ThemeColours,
  viridis,
} from "./colour.js";
export { type ComplexityData, complexityFigure, type EstimateCurve, explainedShares } from "./complexity.js";
export { type CurveBand, type CurvesData, curvesFigure, type MeasuredCurves, shownSteps } from "./curves.js";
export { type DecisionBoundariesData, decisionBoundariesFigure } from "./decision-boundaries.js";
export { type DepthData, depthFigure } from "./depth.js";
export { type EvolutionFigureData, type EvolutionSeries, evolutionFigure } from "./evolution.js";
export { evolutionFigureData } from "./evolution-data.js";
export type { FigureOptions } from "./figure.js";
export { type GammaErrors, type GammaFigureData, gammaFigure } from "./gamma.js";
export type { LegendItem } from "./legend.js";
export { type LengthsAtWidth, type LengthsData, lengthsFigure } from "./lengths.js";
export { type MapColours, type MapGroup, type MapOverlay, type MapsData, mapsFigure } from "./maps.js";
export type { Colour, LineStyle, Mark } from "./marks.js";
export { countText, numberMarkup, numberText, percentText, sizeText } from "./number-text.js";
export type { AxisSpec } from "./panel.js";
export { type PanelData, type PanelsData, panelsFigure } from "./panels.js";
export { type PhaseDiagramData, phaseDiagramFigure } from "./phase-diagram.js";
export { type PhaseQuantityData, phaseQuantityFigure } from "./phase-quantity.js";
export { encodePng, type IndexedImage, pngDataUri } from "./png.js";
export { type PredictedComplexityData, predictedComplexityFigure } from "./predicted-complexity.js";
export {
  type DependenceData,
  dependenceFigure,
  type SecondLayerFigureData,
  type SecondLayerHistogram,
  secondLayerFigure,
} from "./second-layer.js";
export { type SignalData, signalFigure } from "./signal.js";
export { type SpectrumData, type SpectrumSeries, spectrumFigure } from "./spectrum.js";
export { FIGURE_CSS, FIGURE_STYLE_BLOCK, themeProperties } from "./style.js";
export { type TrainabilityCurves, type TrainabilityFigureData, trainabilityFigure } from "./trainability.js";
export { type MeasuredRange, type TrainingFigureData, trainingFigure } from "./training.js";
