/**
 * Network: an architecture from blocks or JSON, and its kernels on real images.
 * @module
 */
import { definePage } from "../page.js";
import { networkFields } from "./fields.js";

export const networkPage = definePage({
  id: "network",
  title: "Network",
  letter: "n",
  summary: "An architecture, its cost, and its kernels on real images",
  fields: networkFields,
  shortcuts: [
    { keys: "alt ↑ / alt ↓", does: "move the block that has the focus, on across the ends of its list" },
    { keys: "alt →", does: "move it into the block beside it (residual, repeat, parallel ...)" },
    { keys: "alt ←", does: "move it out of the block around it" },
    { keys: "delete", does: "take it out" },
  ],
  load: async () => (await import("./view.js")).NetworkView,
});
