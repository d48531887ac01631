import { afterEach, describe, expect, test, vi } from "vitest";

const counter = vi.hoisted(() => ({ multiplyAdds: 0 }));
vi.mock("../../../src/numeric/linalg/dispatch.js", async (original) => {
  const actual = await original<typeof import("../../../src/numeric/linalg/dispatch.js")>();
  return {
    ...actual,
    gemm: (...args: Parameters<typeof actual.gemm>) => {
      counter.multiplyAdds += args[0] * args[1] * args[2];
      return actual.gemm(...args);
    },
  };
});

import { tangentMethod } from "../../../src/finite/empirical/tangent-kernel.js";
import {
  type EmpiricalKernelOptions,
  type EmpiricalMethod,
  empiricalKernels,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  lossGradient,
  planEmpiricalKernels,
} from "../../../src/finite/index.js";
import { type Layer, type Network, parseNetwork } from "../../../src/network/index.js";
import { samplesFor } from "../networks.js";

const net = (input: readonly number[], layers: readonly Layer[]): Network =>
  parseNetwork({ foretrain: 1, input, layers });
const dense = (units: number): Layer => ({ kind: "dense", units, weightVariance: 1.5, biasVariance: 0.1 });
const conv = (channels: number): Layer => ({
  kind: "conv",
  channels,
  filter: [3, 3],
  weightVariance: 1.5,
  biasVariance: 0.1,
});
const tanh: Layer = { kind: "activation", name: "tanh" };

const DENSE = net([20], [dense(64), tanh, dense(64), tanh, dense(3)]);
const IMAGES = net([4, 4, 2], [conv(4), tanh, conv(5), tanh, conv(2)]);
const POOLED = net([6, 6, 2], [conv(4), tanh, conv(5), tanh, { kind: "globalAvgPool" }, dense(3)]);

/** Multiply-adds of matrix products that a call made. */
function counted(work: () => unknown): number {
  counter.multiplyAdds = 0;
  work();
  return counter.multiplyAdds;
}

function setUp(network: Network, n1: number, n2: number | null) {
  const model = finiteModel(network);
  const theta = initialParameters(model, { seed: 1 });
  const [x1, x2] = [samplesFor(network, n1, 2), n2 === null ? null : samplesFor(network, n2, 3)];
  return (options: EmpiricalKernelOptions) => {
    counter.multiplyAdds = 0;
    const kernel = empiricalKernels(model, theta, x1, x2, { get: ["ntk"], ...options }).ntk!;
    const work = counter.multiplyAdds;
    return { plan: planEmpiricalKernels(model, n1, n2, { get: ["ntk"], ...options }), work, kernel };
  };
}

afterEach(() => {
  counter.multiplyAdds = 0;
});

describe("the plan of an empirical kernel", () => {
  // gradients of dense layers are outer products, made by no matrix product: those of images are counted whole
  const cases: readonly (readonly [string, Network, EmpiricalMethod, EmpiricalKernelOptions])[] = [
    ["dense, traced", DENSE, "outer", {}],
    ["dense, all pairs of outputs", DENSE, "outer", { traceAxes: [] }],
    ["dense, all pairs of outputs", DENSE, "products", { traceAxes: [] }],
    ["dense, own samples", DENSE, "outer", { diagonalAxes: [0] }],
    ["images, traced channels", IMAGES, "outer", {}],
    ["images, traced channels", IMAGES, "jacobian", {}],
    ["images, traced channels", IMAGES, "products", {}],
    ["images, traced wholly", IMAGES, "jacobian", { traceAxes: [1, 2, 3] }],
    ["images, diagonal in positions", IMAGES, "layers", { diagonalAxes: [1, 2] }],
    ["images, own samples", IMAGES, "jacobian", { diagonalAxes: [0, 1, 2] }],
    ["images, own samples", IMAGES, "products", { diagonalAxes: [0, 1, 2] }],
    ["images, pooled", POOLED, "outer", {}],
  ];
  test.each(cases)(
    "counts exactly the multiply-adds that are done: %s, %s %s",
    (_, network, method, axes) => {
      for (const [n1, n2] of [
        [4, null],
        [4, 3],
        [2, 5],
      ] as const) {
        if (axes.diagonalAxes?.includes(0) && n2 !== null) continue;
        const { plan, work } = setUp(network, n1, n2)({ ...axes, method });
        expect(plan).toMatchObject({ method, fits: true });
        expect(work).toBe(plan.multiplyAdds);
      }
    },
  );

  test("counts exactly with small tiles and few outputs at a time too, and the kernel is the same", () => {
    const job = setUp(IMAGES, 5, null);
    const whole = job({ method: "outer" });
    expect([whole.plan.tile, whole.plan.outputs]).toEqual([5, 16]);
    const seen = new Set<string>();
    for (const share of [0.6, 0.35, 0.2]) {
      const memory = whole.plan.bytes.result + share * whole.plan.bytes.work;
      const { plan, work, kernel } = job({ method: "outer", memory });
      expect(plan.bytes.total).toBeLessThanOrEqual(memory);
      expect(work).toBe(plan.multiplyAdds);
      expect(work).toBeGreaterThan(whole.work);
      seen.add(`${plan.tile} ${plan.outputs}`);
      kernel.data.forEach((value, i) => {
        expect(Math.abs(value - whole.kernel.data[i]!)).toBeLessThan(1e-12);
      });
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  test.each([
    ["a dense network, traced", DENSE, 20, {}, "outer"],
    ["images, positions traced, one output", IMAGES, 20, { traceAxes: [1, 2, 3] }, "jacobian"],
    [
      "images, all pairs of outputs of single samples",
      IMAGES,
      2,
      { traceAxes: [], diagonalAxes: [0] },
      "outer",
    ],
  ] as const)("takes no more than any other way does: %s", (_, network, n, axes, near) => {
    const job = setUp(network, n, null);
    const auto = job(axes);
    const others = (["outer", "jacobian", "products"] as const).map((method) => job({ ...axes, method }));
    for (const { plan, work } of others) {
      // gradients of dense layers are counted in the plan only
      expect(Math.max(work, plan.multiplyAdds)).toBeGreaterThanOrEqual(auto.work);
      expect(plan.multiplyAdds).toBeGreaterThanOrEqual(auto.plan.multiplyAdds);
      expect(auto.plan.alternatives[plan.method]).toBe(plan.multiplyAdds);
    }
    expect(auto.plan.multiplyAdds).toBeLessThanOrEqual(1.0001 * auto.plan.alternatives[near]!);
    expect(others.some(({ work }) => work > 1.5 * auto.work)).toBe(true);
  });

  test("chooses products with vectors where all pairs of very many outputs are wanted", () => {
    const wide = net([3], [dense(8), tanh, dense(400)]);
    const { plan, work } = setUp(wide, 2, null)({ traceAxes: [] });
    expect(plan.method).toBe("products");
    expect(work).toBe(plan.multiplyAdds);
    expect(work).toBeLessThan(plan.alternatives.layers! / 2);
    expect(work).toBeLessThan(plan.alternatives.jacobian! / 2);
  });

  test("chooses the way of every layer by its shape", () => {
    const block = { rows: 100, columns: 100, diagonal: false, rowOutputs: 1, columnOutputs: 0, pairs: 1 };
    const method = (fanIn: number, channels: number, positions: number, rest = {}) =>
      tangentMethod({ fanIn, channels, positions, bias: null }, { ...block, ...rest });
    expect(method(784, 512, 1)).toBe("outer");
    expect(method(27, 16, 1024)).toBe("gradient");
    expect(method(4608, 512, 16)).toBe("outer");
    // many outputs of few samples share the products of patches
    expect(method(72, 8, 64, { rows: 1, columns: 1 })).toBe("gradient");
    expect(method(72, 8, 64, { rows: 1, columns: 1, rowOutputs: 100, pairs: 100 })).toBe("outer");
  });

  test("refuses what does not fit, with the bytes and the way out", () => {
    const model = finiteModel(IMAGES);
    const theta = initialParameters(model, { seed: 1 });
    const x = samplesFor(IMAGES, 4, 1);
    const plan = planEmpiricalKernels(model, 4, null, { memory: 1e5, traceAxes: [] });
    // 2 kernels of 4 x 4 x 32 x 32 numbers
    expect(plan.bytes.result).toBe(2 * 8 * 16 * 32 ** 2);
    expect(plan).toMatchObject({
      fits: false,
      advice: expect.stringMatching(/result alone is 262 kB.*traceAxes/),
    });
    expect(() => empiricalKernels(model, theta, x, null, { memory: 1e5, traceAxes: [] })).toThrow(
      /needs .* \(result 262 kB\), 100 kB may be used; .*tangentKernelProduct/,
    );
    const tight = plan.bytes.result + 1000;
    expect(() => empiricalKernels(model, theta, x, null, { memory: tight, traceAxes: [] })).toThrow(
      /raise memory \(--memory of foretrain kernel\)/,
    );
    // an nngp alone needs one pass forward, no gradients
    const work = (get: "nngp" | "ntk") => planEmpiricalKernels(model, 4, null, { get: [get] }).bytes.work;
    expect(work("nngp")).toBeLessThan(work("ntk") / 2);
  });

  test("refuses axes that are not there, or there twice, and samples that have no partner", () => {
    const model = finiteModel(IMAGES);
    expect(() => planEmpiricalKernels(model, 4, null, { traceAxes: [4] })).toThrow(
      /traceAxes has 4, expected axes from -4 to 3/,
    );
    expect(() => planEmpiricalKernels(model, 4, null, { traceAxes: [-1], diagonalAxes: [3] })).toThrow(
      /traceAxes \[-1\] and diagonalAxes \[3\] name an axis twice/,
    );
    expect(() => planEmpiricalKernels(model, 4, 3, { diagonalAxes: [0] })).toThrow(
      /x1 has 4 samples, x2 has 3/,
    );
    expect(() => planEmpiricalKernels(model, 0, null)).toThrow(/expected at least one/);
    expect(() => planEmpiricalKernels(model, 1, null, { method: "fast" as "auto" })).toThrow(
      /method is "fast"/,
    );
    expect(() => planEmpiricalKernels(model, 1, null, { get: ["cntk" as "ntk"] })).toThrow(/get has "cntk"/);
    expect(() => planEmpiricalKernels(model, 1, null, { traceAxis: [] } as EmpiricalKernelOptions)).toThrow(
      /there is no option "traceAxis"; did you mean "traceAxes"\? Expected get, method/,
    );
  });
});

describe("the cost of derivatives", () => {
  test.each([
    ["dense", DENSE],
    ["images", IMAGES],
    ["pooled", POOLED],
  ])(
    "a Hessian-vector product takes at most four times the multiply-adds of a gradient: %s",
    (_, network) => {
      const model = finiteModel(network);
      const theta = initialParameters(model, { seed: 1 });
      const x = samplesFor(network, 6, 2);
      const shape = [6, ...model.outputShape];
      const y = { data: new Float64Array(shape.reduce((a, b) => a * b, 1)), shape };
      const gradient = counted(() => lossGradient(model, theta, x, y));
      const product = counted(() => hessianVectorProduct(model, theta, x, y, theta));
      expect(gradient).toBeGreaterThan(0);
      expect(product / gradient).toBeGreaterThan(2);
      expect(product / gradient).toBeLessThanOrEqual(4);
    },
  );
});
