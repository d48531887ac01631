/**
 * Closed forms with exponentials: a e^{b x}, a e^{b x^2}, and the normalized exponential kernel.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { ClosedDual } from "../activation.js";
import { gap, rootDeterminant, rootOfSum } from "./covariance.js";
import { inverseCubeGap, inverseRootGap, inverseRootHalf, inverseRootSpread } from "./inverse-roots.js";

/** phi(x) = a e^{b x}: T = a^2 e^{b^2 (q1 + q2 - d)}, Td = b^2 T. */
export function exponentialDual(a: number, b: number): ClosedDual {
  const rate = b * b;
  const height = a * a;
  return {
    second: (q) => height * Math.exp(2 * rate * q),
    derivativeSecond: (q) => height * rate * Math.exp(2 * rate * q),
    secondSlope: (q) => 2 * height * rate * Math.exp(2 * rate * q),
    curvatureSecond: (q) => height * rate * rate * Math.exp(2 * rate * q),
    pair(q1, q2, _k, d, out) {
      const sum = rate * (q1 + q2);
      const delta = rate * d;
      const dual = height * Math.exp(sum - delta);
      const high = rate * Math.max(q1, q2);
      // 0 stays 0 where the exponential overflows
      const radial = q1 === q2 ? 0 : Math.exp(high) * Math.expm1(-rate * Math.abs(q1 - q2));
      const drop = delta === 0 ? 0 : Math.exp(sum) * -Math.expm1(-delta);
      out[0] = dual;
      out[1] = rate * dual;
      out[2] = height * (0.5 * radial * radial + drop);
      out[3] = rate * out[2]!;
    },
  };
}

/**
 * phi(x) = a e^{b x^2}: with det = (1 - 2 b q1)(1 - 2 b q2) - 4 b^2 k^2, T = a^2 / sqrt(det), Td = 4 a^2 b^2 k / det^{3/2}.
 *
 * For b > 0, E_q[phi^2] is finite only for q < 1 / (4 b).
 * @throws ERR_DOMAIN where it is not
 */
export function gaussianDual(a: number, b: number): ClosedDual {
  const height = a * a;
  const width = (q: number): number => {
    const x = 1 - 4 * b * q;
    if (!(x > 0)) {
      throw new ForetrainError(
        "ERR_DOMAIN",
        `gaussian: E[phi(sqrt(q) z)^2] is infinite at q = ${q} for b = ${b}; it needs q < 1 / (4 b) = ${1 / (4 * b)}, so lower the variances or b`,
        { argument: "q", got: q, expected: `q < ${1 / (4 * b)}` },
      );
    }
    return x;
  };
  return {
    second: (q) => height / Math.sqrt(width(q)),
    derivativeSecond: (q) => (4 * height * b * b * q) / width(q) ** 1.5,
    secondSlope: (q) => (2 * height * b) / width(q) ** 1.5,
    curvatureSecond(q) {
      const x = width(q);
      const y = (4 * b * q) / x;
      return ((4 * height * b * b) / Math.sqrt(x)) * (1 + y + 0.75 * y * y);
    },
    pair(q1, q2, k, d, out) {
      const x1 = width(q1);
      const x2 = width(q2);
      const extra = 2 * Math.abs(b) * rootDeterminant(q1, q2, k, d);
      const mean = 0.5 * (x1 + x2);
      const root = rootOfSum(mean, extra);
      out[0] = height / root;
      out[1] = (((4 * height * b * b * k) / root) * (1 / root)) / root;
      const difference = -4 * b * (q1 - q2);
      const fall = inverseRootSpread(x1, x2, difference) + inverseRootGap(mean, extra);
      out[2] = height * fall;
      // with q = (1 - x) / (4 b) on the diagonal and k = (1 - root^2 + extra^2) / (4 b) - d
      const low = 1 / root;
      const cubes = inverseCubeGap(fall, fall + low, inverseRootHalf(x1, x2, difference), low);
      const turn = (extra * low) ** 2 * low;
      out[3] = height * Math.max(b * (cubes - fall - turn) + 4 * b * b * d * low * low * low, 0);
    },
  };
}

/**
 * The normalized exponential kernel T = sqrt(q1 q2) e^{gamma (c + shift)} (Shankar et al. 2020): a kernel without a
 * finite network. Td = dT/dk. A sample of zero variance has T = 0 and counts as orthogonal in Td.
 */
export function normalizedExponentialDual(gamma: number, shift: number): ClosedDual {
  const top = Math.exp(gamma * (1 + shift));
  return {
    second: (q) => top * q,
    derivativeSecond: () => gamma * top,
    pair(q1, q2, k, d, out) {
      const scale = Math.sqrt(q1) * Math.sqrt(q2);
      const g = gap(q1, q2, k, d);
      const exponent = scale > 0 ? (-gamma * g) / scale : -gamma;
      const value = top * Math.exp(exponent);
      const sum = Math.sqrt(q1) + Math.sqrt(q2);
      const radial = sum > 0 ? (q1 - q2) / sum : 0;
      out[0] = scale * value;
      out[1] = gamma * value;
      out[2] = top * (0.5 * radial * radial - scale * Math.expm1(exponent));
      out[3] = -gamma * top * Math.expm1(exponent);
    },
  };
}
