/**
 * How curves of different gamma look in this folder's figures.
 * @module
 */
import type { LegendItem, LineStyle } from "../../figures/index.js";

/** Six that differ in dash or marker where they share a colour. */
export const GAMMA_STYLES = [
  { colour: 4, dash: "dotted" },
  { colour: 3, dash: "dash-dot" },
  { colour: 2, dash: "dashed" },
  { colour: 4, marker: "triangle" },
  { colour: 3, marker: "square" },
  { colour: 1, marker: "circle" },
] as const satisfies readonly LineStyle[];

export const gammaLegend = (gammas: readonly number[]): LegendItem[] =>
  gammas.map((gamma, g) => ({
    kind: "line",
    label: `γ = ${gamma}`,
    style: GAMMA_STYLES[g % GAMMA_STYLES.length]!,
  }));
