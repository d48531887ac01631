/**
 * Permissible activations in the sense of paper D: bounded on bounded intervals and |phi(x)| = exp(o(x^2)).
 * Only then does the length map exist at every variance.
 * @module
 */
import type { Growth, Permissibility } from "./activation.js";

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
      return { permissible: true, reason: `grows like exp(${growth.rate} |x|), which is exp(o(x^2))` };
    case "subgaussian":
      return { permissible: true, reason: `grows like exp(|x|^${growth.power}), which is exp(o(x^2))` };
    case "gaussian":
      return {
        permissible: false,
        reason: `grows like exp(${growth.rate} x^2), which is not exp(o(x^2)): E phi^2 is infinite at variance ${1 / (4 * growth.rate)} and above`,
      };
    case "unbounded-at-point":
      return {
        permissible: false,
        reason: `unbounded near x = ${growth.at}: not bounded on every bounded interval`,
      };
  }
}
