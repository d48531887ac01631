export type {
  CorrelationFixedPoint,
  CorrelationStatus,
  PairStart,
  PairTrajectory,
} from "./correlations.js";
export {
  chi,
  chi1,
  correlationDeficitMap,
  correlationMap,
  correlationTrajectory,
  cStar,
} from "./correlations.js";
export type {
  CriticalLineRange,
  CriticalPoint,
  CriticalStatus,
  CriticalWeightVariance,
  NearestCritical,
  UnitScale,
} from "./criticality.js";
export {
  criticalLine,
  criticalPointAt,
  criticalWeightVariance,
  nearestCritical,
  unitScaleWeightVariance,
} from "./criticality.js";
export type { HiddenLayer } from "./layer.js";
export { isPositivelyHomogeneous } from "./layer.js";
export type { LengthBand, LengthLayer, LengthProcess } from "./length-process.js";
export { lengthBand, lengthProcess, squareVariance } from "./length-process.js";
export type { LengthFixedPoint, LengthFixedPointOptions, LengthStatus } from "./lengths.js";
export { firstLength, lengthMap, lengthTrajectory, qStar } from "./lengths.js";
export type { MeanField, MeanFieldOptions, Phase } from "./mean-field.js";
export { depthScale, generalizationScale, meanField, phaseOf } from "./mean-field.js";
export type { PhaseDiagram, PhaseDiagramAxes } from "./phase-diagram.js";
export { phaseDiagram } from "./phase-diagram.js";
export type { SignalPropagation, SignalStart } from "./signal.js";
export { signalPropagation } from "./signal.js";
