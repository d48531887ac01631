import { beforeEach, describe, expect, test, vi } from "vitest";

const counted = vi.hoisted(() => ({ products: 0, series: 0, slopes: [] as number[] }));
vi.mock("../../src/numeric/linalg/dispatch.js", async (original) => {
  const real = await original<typeof import("../../src/numeric/linalg/dispatch.js")>();
  const gemm: typeof real.gemm = (m, n, k, ...rest) => {
    counted.products += m * n * k;
    real.gemm(m, n, k, ...rest);
  };
  return { ...real, gemm };
});
vi.mock("../../src/activations/index.js", async (original) => {
  const real = await original<typeof import("../../src/activations/index.js")>();
  const taylorSeries: typeof real.taylorSeries = (activation, order) => {
    const series = real.taylorSeries(activation, order);
    return (x, out) => {
      counted.series += order + 1;
      series(x, out);
    };
  };
  return { ...real, taylorSeries };
});
vi.mock("../../src/numeric/ode.js", async (original) => {
  const real = await original<typeof import("../../src/numeric/ode.js")>();
  // as a whole or step by step, each equation is one entry
  const counting = (derivative: Parameters<typeof real.solveOde>[0]) => {
    const equation = counted.slopes.push(0) - 1;
    const counts: typeof derivative = (t, y, to) => {
      counted.slopes[equation]!++;
      derivative(t, y, to);
    };
    return counts;
  };
  const solveOde: typeof real.solveOde = (derivative, ...rest) =>
    real.solveOde(counting(derivative), ...rest);
  const odeSteps: typeof real.odeSteps = (derivative, ...rest) =>
    real.odeSteps(counting(derivative), ...rest);
  return { ...real, solveOde, odeSteps };
});

import { lazySlopeWork } from "../../src/dynamics/expansion-work.js";
import {
  lazyExpansion,
  lazyExpansionWork,
  noiseExpansions,
  noiseExpansionWork,
} from "../../src/dynamics/index.js";
import { gradientVisitor, jacobianVisitor, unitCotangent } from "../../src/finite/contractions.js";
import {
  empiricalKernels,
  type FiniteModel,
  finiteModel,
  initialParameters,
} from "../../src/finite/index.js";
import { jetWork } from "../../src/finite/jet-work.js";
import { passOf } from "../../src/finite/model.js";
import * as n from "../../src/network/index.js";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";

beforeEach(() => {
  counted.products = 0;
  counted.series = 0;
  counted.slopes = [];
});

const normals = (shape: readonly number[], seed: number) => {
  const rng = createRng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: Float64Array.from({ length: size }, () => rng.normal()), shape };
};
const law = { weightVariance: 1.5, biasVariance: 0.1 };
const mlp = n.network(n.input([6]), n.dense(20, law), n.erf(), n.dense(20, law), n.erf(), n.dense(3, law));
const cnn = n.network(
  n.input([5, 5, 2]),
  n.conv(4, [3, 3], law),
  n.erf(),
  n.conv(3, [3, 3], { strides: [2, 2] }),
  n.gelu(),
  n.flatten(),
  n.dense(2),
);
const branches = n.network(
  n.input([6]),
  n.dense(8),
  n.residual(n.erf(), n.dense(8, law)),
  n.parallel("product", [[n.dense(5)], [n.erf(), n.dense(5)]]),
  n.dense(2),
);

describe("the work of a pass of jets", () => {
  const patterns = [[true], [true, true], [true, true, false], [true, true, true, true]];
  const nets = { mlp, cnn, branches };
  test.each(Object.keys(nets) as (keyof typeof nets)[])(
    "has every multiply-add of its matrix products and every coefficient of its activations: %s",
    (name) => {
      const model = finiteModel(nets[name]);
      const samples = 3;
      const { data } = normals([samples, ...model.inputShape], 1);
      const full = initialParameters(model, { seed: 2 });
      for (const parameters of patterns) {
        const order = parameters.length - 1;
        const jet = parameters.map((there) => (there ? full : null));
        const check = (backward: Parameters<typeof jetWork>[1]["backward"], run: () => void) => {
          [counted.products, counted.series] = [0, 0];
          run();
          const { products, series } = jetWork(model, { samples, parameters, backward });
          expect({ products: counted.products, series: counted.series }).toEqual({ products, series });
        };
        check(null, () => passOf(model, jet, data, samples));
        const outputs = model.outputShape[0]!;
        const cotangent = parameters.map((_, k) => k === 0);
        check({ count: 2, cotangent, visit: { rows: [order] } }, () => {
          const pass = passOf(model, jet, data, samples, { reverse: true });
          const rows = new Float64Array(samples * outputs * model.parameterCount);
          const visit = jacobianVisitor(rows, model.parameterCount, 0, outputs, order);
          for (let o = 0; o < 2; o++) pass.backward(unitCotangent(samples, outputs, o, order), visit);
        });
        const whole = parameters.map(() => true);
        check({ count: 1, cotangent: whole, visit: { gradients: order + 1 } }, () => {
          const pass = passOf(model, jet, data, samples, { reverse: true });
          const gradients = whole.map(() => new Float64Array(model.parameterCount));
          pass.backward(
            whole.map(() => new Float64Array(samples * outputs).fill(1)),
            gradientVisitor(gradients),
          );
        });
      }
    },
  );

  test("has the loops of a dense layer with bias, counted by hand", () => {
    const model = finiteModel(n.network(n.input([4]), n.dense(5, law), n.erf(), n.dense(1)));
    const { loops } = jetWork(model, {
      samples: 2,
      parameters: [true, true],
      backward: { count: 1, cotangent: [true, false], visit: { rows: [1] } },
    });
    const forward = 2 * 2 * 5 + 2 * 2 * 5; // biases of two coefficients; one inner product for phi and phi' each
    // readout: one outer product with the hidden coefficient 1; its cotangent has both coefficients, from w_0 and w_1
    const readout = 2 * 5;
    const slope = 3 * 2 * 5; // (0,0), (0,1), (1,0)
    // first layer: the patches have coefficient 0 alone, so the cotangent's coefficient 1, and the bias
    const first = 2 * 4 * 5 + 2 * 5;
    expect(loops).toBe(forward + readout + slope + first);
  });
});

/** lambda_max / n of the empirical kernel. */
async function fastest(model: FiniteModel, parameters: Float64Array, x: ReturnType<typeof normals>) {
  const samples = x.shape[0]!;
  const { ntk } = empiricalKernels(model, parameters, x, null, { get: ["ntk"], traceAxes: [-1] });
  const { values } = await eigenSymmetric(matrix(samples, samples, ntk!.data));
  return Math.max(...values) / samples;
}

describe("the work of an expansion", () => {
  const model = finiteModel(
    n.network(n.input([8]), n.dense(40, law), n.erf(), n.dense(40, law), n.erf(), n.dense(2, law)),
  );
  const parameters = initialParameters(model, { seed: 1 });
  const [x, testX, y] = [normals([4, 8], 3), normals([4, 8], 4), normals([4, 2], 5)];
  const common = { model, parameters, x, y, testX, tolerance: 1e-4 };

  test("order by order has the products of as many slopes as the solver takes, to a third", async () => {
    const rate = await fastest(model, parameters, x);
    for (const decays of [1, 10, 100]) {
      counted.slopes = [];
      counted.products = 0;
      // no test samples: their one pass at the end is not counted
      lazyExpansion({ ...common, testX: undefined, order: 3, times: [decays / rate] });
      const [slopes] = counted.slopes;
      const before = lazySlopeWork(model, 4, 3).products * slopes!;
      expect(counted.products).toBeGreaterThan(before);
      expect(counted.products).toBeLessThan(before * 1.05); // and the passes of the start and the end
      const { products } = lazyExpansionWork(model, 4, 3, decays);
      expect(products / counted.products).toBeGreaterThan(2 / 3);
      expect(products / counted.products).toBeLessThan(3 / 2);
    }
  });

  test("with noise has all its products to a percent, and no more for a second strength of noise", async () => {
    const rate = await fastest(model, parameters, x);
    const input = { model, trainSamples: 4, testSamples: 4, looks: 2 };
    const counts: number[] = [];
    for (const noises of [[0.1], [0, 0.1]]) {
      counted.products = 0;
      await noiseExpansions({ ...common, order: 2, times: [1 / rate], noises, method: "lowRank" });
      counts.push(counted.products);
      const { products } = noiseExpansionWork({ ...input, decays: 1 });
      expect(Math.abs(products / counted.products - 1)).toBeLessThan(0.01); // the flat means and an eigenproblem are not in it
    }
    expect(counts[1]! / counts[0]! - 1).toBeLessThan(1e-3);
  });

  test("grows with the time as the noise's systems take more slopes", async () => {
    const rate = await fastest(model, parameters, x);
    const taken: number[] = [];
    const estimated: number[] = [];
    for (const decays of [30, 300]) {
      counted.slopes = [];
      await noiseExpansions({
        ...common,
        order: 2,
        times: [decays / rate],
        noises: [0.1],
        method: "lowRank",
        traces: { probes: 2, seed: 0 },
      });
      taken.push(counted.slopes.slice(1).reduce((a, b) => a + b, 0)); // quiet, noise, flat; the paths come first
      const { loops } = noiseExpansionWork({
        model,
        trainSamples: 4,
        testSamples: 4,
        looks: 1,
        decays,
        traces: { probes: 2, seed: 0 },
      });
      estimated.push(loops);
    }
    const [, r] = [0, 16];
    const nRows = 8;
    // loops of a slope of the noise's system alone, which is the largest of the three
    const each = nRows * 6 * r * r;
    const grown = (estimated[1]! - estimated[0]!) / each;
    // two slow systems of a sixth of its size each, and twice as many slopes of its own
    expect(grown / (taken[1]! - taken[0]!)).toBeGreaterThan(1 / 2);
    expect(grown / (taken[1]! - taken[0]!)).toBeLessThan(2);
  });
});
