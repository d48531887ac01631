/**
 * Figures of the package whose images take long: the worker draws them.
 * @module
 */
import { type DecisionBoundariesData, decisionBoundariesFigure, type MapsData, mapsFigure } from "foretrain";

export const drawOperations = {
  "draw.boundaries": (data: DecisionBoundariesData) => decisionBoundariesFigure(data),
  "draw.maps": (data: MapsData) => mapsFigure(data),
};

export type DrawOperations = typeof drawOperations;
