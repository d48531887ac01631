/**
 * Numbers of things in sentences.
 * @module
 */
import { countText, numberText } from "../figures/index.js";

/** `1 sample`, `1,000 samples`. */
export function countOf(count: number, thing: string): string {
  return `${countText(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** An amount of training: `292 steps` of descent, `time 14.2` of gradient flow. */
export function trainingAmount(value: number, optimizer: "gd" | "flow"): string {
  return optimizer === "gd" ? countOf(value, "step") : `time ${numberText(value)}`;
}
