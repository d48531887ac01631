/**
 * Permissible activations in the sense of paper D: bounded on bounded intervals and |phi(x)| = exp(o(x^2)).
 * Only then does the length map exist at every variance.
 * @module
 */
import type { Growth, Permissibility } from "./activation.js";

/** Whether E_q[phi^2] is infinite by what is known of the growth: from 1 / (4 rate) on for exp(rate x^2), at every q > 0 beyond that. */
export function isBeyondMoments(growth: Growth, q: number): boolean {
  if (growth.kind === "supergaussian") return q > 0;
  return growth.kind === "gaussian" && !(4 * growth.rate * q < 1);
}

/** Growth that was found by values has digits of rounding. */
const shown = (value: number) => Number(value.toPrecision(6));

/** What is said of growth like exp(|x|^power), power > 2. */
export function supergaussianText(power: number): string {
  // x^2 log|x| has a power that rounds to 2
  const like = Number(power.toPrecision(3)) > 2 ? `like exp(c |x|^${shown(power)}), ` : "";
  const how = !Number.isFinite(power)
    ? "grows faster than exp(|x|^p) for every p"
    : `grows ${like}faster than exp(c x^2) for every c`;
  return `${how}, so that E phi^2 is infinite at every variance`;
}

/** What is said where |phi| grows like exp(|x|^power) with a power that may be 2 or not. */
export function undecidedText(power: number): string {
  return Number.isNaN(power)
    ? "cannot decide: |phi| overflows without a clear rate; declare its growth"
    : `cannot decide: log|phi| grows like |x|^${Number(power.toPrecision(4))} where it overflows, and the power has not settled; declare its growth`;
}

/** Judges a declared growth. The conditions are sufficient, not necessary: log|x| fails them and has finite E phi^2. */
export function permissibilityOf(growth: Growth, basis: Permissibility["basis"] = "known"): Permissibility {
  return { ...judged(growth), basis };
}

function judged(growth: Growth): Omit<Permissibility, "basis"> {
  switch (growth.kind) {
    case "bounded":
      return { permissible: true, reason: "bounded" };
    case "polynomial":
      return { permissible: true, reason: `grows like |x|^${growth.degree}, which is exp(o(x^2))` };
    case "exponential":
      return { permissible: true, reason: `grows like exp(${shown(growth.rate)} |x|), which is exp(o(x^2))` };
    case "subgaussian":
      return {
        permissible: true,
        reason: `grows like exp(|x|^${shown(growth.power)}), which is exp(o(x^2))`,
      };
    case "gaussian":
      return {
        permissible: false,
        reason: `grows like exp(${shown(growth.rate)} x^2), which is not exp(o(x^2)): E phi^2 is infinite at variance ${shown(1 / (4 * growth.rate))} and above`,
      };
    case "supergaussian":
      return { permissible: false, reason: supergaussianText(growth.power) };
    case "undecided":
      return { permissible: false, reason: undecidedText(growth.power) };
    case "unbounded-at-point":
      return {
        permissible: false,
        reason: `unbounded near x = ${growth.at}: not bounded on every bounded interval`,
      };
  }
}
