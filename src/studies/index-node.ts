/**
 * Studies into run folders (Node).
 * @module
 */
export { piecesFolder, type RunStudiesOptions, runStudies } from "./run-studies-node.js";
