import { describe, expect, test } from "vitest";
import {
  frozenDriftTerms,
  lazyFlow,
  momentHierarchy,
  shortTimeSeries,
  shortTimeValue,
} from "../../../src/dynamics/index.js";
import {
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  lossGradient,
} from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { expectedValues } from "../../../src/numeric/kolmogorov.js";
import { expectClose } from "../../support/expect-close.js";
import { portableNetwork } from "../portable-network.js";
import { SCALAR, scalarFamily, scalarNetwork } from "../scalar-network.js";

describe("the short-time expansion", () => {
  const scalar = scalarNetwork();
  const portable = portableNetwork();
  const base = { ...portable, parameters: portable.theta };

  test("of one weight misses the Kolmogorov equation by t^3", async () => {
    const { weights, outputs } = await shortTimeSeries({ ...scalar, order: 2 });
    const family = scalarFamily(1);
    const times = [0.4, 0.2, 0.1, 0.05];
    const listed = [0.207028, 0.112276, 0.058709, 0.030057];
    const errors = times.map((time, k) => {
      const [w, f] = expectedValues(
        { drift: family.drift, noise: SCALAR.noise, start: 0, time, domain: [-5, 5], cells: 2000 },
        [(x) => x, family.output],
      );
      // listed to 6 decimals from a coarser grid
      expect(Math.abs(w! - listed[k]!)).toBeLessThan(2e-5);
      return [
        Math.abs(shortTimeValue(weights, time)[0]! - SCALAR.start - w!),
        Math.abs(shortTimeValue(outputs, time)[0]! - f!),
      ] as const;
    });
    expectClose(
      errors.map(([w]) => w),
      [1.0e-2, 1.4e-3, 1.9e-4, 2.5e-5],
      6e-4,
    );
    // the ratio tends to 8
    for (const side of [0, 1] as const) {
      for (const k of [1, 2]) {
        expect(Math.abs(errors[k]![side] / errors[k + 1]![side] - 8)).toBeLessThan(1.5);
      }
    }
  });

  test("to t^3 has the terms of the frozen drift, and one more noise term", async () => {
    const { weights } = await shortTimeSeries({ ...scalar, order: 2 });
    const { drift } = scalarFamily(1);
    const h = 1e-3;
    const at = [-2, -1, 0, 1, 2].map((k) => drift(k * h));
    const slope = (at[0]! - 8 * at[1]! + 8 * at[3]! - at[4]!) / (12 * h);
    const curvature = (-at[0]! + 16 * at[1]! - 30 * at[2]! + 16 * at[3]! - at[4]!) / (12 * h * h);
    const t = 0.01;
    const sum = frozenDriftTerms([drift(0), slope, curvature], SCALAR.noise, t).reduce((a, b) => a + b, 0);
    const series = shortTimeValue(weights, t)[0]! - SCALAR.start;
    // they share t and t^2
    expect(Math.abs(sum - series)).toBeLessThan(5 * t ** 3);
    expect(
      Math.abs(sum - frozenDriftTerms([drift(0), slope, curvature], 0, t).reduce((a, b) => a + b, 0)),
    ).toBeGreaterThan(1e-7);
    const quiet = await shortTimeSeries({ ...scalar, noise: 0, order: 3 });
    const quietSum = frozenDriftTerms([drift(0), slope, curvature], 0, t).reduce((a, b) => a + b, 0);
    expect(Math.abs(quietSum - (shortTimeValue(quiet.weights, t)[0]! - SCALAR.start))).toBeLessThan(
      5 * t ** 4,
    );
  });

  test("of the weights has the gradient, the Hessian times it and the gradient of the Hessian's trace", async () => {
    const s = 0.3;
    const { weights } = await shortTimeSeries({ ...base, noise: s, order: 2 });
    const { model, parameters, x, y } = base;
    const { gradient } = lossGradient(model, parameters, x, y);
    const trace = (theta: Float64Array) => {
      let sum = 0;
      for (let p = 0; p < theta.length; p++) {
        const axis = new Float64Array(theta.length);
        axis[p] = 1;
        sum += hessianVectorProduct(model, theta, x, y, axis)[p]!;
      }
      return sum;
    };
    const pushed = hessianVectorProduct(model, parameters, x, y, gradient);
    for (let p = 0; p < parameters.length; p++) {
      expect(weights[1]![p]).toBeCloseTo(-gradient[p]!, 12);
      const h = 1e-4;
      const [up, down] = [h, -h].map((by) => trace(parameters.map((v, i) => (i === p ? v + by : v))));
      const slope = (up! - down!) / (2 * h);
      // differences of step 1e-4: 1e-8 of cutting, 1e-11 of rounding
      expect(weights[2]![p]).toBeCloseTo(pushed[p]! / 2 - (s * s * slope) / 4, 7);
    }
  });

  test("without noise follows gradient flow to any order", async () => {
    const order = 6;
    const { weights, outputs } = await shortTimeSeries({ ...base, noise: 0, order });
    const missed = [0.2, 0.1].map((t) => {
      const flow = lazyFlow({ ...base, times: [t], tolerance: 1e-14 });
      const end = shortTimeValue(weights, t);
      const far = Math.hypot(...end.map((value, p) => value - base.parameters[p]! - flow.weights[0]![p]!));
      const exact = [...flow.train[0]!, ...flow.test![0]!];
      return [far, Math.hypot(...shortTimeValue(outputs, t).map((value, i) => value - exact[i]!))] as const;
    });
    for (const side of [0, 1] as const) {
      expect(Math.abs(Math.log2(missed[0]![side] / missed[1]![side]) - (order + 1))).toBeLessThan(0.4);
    }
  });

  const small = finiteModel(
    parseNetwork({
      foretrain: 1,
      input: [1],
      layers: [
        { kind: "dense", units: 1, biasVariance: 1 },
        { kind: "activation", name: "erf" },
        { kind: "dense", units: 2 },
      ],
    }),
  );
  const tiny = {
    model: small,
    parameters: initialParameters(small, { seed: 3 }),
    x: { data: Float64Array.of(0.5, -1), shape: [2, 1] },
    y: { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] },
    noise: 0.6,
  };

  test.each([1, 2, 3])(
    "to t^%i agrees with the hierarchy of moments, network and noise at full size",
    async (order) => {
      const series = await shortTimeSeries({ ...tiny, order });
      const times = [0.02, 0.04];
      // eps^k enters the outputs with E w^(k + 1) ~ t^(k / 2 + 1 / 2): order 2 k of it have all of t^k
      const hierarchy = momentHierarchy({ ...tiny, order: 2 * order, times });
      const missed = times.map((t, k) => {
        const sum = (coefficients: readonly Float64Array[]) =>
          coefficients[0]!.map((_, i) => coefficients.reduce((total, c) => total + c[i]!, 0));
        const w = sum(hierarchy[k]!.weights).map((value, p) => value + tiny.parameters[p]!);
        const distance = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((v, i) => v - b[i]!));
        return [
          distance(shortTimeValue(series.weights, t), w),
          distance(shortTimeValue(series.outputs, t), sum(hierarchy[k]!.outputs)),
        ] as const;
      });
      for (const side of [0, 1] as const) {
        expect(Math.abs(Math.log2(missed[1]![side] / missed[0]![side]) - (order + 1))).toBeLessThan(0.3);
      }
    },
  );

  test("of large networks takes Laplacians from random directions, within their standard errors", async () => {
    const exact = await shortTimeSeries({ ...base, noise: 0.3, order: 2 });
    expect(exact.errors).toBeNull();
    const { secondOrderByProbes } = await import("../../../src/dynamics/noise/short-time-traces.js");
    const { shortTimeProblem } = await import("../../../src/dynamics/noise/short-time-problem.js");
    const quiet = await shortTimeSeries({ ...base, noise: 0, order: 2 });
    const problem = shortTimeProblem({ ...base, noise: 0.3, order: 2 });
    const estimate = await secondOrderByProbes(problem, quiet, { probes: 1600, seed: 1 }, {});
    for (const k of [1, 2]) {
      const [got, error, noiseFree] = [estimate.outputs[k]!, estimate.errors!.outputs[k]!, quiet.outputs[k]!];
      got.forEach((value, i) => {
        expect(Math.abs(value - exact.outputs[k]![i]!)).toBeLessThan(4 * error[i]! + 1e-12);
      });
      // the error is a small part of what noise does
      const effect = Math.hypot(...exact.outputs[k]!.map((value, i) => value - noiseFree[i]!));
      expect(Math.hypot(...error)).toBeLessThan(0.2 * effect);
    }
    estimate.weights[2]!.forEach((value, p) => {
      expect(Math.abs(value - exact.weights[2]![p]!)).toBeLessThan(
        4.5 * estimate.errors!.weights[2]![p]! + 1e-12,
      );
    });
  });

  test("wrong use is answered", async () => {
    const wide = finiteModel(
      parseNetwork({
        foretrain: 1,
        input: [1],
        layers: [
          { kind: "dense", units: 50 },
          { kind: "activation", name: "tanh" },
          { kind: "dense", units: 1 },
        ],
      }),
    );
    const large = { ...base, model: wide, parameters: initialParameters(wide, { seed: 1 }), noise: 0.1 };
    await expect(shortTimeSeries({ ...large, order: 3 })).rejects.toThrow(
      /order 3 with noise .* 100 parameters/,
    );
    const two = await shortTimeSeries({ ...large, order: 2, traces: { probes: 4, seed: 1 } });
    expect(two.errors!.outputs).toHaveLength(3);
    await expect(shortTimeSeries({ ...large, order: 2, traces: { probes: 3, seed: 1 } })).rejects.toThrow(
      /probes is 3, expected an even number/,
    );
    await expect(shortTimeSeries({ ...base, noise: 0.1, order: -1 })).rejects.toThrow(/order is -1/);
  });
});
