import { describe, expect, test } from "vitest";
import { lazyExpansion, sumOfTerms } from "../../src/dynamics/index.js";
import {
  applyModel,
  empiricalKernels,
  type FiniteModel,
  finiteModel,
  initialParameters,
  lossGradient,
} from "../../src/finite/index.js";
import { parseNetwork } from "../../src/network/index.js";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { solveOde } from "../../src/numeric/ode.js";
import { NETWORKS, samplesFor } from "../finite/networks.js";
import { portableNetwork } from "./portable-network.js";

const column = (...values: number[]) => ({ data: Float64Array.from(values), shape: [values.length, 1] });

/** The lazy family itself, integrated as it stands. */
function lazyFlow(
  model: FiniteModel,
  theta: Float64Array,
  x: Parameters<typeof applyModel>[2],
  y: Float64Array,
  eps: number,
  time: number,
) {
  const start = applyModel(model, theta, x).data;
  const outputAt = (w: Float64Array) => {
    const f = applyModel(
      model,
      theta.map((t, i) => t + eps * w[i]!),
      x,
    );
    return f.data.map((value, i) => start[i]! + (value - start[i]!) / eps);
  };
  const [w] = solveOde(
    (_, v, out) => {
      const at = theta.map((t, i) => t + eps * v[i]!);
      // the gradient of the loss of f_eps: that of the network with targets that give the same residual
      const f = applyModel(model, at, x);
      const lazy = outputAt(v);
      const targets = { data: f.data.map((value, i) => value - (lazy[i]! - y[i]!)), shape: f.shape };
      const { gradient } = lossGradient(model, at, x, targets);
      for (let i = 0; i < out.length; i++) out[i] = -gradient[i]!;
    },
    new Float64Array(theta.length),
    [time],
    { tolerance: 1e-12 },
  );
  return outputAt(w!);
}

describe("the expansion around the linear model", () => {
  const { model, theta, x, y, testX } = portableNetwork();

  test("has the listed terms for a small network that needs no random numbers", () => {
    const { train, test: more } = lazyExpansion({
      model,
      parameters: theta,
      x,
      y,
      testX,
      order: 3,
      times: [2],
    });
    const all = (k: number) => [...train[k]![0]!, ...more![k]![0]!];
    const listed = [
      [0.1898224, -0.0080334, -0.1878603, -0.241079, -0.2339586], // f_0 + term 1
      [-0.0168971, -0.0028833, 0.0079118, 0.0081257, 0.0100317],
      [0.0016374, 0.000502, 0.0005833, 0.0025827, 0.0021251],
    ];
    const start = [...applyModel(model, theta, x).data, ...applyModel(model, theta, testX).data];
    listed.forEach((values, k) => {
      values.forEach((value, i) => {
        // listed to 7 decimals
        expect(Math.abs(all(k)[i]! + (k === 0 ? start[i]! : 0) - value)).toBeLessThan(2e-7);
      });
    });
  });

  test("term 1 is the tangent kernel's solution", async () => {
    const { train } = lazyExpansion({ model, parameters: theta, x, y, order: 1, times: [0.5, 3] });
    const kernel = empiricalKernels(model, theta, x, null).ntk!.data;
    const { values, vectors } = await eigenSymmetric(matrix(4, 4, kernel));
    const start = applyModel(model, theta, x).data;
    [0.5, 3].forEach((t, at) => {
      for (let i = 0; i < 4; i++) {
        let change = 0;
        for (let k = 0; k < 4; k++) {
          let along = 0;
          for (let j = 0; j < 4; j++) along += vectors!.data[j * 4 + k]! * (y.data[j]! - start[j]!);
          change += vectors!.data[i * 4 + k]! * along * -Math.expm1((-values[k]! * t) / 4);
        }
        expect(train[0]![at]![i]).toBeCloseTo(change, 9);
      }
    });
  });

  test("the sum of K terms misses the lazy family by eps^K", () => {
    const orders = 4;
    const expansion = lazyExpansion({
      model,
      parameters: theta,
      x,
      y,
      order: orders,
      times: [2],
      tolerance: 1e-13,
    });
    const error = (eps: number, order: number) => {
      const exact = lazyFlow(model, theta, x, y.data, eps, 2);
      const sum = sumOfTerms(expansion.start.train, expansion.train, 0, eps, order);
      return Math.hypot(...exact.map((value, i) => value - sum[i]!));
    };
    for (let order = 1; order <= orders; order++) {
      // halving eps; the next term is off by a share eps of some tenths
      expect(Math.abs(Math.log2(error(0.05, order) / error(0.025, order)) - order)).toBeLessThan(0.1);
    }
  });

  test.each(["convolution, stride, flatten", "layerNorm", "branches: product, concat, sum"])(
    "holds for any layers: %s",
    (name) => {
      const net = NETWORKS[name]!;
      const deep = finiteModel(net);
      const at = initialParameters(deep, { seed: 2 });
      const samples = samplesFor(net, 2, 3);
      const targets = { data: Float64Array.of(0.3, -0.2, 0.5, 0.1), shape: [2, 2] };
      const expansion = lazyExpansion({
        model: deep,
        parameters: at,
        x: samples,
        y: targets,
        order: 3,
        times: [0.3],
      });
      for (let order = 1; order <= 3; order++) {
        const [coarse, fine] = [0.1, 0.05].map((eps) => {
          const exact = lazyFlow(deep, at, samples, targets.data, eps, 0.3);
          const sum = sumOfTerms(expansion.start.train, expansion.train, 0, eps, order);
          return Math.hypot(...exact.map((value, i) => value - sum[i]!));
        });
        expect(Math.abs(Math.log2(coarse! / fine!) - order)).toBeLessThan(0.35);
      }
    },
  );

  test("corrections of a model that is linear in its parameters are zero", () => {
    const linear = finiteModel(
      parseNetwork({ foretrain: 1, input: [3], layers: [{ kind: "dense", units: 1, biasVariance: 1 }] }),
    );
    const at = initialParameters(linear, { seed: 1 });
    const samples = samplesFor(linear.network, 4, 1);
    const { train } = lazyExpansion({
      model: linear,
      parameters: at,
      x: samples,
      y: column(1, 2, 3, 4),
      order: 4,
      times: [1],
    });
    for (const term of train.slice(1)) expect(term[0]!.every((value) => value === 0)).toBe(true);
  });

  test("rates are learning rates of single parameters", () => {
    const rates = new Float64Array(model.parameterCount).fill(2);
    const fast = lazyExpansion({ model, parameters: theta, x, y, order: 2, times: [1], rates });
    const slow = lazyExpansion({ model, parameters: theta, x, y, order: 2, times: [2] });
    [0, 1].forEach((k) => {
      fast.train[k]![0]!.forEach((value, i) => {
        expect(value).toBeCloseTo(slow.train[k]![0]![i]!, 9);
      });
    });
  });

  test("refuses kinks and orders that are none", () => {
    const kinked = finiteModel(
      parseNetwork({
        foretrain: 1,
        input: [1],
        layers: [
          { kind: "dense", units: 3 },
          { kind: "activation", name: "relu" },
          { kind: "dense", units: 1 },
        ],
      }),
    );
    const at = initialParameters(kinked, { seed: 1 });
    const common = { model: kinked, parameters: at, x, y, times: [1] };
    expect(() => lazyExpansion({ ...common, order: 2 })).toThrow(/relu is not smooth at 0/);
    expect(lazyExpansion({ ...common, order: 1 }).train).toHaveLength(1);
    expect(() => lazyExpansion({ ...common, order: 0 })).toThrow(/order is 0/);
    expect(() => lazyExpansion({ ...common, order: 1, y: column(1) })).toThrow(/y has shape \[1, 1\]/);
    const startOutputs = { train: new Float64Array(3) };
    expect(() => lazyExpansion({ ...common, order: 1, startOutputs })).toThrow(
      /startOutputs.train has 3 numbers, expected 4/,
    );
  });
});
