/**
 * What can be set on the page Runs.
 * @module
 */
import { type StateOf, textField } from "../../state/field.js";

export const runsFields = {
  run: textField("run", "run", "", 400),
  file: textField("file", "file", "", 400),
  other: textField("with", "compare with", "", 400),
  filter: textField("find", "find", "", 100),
};

export type RunsState = StateOf<typeof runsFields>;
