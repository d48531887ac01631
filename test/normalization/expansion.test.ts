import { describe, expect, test } from "vitest";
import { activation } from "../../src/activations/index.js";
import { lazyExpansion } from "../../src/dynamics/index.js";
import { expansionOrder, meanFieldFlow, shallowExpansion } from "../../src/normalization/index.js";
import { matrixFromRows } from "../../src/numeric/matrix.js";
import { solveOde } from "../../src/numeric/ode.js";
import { portableNetwork } from "../dynamics/portable-network.js";
import { expectClose } from "../support/expect-close.js";
import { CENTRED, problem, SHIFTED } from "./cases.js";

/** training points, then the further one */
const terms = (network: typeof CENTRED, corrections: number) => {
  const { train, test: more } = shallowExpansion(problem(network), corrections);
  return train.map((term, j) => [...term[0]!, ...more![j]![0]!]);
};

describe("the deterministic terms of a wide shallow network", () => {
  test("have the listed values where the inner weights are centred, and no odd ones", () => {
    const [h, q1, q2, q3] = terms(CENTRED, 3);
    expectClose(h!, [0.12509, -0.59202, 0.59213, -0.02095, -0.18413], 2e-5);
    expectClose(q2!, [0.00558, 0.00919, -0.01002, 0.00224, -0.01253], 2e-5);
    for (const odd of [q1!, q3!]) expectClose(odd, [0, 0, 0, 0, 0], 1e-12);
  });

  test("have the listed values where the inner weights are shifted", () => {
    const [h, q1, q2, q3] = terms(SHIFTED, 3);
    expectClose(h!, [0.13665, -0.58719, 0.57093, -0.02882, -0.1865], 2e-5);
    expectClose(q1!, [-0.00014, 0.00655, -0.01169, 0.00158, -0.00279], 2e-5);
    expectClose(q2!, [0.00332, 0.01262, -0.00852, 0.00419, -0.0107], 2e-5);
    expectClose(q3!, [-0.00071, -0.0011, 0.00076, 0.0003, 0.0001], 2e-5);
  });

  test("Q^1 agrees with the kernel of three points", () => {
    const given = problem(SHIFTED);
    const { particles, x, y, testX } = given;
    const { value, derivative, secondDerivative } = activation("tanh");
    const points = [0, 1, 2, 3, 4].map((i) =>
      i < 4 ? [x.data[2 * i]!, x.data[2 * i + 1]!] : [testX!.data[0]!, testX!.data[1]!],
    );
    const dot = (a: readonly number[], b: readonly number[]) => a[0]! * b[0]! + a[1]! * b[1]!;
    const mean = (f: (c: number, z: readonly number[]) => number) => {
      let sum = 0;
      for (let i = 0; i < particles.weights.length; i++) {
        const w = [particles.inner[2 * i]!, particles.inner[2 * i + 1]!];
        sum +=
          particles.weights[i]! *
          f(
            particles.outer[i]!,
            points.map((p) => dot(w, p)),
          );
      }
      return sum;
    };
    const slope = derivative!;
    const curve = secondDerivative!;
    const pairs = points.map((p, a) =>
      [0, 1, 2, 3].map((b) =>
        mean(
          (c, z) => value(z[a]!) * value(z[b]!) + c * c * slope(z[a]!) * slope(z[b]!) * dot(p, points[b]!),
        ),
      ),
    );
    const triples = points.map((p, a) =>
      [0, 1, 2, 3].map((b) =>
        [0, 1, 2, 3].map(
          (k) =>
            mean(
              (c, z) =>
                c ** 3 *
                slope(z[k]!) *
                (curve(z[a]!) * slope(z[b]!) * dot(p, points[k]!) +
                  slope(z[a]!) * curve(z[b]!) * dot(points[b]!, points[k]!)),
            ) * dot(p, points[b]!),
        ),
      ),
    );
    // state: h (5), integral of the residual (4), Q^1 (5)
    const [end] = solveOde(
      (_, s, out) => {
        out.fill(0);
        for (let a = 0; a < 5; a++) {
          for (let j = 0; j < 4; j++) {
            const r = y[j]! - s[j]!;
            if (a === 0) out[5 + j] = r;
            out[a]! += (pairs[a]![j]! * r) / 4;
            let third = 0;
            for (let k = 0; k < 4; k++) third += (triples[a]![j]![k]! * s[5 + k]!) / 4;
            out[9 + a]! += (r * third - pairs[a]![j]! * s[9 + j]!) / 4;
          }
        }
      },
      new Float64Array(14),
      [3],
    );
    const [h, q1] = terms(SHIFTED, 1);
    expectClose(h!, [...end!.subarray(0, 5)], 1e-8);
    // the same quadrature on both sides: what differs is the solver's error
    expectClose(q1!, [...end!.subarray(9)], 1e-8);
  });

  test("h + eps Q^1 misses the flow without expansion by eps^2", () => {
    const given = problem(SHIFTED);
    const [h, q1, q2] = terms(SHIFTED, 2);
    const errors = [0.1, 0.05].map((eps) => {
      const { train, test: more } = meanFieldFlow(given, eps);
      const flow = [...train[0]!, ...more![0]!];
      const rest = flow.map((value, i) => value - h![i]! - eps * q1![i]!);
      // what is left is eps^2 Q^2 + O(eps^3)
      expectClose(
        rest.map((value) => value / eps ** 2),
        q2!,
        0.02 * eps,
      );
      return Math.max(...rest.map(Math.abs));
    });
    expect(Math.abs(Math.log2(errors[0]! / errors[1]!) - 2)).toBeLessThan(0.1);
  });

  test("are the noise-free corrections of the same units as a network, in units of N^(-1/2)", () => {
    const { model, theta, x, y, testX } = portableNetwork();
    const {
      train,
      test: more,
      start,
    } = lazyExpansion({
      model,
      parameters: theta,
      x,
      y,
      testX,
      order: 3,
      times: [2],
    });
    // f = N^(-1/2) sum a_i tanh(w_i x + b_i): units of weight 1 / N with C = a, the bias as the weight of a constant input
    const withOne = (points: typeof x) => matrixFromRows([...points.data].map((value) => [value, 1]));
    const normal = { kind: "normal", variance: 1 } as const;
    const units = shallowExpansion(
      {
        network: { activation: { kind: "activation", name: "tanh" }, outer: normal, inner: [normal, normal] },
        particles: {
          weights: new Float64Array(4).fill(1 / 4),
          outer: theta.slice(8),
          inner: Float64Array.from({ length: 8 }, (_, k) => theta[(k % 2) * 4 + (k >> 1)]!),
        },
        x: withOne(x),
        y: y.data.map((value, i) => value - start.train[i]!),
        testX: withOne(testX),
        times: [2],
      },
      2,
    );
    const listed = [
      null,
      [-0.03379412, -0.00576665, 0.01582358, 0.0162515, 0.02006349],
      [0.00654969, 0.00200809, 0.00233348, 0.01033061, 0.00850047],
    ];
    listed.forEach((values, k) => {
      const asUnits = [...units.train[k]![0]!, ...units.test![k]![0]!];
      const asNetwork = [...train[k]![0]!, ...more![k]![0]!].map((value) => value * 2 ** k);
      expectClose(asUnits, asNetwork, 1e-9);
      // listed to 8 decimals
      if (values !== null) expectClose(asUnits, values, 1e-8);
    });
  });
});

describe("the number of deterministic terms", () => {
  test("rises like 1 / (2 (1 - gamma))", () => {
    const list = [0.5, 0.6, 0.75, 0.8, 0.84, 0.87, 0.9];
    expect(list.map((gamma) => expansionOrder(gamma).deterministic)).toEqual([0, 0, 1, 1, 2, 2, 4]);
    expect([0.75, 5 / 6, 0.875, 0.9].map((gamma) => expansionOrder(gamma).atThreshold)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([0.6, 0.8, 0.84].some((gamma) => expansionOrder(gamma).atThreshold)).toBe(false);
    expect(expansionOrder(1).nu).toBe(Number.POSITIVE_INFINITY);
    // at a threshold the last correction has the size of the random term
    const { deterministic, exponent, randomExponent } = expansionOrder(5 / 6);
    expect(deterministic * exponent).toBeCloseTo(randomExponent, 12);
  });

  test("is not defined outside [1/2, 1]", () => {
    for (const gamma of [0.4, 1.1, Number.NaN]) expect(() => expansionOrder(gamma)).toThrow(/gamma is/);
  });
});
