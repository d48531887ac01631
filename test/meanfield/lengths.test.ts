import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activation, customActivation } from "../../src/activations/index.js";
import { isForetrainError } from "../../src/errors.js";
import {
  firstLength,
  type HiddenLayer,
  lengthMap,
  lengthProcess,
  lengthTrajectory,
  qStar,
} from "../../src/meanfield/index.js";

const layer = (
  name: string,
  weightVariance: number,
  biasVariance: number,
  parameters: Record<string, unknown> = {},
): HiddenLayer => ({ activation: activation(name, parameters), weightVariance, biasVariance });

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isForetrainError(error)) return error.code;
    throw error;
  }
  return "none";
}

describe("lengthMap", () => {
  test("of relu and of sign is a straight line and a constant", () => {
    expect(lengthMap(layer("relu", 2, 0.1), 3)).toBeWithinUlp(3.1, 1);
    expect(lengthMap(layer("sign", 1.5, 0.1), 7)).toBeWithinUlp(1.6, 1);
    expect(lengthMap(layer("heaviside", 2, 0), 0.01)).toBe(1);
  });

  test("gives Infinity where the expectation diverges", () => {
    expect(lengthMap(layer("gaussian", 1, 0, { a: 1, b: 0.25 }), 2)).toBe(Number.POSITIVE_INFINITY);
    expect(lengthMap(layer("gaussian", 1, 0, { a: 1, b: 0.25 }), 0.5)).toBeWithinRelative(
      Math.SQRT2, // (1 - 4 b q)^(-1/2)
      1e-12,
    );
    expect(lengthMap(layer("exp", 1, 0), 400)).toBe(Number.POSITIVE_INFINITY);
  });

  test("passes on that an expectation cannot be had accurately: that is no divergence", () => {
    const wild = customActivation({ name: "wild", value: (x) => Math.sin(50 * x) * Math.sin(71 * x) });
    const work = () => lengthMap({ activation: wild, weightVariance: 1, biasVariance: 0 }, 1e8);
    expect(codeOf(work)).toBe("ERR_NUMERICAL");
    expect(work).toThrow(/lower the variance, or declare/);
  });

  test("without weights is the bias variance, whatever the activation", () => {
    expect(lengthMap(layer("exp", 0, 0.3), 1e6)).toBe(0.3);
  });

  test("refuses activations without a length map, saying why", () => {
    const work = () => lengthMap(layer("reciprocal", 1, 0), 1);
    expect(work).toThrow(/reciprocal.*no length map.*unbounded/);
    expect(codeOf(work)).toBe("ERR_UNAVAILABLE");
  });

  test.each([
    ["weightVariance", -1, 0, 1],
    ["weightVariance", Number.NaN, 0, 1],
    ["biasVariance", 1, Number.POSITIVE_INFINITY, 1],
    ["q", 1, 0, Number.NaN],
    ["q", 1, 0, -1e-9],
  ])("refuses a %s out of range", (argument, w, b, q) => {
    const work = () => lengthMap(layer("tanh", w, b), q);
    expect(work).toThrow(new RegExp(argument));
    expect(codeOf(work)).toBe("ERR_DOMAIN");
  });
});

describe("lengthTrajectory", () => {
  test("reproduces the tanh length map of paper D at sigma_w^2 = 1.5, sigma_b^2 = 0.1", () => {
    const tanh = layer("tanh", 1.5, 0.1);
    const q = lengthTrajectory(tanh, firstLength(tanh), 4);
    // six printed digits
    expect(q).toAllBeWithinRelative([1.6, 0.819995, 0.637737, 0.571564, 0.543651], 1e-6);
  });

  test("ends in Infinity once a variance is infinite, and starts with the start", () => {
    const q = lengthTrajectory(layer("exp", 1, 0), 1, 5);
    expect(q[0]).toBe(1);
    expect(q[1]).toBeWithinRelative(Math.exp(2), 1e-12);
    expect([...q.slice(3)]).toEqual([1, 1, 1].map(() => Number.POSITIVE_INFINITY));
    expect([...lengthTrajectory(layer("tanh", 1, 0), 0.5, 0)]).toEqual([0.5]);
  });

  test("refuses a depth that is no whole number", () => {
    expect(() => lengthTrajectory(layer("tanh", 1, 0), 1, 1.5)).toThrow(/depth is 1.5/);
    expect(() => lengthTrajectory(layer("tanh", 1, 0), 1, Number.NaN)).toThrow(/depth/);
  });
});

describe("qStar", () => {
  test("without weights is the bias variance", () => {
    expect(qStar(layer("tanh", 0, 0.3))).toMatchObject({ value: 0.3, status: "converged", slope: 0 });
    expect(qStar(layer("tanh", 0, 0))).toMatchObject({ value: 0, status: "converged", slope: 0 });
  });

  test("of tanh without biases is 0 up to and at sigma_w^2 = 1, positive just above", () => {
    for (const w of [0.3, 0.99, 1]) {
      const solved = qStar(layer("tanh", w, 0));
      expect(solved).toMatchObject({ value: 0, status: "converged", stable: true });
      expect(solved.slope).toBeWithinUlp(w, 2);
    }
    // E_q[tanh^2] = q - 2 q^2 + O(q^3): q* = (w - 1) / (2 w) + O((w - 1)^2)
    const above = qStar(layer("tanh", 1 + 1e-5, 0));
    expect(above.status).toBe("converged");
    expect(above.value).toBeWithinRelative(1e-5 / 2, 1e-4);
    expect(above.stable).toBe(true);
  });

  test("of relu is closed: below, at and above sigma_w^2 = 2", () => {
    const below = qStar(layer("relu", 1.5, 0.2));
    expect(below.value).toBeWithinRelative(0.8, 1e-14);
    expect(below).toMatchObject({ status: "converged", slope: 0.75, stable: true });
    expect(qStar(layer("relu", 2, 0), { start: 3.5 })).toMatchObject({ value: 3.5, status: "every-q" });
    expect(qStar(layer("relu", 2, 0.1)).status).toBe("no-fixed-point");
    expect(qStar(layer("relu", 2.1, 0.1)).status).toBe("no-fixed-point");
    expect(qStar(layer("relu", 2.1, 0)).status).toBe("diverges");
    expect(qStar(layer("leakyRelu", 2 / (1 + 0.1 ** 2), 0, { slope: 0.1 })).status).toBe("every-q");
  });

  test("of gelu diverges like relu above sigma_w^2 = 2 and is large just below", () => {
    expect(qStar(layer("gelu", 2.5, 0.2)).status).toBe("no-fixed-point");
    // gelu bends: a stable fixed point below, an unstable one above it
    expect(qStar(layer("gelu", 2.05, 0.1))).toMatchObject({ status: "converged", stable: true });
    expect(qStar(layer("gelu", 2.05, 0.1), { start: 1e4 }).status).toBe("diverges");
    const below = qStar(layer("gelu", 1.999, 0.1));
    expect(below.status).toBe("converged");
    expect(lengthMap(layer("gelu", 1.999, 0.1), below.value)).toBeWithinRelative(below.value, 1e-13);
  });

  test("of softplus on its asymptotic critical line says what can be told", () => {
    // Q(q) - q - sigma_b^2 falls like 1 / sqrt(q): the variance grows by sigma_b^2 per layer, and by a term that vanishes
    expect(qStar(layer("softplus", 2, 0.1)).status).toBe("no-fixed-point");
    const open = qStar(layer("softplus", 2, 0));
    expect(["max-iterations", "no-fixed-point"]).toContain(open.status);
    expect(open.iterations).toBeLessThan(100);
    const below = qStar(layer("softplus", 1.9999, 0.1));
    expect(below).toMatchObject({ status: "converged", stable: true });
    expect(below.value).toBeGreaterThan(100);
  });

  test("of exp finds the lower of two fixed points from below the upper one, and says diverges above it", () => {
    const exp = layer("exp", 0.1, 0); // q = 0.1 e^{2 q}: two solutions
    const low = qStar(exp, { start: 0 });
    expect(low).toMatchObject({ status: "converged", stable: true });
    expect(low.value).toBeWithinRelative(0.1 * Math.exp(2 * low.value), 1e-14);
    expect(low.slope).toBeWithinRelative(2 * low.value, 1e-10);
    expect(qStar(exp, { start: 1 }).value).toBeWithinRelative(low.value, 1e-13);
    expect(qStar(exp, { start: 1.5 }).status).toBe("diverges");
    // past the fold at sigma_w^2 = 1 / (2 e) there is none; just past it lies a bottleneck of some 10^3 steps
    expect(qStar(layer("exp", 0.2, 0)).status).toBe("no-fixed-point");
    expect(qStar(layer("exp", (1 + 1e-6) / (2 * Math.E), 0), { start: 0 }).status).toBe("no-fixed-point");
    const fold = qStar(layer("exp", (1 - 1e-6) / (2 * Math.E), 0), { start: 0 });
    expect(fold.status).toBe("converged");
    expect(fold.slope).toBeLessThan(1);
  });

  test("of the square knows its unstable fixed point from the two basins beside it", () => {
    const square = layer("monomial", 1 / 3, 0, { degree: 2 }); // Q(q) = q^2
    expect(qStar(square, { start: 1 })).toMatchObject({ value: 1, status: "converged", stable: false });
    expect(qStar(square, { start: 0.999 })).toMatchObject({ value: 0, status: "converged", stable: true });
    expect(qStar(square, { start: 1.001 })).toMatchObject({ status: "diverges" });
    expect(qStar(layer("monomial", 1 / 3, 0.3, { degree: 2 })).status).toBe("no-fixed-point");
  });

  test("keeps away from 0 where phi(0) is not 0 or phi jumps there", () => {
    const softplus = layer("softplus", 0.5, 0);
    const solved = qStar(softplus);
    expect(solved.status).toBe("converged");
    expect(lengthMap(softplus, solved.value)).toBeWithinRelative(solved.value, 1e-13);
    expect(qStar(layer("sign", 1.5, 0.1)).value).toBeWithinUlp(1.6, 2);
    expect(qStar(layer("heaviside", 1, 0)).value).toBe(0.5);
  });

  test("finds the fixed point of a decreasing map", () => {
    const cos = layer("cos", 1.7, 0.05);
    const solved = qStar(cos);
    expect(solved.value).toBeWithinRelative((1.7 * (1 + Math.exp(-2 * solved.value))) / 2 + 0.05, 1e-14);
    expect(solved.slope).toBeWithinRelative(-1.7 * Math.exp(-2 * solved.value), 1e-10);
  });

  test("takes very wide variances of a bounded activation for what they are", () => {
    const solved = qStar(layer("tanh", 1e14, 0));
    expect(solved.status).toBe("converged");
    expect(solved.value).toBeWithinRelative(1e14, 1e-6); // tanh is a sign at this scale
  });

  test("works for a function of the user's own, homogeneous or not", () => {
    const own = customActivation({
      name: "own",
      value: (x) => (x > 0 ? 2 * x : 0),
      derivative: (x) => (x > 0 ? 2 : 0),
      breakPoints: [{ at: 0, order: 1 }],
    });
    expect(qStar({ activation: own, weightVariance: 0.25, biasVariance: 0.1 }).value).toBeWithinRelative(
      0.2,
      1e-11,
    );
  });

  test("is a fixed point of the map, stable when a trajectory arrives at it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("erf", "tanh", "sin", "sigmoid", "gelu", "elu"),
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, w, b) => {
          const one = layer(name, w, b);
          const solved = qStar(one);
          if (solved.status !== "converged") {
            // only activations that grow like |x| can fail to have one
            expect(["gelu", "elu"]).toContain(name);
            return;
          }
          expect(Math.abs(lengthMap(one, solved.value) - solved.value)).toBeLessThanOrEqual(
            1e-12 * solved.value,
          );
          expect(solved.stable || Math.abs(solved.slope) <= 1 + 1e-9).toBe(true);
        },
      ),
      { numRuns: 40, seed: 11 },
    );
  });
});

describe("lengthProcess", () => {
  test("of relu at sigma_w^2 = 2 fluctuates by 8 + 20 (l - 1)", () => {
    const { q, scaledVariance, activationLength } = lengthProcess(layer("relu", 2, 0), 2, 4);
    expect([...q]).toEqual([2, 2, 2, 2, 2]);
    expect(scaledVariance).toAllBeWithinRelative([8, 28, 48, 68, 88], 1e-11);
    expect(activationLength).toAllBeWithinRelative([1, 1, 1, 1, 1], 1e-13);
  });

  test("reproduces the fluctuations of tanh at sigma_w^2 = 1.5, sigma_b^2 = 0.1", () => {
    const { scaledVariance } = lengthProcess(layer("tanh", 1.5, 0.1), 1.6, 4);
    // five printed digits
    expect(scaledVariance).toAllBeWithinRelative([5.12, 1.6012, 1.0405, 0.8633, 0.7926], 1e-4);
  });
});

describe("a variance that passes a bottleneck", () => {
  // silu at sigma_w^2 = 2.01 grows by half a per cent a layer: 850 layers from 1 to where it grows by doubling
  test("is followed in leaps that no fixed point can hide in: some 100 steps instead of 850", () => {
    const found = qStar({ activation: activation("silu"), weightVariance: 2.01, biasVariance: 0.5 });
    expect(found.status).toBe("no-fixed-point");
    expect(found.iterations).toBeLessThan(300);
  });

  test.each([0.1, 0.5])(
    "stops at the same fixed point as the plain trajectory, on both sides of the fold at sigma_b^2 = %d",
    (biasVariance) => {
      for (let weightVariance = 1.8; weightVariance < 2.06; weightVariance += 0.04) {
        const layer = { activation: activation("silu"), weightVariance, biasVariance };
        let q = 1;
        for (let l = 0; l < 3000 && q < 1e4; l++) q = lengthMap(layer, q);
        const found = qStar(layer);
        if (q >= 1e4) expect(found.status, `at ${weightVariance}`).not.toBe("converged");
        else expect(Math.abs(found.value - q), `at ${weightVariance}`).toBeLessThanOrEqual(1e-5 * (1 + q));
      }
    },
  );
});
