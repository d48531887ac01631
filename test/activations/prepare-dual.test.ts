import { describe, expect, test } from "vitest";
import {
  type Activation,
  activation,
  customActivation,
  derivativeSecondMoment,
  dual,
  dualDerivative,
  type PairMap,
  prepareDual,
  secondMoment,
} from "../../src/activations/index.js";

const out = new Float64Array(4);

function at(map: PairMap, i: number, j: number, q1: number, q2: number, c: number): [number, number, number] {
  const k = c * Math.sqrt(q1 * q2);
  map.pair(i, j, k, 0.5 * (Math.sqrt(q1) - Math.sqrt(q2)) ** 2 + (1 - c) * Math.sqrt(q1 * q2), out);
  return [out[0]!, out[1]!, out[2]!];
}

function variances(count: number, low: number, high: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) => low * (high / low) ** (((i * 7) % count) / (count - 1)),
  );
}

/** Checks a map with many samples against single pairs, which are computed on their own. */
function agreesWithSinglePairs(
  a: Activation,
  map: PairMap,
  rows: Float64Array,
  cols: Float64Array,
  tolerance: number,
) {
  for (let trial = 0; trial < 12; trial++) {
    const i = (trial * 5) % rows.length;
    const j = (trial * 11 + 3) % cols.length;
    // not +-1: there Td of a kinked phi hangs on the square root of the rounding of k
    const c = [0.3, -0.8, 0.95, 0.999, 0, -0.97][trial % 6]!;
    const q1 = rows[i]!;
    const q2 = cols[j]!;
    const [T, Td, D] = at(map, i, j, q1, q2, c);
    const k = c * Math.sqrt(q1 * q2);
    const second = Math.sqrt(secondMoment(a, q1) * secondMoment(a, q2));
    const slope = Math.sqrt(derivativeSecondMoment(a, q1) * derivativeSecondMoment(a, q2));
    expect(Math.abs(T - dual(a, q1, q2, k)) / second).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(Td - dualDerivative(a, q1, q2, k)) / slope).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(D - (0.5 * (secondMoment(a, q1) + secondMoment(a, q2)) - T))).toBeLessThanOrEqual(
      tolerance * (secondMoment(a, q1) + secondMoment(a, q2)),
    );
    expect(map.rowSecond[i]).toBeWithinRelative(secondMoment(a, q1), tolerance);
    expect(map.colDerivativeSecond[j]).toBeWithinRelative(derivativeSecondMoment(a, q2), tolerance);
  }
}

describe("prepareDual", () => {
  test.each(["relu", "erf", "gelu", "sin"])("%s uses its closed form", (name) => {
    const a = activation(name);
    const rows = variances(10, 0.1, 3);
    const cols = variances(7, 0.2, 2);
    const map = prepareDual(a, rows, cols);
    expect(map.method).toBe("closed");
    expect([map.rowSecond.length, map.colSecond.length]).toEqual([10, 7]);
    agreesWithSinglePairs(a, map, rows, cols, 1e-14);
  });

  test.each(["tanh", "silu", "softplus", "arctan", "elu", "selu", "softsign"])(
    "%s with equal variances, up to rounding, uses a series in the angle",
    (name) => {
      const a = activation(name);
      const q = Float64Array.of(1.7, 1.7, 1.7 * (1 + 2e-15), 1.7);
      const map = prepareDual(a, q, q);
      expect(map.method).toBe("table");
      expect(map.errorBound).toBeLessThanOrEqual(1e-12);
      agreesWithSinglePairs(a, map, q, q, 2e-12);
    },
  );

  test.each(["tanh", "sigmoid", "silu", "softplus"])(
    "smooth %s with different variances uses Mehler's formula",
    (name) => {
      const a = activation(name);
      const few = variances(6, 0.3, 2);
      const map = prepareDual(a, few, few);
      expect(map.method).toBe("mehler");
      expect(map.errorBound).toBeLessThanOrEqual(1e-12);
      agreesWithSinglePairs(a, map, few, few, 2e-12);
    },
  );

  test.each(["tanh", "silu"])(
    "many samples of %s get interpolated coefficients of the same accuracy",
    (name) => {
      const a = activation(name);
      const many = variances(120, 0.2, 3);
      const map = prepareDual(a, many, many);
      expect(map.method).toBe("mehler");
      expect(map.errorBound).toBeLessThanOrEqual(1e-12);
      agreesWithSinglePairs(a, map, many, many, 2e-12);
    },
  );

  test("a custom function that is not smooth enough in the variance for interpolation falls back on exact coefficients", () => {
    // e^{-x^2} has its analytic sector end at 45 degrees, tanh(x^2) still earlier
    const a = customActivation({
      name: "tanh(x^2)",
      value: (x) => Math.tanh(x * x),
      derivative: (x) => (2 * x) / Math.cosh(x * x) ** 2,
    });
    const many = variances(150, 0.05, 1);
    const map = prepareDual(a, many, many);
    expect(map.errorBound).toBeLessThanOrEqual(1e-12);
    agreesWithSinglePairs(a, map, many, many, 4e-12);
  });

  test.each(["elu", "selu", "softsign", "arctan"])(
    "%s with different variances uses a table over the variances",
    (name) => {
      const a = activation(name);
      const q = variances(9, 0.4, 2.5);
      const map = prepareDual(a, q, q);
      expect(map.method).toBe("table");
      expect(map.errorBound).toBeLessThanOrEqual(1e-12);
      agreesWithSinglePairs(a, map, q, q, 2e-12);
    },
  );

  test("a sample of zero variance among others is handled by every method", () => {
    for (const name of ["relu", "erf", "sigmoid", "softplus", "elu", "selu"]) {
      const a = activation(name);
      const q = Float64Array.of(0, 1, 1.4, 2, 0.8);
      const map = prepareDual(a, q, q);
      const [T, Td, D] = at(map, 0, 2, 0, 1.4, 0);
      expect(T).toBeWithinRelative(dual(a, 0, 1.4, 0), 1e-11, 1e-3);
      expect(Td).not.toBeNaN();
      expect(D).toBeWithinRelative(0.5 * (secondMoment(a, 0) + secondMoment(a, 1.4)) - T, 1e-10);
      const [T0, Td0, D0] = at(map, 0, 0, 0, 0, 1);
      expect(T0).toBeWithinRelative(a.value(0) ** 2, 1e-14);
      expect(Td0).not.toBeNaN();
      expect(D0).toBe(0);
    }
  });

  test("all samples zero", () => {
    const q = Float64Array.of(0, 0);
    for (const name of ["tanh", "sigmoid", "elu", "relu"]) {
      const a = activation(name);
      const map = prepareDual(a, q, q);
      map.pair(0, 1, 0, 0, out);
      expect(out[0]).toBeCloseTo(a.value(0) ** 2, 15);
      expect(out[2]).toBe(0);
    }
  });

  test.each(["relu", "erf", "tanh", "softplus", "elu", "gelu"])(
    "near-duplicates of %s keep the digits of D: D / d tends to E phi'^2",
    (name) => {
      const a = activation(name);
      const q = Float64Array.of(1.3, 1.3);
      const map = prepareDual(a, q, q);
      const slope = derivativeSecondMoment(a, 1.3);
      for (const d of [1e-8, 1e-11, 1e-14]) {
        map.pair(0, 1, 1.3 - d, d, out);
        // relu: D / d = 1/2 - (2 sqrt(2) / (3 pi)) sqrt(d / q) ..., the others 1 - O(d)
        expect(out[2]! / d).toBeWithinRelative(
          slope,
          name === "relu" ? Math.sqrt(d) : 1e-12 + 2 * Math.sqrt(d) ** 1.8,
        );
      }
    },
  );

  test("without `derivative` nothing is asked of phi'", () => {
    const q = variances(5, 0.5, 1.5);
    const map = prepareDual(activation("tanh"), q, q, { derivative: false });
    expect(map.rowDerivativeSecond.every(Number.isNaN)).toBe(true);
    expect(at(map, 1, 2, q[1]!, q[2]!, 0.5)[0]).toBeWithinRelative(
      dual(activation("tanh"), q[1]!, q[2]!, 0.5 * Math.sqrt(q[1]! * q[2]!)),
      1e-12,
    );
  });

  test("refuses variances that are none, naming the argument", () => {
    const good = Float64Array.of(1);
    expect(() => prepareDual(activation("relu"), Float64Array.of(Number.NaN), good)).toThrow(/qRows/);
    expect(() => prepareDual(activation("tanh"), good, Float64Array.of(-1))).toThrow(/qCols/);
  });

  test("a tighter tolerance costs terms and is met", () => {
    const a = activation("tanh");
    const q = Float64Array.of(1, 2);
    const loose = prepareDual(a, q, q, { tolerance: 1e-6 });
    const tight = prepareDual(a, q, q, { tolerance: 1e-13 });
    expect(loose.errorBound).toBeGreaterThan(tight.errorBound);
    expect(loose.errorBound).toBeLessThanOrEqual(1e-6);
    expect(tight.errorBound).toBeLessThanOrEqual(1e-13);
    const exact = at(tight, 0, 1, 1, 2, 1)[0];
    expect(Math.abs(at(loose, 0, 1, 1, 2, 1)[0] - exact)).toBeLessThanOrEqual(1e-6);
  });
});

describe("variances at which a smooth function is a step", () => {
  const far = (q: number) =>
    prepareDual(activation("tanh"), Float64Array.of(q, 2 * q), Float64Array.of(q, 3 * q));

  test("are computed as long as the turn is resolved, then refused", () => {
    const out = new Float64Array(4);
    const q = 1e8;
    far(q).pair(0, 1, 0.5 * Math.sqrt(3) * q, 2 * q - 0.5 * Math.sqrt(3) * q, out);
    // (2 / pi) asin(1 / 2) of the sign, with a turn of width 1 / sqrt(q) that takes 1 / q of it
    expect(Math.abs(out[0]! - 1 / 3)).toBeLessThan(2e-8);
    expect(() => far(1e10)).toThrow(
      /variance 3.00e\+10, where the turn of tanh near 0 is too narrow.*normalize the inputs/,
    );
  });
});
