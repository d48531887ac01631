/**
 * Starts the lab.
 * @module
 */
import { render } from "preact";
import { createLab } from "./app/lab.js";
import { Shell } from "./app/shell.js";
import "./app/style/tokens.css";
import "./app/style/base.css";
import "./app/style/controls.css";
import "./app/style/figures.css";
import "./app/style/pages.css";
import { createEngine } from "./engine/engine.js";
import { pages } from "./pages/registry.js";

const spawn = () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

const lab = createLab(pages, {
  quick: createEngine(spawn),
  medium: createEngine(spawn),
  long: createEngine(spawn),
});
lab.start();
render(<Shell lab={lab} />, document.getElementById("app")!);
