/**
 * The problem that the settings mean, as `foretrain normalize` has it.
 * @module
 */
import type { ActivationLayer } from "foretrain";
import { CUSTOM, type ProblemChoice } from "./fields.js";

/** Exponents that are compared: the ends, and where one more correction begins to count. */
export const GAMMAS: readonly number[] = [0.5, 0.6, 0.7, 0.75, 0.8, 0.875, 0.9, 1];
/** Terms Q^j that are computed. */
export const CORRECTIONS = 3;
/** Test points: an even grid of the line, random points of the square. */
export const TEST_POINTS = { line: 61, plane: 40 } as const;

/** Units that stand for infinitely many: enough for a quadrature of the page's laws, and solved in a second or two. */
export const particlesOf = ({ data, bias }: Pick<ProblemChoice, "data" | "bias">): number =>
  data === "plane" && bias !== "" ? 2048 : 1024;

const LAST = 40;

/** Evenly from 0 to the end, as short decimals. */
export function timesOf({ end }: Pick<ProblemChoice, "end">): number[] {
  return Array.from({ length: LAST + 1 }, (_, i) => Number(((end * i) / LAST).toPrecision(6)));
}

/** The activation as a layer of the network format. */
export function layerOf({ activation, expression }: ProblemChoice): ActivationLayer {
  return activation === CUSTOM
    ? { kind: "activation", name: CUSTOM, expression }
    : { kind: "activation", name: activation };
}

/** The listed exponents and the chosen one, ascending. */
export function gammasWith(gamma: number): readonly number[] {
  return GAMMAS.includes(gamma) ? GAMMAS : [...GAMMAS, gamma].sort((a, b) => a - b);
}
