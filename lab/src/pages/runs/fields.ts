/**
 * What can be set on the page Runs.
 * @module
 */
import { choiceField, flagField, type StateOf, textField } from "../../state/field.js";
import { tablesField } from "../../state/tables-field.js";

export const runsFields = {
  run: textField("run", "run", "", 400),
  file: textField("file", "file", "", 400),
  other: textField("with", "compare with", "", 400),
  filter: textField("find", "find", "", 100),
  /** of a run of studies: the one that is opened, and which are shown */
  study: textField("study", "study", "", 400),
  paper: choiceField("paper", "paper", "all", ["all", "A", "B", "C", "D", "E"]),
  failing: flagField("failing", "only those that disagree or are missing", false),
  text: textField("text", "find a study", "", 100),
  tables: tablesField(["compare"]),
};

export type RunsState = StateOf<typeof runsFields>;
