/**
 * What a command body is given and gives back.
 * @module
 */
import type { Terminal } from "./terminal.js";

/** What every command body gets beside its own options. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** What a command body gives back: text for people, one JSON document for programs. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  /** the result goes to stderr, because stdout is the file that was written */
  readonly onStderr?: boolean;
  /** the body has printed its result already, as one does that goes on after it */
  readonly printed?: boolean;
  /** default 0; 1 for a check that disagrees or could not be decided */
  readonly exitCode?: number;
}
