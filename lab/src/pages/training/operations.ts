/**
 * What the worker computes for the page Training.
 * @module
 */
import { narrowOperations } from "./narrow-operations.js";
import { wideOperations } from "./wide-operations.js";

export const trainingOperations = { ...wideOperations, ...narrowOperations };
