/**
 * Studies: the papers' experiments and figures as recipes that anyone can run again.
 * @module
 */
export { type CheckCounts, checkCounts, checkCountsText, checkVerdict } from "./check-verdicts.js";
export {
  above,
  absolute,
  atLeast,
  atMost,
  type Check,
  type CheckRule,
  type CheckSubject,
  type NotComputed,
  relative,
  same,
  toleranceText,
} from "./checks.js";
export { type GalleryOptions, renderGallery, type SourceLinks } from "./gallery.js";
export type { ParameterLimit, ParameterLimits } from "./parameter-limits.js";
export { type StudyPlace, studyPlace } from "./places.js";
export { findStudies, studies } from "./registry.js";
export { runStudy, type StudyOptions, type StudyRecord, type StudyRun } from "./run-study.js";
export {
  defineStudy,
  type Paper,
  type Piece,
  type PieceArrays,
  type Study,
  type StudyContext,
  type StudyDefinition,
  type StudyFigure,
  type StudyOutcome,
  type StudyParameters,
  type StudySize,
} from "./study.js";
export type { StudyFailure } from "./study-failure.js";
export { studyParameters } from "./study-parameters.js";
