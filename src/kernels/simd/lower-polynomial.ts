/**
 * Polynomials: features of the operation `polynomial`.
 * @module
 */
import type { Activation, PairMap } from "../../activations/index.js";
import type { LoweredActivation, Readout } from "./activation-form.js";
import { type Feature, halfTangent, inverseRoot, rootHalf, weightedSlope } from "./feature-tables.js";

/** Highest degree that the operation has room for. */
const DEGREE_MAX = 16;

/** alpha_m(q) of phi(u) = sum_m alpha_m q^{m/2} He_m(u / sqrt(q)), u of variance q. */
type Coefficient = (m: number, q: number) => number;

/** sum_j c_{m + 2 j} C(m + 2 j, m) (2 j - 1)!! q^j. */
function ofPowers(coefficients: readonly number[]): Coefficient {
  return (m, q) => {
    let sum = 0;
    let ways = 1;
    for (let j = 0; m + 2 * j < coefficients.length; j++) {
      if (j > 0) ways *= ((m + 2 * j) * (m + 2 * j - 1)) / (2 * j);
      sum += coefficients[m + 2 * j]! * ways * q ** j;
    }
    return sum;
  };
}

/** C(n, m) (n - m - 1)!! (q - 1)^{(n - m) / 2} / sqrt(n!) for even n - m. */
function ofHermite(n: number): Coefficient {
  return (m, q) => {
    if ((n - m) % 2 !== 0) return 0;
    let ways = 1;
    for (let i = n; i > m; i -= 2) ways *= (i * (i - 1)) / (n - i + 2);
    return (ways * (q - 1) ** ((n - m) / 2)) / Math.sqrt(factorial(n));
  };
}

function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}

function coefficientsOf({ name, parameters }: Activation): readonly [number, Coefficient] | null {
  switch (name) {
    case "monomial": {
      const degree = parameters["degree"] as number;
      const powers = Array.from({ length: degree + 1 }, (_, i) => (i === degree ? 1 : 0));
      return [degree, ofPowers(powers)];
    }
    case "polynomial": {
      const powers = parameters["coefficients"] as readonly number[];
      return [powers.length - 1, ofPowers(powers)];
    }
    case "hermite": {
      const degree = parameters["degree"] as number;
      return [degree, ofHermite(degree)];
    }
    default:
      return null;
  }
}

/** Null where the activation is no polynomial of the catalogue, or of too high a degree. */
export function lowerPolynomial(
  activation: Activation,
  map: PairMap,
  { weight, tangentK }: Readout,
): LoweredActivation | null {
  const form = coefficientsOf(activation);
  if (form === null || form[0] > DEGREE_MAX) return null;
  const [n, alpha] = form;
  const value = (m: number): Feature => {
    const factor = Math.sqrt((weight / 2) * factorial(m));
    return ({ q }, i) => factor * alpha(m, q[i]!) * Math.sqrt(q[i]!) ** m;
  };
  const slope = (m: number): Feature => {
    const factor = Math.sqrt((weight / 2) * m * factorial(m));
    return ({ q }, i) => factor * alpha(m, q[i]!) * Math.sqrt(q[i]!) ** (m - 1);
  };
  return {
    operation: "polynomial",
    features: [
      rootHalf,
      inverseRoot,
      halfTangent,
      weightedSlope(map, weight),
      ...Array.from({ length: n + 1 }, (_, m) => value(m)),
      ...Array.from({ length: n }, (_, m) => slope(m + 1)),
    ],
    constants: [tangentK / weight],
    extra: [n, 0],
  };
}
