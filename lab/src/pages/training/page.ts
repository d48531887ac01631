/**
 * Training: what theory says of losses and accuracies over steps, and real networks beside it.
 * @module
 */
import { definePage } from "../page.js";
import { trainingFields } from "./fields.js";

export const trainingPage = definePage({
  id: "training",
  title: "Training",
  letter: "t",
  summary: "Predicted training, and real networks beside it",
  fields: trainingFields,
  shortcuts: [
    { keys: "space", does: "play, pause" },
    { keys: ", / .", does: "the record before, after" },
    { keys: "v", does: "verify: train real networks, or stop" },
  ],
  load: async () => (await import("./view.js")).TrainingView,
});
