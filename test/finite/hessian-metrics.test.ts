import { describe, expect, test } from "vitest";
import {
  applyModel,
  empiricalKernels,
  finiteModel,
  hessianExtremes,
  hessianTrace,
  hessianVectorProduct,
  initialParameters,
  type Loss,
  outputHessianProducts,
} from "../../src/finite/index.js";
import { eigenSymmetric } from "../../src/numeric/linalg/index.js";
import { matrix } from "../../src/numeric/matrix.js";
import { createRng } from "../../src/numeric/random.js";
import { portableNetwork } from "../dynamics/portable-network.js";
import { NETWORKS, samplesFor } from "./networks.js";

const LOSSES: readonly Loss[] = ["squared", "crossEntropy", "logistic"];
const PARTS = ["whole", "gaussNewton", "residual"] as const;

function setUp(name: string) {
  const model = finiteModel(NETWORKS[name]!);
  const theta = initialParameters(model, { seed: 11 });
  const x = samplesFor(model.network, 3, 12);
  const shape = [3, ...model.outputShape];
  const classes = shape.at(-1)!;
  const data = createRng(13).normals(new Float64Array(shape.reduce((a, b) => a * b, 1)));
  // rows of probabilities, which both losses take
  for (let at = 0; at < data.length; at += classes) {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += data[at + c]! ** 2;
    for (let c = 0; c < classes; c++) data[at + c] = data[at + c]! ** 2 / sum;
  }
  return { model, theta, x, y: { data, shape } };
}

type Case = ReturnType<typeof setUp>;

/** The whole matrix, column by column. */
function hessian({ model, theta, x, y }: Case, loss: Loss, part: (typeof PARTS)[number]) {
  const n = model.parameterCount;
  const out = matrix(n, n);
  for (let p = 0; p < n; p++) {
    const e = new Float64Array(n);
    e[p] = 1;
    hessianVectorProduct(model, theta, x, y, e, { loss, part }).forEach((value, i) => {
      out.data[i * n + p] = value;
    });
  }
  return out;
}

const traceOf = (a: { data: Float64Array; shape: readonly [number, number] }) => {
  let trace = 0;
  for (let i = 0; i < a.shape[0]; i++) trace += a.data[i * a.shape[0] + i]!;
  return trace;
};

describe.each(Object.keys(NETWORKS))("the Hessian of a network: %s", (name) => {
  const job = setUp(name);
  const { model, theta, x, y } = job;
  const n = model.parameterCount;

  test.each(LOSSES)("is symmetric, the sum of its parts, and its trace is exact: %s", async (loss) => {
    const [whole, gaussNewton, residual] = PARTS.map((part) => hessian(job, loss, part));
    const size = Math.max(...whole!.data.map(Math.abs));
    let [asymmetry, rest] = [0, 0];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const h = whole!.data[i * n + j]!;
        asymmetry = Math.max(asymmetry, Math.abs(h - whole!.data[j * n + i]!));
        const parts = gaussNewton!.data[i * n + j]! + residual!.data[i * n + j]!;
        rest = Math.max(rest, Math.abs(h - parts));
      }
    }
    // rounding of sums of a few hundred terms; one class alone has no curvature at all
    expect(asymmetry).toBeLessThanOrEqual(1e-13 * size);
    expect(rest).toBeLessThanOrEqual(1e-13 * size);
    const trace = await hessianTrace(model, theta, x, y, { loss, method: "exact" });
    expect(trace).toMatchObject({ method: "exact", standardError: 0, products: n });
    expect(Math.abs(trace.value - traceOf(whole!))).toBeLessThanOrEqual(1e-12 * n * size);
    expect(Math.abs(trace.gaussNewton - traceOf(gaussNewton!))).toBeLessThanOrEqual(1e-12 * n * size);
    expect(Math.abs(trace.residual - traceOf(residual!))).toBeLessThanOrEqual(1e-12 * n * size);
    const { values } = await eigenSymmetric(gaussNewton!);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1e-13 * Math.max(...values) * n);
  });

  test("has the trace (tr Theta + sum of residuals times traces of the outputs' Hessians) / n", async () => {
    const outputs = model.outputShape.reduce((a, b) => a * b, 1);
    const { ntk } = empiricalKernels(model, theta, x, null, {
      get: ["ntk"],
      traceAxes: [],
      diagonalAxes: [0, ...model.outputShape.map((_, axis) => axis + 1)],
    });
    let theory = ntk!.data.reduce((sum, value) => sum + value, 0);
    const f = applyModel(model, theta, x).data;
    for (let p = 0; p < n; p++) {
      const e = new Float64Array(n);
      e[p] = 1;
      const products = outputHessianProducts(model, theta, x, e);
      for (let r = 0; r < 3 * outputs; r++) theory += (f[r]! - y.data[r]!) * products.data[r * n + p]!;
    }
    const { value } = await hessianTrace(model, theta, x, y, { method: "exact" });
    expect(Math.abs(value - theory / 3)).toBeLessThan(1e-12 * (1 + Math.abs(value)));
  });
});

describe("hessianTrace", () => {
  const job = setUp("dense layers, tanh");
  const { model, theta, x, y } = job;

  test("by random signs is within four standard errors, which fall with the root of the number", async () => {
    const exact = await hessianTrace(model, theta, x, y, { method: "exact" });
    const few = await hessianTrace(model, theta, x, y, { method: "hutchinson", probes: 100, seed: 1 });
    const many = await hessianTrace(model, theta, x, y, { method: "hutchinson", probes: 1600, seed: 2 });
    for (const estimate of [few, many]) {
      expect(estimate.standardError).toBeGreaterThan(0);
      expect(Math.abs(estimate.value - exact.value)).toBeLessThan(4 * estimate.standardError);
      expect(estimate.gaussNewton).toBe(exact.gaussNewton);
    }
    // standard deviations from 100 probes are good to some 10 %
    expect(few.standardError / many.standardError).toBeGreaterThan(3);
    expect(few.standardError / many.standardError).toBeLessThan(5.3);
    const again = await hessianTrace(model, theta, x, y, { method: "hutchinson", probes: 100, seed: 1 });
    expect(again).toEqual(few);
  });

  test("is exact by itself where that takes few products, and an estimate where not", async () => {
    expect((await hessianTrace(model, theta, x, y)).method).toBe("exact");
    const { method, products } = await hessianTrace(model, theta, x, y, { probes: 3 });
    expect([method, products]).toEqual(["hutchinson", 3]);
  });

  test("is known to ten digits for the portable network", async () => {
    const net = portableNetwork();
    const { value } = await hessianTrace(net.model, net.theta, net.x, net.y);
    expect(value).toBeCloseTo(0.7428542126, 9);
  });

  test("refuses wrong arguments, and ends when it is told to", async () => {
    await expect(hessianTrace(model, theta, x, y, { probes: 1 })).rejects.toThrow(/probes is 1, expected/);
    await expect(hessianTrace(model, theta, x, y, { method: "guess" as "auto" })).rejects.toThrow(
      /method is "guess"/,
    );
    await expect(hessianTrace(model, theta, x, y, { loss: "hinge" as Loss })).rejects.toThrow(
      /loss is "hinge"/,
    );
    expect(() => hessianVectorProduct(model, theta, x, y, theta, { part: "half" as "whole" })).toThrow(
      /part is "half", expected "whole", "gaussNewton" or "residual"/,
    );
    const signal = AbortSignal.abort();
    await expect(hessianTrace(model, theta, x, y, { signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});

describe("hessianExtremes", () => {
  const job = setUp("dense layers, tanh");
  const { model, theta, x, y } = job;

  test.each(PARTS)("finds both ends of the spectrum within its bound: %s", async (part) => {
    for (const loss of LOSSES) {
      const { values } = await eigenSymmetric(hessian(job, loss, part));
      const found = await hessianExtremes(model, theta, x, y, { loss, part, tolerance: 1e-10 });
      expect(found.status).toBe("converged");
      const ends = [
        [found.largest, Math.max(...values)],
        [found.smallest, Math.min(...values)],
      ] as const;
      const norm = Math.max(...values.map(Math.abs));
      for (const [{ value, residual, vector }, exact] of ends) {
        expect(residual).toBeLessThanOrEqual(1e-10 * norm);
        expect(Math.abs(value - exact)).toBeLessThan(residual + 1e-13 * norm);
        const product = hessianVectorProduct(model, theta, x, y, vector, { loss, part });
        const off = Math.hypot(...product.map((p, i) => p - value * vector[i]!));
        expect(off).toBeLessThan(residual + 1e-12 * norm);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
      }
    }
  });

  test("says when the products did not suffice, with values inside the spectrum and an honest residual", async () => {
    const { values } = await eigenSymmetric(hessian(job, "squared", "whole"));
    const rough = await hessianExtremes(model, theta, x, y, { maxProducts: 4, tolerance: 1e-10 });
    expect(rough).toMatchObject({ status: "max-iterations", products: 4 });
    expect(rough.largest.value).toBeLessThan(Math.max(...values));
    expect(rough.smallest.value).toBeGreaterThan(Math.min(...values));
    const nearest = Math.min(...values.map((v) => Math.abs(v - rough.largest.value)));
    expect(rough.largest.residual).toBeGreaterThan(1e-6);
    expect(nearest).toBeLessThanOrEqual(rough.largest.residual);
  });

  test("refuses a memory that holds no search", async () => {
    await expect(hessianExtremes(model, theta, x, y, { memory: 100 })).rejects.toMatchObject({
      code: "ERR_MEMORY",
      message: expect.stringMatching(/16 products with \d+ parameters take .* 100 B may be used/),
    });
  });
});
