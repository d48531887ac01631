/**
 * Closed forms for polynomials, by their Hermite expansion at the variance of each sample.
 * @module
 */
import type { ClosedDual } from "../activation.js";
import { gap } from "./covariance.js";

/**
 * Hermite coefficients of a polynomial phi at variance q: phi(u) = sum_m alpha_m(q) H_m(u; q), with
 * H_m(u; q) = q^{m/2} He_m(u / sqrt(q)), so that E[H_m(u; q1) H_m(v; q2)] = m! k^m for every variance, zero included.
 * Writes alpha_0 .. alpha_degree.
 */
type Coefficients = (q: number, out: Float64Array) => void;
/** Writes (alpha_m(q1) - alpha_m(q2)) / (q1 - q2) for q1, q2 >= 0, the derivative where they are equal. */
type Quotients = (q1: number, q2: number, out: Float64Array) => void;

function dualOf(degree: number, coefficients: Coefficients, quotients: Quotients): ClosedDual {
  const a1 = new Float64Array(degree + 1);
  const a2 = new Float64Array(degree + 1);
  const slopes = new Float64Array(degree + 1);
  const factorial = new Float64Array(degree + 1).fill(1);
  for (let m = 1; m <= degree; m++) factorial[m] = factorial[m - 1]! * m;
  return {
    second(q) {
      coefficients(q, a1);
      let sum = 0;
      for (let m = degree; m >= 0; m--) sum = sum * q + factorial[m]! * a1[m]! * a1[m]!;
      return sum;
    },
    derivativeSecond(q) {
      coefficients(q, a1);
      let sum = 0;
      for (let m = degree; m >= 1; m--) sum = sum * q + m * factorial[m]! * a1[m]! * a1[m]!;
      return sum;
    },
    // E[phi'^2] + E[phi phi'']
    secondSlope(q) {
      coefficients(q, a1);
      let sum = 0;
      for (let m = degree; m >= 0; m--) {
        const next = m + 1 <= degree ? (m + 1) * a1[m + 1]! : 0;
        const nextButOne = m + 2 <= degree ? (m + 2) * (m + 1) * a1[m + 2]! : 0;
        sum = sum * q + factorial[m]! * (next * next + a1[m]! * nextButOne);
      }
      return sum;
    },
    curvatureSecond(q) {
      coefficients(q, a1);
      let sum = 0;
      for (let m = degree; m >= 2; m--) sum = sum * q + m * (m - 1) * factorial[m]! * a1[m]! * a1[m]!;
      return sum;
    },
    pair(q1, q2, k, d, out) {
      coefficients(q1, a1);
      coefficients(q2, a2);
      quotients(q1, q2, slopes);
      const s1 = Math.sqrt(q1);
      const s2 = Math.sqrt(q2);
      const scale = s1 * s2;
      const g = gap(q1, q2, k, d);
      const dq = q1 - q2;
      const ds = dq === 0 ? 0 : dq / (s1 + s2);
      let dual = 0;
      let slope = 0;
      let deficit = 0;
      let slopeDeficit = 0;
      let power = 1; // k^m
      let lower = 0; // k^{m-1}
      let drop = 0; // (s1 s2)^m - k^m
      let top = 1; // (s1 s2)^m
      let lowDrop = 0; // (s1 s2)^{m-1} - k^{m-1}
      let p1 = 1; // s1^m
      let l1 = 0; // s1^{m-1}
      let fall = 0; // s1^m - s2^m
      let lowFall = 0; // s1^{m-1} - s2^{m-1}
      let p2 = 1; // s2^m
      for (let m = 0; m <= degree; m++) {
        const product = factorial[m]! * a1[m]! * a2[m]!;
        const rise = slopes[m]! * dq; // of the coefficient from q2 to q1
        const radial = rise * p1 + a2[m]! * fall;
        const slopeRadial = rise * l1 + a2[m]! * lowFall;
        // coefficients that vanish do so also against powers that overflow
        if (product !== 0) {
          dual += product * power;
          slope += m * product * lower;
          deficit += product * drop;
          slopeDeficit += m * product * lowDrop;
        }
        if (radial !== 0) deficit += 0.5 * factorial[m]! * radial * radial;
        if (slopeRadial !== 0) slopeDeficit += 0.5 * m * factorial[m]! * slopeRadial * slopeRadial;
        lowDrop = drop;
        drop = drop * k + top * g;
        top *= scale;
        lower = power;
        power *= k;
        lowFall = fall;
        fall = s1 * fall + ds * p2;
        l1 = p1;
        p1 *= s1;
        p2 *= s2;
      }
      out[0] = dual;
      out[1] = slope;
      out[2] = Number.isNaN(deficit) ? Number.POSITIVE_INFINITY : Math.max(deficit, 0);
      out[3] = Number.isNaN(slopeDeficit) ? Number.POSITIVE_INFINITY : Math.max(slopeDeficit, 0);
    },
  };
}

/**
 * phi(x) = sum_j coefficients[j] x^j, exact at every variance:
 * alpha_m(q) = E[phi^{(m)}(sqrt(q) z)] / m! = sum_j coefficients[m + 2 j] C(m + 2 j, m) (2 j - 1)!! q^j.
 */
export function polynomialDual(coefficients: readonly number[]): ClosedDual {
  const degree = coefficients.length - 1;
  // weights[m][j] multiplies q^j in alpha_m
  const weights = coefficients.map((_, m) => {
    const row: number[] = [];
    let ways = 1; // C(m + 2 j, m) (2 j - 1)!!
    for (let j = 0; m + 2 * j <= degree; j++) {
      if (j > 0) ways *= ((m + 2 * j) * (m + 2 * j - 1)) / (2 * j);
      row.push(coefficients[m + 2 * j]! * ways);
    }
    return Float64Array.from(row);
  });
  return dualOf(
    degree,
    (q, out) => {
      for (let m = 0; m <= degree; m++) {
        const row = weights[m]!;
        let sum = 0;
        for (let j = row.length - 1; j >= 0; j--) sum = sum * q + row[j]!;
        out[m] = sum;
      }
    },
    (q1, q2, out) => {
      for (let m = 0; m <= degree; m++) {
        const row = weights[m]!;
        let sum = 0;
        let quotient = 0;
        for (let j = row.length - 1; j >= 0; j--) {
          quotient = quotient * q2 + sum;
          sum = sum * q1 + row[j]!;
        }
        out[m] = quotient;
      }
    },
  );
}

/**
 * Normalized Hermite polynomial phi = He_n / sqrt(n!), exact at every variance:
 * alpha_m(q) = C(n, m) (n - m - 1)!! (q - 1)^{(n - m)/2} / sqrt(n!) for even n - m, else 0.
 * At q1 = q2 = 1 this is T = c^n.
 */
export function hermiteDual(degree: number): ClosedDual {
  const n = degree;
  let root = 1;
  for (let m = 2; m <= n; m++) root *= Math.sqrt(m);
  const weights = new Float64Array(n + 1);
  let ways = 1; // C(n, m) (n - m - 1)!!
  for (let m = n; m >= 0; m -= 2) {
    weights[m] = ways / root;
    ways *= (m * (m - 1)) / (n - m + 2);
  }
  return dualOf(
    n,
    (q, out) => {
      out.fill(0);
      let power = 1;
      for (let m = n; m >= 0; m -= 2) {
        out[m] = weights[m]! * power;
        power *= q - 1;
      }
    },
    (q1, q2, out) => {
      out.fill(0);
      let power = 1; // (q1 - 1)^j
      let quotient = 0; // of (q - 1)^j
      for (let m = n; m >= 0; m -= 2) {
        out[m] = weights[m]! * quotient;
        quotient = quotient * (q2 - 1) + power;
        power *= q1 - 1;
      }
    },
  );
}
