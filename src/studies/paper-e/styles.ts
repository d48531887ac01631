/**
 * How curves of different gamma look in this folder's figures.
 * @module
 */
import type { LegendItem, LineStyle } from "../../figures/index.js";

/** By place in the list of gammas: no two share a colour, and each differs from the others in dash or marker, too. */
export const GAMMA_STYLES = [
  { colour: 4, dash: "dotted" },
  { colour: 3, dash: "dash-dot" },
  { colour: 2, dash: "dashed" },
  { colour: 1, marker: "triangle" },
  { colour: "ink", marker: "square" },
  { colour: "quiet", marker: "diamond" },
] as const satisfies readonly LineStyle[];

export const gammaLegend = (gammas: readonly number[]): LegendItem[] =>
  gammas.map((gamma, g) => ({
    kind: "line",
    label: `γ = ${gamma}`,
    style: GAMMA_STYLES[g % GAMMA_STYLES.length]!,
  }));
