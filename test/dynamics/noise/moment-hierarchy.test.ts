import { describe, expect, test } from "vitest";
import { momentHierarchy, noiseExpansion, simulateNoisyTraining } from "../../../src/dynamics/index.js";
import { finiteModel, initialParameters } from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { expectedValues } from "../../../src/numeric/kolmogorov.js";
import { expectClose } from "../../support/expect-close.js";
import { portableNetwork } from "../portable-network.js";
import { SCALAR, scalarFamily, scalarNetwork } from "../scalar-network.js";

describe("the hierarchy of moments", () => {
  const scalar = scalarNetwork();

  test("has the listed coefficients of one weight to eps^6", () => {
    const [end] = momentHierarchy({ ...scalar, order: 7, times: [SCALAR.time] });
    const listed = [0.560902, 0.051064, -0.005087, -0.076334, -0.034463, 0.045171, 0.09695];
    expectClose(
      end!.weights.map((w) => w[0]!),
      listed,
      2e-6,
    );
  });

  test("sums to the solution of the Kolmogorov equation for small eps", () => {
    const { time } = SCALAR;
    const [end] = momentHierarchy({ ...scalar, order: 7, times: [time] });
    const sum = (coefficients: readonly Float64Array[], eps: number, order: number) =>
      coefficients.slice(0, order).reduce((total, c, k) => total + c[0]! * eps ** k, 0);
    const listed = [
      [0.4, 0.575547, 0.800071],
      [0.2, 0.570266, 0.833896],
      [0.1, 0.565878, 0.847992],
      [0.05, 0.563433, 0.854211],
    ];
    for (const [eps, weight, output] of listed as [number, number, number][]) {
      const family = scalarFamily(eps);
      const exact = expectedValues(
        { drift: family.drift, noise: SCALAR.noise, start: 0, time, domain: [-6, 7] },
        [(w) => w, family.output, (w) => family.output(w) ** 2],
      );
      // listed from a coarser grid
      expectClose(exact, [weight, output], 2e-5);
      if (eps > 0.1) continue;
      // the next coefficients are below 1
      expect(Math.abs(sum(end!.weights, eps, 7) - exact[0]!)).toBeLessThan(eps ** 7);
      expect(Math.abs(sum(end!.outputs, eps, 7) - exact[1]!)).toBeLessThan(3 * eps ** 7);
      expect(Math.abs(sum(end!.variance, eps, 7) - (exact[2]! - exact[1]! ** 2))).toBeLessThan(10 * eps ** 7);
      // and four terms miss it by more than rounding of the grid, so that the sum above is no accident
      expect(Math.abs(sum(end!.weights, eps, 3) - exact[0]!)).toBeGreaterThan(5e-6);
    }
  });

  test("is noiseExpansion to order 3, with its variance", async () => {
    const portable = portableNetwork();
    const input = { ...portable, parameters: portable.theta, noise: 0.2, times: [0.3, 1] };
    const hierarchy = momentHierarchy({ ...input, order: 2 });
    const expansion = await noiseExpansion({ ...input, order: 2 });
    hierarchy.forEach(({ weights, outputs, variance }, k) => {
      const expected = expansion[k]!;
      for (const order of [0, 1]) {
        expectClose(weights[order]!, [...expected.weights[order]!], 1e-9);
        expectClose(outputs[order]!, [...expected.terms[order]!], 1e-9);
      }
      expectClose(variance[0]!, [...expected.variance], 1e-9);
      expectClose(variance[1]!, [...expected.varianceCorrection!], 1e-9);
    });
    const small = finiteModel(
      parseNetwork({
        foretrain: 1,
        input: [2],
        layers: [
          { kind: "dense", units: 2 },
          { kind: "activation", name: "erf" },
          { kind: "dense", units: 2 },
        ],
      }),
    );
    const own = {
      model: small,
      parameters: initialParameters(small, { seed: 3 }),
      x: { data: Float64Array.of(0.5, -1, 1, 0.3), shape: [2, 2] },
      y: { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] },
      noise: 0.3,
      times: [0.8],
    };
    const [third] = await noiseExpansion({ ...own, order: 3 });
    const [same] = momentHierarchy({ ...own, order: 3 });
    expectClose(same!.hessianTrace, [...third!.hessianTrace], 1e-9);
    for (const order of [0, 1, 2]) {
      expectClose(same!.weights[order]!, [...third!.weights[order]!], 1e-9);
      expectClose(same!.outputs[order]!, [...third!.terms[order]!], 1e-9);
    }
  });

  test("has the noise's part of the Hessian trace that simulated paths have, for small eps", async () => {
    const portable = portableNetwork();
    const input = { ...portable, parameters: portable.theta, times: [1] };
    const [noisy, quiet] = [0.3, 0].map((noise) => momentHierarchy({ ...input, noise, order: 4 })[0]!);
    const part = noisy!.hessianTrace.map((value, k) => value - quiet!.hessianTrace[k]!);
    // the linear model's Hessian is constant, and the next order has no noise either
    expectClose(part, [0, 0], 1e-12);
    const dense = await Promise.all([0.3, 0].map((noise) => noiseExpansion({ ...input, noise, order: 3 })));
    expect(part[2]).toBeCloseTo(dense[0]![0]!.hessianTrace[2]! - dense[1]![0]!.hessianTrace[2]!, 9);
    const measured = await Promise.all(
      [0.2, 0.1].map(async (eps) => {
        const [paths] = await simulateNoisyTraining({
          ...input,
          noise: 0.3,
          step: 0.05,
          pairs: 200,
          seed: 6,
          eps,
          hessianTrace: true,
        });
        const { mean, quiet: without, error } = paths!.hessianTrace!;
        return { value: (mean - without) / eps ** 2, error: error / eps ** 2 };
      }),
    );
    // extrapolated to eps = 0 from equal noise at both: the error is nearly that of one of them
    const [coarse, fine] = measured;
    const extrapolated = 2 * fine!.value - coarse!.value;
    const allowed = 0.1 * part[2]! + 4 * (2 * fine!.error - coarse!.error);
    expect(Math.abs(extrapolated - part[2]!)).toBeLessThan(allowed);
    expect(allowed).toBeLessThan(part[2]!);
    // the next coefficient is the slope between them
    expect(Math.sign(coarse!.value - fine!.value)).toBe(Math.sign(part[3]!));
  });

  test("wrong use is answered", () => {
    expect(() => momentHierarchy({ ...scalar, order: 0, times: [1] })).toThrow(/order is 0/);
    expect(() => momentHierarchy({ ...scalar, order: 2, noise: -1, times: [1] })).toThrow(/noise is -1/);
    const portable = portableNetwork();
    expect(() =>
      momentHierarchy({ ...portable, parameters: portable.theta, noise: 0.1, order: 9, times: [1] }),
    ).toThrow(/order 9 of 12 parameters .* lower order or a smaller network/);
  });
});

describe("expected values of a diffusion", () => {
  test("of an Ornstein-Uhlenbeck process are its moments", () => {
    const [a, s, x, t] = [0.7, 0.6, 1.2, 1.5];
    const [mean, square] = expectedValues(
      { drift: (w) => -a * w, noise: s, start: x, time: t, domain: [-7, 8] },
      [(w) => w, (w) => w * w],
    );
    const e = Math.exp(-a * t);
    expect(mean).toBeCloseTo(x * e, 8);
    // the square is cut linearly at the ends, 9 standard deviations away
    expect(square).toBeCloseTo((x * e) ** 2 + (s * s * (1 - e * e)) / (2 * a), 8);
    expect(() =>
      expectedValues({ drift: () => 0, noise: 1, start: 9, time: 1, domain: [0, 1] }, [(w) => w]),
    ).toThrow(/start inside the domain/);
  });
});
