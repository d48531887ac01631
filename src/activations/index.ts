export type { Activation, BreakPoint, ClosedDual, Growth, Permissibility } from "./activation.js";
export { activation, activationCatalogue, activationNames, isOfCatalogue } from "./catalogue/catalogue.js";
export type {
  ActivationDescription,
  ParameterDescription,
  ParameterDomain,
  ParameterValue,
} from "./catalogue/definition.js";
export type { CustomActivation } from "./custom.js";
export { customActivation } from "./custom.js";
export { dual, dualDerivative } from "./dual.js";
export type { GradedSeries, GradedTable } from "./expansion/graded-table.js";
export { type HermiteExpansion, hermiteExpansion } from "./expansion/hermite-expansion.js";
export type { GaussianMeanOptions } from "./gaussian-mean.js";
export { gaussianMean } from "./gaussian-mean.js";
export {
  curvatureSecondMoment,
  derivativeSecondMoment,
  secondMoment,
  secondMomentSlope,
} from "./moments.js";
export type { DualMethod, ExpansionShare, PairMap } from "./pair-map.js";
export { isActivationExpression, parseActivationExpression } from "./parse-expression.js";
export { isBeyondMoments } from "./permissibility.js";
export {
  type PermissibilityCondition,
  type PermissibilityReport,
  type Pole,
  permissibilityReport,
} from "./permissibility-report.js";
export type { PrepareDualOptions } from "./prepare-dual.js";
export { prepareDual } from "./prepare-dual.js";
export { type TaylorSeries, taylorSeries } from "./taylor-series.js";
