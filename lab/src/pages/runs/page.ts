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
  summary: "The gallery of studies; open run folders, npz files and reports; compare two forecasts",
  fields: runsFields,
  shortcuts: [
    { keys: "← ↑ ↓ →", does: "from study to study in the gallery" },
    { keys: "← / →", does: "the study before, the next one" },
    { keys: "Esc", does: "from a study back to the gallery" },
  ],
  load: async () => (await import("./view.js")).RunsView,
});
