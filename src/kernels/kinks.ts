/**
 * What the pass over aligned pairs must know of an activation: its slopes, its jump, its symmetry.
 * @module
 */
import type { Activation } from "../activations/index.js";

/** Slopes (a, b) of the activations a min(x, 0) + b max(x, 0) of the catalogue. */
export function slopes({ name, parameters: p, closedDual }: Activation): readonly [number, number] | null {
  if (closedDual === null) return null; // a user's function may have any name
  switch (name) {
    case "relu":
      return [0, 1];
    case "leakyRelu":
      return [p["slope"] as number, 1];
    case "abs":
      return [-1, 1];
    case "abRelu":
      return [p["a"] as number, p["b"] as number];
    case "rectifiedMonomial":
      return p["degree"] === 1 ? [0, 1] : null;
    default:
      return null;
  }
}

/** Which step function of the catalogue it is. */
export function jump({ name, parameters, closedDual }: Activation): "sign" | "heaviside" | null {
  if (closedDual === null) return null;
  if (name === "sign" || name === "heaviside") return name;
  return name === "rectifiedMonomial" && parameters["degree"] === 0 ? "heaviside" : null;
}

/** Activations of the catalogue that are odd or even for some of their parameters. */
const SYMMETRIC = new Set([
  "abs",
  "arctan",
  "cos",
  "erf",
  "gabor",
  "gaussian",
  "hermite",
  "monomial",
  "polynomial",
  "sign",
  "sin",
  "softsign",
  "tanh",
]);

/** Where the symmetry is looked at: 1e-3 to 1e3. */
const POINTS = Array.from({ length: 25 }, (_, i) => 10 ** (i / 4 - 3));

/** phi(-x) = -phi(x), or phi(-x) = phi(x), to the last bit at many points; functions of users count as neither. */
export function symmetry({ name, value }: Activation): "odd" | "even" | null {
  if (!SYMMETRIC.has(name)) return null;
  if (POINTS.every((x) => value(-x) === -value(x))) return "odd";
  return POINTS.every((x) => value(-x) === value(x)) ? "even" : null;
}
