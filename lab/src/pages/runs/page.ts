/**
 * Runs: what foretrain wrote, opened in the browser.
 * @module
 */
import { definePage } from "../page.js";
import { runsFields } from "./fields.js";

export const runsPage = definePage({
  id: "runs",
  title: "Runs",
  letter: "r",
  summary: "Open run folders, npz files and reports; compare two forecasts",
  fields: runsFields,
  shortcuts: [],
  load: async () => (await import("./view.js")).RunsView,
});
