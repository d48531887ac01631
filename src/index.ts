/**
 * Foretrain, isomorphic entry: runs in Node, browsers, workers and Deno. Files and threads are in `foretrain/node`.
 * @module
 */
export { type ErrorCode, ForetrainError, isForetrainError } from "./errors.js";
export type { LongWork, Progress } from "./progress.js";
