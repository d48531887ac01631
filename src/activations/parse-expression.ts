/**
 * Activations written as formulas.
 * @module
 */
import type { Activation } from "./activation.js";
import { activation, activationNames } from "./catalogue/catalogue.js";

/**
 * The activation of a formula of x: `parseActivationExpression("x*tanh(x)")`. The same as
 * `activation("expression", { expression: text })`, which network JSON writes as
 * `{ "kind": "activation", "name": "expression", "expression": "x*tanh(x)" }`.
 *
 * The language: numbers, `x`, `pi`, `e`; `+ - * /`, `^` (also `**`; -x^2 is -(x^2), 2^3^2 is 2^(3^2)), parentheses; tanh erf
 * relu exp log sqrt abs sin cos sinh cosh arctan log1p expm1 sigmoid softplus sign heaviside of one argument, pow(a, b), and
 * max, min of two or more. The text is read by a grammar of its own and never run as code.
 *
 * phi', phi'' and phi''' (`taylorSeries`: to order 6) are derived by the rules of calculus and exact to rounding, as far as the formula as written is
 * (`(1 - cos(x)) / x^2` cancels near 0). Kinks, jumps and poles are found where an argument of relu, abs, sign, heaviside,
 * max, min, sqrt, log, a denominator or a root is 0: an affine argument anywhere, others for |x| <= 64, the 200 nearest to 0.
 * A function that jumps has no derivatives, as `sign`. Growth and permissibility are judged by values (`inspectGrowth`).
 * Where the formula is 0/0 at a point (`sin(x)/x`), its limit from the left is taken.
 *
 * @param text at most 1000 characters and 200 operations
 * @throws ERR_SPEC with the position, the text and a mark under what was not understood; also for a formula that is not a
 *   number at some x (`log(x)`, `sqrt(x)`, `exp(x)/(1 + exp(x))` where it overflows)
 * @example
 * parseActivationExpression("x*sigmoid(x)").derivative(0) // 0.5
 */
export function parseActivationExpression(text: string): Activation {
  return activation("expression", { expression: text });
}

/**
 * Whether text that may name an activation is a formula: everything but a single name that is not `x`.
 */
export function isActivationExpression(text: string): boolean {
  const plain = text.trim();
  if (plain === "x") return true;
  return !activationNames().includes(plain) && !/^[A-Za-z_]\w*$/.test(plain);
}
