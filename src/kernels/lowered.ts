/**
 * Jobs as plain data that a worker can open.
 * @module
 */
import type { TileRunner } from "./backend.js";

/** Opens a job that a backend lowered. */
export function openLowered(job: unknown): TileRunner {
  throw new Error(`no backend opens ${typeof job} jobs`);
}
