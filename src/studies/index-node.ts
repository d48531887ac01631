/**
 * Studies into run folders (Node).
 * @module
 */
export { piecesFolder, type RunStudiesOptions, runStudies, type StudiesRun } from "./run-studies-node.js";
