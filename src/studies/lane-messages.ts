/**
 * What the thread that runs studies and its lanes, the threads that compute them, say to each other.
 * @module
 */
import type { Progress } from "../progress.js";
import type { Claim, Settlement } from "../runs/shared-executor.js";
import type { DrawnStudy } from "./drawn-study.js";
import type { StudyParameters, StudySize } from "./study.js";

/** What is the same for all studies of a run. */
export interface LaneSettings {
  readonly size: StudySize;
  readonly seed: number | undefined;
  /** of one lane */
  readonly threads: number;
  readonly data: string | undefined;
  readonly dataDir: string | undefined;
  readonly offline: boolean | undefined;
  /** folder of finished pieces */
  readonly pieces: string;
}

/** A study for a lane: to be finished by it, or (`helps`) to lend a hand with its pieces. */
export interface LaneJob {
  readonly id: string;
  readonly parameters: StudyParameters;
  readonly command: string;
  readonly helps: boolean;
}

export type ToLane =
  | { readonly kind: "job"; readonly job: LaneJob }
  | { readonly kind: "answer"; readonly request: number; readonly claim: Claim | null }
  | { readonly kind: "stop" };

export interface LaneError {
  /** code of a ForetrainError; null: a bug */
  readonly code: string | null;
  readonly message: string;
}

export type FromLane =
  | { readonly kind: "claim" | "settled"; readonly request: number; readonly key: string }
  | { readonly kind: "settle"; readonly key: string; readonly how: Settlement }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "finished"; readonly study: DrawnStudy | null }
  | { readonly kind: "failed"; readonly error: LaneError };
