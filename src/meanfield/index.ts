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
export type { MeanField, MeanFieldOptions } from "./mean-field.js";
export { meanField } from "./mean-field.js";
export type { NetworkCritical } from "./network-critical.js";
export { networkCritical } from "./network-critical.js";
export type { NetworkMeanField, NetworkMeanFieldOptions } from "./network-mean-field.js";
export { networkMeanField } from "./network-mean-field.js";
export type { NetworkPhaseDiagram } from "./network-phase-diagram.js";
export { networkCriticalLine, networkPhaseDiagram } from "./network-phase-diagram.js";
export type { Phase } from "./phase.js";
export { depthScale, generalizationScale, phaseOf } from "./phase.js";
export type { PhaseArraySource, PhasePoint } from "./phase-arrays.js";
export { phaseDiagramArrays, phasePointAt } from "./phase-arrays.js";
export type { PhaseDiagram, PhaseDiagramAxes } from "./phase-diagram.js";
export { phaseDiagram } from "./phase-diagram.js";
export type { SignalPropagation, SignalStart } from "./signal.js";
export { signalPropagation } from "./signal.js";
export type { GrowthLaw, SlowGain } from "./unit-map.js";
export type { Pace, UnitReading } from "./unit-reading.js";
export type { LengthStack, UnitScaleNetwork, UnitScaleOptions } from "./unit-scale.js";
export { lengthStack, unitScaleNetwork } from "./unit-scale.js";
