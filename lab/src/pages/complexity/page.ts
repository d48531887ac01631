/**
 * Complexity: a small network learns a task of the plane, and how much of it a simple model explains.
 * @module
 */
import { definePage } from "../page.js";
import { complexityFields } from "./fields.js";

export const complexityPage = definePage({
  id: "complexity",
  title: "Complexity",
  letter: "c",
  summary: "What simple models explain of a network while it trains",
  fields: complexityFields,
  shortcuts: [
    { keys: "space", does: "play, pause" },
    { keys: ", / .", does: "the record before, after" },
  ],
  load: async () => (await import("./view.js")).ComplexityView,
});
