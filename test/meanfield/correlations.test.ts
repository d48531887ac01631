import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import {
  chi,
  chi1,
  correlationDeficitMap,
  correlationMap,
  correlationTrajectory,
  cStar,
  type HiddenLayer,
  lengthMap,
  meanField,
  qStar,
  signalPropagation,
} from "../../src/meanfield/index.js";

const layer = (
  name: string,
  weightVariance: number,
  biasVariance: number,
  parameters: Record<string, unknown> = {},
): HiddenLayer => ({ activation: activation(name, parameters), weightVariance, biasVariance });

const smooth = fc.constantFrom("erf", "tanh", "sin", "gelu", "sigmoid", "softplus", "cos");
const weight = fc.double({ min: 0.1, max: 2, noNaN: true });
const bias = fc.double({ min: 0.01, max: 0.5, noNaN: true });

describe("correlationMap", () => {
  test("of relu is the arc-cosine kernel", () => {
    const relu = layer("relu", 2, 0);
    for (const c of [-1, -0.6, 0, 0.3, 0.95, 1]) {
      const theta = Math.acos(c);
      const expected = (Math.sin(theta) + (Math.PI - theta) * c) / Math.PI;
      // the correlation is 1 minus its deficit: absolute accuracy
      expect(Math.abs(correlationMap(relu, c, 0.7) - expected)).toBeLessThan(4e-16);
    }
  });

  test("of even activations is not monotone, and even", () => {
    const cos = layer("cos", 1.4, 0.02);
    const [left, middle, right] = [-0.8, 0, 0.8].map((c) => correlationMap(cos, c, 0.9));
    expect(left).toBeCloseTo(right!, 14);
    expect(middle).toBeLessThan(right!);
  });

  test("refuses what is no correlation and what has no variance", () => {
    expect(() => correlationMap(layer("erf", 1, 0), 1.1, 1)).toThrow(/c is 1.1/);
    expect(() => correlationMap(layer("erf", 1, 0), Number.NaN, 1)).toThrow(/NaN/);
    expect(() => correlationMap(layer("erf", 1, 0), 0.5, 0)).toThrow(/q is 0/);
    expect(() => correlationMap(layer("erf", 0, 0), 0.5, 1)).toThrow(/variance after the layer is 0/);
  });

  test("keeps the digits of a deficit of 1e-30", () => {
    const erf = layer("erf", 1.5, 0.05);
    const q = qStar(erf).value;
    // C is smooth at c = 1: 1 - C(1 - d) = chi_1 d + O(d^2)
    expect(correlationDeficitMap(erf, 1e-30, q)).toBeWithinRelative(1e-30 * chi1(erf, q), 1e-11);
    const tanh = layer("tanh", 2.5, 0.05);
    const p = qStar(tanh).value;
    expect(correlationDeficitMap(tanh, 1e-30, p)).toBeWithinRelative(1e-30 * chi1(tanh, p), 1e-11);
  });

  test("maps c = 1 to itself at every q", () => {
    fc.assert(
      fc.property(smooth, weight, bias, fc.double({ min: 0.01, max: 5, noNaN: true }), (name, w, b, q) => {
        expect(correlationMap(layer(name, w, b), 1, q)).toBe(1);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test("has chi as its derivative at q* (central differences)", () => {
    fc.assert(
      fc.property(smooth, weight, bias, fc.double({ min: -0.9, max: 0.9, noNaN: true }), (name, w, b, c) => {
        const one = layer(name, w, b);
        const { value: q, status } = qStar(one);
        if (status !== "converged") return;
        const h = 1e-4;
        const difference = (correlationMap(one, c + h, q) - correlationMap(one, c - h, q)) / (2 * h);
        // h^2 C''' / 6 + 1e-16 / h: about 1e-8 for these maps
        expect(Math.abs(difference - chi(one, c, q))).toBeLessThan(1e-7 * (1 + chi(one, 1, q)));
      }),
      { numRuns: 40, seed: 2 },
    );
  });
});

describe("chi", () => {
  test("of relu is (pi - theta) / pi at sigma_w^2 = 2, 1 at c = 1, whatever q", () => {
    expect(chi(layer("relu", 2, 0), 0, 3)).toBeWithinUlp(0.5, 4);
    expect(chi1(layer("relu", 2, 0), 3)).toBe(1);
  });
  test("is refused where phi jumps, with what is available instead", () => {
    expect(() => chi(layer("sign", 1, 0), 0.5, 1)).toThrow(/jumps.*length map/);
    expect(() => chi1(layer("heaviside", 1, 0), 1)).toThrow(/jumps/);
  });
});

describe("cStar", () => {
  test("is the only other fixed point, and every start ends there, also for maps that are not monotone", () => {
    const cases = [
      layer("erf", 3, 0.18),
      layer("tanh", 4, 0.05),
      layer("cos", 6, 0),
      layer("polynomial", 0.6, 0.05, { coefficients: [0, 0.3, 0.4] }),
      layer("abs", 1, 0.3),
      layer("sin", 5, 0.2),
    ];
    for (const one of cases) {
      const q = qStar(one, { start: 0.1 });
      expect(q.status).not.toBe("diverges");
      if (q.status !== "converged") continue;
      const fixed = cStar(one, q.value);
      expect(fixed.status).toBe("converged");
      expect(Math.abs(correlationMap(one, fixed.value, q.value) - fixed.value)).toBeLessThan(1e-12);
      for (const start of [-0.999, -0.5, 0, 0.5, 0.9]) {
        let c = start;
        for (let l = 0; l < 2000; l++) c = correlationMap(one, c, q.value);
        expect(Math.abs(c - fixed.value)).toBeLessThan(1e-3); // abs at b > 0 arrives geometrically, all others too
      }
    }
  });

  test("of odd activations without biases is 0 in the chaotic phase", () => {
    const tanh = layer("tanh", 2, 0);
    const fixed = cStar(tanh, qStar(tanh).value);
    expect(Math.abs(fixed.value)).toBeLessThan(1e-12);
    expect(fixed.slope).toBeLessThan(1);
  });

  test("close to criticality keeps the digits of 1 - c*", () => {
    // C is smooth: 1 - c* = 2 (chi_1 - 1) / C''(1) + O((chi_1 - 1)^2), C''(1) = chi_1 4 q^2 / (1 + 4 q) for erf
    const critical = 1.3758387;
    for (const step of [1e-3, 1e-4, 1e-5]) {
      const field = meanField(layer("erf", critical + step, 0.05));
      const q = field.qStar!;
      const curvature = (field.chi1! * 4 * q * q) / (1 + 4 * q);
      const leading = (2 * (field.chi1! - 1)) / curvature;
      expect(field.cStarDeficit).toBeWithinRelative(leading, 10 * step + 1e-6);
    }
  });

  test("has no meaning without a variance", () => {
    expect(cStar(layer("tanh", 0.5, 0), 0)).toMatchObject({ status: "undefined", value: Number.NaN });
  });
});

describe("correlationTrajectory", () => {
  test("of erf from c = 1/2 falls to its fixed point along chi_c*^l", () => {
    const chaotic = layer("erf", 1.5, 0.05);
    const field = meanField(chaotic);
    const { c } = correlationTrajectory(chaotic, { q1: field.qStar!, c: 0.5 }, 500);
    const distance = (l: number) => Math.abs(c[l]! - field.cStar!);
    const slope = Math.log(distance(500) / distance(400)) / 100;
    expect(slope).toBeWithinRelative(Math.log(field.chiC!), 1e-4);
  });

  test("carries an ordered deficit through 10,000 layers", () => {
    const ordered = layer("erf", 1.25, 0.05);
    const field = meanField(ordered);
    const { deficit, c } = correlationTrajectory(ordered, { q1: field.qStar!, c: 0.3 }, 10_000);
    expect(c[10_000]).toBe(1);
    // pure chi_1^l once the deficit is small: 1e-170 still has its digits
    expect(deficit[9_000]! / deficit[8_000]!).toBeWithinRelative(field.chi1! ** 1000, 1e-8);
    expect(deficit[10_000]).toBeGreaterThan(0);
  });

  test("at criticality follows 2 / (C''(1) l) for erf and 9 pi^2 / (2 l^2) for relu", () => {
    const b = 0.05;
    const erf = layer("erf", 1.3758386996, b);
    const q = qStar(erf).value;
    const l = 20_000;
    const { deficit } = correlationTrajectory(erf, { q1: q, c: 0.3 }, l);
    const curvature = (4 * q * q) / (1 + 4 * q);
    expect((deficit[l]! * l * curvature) / 2).toBeWithinRelative(1, 5e-3); // O(log l / l)
    const relu = correlationTrajectory(layer("relu", 2, 0), { q1: 1, c: 0.3 }, 8192);
    expect((relu.deficit[8192]! * 8192 ** 2) / (4.5 * Math.PI ** 2)).toBeWithinRelative(1, 0.01);
  });

  test("follows two different variances, whose correlation agrees with the covariance map", () => {
    const one = layer("tanh", 2, 0.1);
    const { q1, q2, c, deficit } = correlationTrajectory(one, { q1: 0.5, q2: 1.5, c: -0.4 }, 3);
    expect(q1[1]).toBeWithinRelative(lengthMap(one, 0.5), 1e-12);
    expect(q2[2]).toBeWithinRelative(lengthMap(one, q2[1]!), 1e-12);
    expect(c[0]).toBeCloseTo(-0.4, 14);
    for (let l = 0; l <= 3; l++) expect(c[l]! + deficit[l]!).toBeCloseTo(1, 14);
    // identity layers leave the correlation of different lengths alone
    const linear = correlationTrajectory(layer("identity", 0.7, 0), { q1: 0.5, q2: 1.5, c: -0.4 }, 5);
    expect(linear.c[5]).toBeCloseTo(-0.4, 13);
  });

  test("ends in NaN where the variance is lost, and refuses a start without a correlation", () => {
    const lost = correlationTrajectory(layer("relu", 0, 0), { q1: 1, c: 0.5 }, 3);
    expect([...lost.q1]).toEqual([1, 0, 0, 0]);
    expect([...lost.c]).toEqual([0.5, Number.NaN, Number.NaN, Number.NaN]);
    expect(() => correlationTrajectory(layer("relu", 1, 0), { q1: 1 }, 1)).toThrow(/one of c and deficit/);
    expect(() => correlationTrajectory([], { q1: 1, c: 0 }, 1)).toThrow(/no layer/);
  });
});

describe("signalPropagation", () => {
  test("reads the first dense layer, then each layer with its own activation and variances", () => {
    const layers = [layer("tanh", 1.5, 0.1), layer("relu", 2, 0), layer("sign", 1, 0.2)];
    const {
      q,
      correlations,
      chi: slopes,
    } = signalPropagation(layers, {
      meanSquare: 2,
      correlations: [0.6, 1],
      first: { weightVariance: 1.5, biasVariance: 0.1 },
    });
    expect(q).toHaveLength(4);
    expect(q[0]).toBeWithinUlp(3.1, 2);
    expect(q[1]).toBeWithinRelative(lengthMap(layers[0]!, 3.1), 1e-13);
    expect(q[2]).toBeWithinRelative(q[1]!, 1e-13);
    expect(q[3]).toBeWithinRelative(1.2, 1e-13);
    const first = (1.5 * 0.6 * 2 + 0.1) / 3.1;
    expect(correlations[0]![0]).toBeWithinRelative(first, 1e-14);
    expect(correlations[0]![1]).toBeWithinRelative(correlationMap(layers[0]!, first, 3.1), 1e-12);
    expect(correlations[1]).toEqual([1, 1, 1, 1]);
    expect(slopes[0]).toBeWithinRelative(chi1(layers[0]!, 3.1), 1e-13);
    expect(slopes[1]).toBe(1);
    expect(slopes[2]).toBeNaN();
  });

  test("takes a deficit for near-duplicates and a variance as the start when there is no first layer", () => {
    const { q, deficits } = signalPropagation([layer("relu", 2, 0)], { meanSquare: 1.3, deficits: [1e-20] });
    expect(q).toEqual([1.3, expect.closeTo(1.3, 14)]);
    // 1 - C(1 - d) = d - 2 sqrt(2) d^(3/2) / (3 pi) + ...
    expect(deficits[0]![1]).toBeWithinRelative(1e-20, 1e-9);
  });

  test("keeps going where the signal is lost", () => {
    const { q, correlations } = signalPropagation([layer("exp", 1, 0), layer("exp", 1, 0)], {
      meanSquare: 400,
      correlations: [0.5],
    });
    expect(q.slice(1)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(correlations[0]!.slice(1)).toEqual([Number.NaN, Number.NaN]);
  });

  test("refuses a correlation outside [-1, 1]", () => {
    expect(() =>
      signalPropagation([layer("relu", 2, 0)], { meanSquare: 1, correlations: [Number.NaN] }),
    ).toThrow(/NaN/);
  });
});
