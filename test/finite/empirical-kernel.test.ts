import { describe, expect, test } from "vitest";
import { unitCotangent } from "../../src/finite/contractions.js";
import {
  applyModel,
  empiricalKernels,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  tangentKernelProduct,
} from "../../src/finite/index.js";
import { passOf, samplesOf } from "../../src/finite/model.js";
import {
  addTangents,
  type Shares,
  shareVisitor,
  tangentCost,
  tangentMethod,
} from "../../src/finite/tangent-kernel.js";
import { computeKernelArrays } from "../../src/kernels/index.js";
import { type Network, parseNetwork } from "../../src/network/index.js";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { portableNetwork } from "../dynamics/portable-network.js";
import { NETWORKS, samplesFor } from "./networks.js";

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

describe.each(Object.keys(NETWORKS))("empirical kernels of a network: %s", (name) => {
  const net = NETWORKS[name]!;
  const model = finiteModel(net);
  const theta = initialParameters(model, { seed: 8 });
  const x = samplesFor(net, 3, 1);
  const x2 = samplesFor(net, 2, 2);
  const outputs = sizeOf(model.outputShape);
  const left = jacobian(model, theta, x);
  const right = jacobian(model, theta, x2);
  const count = model.parameterCount;

  /** gradient of output a of sample i of x times that of output b of sample j of x2 */
  const dot = (i: number, a: number, j: number, b: number) => {
    let sum = 0;
    for (let p = 0; p < count; p++) {
      sum += left.data[(i * outputs + a) * count + p]! * right.data[(j * outputs + b) * count + p]!;
    }
    return sum;
  };

  test("all pairs of outputs are products of Jacobians and of outputs", () => {
    const { ntk, nngp } = empiricalKernels(model, theta, x, x2, { outputs: "full" });
    expect(ntk!.shape).toEqual([3, 2, outputs, outputs]);
    const f = applyModel(model, theta, x).data;
    const g = applyModel(model, theta, x2).data;
    let at = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 2; j++) {
        for (let a = 0; a < outputs; a++) {
          for (let b = 0; b < outputs; b++, at++) {
            expect(ntk!.data[at]).toBeCloseTo(dot(i, a, j, b), 11);
            expect(nngp!.data[at]).toBeCloseTo(f[i * outputs + a]! * g[j * outputs + b]!, 12);
          }
        }
      }
    }
  });

  test("the trace is the mean over output channels", () => {
    const { ntk } = empiricalKernels(model, theta, x, x2);
    const channels = model.outputShape.at(-1)!;
    const positions = outputs / channels;
    expect(ntk!.shape).toEqual(positions === 1 ? [3, 2] : [3, 2, positions, positions]);
    let at = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 2; j++) {
        for (let p = 0; p < positions; p++) {
          for (let q = 0; q < positions; q++, at++) {
            let mean = 0;
            for (let c = 0; c < channels; c++)
              mean += dot(i, p * channels + c, j, q * channels + c) / channels;
            expect(ntk!.data[at]).toBeCloseTo(mean, 11);
          }
        }
      }
    }
  });

  test("x2 = null is x1 with itself", () => {
    const same = empiricalKernels(model, theta, x, null);
    const both = empiricalKernels(model, theta, x, x);
    expect(same).toEqual(both);
  });

  test("the product with a vector needs no kernel", () => {
    const v = {
      data: Float64Array.from({ length: 2 * outputs }, (_, i) => Math.cos(i)),
      shape: [2, ...model.outputShape],
    };
    const product = tangentKernelProduct(model, theta, x, x2, v);
    for (let i = 0; i < 3; i++) {
      for (let a = 0; a < outputs; a++) {
        let sum = 0;
        for (let j = 0; j < 2; j++)
          for (let b = 0; b < outputs; b++) sum += dot(i, a, j, b) * v.data[j * outputs + b]!;
        expect(product.data[i * outputs + a]).toBeCloseTo(sum, 10);
      }
    }
  });

  test("both ways of every layer give the same", () => {
    const { data, samples } = samplesOf(model, x, "test");
    const pass = passOf(model, [theta], data, samples, { reverse: true });
    const byMethod = (["outer", "gradient"] as const).map((method) => {
      const shares: Shares = model.tape.sites.map(() => null);
      const methods = model.tape.sites.map(() => method);
      pass.backward(unitCotangent(samples, outputs, 0), shareVisitor(methods, shares));
      const out = new Float64Array(samples * samples);
      addTangents(out, shares, shares);
      return out;
    });
    byMethod[0]!.forEach((value, i) => {
      expect(byMethod[1]![i]).toBeCloseTo(value, 11);
    });
  });
});

describe("the choice of the way", () => {
  test("never forms gradients of dense layers, and does so for large images with few channels", () => {
    expect(tangentMethod({ fanIn: 784, channels: 512, positions: 1 } as never, 100, 100)).toBe("outer");
    expect(tangentMethod({ fanIn: 27, channels: 16, positions: 1024 } as never, 100, 100)).toBe("gradient");
    expect(tangentMethod({ fanIn: 4608, channels: 512, positions: 16 } as never, 10, 10)).toBe("outer");
  });

  test("counts the multiplications that are done", () => {
    expect(tangentCost({ fanIn: 5, channels: 3, positions: 2 }, 4, 6)).toEqual({
      outer: 4 * 6 * 4 * 9,
      gradient: 10 * 2 * 15 + 24 * 15,
    });
  });
});

describe("a small network that is known to ten digits", () => {
  const { model, theta, x, y } = portableNetwork();

  test("has these outputs, this tangent spectrum and this trace of the Hessian", async () => {
    const f = applyModel(model, theta, x).data;
    [-0.24937538, -0.16324481, 0.02043427, 0.21220827].forEach((value, i) => {
      expect(f[i]).toBeCloseTo(value, 8);
    });
    const { ntk } = empiricalKernels(model, theta, x, null);
    const { values } = await eigenSymmetric(matrix(4, 4, ntk!.data));
    [0.00682909, 0.04280827, 1.39969948, 1.77602779].forEach((value, i) => {
      expect([...values].sort((a, b) => a - b)[i]).toBeCloseTo(value, 8);
    });
    let trace = 0;
    for (let p = 0; p < model.parameterCount; p++) {
      const e = new Float64Array(model.parameterCount);
      e[p] = 1;
      trace += hessianVectorProduct(model, theta, x, y, e)[p]!;
    }
    expect(trace).toBeCloseTo(0.7428542126, 9);
  });
});

describe("the limit of wide networks", () => {
  const erfNet = (width: number): Network =>
    parseNetwork({
      foretrain: 1,
      input: [6],
      layers: [
        ...Array.from({ length: 4 }, () => [
          { kind: "dense", units: width, weightVariance: 1.5, biasVariance: 0.05 },
          { kind: "activation", name: "erf" },
        ]).flat(),
        { kind: "dense", units: 1, weightVariance: 1.5, biasVariance: 0.05 },
      ],
    });

  test("the error of the tangent kernel falls like 1 / sqrt(width)", async () => {
    const x = samplesFor(erfNet(1), 6, 9);
    const limit = (await computeKernelArrays(erfNet(1), x, null, { get: ["ntk"] })).ntk!.data;
    const size = Math.hypot(...limit);
    const widths = [32, 64, 128, 256];
    const errors = widths.map((width) => {
      const model = finiteModel(erfNet(width));
      let squares = 0;
      const draws = 12;
      for (let seed = 0; seed < draws; seed++) {
        const theta = initialParameters(model, { seed });
        const { ntk } = empiricalKernels(model, theta, x, null, { get: ["ntk"] });
        squares += ntk!.data.reduce((sum, value, i) => sum + (value - limit[i]!) ** 2, 0) / draws;
      }
      return Math.sqrt(squares) / size;
    });
    const logs = widths.map(Math.log2);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b) / list.length;
    const ys = errors.map(Math.log2);
    const slope =
      logs.reduce((sum, l, i) => sum + (l - mean(logs)) * (ys[i]! - mean(ys)), 0) /
      logs.reduce((sum, l) => sum + (l - mean(logs)) ** 2, 0);
    expect(Math.abs(slope + 0.5)).toBeLessThan(0.1);
  });
});
