/**
 * Normalization: what N^-gamma does to a network with one hidden layer, predicted and trained.
 * @module
 */
import { definePage } from "../page.js";
import { normalizationFields } from "./fields.js";

export const normalizationPage = definePage({
  id: "normalization",
  title: "Normalization",
  letter: "m",
  summary: "What the factor N^-gamma does to the mean and the spread of shallow networks",
  fields: normalizationFields,
  shortcuts: [
    { keys: "space", does: "play, pause" },
    { keys: ", / .", does: "the time before, after" },
    { keys: "[ / ]", does: "the listed gamma below, above" },
  ],
  load: async () => (await import("./view.js")).NormalizationView,
});
