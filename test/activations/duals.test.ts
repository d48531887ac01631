import { describe, expect, test } from "vitest";
import {
  type Activation,
  activation,
  activationNames,
  derivativeSecondMoment,
  dual,
  dualDerivative,
  gaussianMean,
  prepareDual,
  secondMoment,
} from "../../src/activations/index.js";
import { gaussHermite, gaussLegendre } from "../../src/numeric/quadrature/index.js";
import { normalPdf } from "../../src/numeric/special/index.js";

const SPECIAL: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  leakyRelu: [{ slope: 0.2 }],
  abRelu: [
    { a: -0.5, b: 1.5 },
    { a: 2, b: 2 },
  ],
  erf: [{}, { a: 1.5, b: 0.4, c: -0.3 }],
  sin: [{}, { a: 2, b: 0.7, c: 0.4 }],
  cos: [{}, { a: 2, b: 0.7, c: 0.4 }],
  rbf: [{ gamma: 0.3 }],
  gaussian: [{ a: 2, b: -0.5 }, { b: 0.01 }],
  exp: [{ a: 0.5, b: 0.6 }],
  monomial: [0, 1, 2, 3, 5, 8].map((degree) => ({ degree })),
  rectifiedMonomial: [0, 1, 2, 3, 4, 6].map((degree) => ({ degree })),
  polynomial: [{ coefficients: [0.5, -1, 0.25, 0.2] }, { coefficients: [3] }],
  hermite: [0, 1, 2, 5, 9].map((degree) => ({ degree })),
  expression: [{ expression: "x*tanh(x)" }],
};
const NUMERIC = ["tanh", "sigmoid", "silu", "softplus", "elu", "selu", "softsign", "arctan"];
const all: readonly Activation[] = activationNames()
  .filter((name) => name !== "expNormalized" && name !== "reciprocal")
  .flatMap((name) => (SPECIAL[name] ?? [{}]).map((parameters) => activation(name, parameters)));
const closed = all.filter((a) => a.closedDual !== null);
const continuous = all.filter((a) => a.breakPoints.every((b) => b.order !== 0));

/** A fixed pseudo-random sequence in (0, 1). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Random variances up to 5 and correlations in (-1, 1). */
function covariances(count: number, seed: number): { q1: number; q2: number; k: number }[] {
  const next = sequence(seed);
  return Array.from({ length: count }, () => {
    const q1 = 0.02 + 5 * next() ** 2;
    const q2 = 0.02 + 5 * next() ** 2;
    return { q1, q2, k: (2 * next() - 1) * Math.sqrt(q1 * q2) };
  });
}

const panel = gaussLegendre(24);

/** Composite Gauss-Legendre rule for N(0, 1) on [-11, 11] with an edge at each break. */
function normalRule(breaks: readonly number[]): { z: number; w: number }[] {
  const grid = [-11, -8, -6, -4, -2.5, -1.2, 0, 1.2, 2.5, 4, 6, 8, 11];
  const edges = [...new Set([...grid, ...breaks.filter((b) => Math.abs(b) < 11)])].sort((a, b) => a - b);
  const out: { z: number; w: number }[] = [];
  for (let e = 0; e + 1 < edges.length; e++) {
    const half = (edges[e + 1]! - edges[e]!) / 2;
    for (let i = 0; i < panel.nodes.length; i++) {
      const z = edges[e]! + half * (1 + panel.nodes[i]!);
      out.push({ z, w: half * panel.weights[i]! * normalPdf(z) });
    }
  }
  return out;
}

/**
 * E f(u) f(v) by a product rule in Cartesian coordinates (u = s1 z, v = c s2 z + ... y): shares nothing with the library's
 * closed forms, Hermite series or polar rule.
 */
function productMean(a: Activation, f: (x: number) => number, q1: number, q2: number, k: number): number {
  const breaks = a.breakPoints.map((b) => b.at);
  const s1 = Math.sqrt(q1);
  const slope = k / s1;
  const sigma = Math.sqrt(q2 - (k * k) / q1);
  let total = 0;
  // the inner mean turns within sigma of where it passes a break
  const layers = breaks.flatMap((b) => [-8, -3, -1, 0, 1, 3, 8].map((t) => (b + t * sigma) / slope));
  for (const { z, w } of normalRule([...breaks.map((b) => b / s1), ...layers])) {
    if (w < 1e-24) continue;
    let inner = 0;
    for (const { z: y, w: v } of normalRule(breaks.map((b) => (b - slope * z) / sigma))) {
      if (v > 1e-24) inner += v * f(slope * z + sigma * y);
    }
    total += w * f(s1 * z) * inner;
  }
  return total;
}

describe.each(closed.map((a) => [a.label, a] as const))("closed form of %s", (_, a) => {
  test("equals two-dimensional quadrature at random covariances", () => {
    for (const { q1, q2, k } of covariances(3, 7)) {
      const scale = Math.sqrt(secondMoment(a, q1) * secondMoment(a, q2));
      const T = productMean(a, a.value, q1, q2, k);
      // the reference itself is good to about 1e-12 of E phi^2
      expect(Math.abs(dual(a, q1, q2, k) - T)).toBeLessThanOrEqual(1e-10 * scale);
      const { derivative } = a;
      if (derivative !== null) {
        const slopeScale = Math.sqrt(derivativeSecondMoment(a, q1) * derivativeSecondMoment(a, q2));
        const Td = productMean(a, derivative, q1, q2, k);
        expect(Math.abs(dualDerivative(a, q1, q2, k) - Td)).toBeLessThanOrEqual(1e-10 * slopeScale);
      }
    }
  });
});

describe.each(NUMERIC)("numerical dual of %s", (name) => {
  test("equals two-dimensional quadrature at random covariances", () => {
    const a = activation(name);
    for (const { q1, q2, k } of covariances(2, 11)) {
      const scale = Math.sqrt(secondMoment(a, q1) * secondMoment(a, q2));
      expect(Math.abs(dual(a, q1, q2, k) - productMean(a, a.value, q1, q2, k))).toBeLessThan(2e-12 * scale);
      expect(Math.abs(dualDerivative(a, q1, q2, k) - productMean(a, a.derivative!, q1, q2, k))).toBeLessThan(
        2e-12,
      );
    }
  });
});

describe.each(all.map((a) => [a.label, a] as const))("identities of %s", (_, a) => {
  test("T at c = 1 is E phi^2, at c = 0 the product of the means", () => {
    const points = { breakPoints: a.breakPoints.map((b) => b.at) };
    for (const q of [1e-5, 0.4, 2.5]) {
      const second = secondMoment(a, q);
      expect(Math.abs(dual(a, q, q, q) - second)).toBeLessThanOrEqual(2e-13 * second);
      const means = gaussianMean(a.value, q, points) * gaussianMean(a.value, 1.7 * q, points);
      expect(Math.abs(dual(a, q, 1.7 * q, 0) - means)).toBeLessThanOrEqual(1e-12 * secondMoment(a, 1.7 * q));
    }
  });

  test("T is symmetric and bounded by Cauchy-Schwarz", () => {
    for (const { q1, q2, k } of covariances(5, 3)) {
      const T = dual(a, q1, q2, k);
      const bound = Math.sqrt(secondMoment(a, q1) * secondMoment(a, q2));
      expect(Math.abs(T - dual(a, q2, q1, k))).toBeLessThanOrEqual(2e-12 * bound);
      expect(Math.abs(T)).toBeLessThanOrEqual(bound * (1 + 1e-12));
    }
  });

  test("a sample of zero variance gives phi(0) E phi, also with another one", () => {
    const points = { breakPoints: a.breakPoints.map((b) => b.at) };
    const mean = gaussianMean(a.value, 2, points);
    expect(Math.abs(dual(a, 0, 2, 0) - a.value(0) * mean)).toBeLessThanOrEqual(1e-12 * secondMoment(a, 2));
    expect(dual(a, 0, 0, 0)).toBeWithinRelative(a.value(0) ** 2, 1e-15);
  });
});

describe.each(continuous.map((a) => [a.label, a] as const))("derivative kernel of %s", (_, a) => {
  test("is dT / dk", () => {
    for (const { q1, q2, k } of covariances(4, 5)) {
      const limit = Math.sqrt(q1 * q2);
      const h = Math.min(2 ** -8 * limit, (limit - Math.abs(k)) / 4);
      const T = (x: number) => dual(a, q1, q2, x);
      const slope = (8 * (T(k + h) - T(k - h)) - (T(k + 2 * h) - T(k - 2 * h))) / (12 * h);
      const scale = Math.sqrt(derivativeSecondMoment(a, q1) * derivativeSecondMoment(a, q2));
      // h^4 T^(5) / 30 near the ends of the range, where derivatives of kinked duals grow; rounding eps T / h
      const rounding = (1e-13 * Math.sqrt(secondMoment(a, q1) * secondMoment(a, q2))) / h;
      expect(Math.abs(dualDerivative(a, q1, q2, k) - slope)).toBeLessThanOrEqual(3e-4 * scale + rounding);
    }
  });

  test("at c = 1 is E phi'^2", () => {
    for (const q of [1e-5, 0.4, 2.5]) {
      const second = derivativeSecondMoment(a, q);
      expect(Math.abs(dualDerivative(a, q, q, q) - second)).toBeLessThanOrEqual(1e-12 * second + 1e-300);
    }
  });
});

describe("known special cases", () => {
  test("abRelu(a, a) is a times the identity, abs is abRelu(-1, 1), rectified monomials 0 and 1 are heaviside and relu", () => {
    for (const { q1, q2, k } of covariances(20, 1)) {
      expect(dual(activation("abRelu", { a: 2, b: 2 }), q1, q2, k)).toBeWithinRelative(4 * k, 1e-15);
      expect(dual(activation("abs"), q1, q2, k)).toBe(dual(activation("abRelu", { a: -1, b: 1 }), q1, q2, k));
      expect(dual(activation("rectifiedMonomial", { degree: 1 }), q1, q2, k)).toBeWithinRelative(
        dual(activation("relu"), q1, q2, k),
        1e-14,
        0.05,
      );
      expect(dual(activation("rectifiedMonomial", { degree: 0 }), q1, q2, k)).toBeWithinRelative(
        dual(activation("heaviside"), q1, q2, k),
        1e-14,
        0.05,
      );
    }
  });

  test("hermite(n) has T = c^n and Td = n c^(n-1) at unit variance, and is the polynomial with its coefficients", () => {
    for (const c of [-1, -0.3, 0, 0.5, 1]) {
      expect(dual(activation("hermite", { degree: 5 }), 1, 1, c)).toBeCloseTo(c ** 5, 14);
      expect(dualDerivative(activation("hermite", { degree: 5 }), 1, 1, c)).toBeCloseTo(5 * c ** 4, 13);
    }
    const coefficients = [0, -3 / Math.sqrt(6), 0, 1 / Math.sqrt(6)];
    for (const { q1, q2, k } of covariances(20, 2)) {
      expect(dual(activation("hermite", { degree: 3 }), q1, q2, k)).toBeWithinRelative(
        dual(activation("polynomial", { coefficients }), q1, q2, k),
        1e-13,
        q1 * q2,
      );
    }
  });

  test("rbf is the Gaussian kernel of the distance", () => {
    const rbf = activation("rbf", { gamma: 0.7 });
    expect(dual(rbf, 1.3, 0.6, 0.4)).toBeWithinUlp(Math.exp(-0.7 * (1.3 + 0.6 - 0.8)), 4);
  });

  test("expNormalized is sqrt(q1 q2) e^{gamma (c + shift)} with Td its derivative", () => {
    const a = activation("expNormalized", { gamma: 1.5, shift: -0.8 });
    const T = (k: number) => Math.sqrt(2 * 3) * Math.exp(1.5 * (k / Math.sqrt(6) - 0.8));
    expect(dual(a, 2, 3, 0.9)).toBeWithinRelative(T(0.9), 1e-15);
    expect(dualDerivative(a, 2, 3, 0.9)).toBeWithinRelative((T(0.9 + 1e-5) - T(0.9 - 1e-5)) / 2e-5, 1e-9);
    expect(dual(a, 2, 2, 2)).toBeWithinRelative(secondMoment(a, 2), 1e-15);
    const out = new Float64Array(4);
    prepareDual(a, Float64Array.of(2), Float64Array.of(2)).pair(0, 0, 2 - 1e-13, 1e-13, out);
    // D = top (s1 s2) (1 - e^{-gamma (1 - c)})
    expect(out[2]).toBeWithinRelative(Math.exp(0.3) * 2 * -Math.expm1(-1.5 * 0.5e-13), 1e-14);
  });

  test("arc-cosine kernels of every degree are finite at c = 1, c = -1 and q = 0", () => {
    for (let degree = 0; degree <= 12; degree++) {
      const a = activation("rectifiedMonomial", { degree });
      expect(dual(a, 1, 1, 1)).toBeWithinRelative(secondMoment(a, 1), 1e-14);
      expect(Math.abs(dual(a, 1, 1, -1))).toBeLessThanOrEqual(1e-15 * secondMoment(a, 1));
      expect(dual(a, 0, 0, 0)).toBe(0);
      if (degree >= 1) {
        expect(dualDerivative(a, 1, 1, 1)).toBeWithinRelative(derivativeSecondMoment(a, 1), 1e-14);
        expect(dualDerivative(a, 0, 1, 0)).not.toBeNaN();
      }
    }
  });
});

describe("where fixed Gauss-Hermite rules go wrong", () => {
  /** Tensor Gauss-Hermite estimate of T and Td, as numerical kernels commonly do it. */
  function hermiteRule(a: Activation, order: number, q: number, c: number): { T: number; Td: number } {
    const { nodes, weights } = gaussHermite(order);
    const s = Math.sqrt(q);
    let T = 0;
    let Td = 0;
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) {
        const u = s * nodes[i]!;
        const v = s * (c * nodes[i]! + Math.sqrt(1 - c * c) * nodes[j]!);
        T += weights[i]! * weights[j]! * a.value(u) * a.value(v);
        Td += weights[i]! * weights[j]! * a.derivative!(u) * a.derivative!(v);
      }
    }
    return { T, Td };
  }

  test("kinks: degree 25 misses the ELU-like kink kernels, the library does not", () => {
    const selu = activation("selu");
    const [q, c] = [1, 0.9];
    const truth = productMean(selu, selu.derivative!, q, q, c * q);
    expect(Math.abs(hermiteRule(selu, 25, q, c).Td - truth)).toBeGreaterThan(1e-3);
    expect(Math.abs(dualDerivative(selu, q, q, c * q) - truth)).toBeLessThan(1e-12);
  });

  test.each([4, 16])(
    "large variance: tanh at q = %i, degree 25 is off in the third digit, the library at 1e-12",
    (q) => {
      const tanh = activation("tanh");
      const c = 0.6;
      const T = productMean(tanh, tanh.value, q, q, c * q);
      const Td = productMean(tanh, tanh.derivative!, q, q, c * q);
      const rule = hermiteRule(tanh, 25, q, c);
      expect(Math.abs(rule.T - T) + Math.abs(rule.Td - Td)).toBeGreaterThan(1e-3);
      expect(Math.abs(dual(tanh, q, q, c * q) - T)).toBeLessThan(1e-12);
      expect(Math.abs(dualDerivative(tanh, q, q, c * q) - Td)).toBeLessThan(1e-12);
    },
  );
});

describe("what has no dual", () => {
  test("sign and heaviside have a value but no derivative kernel, and say why", () => {
    for (const name of ["sign", "heaviside"]) {
      const a = activation(name);
      expect(dual(a, 1, 1, 0.5)).toBeWithinRelative(name === "sign" ? 1 / 3 : 1 / 3, 1e-15);
      expect(() => dualDerivative(a, 1, 1, 0.5)).toThrow(/delta/);
      const q = Float64Array.of(1);
      expect(() => prepareDual(a, q, q)).toThrow(/nngp kernel only/);
      const map = prepareDual(a, q, q, { derivative: false });
      const out = new Float64Array(4);
      map.pair(0, 0, 0.5, 0.5, out);
      expect(out[0]).toBeWithinRelative(1 / 3, 1e-15);
      expect(out[1]).toBeNaN();
    }
  });

  test("reciprocal has none", () => {
    expect(() => dual(activation("reciprocal"), 1, 1, 0.5)).toThrow(/unbounded near x = 0/);
  });

  test("covariances that are none are refused", () => {
    const a = activation("tanh");
    expect(() => dual(a, 1, 1, 1.001)).toThrow(/must be in/);
    expect(() => dual(a, 1, 1, Number.NaN)).toThrow(/must be in/);
    expect(() => dual(a, -1, 1, 0)).toThrow(/q1/);
    expect(() => dual(activation("gaussian", { b: 0.3 }), 1, 1, 0)).toThrow(/q < 1/);
  });
});
