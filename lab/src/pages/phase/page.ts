/**
 * Phase: the order-to-chaos diagram of an activation, with a point that can be dragged.
 * @module
 */
import { definePage } from "../page.js";
import { phaseFields } from "./fields.js";

export const phasePage = definePage({
  id: "phase",
  title: "Phase",
  letter: "p",
  summary: "Order and chaos over the variances of weights and biases",
  fields: phaseFields,
  shortcuts: [
    { keys: "← → ↑ ↓", does: "move the point (the diagram focused)" },
    { keys: "Shift ←", does: "in larger steps, likewise the others" },
    { keys: ", / .", does: "finer steps of the weight variance" },
    { keys: "c", does: "to the critical line" },
  ],
  load: async () => (await import("./view.js")).PhaseView,
});
