/**
 * Polynomials in the parameters of a small network: its outputs' Taylor polynomials, as coefficients of monomials.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import { createRng } from "../../numeric/random.js";
import { type DerivativePoint, outputTaylor, rowsOf } from "../gradients-along.js";

/** All monomials w^alpha with |alpha| <= degree, by degree; a polynomial is an array of as many coefficients. */
export interface Monomials {
  readonly variables: number;
  readonly degree: number;
  readonly exponents: readonly Uint8Array[];
  /** number of monomials of degree <= k, for k from 0 to degree */
  readonly upTo: readonly number[];
  /** additive codes: that of a product is the sum */
  readonly codes: Float64Array;
  readonly axis: Float64Array;
  /** index of the monomial with a code; not for products whose degree is too high */
  readonly index: ReadonlyMap<number, number>;
}

/** Number of monomials in `variables` of degree <= `degree`. */
export function countMonomials(variables: number, degree: number): number {
  let count = 1;
  for (let k = 1; k <= degree; k++) count = (count * (variables + k)) / k;
  return Math.round(count);
}

/** Whole numbers up to 2^52 are exact, and their sums of `degree` terms here too. */
const CODE_BITS = 52;

/** The most variables with at most `most` monomials of the degree. */
function mostVariables(degree: number, most: number): number {
  let variables = 0;
  while (countMonomials(variables + 1, degree) <= most) variables++;
  return variables;
}

/**
 * Numbers of the variables whose sums tell all monomials apart: powers of degree + 1 where these fit into 52 bits, else random ones, drawn
 * again where two monomials have the same sum (1 in 50,000 at 200,000 monomials).
 */
function axisCodes(
  variables: number,
  degree: number,
  exponents: readonly Uint8Array[],
): Pick<Monomials, "axis" | "codes" | "index"> {
  const fits = variables * Math.log2(degree + 1) <= CODE_BITS;
  for (let attempt = 0; ; attempt++) {
    const rng = createRng(attempt);
    const axis = Float64Array.from({ length: variables }, (_, p) =>
      fits ? (degree + 1) ** p : 1 + Math.floor((rng.uniform() * (2 ** CODE_BITS - 1)) / degree),
    );
    const codes = Float64Array.from(exponents, (powers) =>
      powers.reduce((sum, power, p) => sum + power * axis[p]!, 0),
    );
    const index = new Map(Array.from(codes, (code, a) => [code, a]));
    if (index.size === exponents.length) return { axis, codes, index };
  }
}

/** @throws ERR_MEMORY for more than `most` monomials, with the number of parameters that fits */
export function monomials(variables: number, degree: number, where: string, most = 200_000): Monomials {
  const count = countMonomials(variables, degree);
  if (count > most) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `${where}: ${variables} parameters have ${count} products of up to ${degree} of them, at most ${most} are possible; ` +
        `use a network of at most ${mostVariables(degree, most)} parameters or a lower order, or noiseExpansion, which goes to order 3 for large ones`,
      { argument: "order", got: count, expected: most },
    );
  }
  const exponents: Uint8Array[] = [new Uint8Array(variables)];
  const upTo = [1];
  let from = 0;
  for (let k = 1; k <= degree; k++) {
    const end = exponents.length;
    for (let a = from; a < end; a++) {
      // a variable not before the last one of the monomial, so that each product comes once
      const last = exponents[a]!.findLastIndex((power) => power > 0);
      for (let p = Math.max(0, last); p < variables; p++) {
        const next = Uint8Array.from(exponents[a]!);
        next[p]!++;
        exponents.push(next);
      }
    }
    from = end;
    upTo.push(exponents.length);
  }
  return { variables, degree, exponents, upTo, ...axisCodes(variables, degree, exponents) };
}

/** out += scale a b, of whose monomials only those of degree <= `cut` are kept. */
export function addProduct(
  of: Monomials,
  a: Float64Array,
  b: Float64Array,
  scale: number,
  out: Float64Array,
  cut = of.degree,
): void {
  const { upTo, codes, index } = of;
  const right: number[] = [];
  for (let k = 0; k < upTo[cut]!; k++) if (b[k] !== 0) right.push(k);
  for (let degree = 0; degree <= cut; degree++) {
    const end = upTo[cut - degree]!;
    for (let k = degree === 0 ? 0 : upTo[degree - 1]!; k < upTo[degree]!; k++) {
      const weight = scale * a[k]!;
      if (weight === 0) continue;
      for (const l of right) {
        if (l >= end) break;
        out[index.get(codes[k]! + codes[l]!)!]! += weight * b[l]!;
      }
    }
  }
}

/** d/dw_p of a polynomial. */
export function derivative(of: Monomials, a: Float64Array, p: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let k = 0; k < a.length; k++) {
    const power = of.exponents[k]![p]!;
    if (power === 0 || a[k] === 0) continue;
    out[of.index.get(of.codes[k]! - of.axis[p]!)!]! += power * a[k]!;
  }
  return out;
}

/**
 * Taylor polynomials of all outputs in the parameters, f(theta_0 + w) = sum_alpha c_alpha w^alpha, up to the given degree, [rows][monomials]. Exact to
 * rounding times 2^degree, by polarization of directional terms (Kan 2008): with k = |alpha| and t_k(h) = f^(k)[h, ..., h] / k!,
 *
 *   f^(k)[e^alpha] = sum_(nu <= alpha) (-1)^|nu| prod binomial(alpha_p, nu_p) t_k(alpha / 2 - nu)
 */
export function outputPolynomials(point: DerivativePoint, of: Monomials, upTo = of.degree): Float64Array[] {
  const rows = rowsOf(point);
  const out = Array.from({ length: rows }, () => new Float64Array(of.exponents.length));
  const known = new Map<string, readonly (Float64Array | null)[]>();
  /** terms along an integer direction whose first entry is positive */
  const along = (direction: Float64Array, degree: number) => {
    const key = `${degree}:${direction.join()}`;
    let terms = known.get(key);
    if (terms === undefined) {
      terms = outputTaylor(point, direction, degree);
      known.set(key, terms);
    }
    return terms;
  };
  of.exponents.forEach((alpha, a) => {
    const degree = alpha.reduce((sum, power) => sum + power, 0);
    if (degree > upTo) return;
    const used = [...alpha.keys()].filter((p) => alpha[p]! > 0);
    if (used.length <= 1) {
      // a single variable: its own direction has all powers
      const direction = new Float64Array(of.variables);
      if (used.length === 1) direction[used[0]!] = 1;
      const terms = along(direction, used.length === 1 ? upTo : 0)[degree];
      for (let i = 0; i < rows; i++) out[i]![a] = terms?.[i] ?? 0;
      return;
    }
    let factorials = 1;
    for (const p of used) for (let k = 2; k <= alpha[p]!; k++) factorials *= k;
    const nu = new Uint8Array(of.variables);
    // all nu <= alpha; directions come in pairs of opposite sign with equal contributions
    for (;;) {
      const direction = Float64Array.from(alpha, (power, p) => power - 2 * nu[p]!);
      const first = direction.find((value) => value !== 0);
      if (first !== undefined && first > 0) {
        let weight = 2 / (factorials * 2 ** degree);
        for (const p of used) weight *= (nu[p]! % 2 === 0 ? 1 : -1) * binomial(alpha[p]!, nu[p]!);
        const terms = along(direction, degree)[degree];
        if (terms !== null && terms !== undefined) {
          for (let i = 0; i < rows; i++) out[i]![a]! += weight * terms[i]!;
        }
      }
      const next = used.find((p) => nu[p]! < alpha[p]!);
      if (next === undefined) break;
      nu[next]!++;
      for (const p of used) {
        if (p === next) break;
        nu[p] = 0;
      }
    }
  });
  return out;
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value = (value * (n - k + i)) / i;
  return value;
}
