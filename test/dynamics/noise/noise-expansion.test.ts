import { describe, expect, test } from "vitest";
import { lazyExpansion, noiseExpansion } from "../../../src/dynamics/index.js";
import { finiteModel, initialParameters } from "../../../src/finite/index.js";
import { parseNetwork } from "../../../src/network/index.js";
import { expectClose } from "../../support/expect-close.js";
import { portableNetwork } from "../portable-network.js";

describe("expected outputs under noisy training", () => {
  const portable = portableNetwork();
  const at = (noise: number, order: 1 | 2 | 3, times: readonly number[]) =>
    noiseExpansion({ ...portable, parameters: portable.theta, noise, order, times });

  test("have the listed terms for a small network that needs no random numbers", async () => {
    const [noisy] = await at(0.1, 3, [2]);
    // listed to 7 decimals
    expectClose(noisy!.terms[0]!, [0.1898224, -0.0080334, -0.1878603, -0.241079, -0.2339586], 2e-7);
    expectClose(noisy!.terms[1]!, [-0.0188397, -0.0010055, 0.0080987, 0.0028663, 0.0079294], 2e-7);
    expectClose(noisy!.terms[2]!, [0.0020334, 0.0004255, 0.0026633, 0.0024145, 0.0044055], 2e-7);
    expectClose(noisy!.variance, [0.00938474, 0.00644073, 0.00704039, 0.00978875, 0.00862959], 1e-8);
    expectClose(noisy!.hessianTrace, [0.8063412, -0.0829268, 0.1730872], 2e-7);
    const [quiet] = await at(0, 3, [2]);
    expectClose(quiet!.hessianTrace, [0.8063412, -0.0829268, 0.1603337], 2e-7);
    const [early] = await at(0.1, 2, [1]);
    expectClose(early!.varianceCorrection!, [-3.58e-4, -1.88e-4, -2.45e-4, -6.1e-5, -2.13e-4], 1e-6);
  });

  test("are those of noise-free training without noise", async () => {
    const { model, theta, x, y, testX } = portable;
    const quiet = await at(0, 3, [0.5, 2]);
    const expansion = lazyExpansion({ model, parameters: theta, x, y, testX, order: 3, times: [0.5, 2] });
    quiet.forEach(({ terms, weights }, k) => {
      for (let order = 0; order < 3; order++) {
        const expected = [...expansion.train[order]![k]!, ...expansion.test![order]![k]!];
        const start = order === 0 ? [...expansion.start.train, ...expansion.start.test!] : null;
        // two solvers at 1e-10
        expectClose(terms[order]!, start === null ? expected : expected.map((v, i) => v + start[i]!), 1e-9);
        expectClose(weights[order]!, [...expansion.weights[order]![k]!], 1e-9);
      }
    });
  });

  test("the linear model's mean does not know the noise, the corrections go with its square", async () => {
    const [[quiet], [one], [two]] = await Promise.all([at(0, 3, [1]), at(0.1, 3, [1]), at(0.2, 3, [1])]);
    expect([...one!.terms[0]!]).toEqual([...quiet!.terms[0]!]);
    for (const order of [1, 2]) {
      const shift = one!.terms[order]!.map((value, i) => value - quiet!.terms[order]![i]!);
      expect(Math.max(...shift.map(Math.abs))).toBeGreaterThan(1e-5);
      expectClose(
        two!.terms[order]!.map((value, i) => value - quiet!.terms[order]![i]!),
        [...shift].map((value) => 4 * value),
        1e-9,
      );
    }
  });

  test("for one weight agree with the closed form and the listed coefficients", async () => {
    const model = finiteModel(
      parseNetwork({
        foretrain: 1,
        input: [1],
        layers: [
          { kind: "dense", units: 1 },
          { kind: "activation", name: "tanh" },
        ],
      }),
    );
    const one = (value: number) => ({ data: Float64Array.of(value), shape: [1, 1] });
    const [s, time, start, target] = [0.5, 1.5, 0.4, 1.1];
    const [end] = await noiseExpansion({
      model,
      parameters: Float64Array.of(start),
      x: one(1),
      y: one(target),
      noise: s,
      order: 3,
      times: [time],
    });
    expectClose(
      end!.weights.map((w) => w[0]!),
      [0.560902, 0.051064, -0.005087],
      2e-6,
    );
    const j = 1 - Math.tanh(start) ** 2;
    const h = -2 * Math.tanh(start) * j;
    const [g, a] = [Math.tanh(start) - target, j * j];
    const e = Math.exp(-a * time);
    const b = -g / j;
    const mu1 = -(
      (g * h * b * (1 - e - a * time * e)) / a +
      1.5 * j * h * ((b * b * (1 - 2 * a * time * e - e * e)) / a + (s * s * (1 - e) ** 2) / (2 * a * a))
    );
    expect(mu1).toBeCloseTo(0.0510637227, 9);
    expect(end!.weights[1]![0]).toBeCloseTo(mu1, 9);
  });

  test("several outputs share the samples", async () => {
    const net = parseNetwork({
      foretrain: 1,
      input: [2],
      layers: [
        { kind: "dense", units: 2, biasVariance: 1 },
        { kind: "activation", name: "erf" },
        { kind: "dense", units: 2 },
      ],
    });
    const model = finiteModel(net);
    const theta = initialParameters(model, { seed: 4 });
    const x = { data: Float64Array.of(0.5, -1, 1, 0.3, -0.2, 0.8), shape: [3, 2] };
    const y = { data: Float64Array.of(1, 0, 0, 1, 0.5, 0.5), shape: [3, 2] };
    const [quiet] = await noiseExpansion({ model, parameters: theta, x, y, noise: 0, order: 3, times: [1] });
    const expansion = lazyExpansion({ model, parameters: theta, x, y, order: 3, times: [1] });
    for (const order of [1, 2]) expectClose(quiet!.terms[order]!, [...expansion.train[order]![0]!], 1e-9);
  });

  test("a model that is linear in its weights has no corrections", async () => {
    const model = finiteModel(
      parseNetwork({ foretrain: 1, input: [2], layers: [{ kind: "dense", units: 1, biasVariance: 1 }] }),
    );
    const x = { data: Float64Array.of(1, 0.5, -1, 0.2), shape: [2, 2] };
    const [end] = await noiseExpansion({
      model,
      parameters: initialParameters(model, { seed: 1 }),
      x,
      y: { data: Float64Array.of(1, 2), shape: [2, 1] },
      noise: 0.3,
      order: 3,
      times: [2],
    });
    for (const order of [1, 2]) expect(Math.max(...end!.terms[order]!.map(Math.abs))).toBeLessThan(1e-14);
  });

  test("wrong use is answered", async () => {
    const { model, theta, x, y } = portable;
    const base = { model, parameters: theta, x, y, noise: 0.1, order: 2 as const, times: [1] };
    await expect(noiseExpansion({ ...base, noise: -1 })).rejects.toThrow(/noise is -1/);
    await expect(noiseExpansion({ ...base, order: 4 as 3 })).rejects.toThrow(
      /order is 4, expected 1, 2 or 3/,
    );
    const wide = finiteModel(
      parseNetwork({
        foretrain: 1,
        input: [1],
        layers: [
          { kind: "dense", units: 400 },
          { kind: "activation", name: "tanh" },
          { kind: "dense", units: 1 },
        ],
      }),
    );
    const large = {
      ...base,
      model: wide,
      parameters: initialParameters(wide, { seed: 1 }),
      order: 3 as const,
      method: "dense" as const,
    };
    await expect(noiseExpansion(large)).rejects.toThrow(
      /4 outputs of a network of 800 parameters .* 16 GB, at most 1.1 GB/,
    );
  });
});
