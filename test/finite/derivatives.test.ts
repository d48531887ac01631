import { describe, expect, test } from "vitest";
import { gradientVisitor, zeroGradients } from "../../src/finite/contractions.js";
import {
  applyModel,
  finiteModel,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  type Loss,
  lossGradient,
  taylorExpansion,
  taylorTerms,
} from "../../src/finite/index.js";
import { passOf, samplesOf } from "../../src/finite/model.js";
import { parseNetwork } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { NETWORKS, samplesFor } from "./networks.js";

/** Of central differences: error STEP^2 times third derivatives of order 10, rounding 1e-16 / STEP */
const STEP = 1e-5;
const CLOSE = 1e-8;

const moved = (theta: Float64Array, v: Float64Array, step: number) => theta.map((t, i) => t + step * v[i]!);

function setUp(name: string) {
  const model = finiteModel(NETWORKS[name]!);
  const theta = initialParameters(model, { seed: 3 });
  const x = samplesFor(model.network, 3, 4);
  const v = createRng(5).normals(new Float64Array(model.parameterCount));
  const outputs = model.outputShape.reduce((a, b) => a * b, 1);
  const y = { data: new Float64Array(3 * outputs), shape: [3, ...model.outputShape] };
  const classes = model.outputShape.at(-1)!;
  // rows that sum to 1, as cross entropy wants them; the first class has 0.7 of it
  y.data.forEach((_, i) => {
    y.data[i] = classes === 1 ? 1 : i % classes === 0 ? 0.7 : 0.3 / (classes - 1);
  });
  return { model, theta, x, v, y };
}

describe.each(Object.keys(NETWORKS))("derivatives of a network: %s", (name) => {
  test("the Jacobian is the slope of the outputs", () => {
    const { model, theta, x } = setUp(name);
    const j = jacobian(model, theta, x);
    for (let p = 0; p < model.parameterCount; p++) {
      const e = new Float64Array(model.parameterCount);
      e[p] = 1;
      const up = applyModel(model, moved(theta, e, STEP), x).data;
      const down = applyModel(model, moved(theta, e, -STEP), x).data;
      for (let i = 0; i < up.length; i++) {
        const slope = (up[i]! - down[i]!) / (2 * STEP);
        expect(Math.abs(j.data[i * model.parameterCount + p]! - slope)).toBeLessThan(CLOSE);
      }
    }
  });

  test.each(["squared", "crossEntropy", "logistic"] as const)(
    "gradient and Hessian of the loss, %s",
    (loss: Loss) => {
      const { model, theta, x, y, v } = setUp(name);
      const at = (step: number) => lossGradient(model, moved(theta, v, step), x, y, { loss });
      const { gradient } = at(0);
      const along = gradient.reduce((sum, g, i) => sum + g * v[i]!, 0);
      const [up, down] = [at(STEP), at(-STEP)];
      const slope = (up.value - down.value) / (2 * STEP);
      expect(Math.abs(along - slope)).toBeLessThan(CLOSE * (1 + Math.abs(slope)));
      const product = hessianVectorProduct(model, theta, x, y, v, { loss });
      const size = Math.max(...product.map(Math.abs));
      product.forEach((h, i) => {
        const change = (up.gradient[i]! - down.gradient[i]!) / (2 * STEP);
        // the third derivative of the gradient goes with |v|^3 ~ 100
        expect(Math.abs(h - change)).toBeLessThan(10 * CLOSE * (1 + size));
      });
    },
  );

  test("the expansion of order K is off by step^(K + 1)", () => {
    const { model, theta, x, v } = setUp(name);
    const error = (step: number, order: number) => {
      const direction = v.map((value) => step * value);
      const exact = applyModel(model, moved(theta, v, step), x).data;
      const close = taylorExpansion(model, theta, direction, x, order).data;
      return Math.hypot(...exact.map((value, i) => value - close[i]!));
    };
    for (const order of [0, 1, 2, 3, 5]) {
      const ratio = error(0.02, order) / error(0.01, order);
      // the next term is off by a share of some 0.02 |v| of itself
      expect(Math.log2(ratio)).toBeGreaterThan(order + 0.7);
      expect(Math.log2(ratio)).toBeLessThan(order + 1.4);
    }
  });

  test("going back through jets of order 2 gives third derivatives", () => {
    const { model, theta, x, v } = setUp(name);
    const { data, samples } = samplesOf(model, x, "test");
    const gradientAt = (step: number, order: number) => {
      const at = moved(theta, v, step);
      const jet = order === 0 ? [at] : [at, v, null];
      const pass = passOf(model, jet, data, samples, { reverse: true });
      const gradient = zeroGradients(order, model.parameterCount);
      // the cotangent is a constant: the gradient of the sum of all outputs
      const ones = new Float64Array(pass.output[0]!.length).fill(1);
      pass.backward(order === 0 ? [ones] : [ones, null, null], gradientVisitor(gradient));
      return gradient;
    };
    const h = 1e-3;
    const [up, mid, down] = [gradientAt(h, 0)[0]!, gradientAt(0, 2), gradientAt(-h, 0)[0]!];
    const size = Math.max(1, ...mid[2]!.map(Math.abs));
    mid[0]!.forEach((g, i) => {
      // coefficient 2 is half the second derivative; differences are off by h^2 fourth derivatives ~ 1e-5
      expect(Math.abs(mid[1]![i]! - (up[i]! - down[i]!) / (2 * h))).toBeLessThan(1e-4 * size);
      expect(Math.abs(mid[2]![i]! - (up[i]! - 2 * g + down[i]!) / (2 * h * h))).toBeLessThan(1e-4 * size);
    });
  });
});

describe("exactness", () => {
  test("a network of polynomials has a finite expansion", () => {
    const net = parseNetwork({
      foretrain: 1,
      input: [3],
      layers: [
        { kind: "dense", units: 4, biasVariance: 1 },
        { kind: "activation", name: "monomial", degree: 2 },
        { kind: "dense", units: 1 },
      ],
    });
    const model = finiteModel(net);
    const theta = initialParameters(model, { seed: 1 });
    const v = initialParameters(model, { seed: 2 });
    const x = samplesFor(net, 2, 3);
    // (weights)^2 times weights: degree 3
    const terms = taylorTerms(model, theta, v, x, 5);
    expect(terms[3]!.data.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    expect([...terms[4]!.data, ...terms[5]!.data].every((value) => value === 0)).toBe(true);
    const exact = applyModel(model, moved(theta, v, 1), x).data;
    const sum = taylorExpansion(model, theta, v, x, 3).data;
    exact.forEach((value, i) => {
      expect(sum[i]).toBeCloseTo(value, 12);
    });
  });

  test("batches that are cut give the same sums", () => {
    const net = NETWORKS["dense layers, tanh"]!;
    const model = finiteModel(net);
    const theta = initialParameters(model, { seed: 1 });
    const x = samplesFor(net, 7, 3);
    const y = { data: new Float64Array(14).fill(0.5), shape: [7, 2] };
    const whole = lossGradient(model, theta, x, y);
    const cut = { ...model, tape: { ...model.tape, numbersPerSample: 2 ** 24 } };
    const parts = lossGradient(cut, theta, x, y);
    expect(parts.value).toBeCloseTo(whole.value, 13);
    parts.gradient.forEach((g, i) => {
      expect(g).toBeCloseTo(whole.gradient[i]!, 13);
    });
    expect(jacobian(cut, theta, x)).toEqual(jacobian(model, theta, x));
  });
});

describe("wrong use", () => {
  const model = finiteModel(NETWORKS["dense layers, tanh"]!);
  const theta = initialParameters(model, { seed: 1 });
  const x = samplesFor(model.network, 2, 3);

  test("is answered with what was expected", () => {
    expect(() => applyModel(model, new Float64Array(3), x)).toThrow(
      /parameters is Float64Array of 3 numbers, expected .* of \d+ numbers/,
    );
    expect(() => applyModel(model, theta, { data: new Float64Array(6), shape: [2, 3] })).toThrow(
      /x has shape \[2, 3\], expected \[samples, 4\]/,
    );
    expect(() => lossGradient(model, theta, x, { data: new Float64Array(2), shape: [2, 1] })).toThrow(
      /y has shape \[2, 1\], expected \[2, 2\]/,
    );
    expect(() =>
      lossGradient(model, theta, x, { data: new Float64Array(4), shape: [2, 2] }, { loss: "hinge" as Loss }),
    ).toThrow(/loss is "hinge", expected "squared", "crossEntropy", "logistic"/);
    expect(() => taylorTerms(model, theta, theta, x, -1)).toThrow(/order is -1/);
  });

  test("sign has outputs, but no gradient", () => {
    const net = parseNetwork({
      foretrain: 1,
      input: [2],
      layers: [
        { kind: "dense", units: 3 },
        { kind: "activation", name: "sign" },
        { kind: "dense", units: 1 },
      ],
    });
    const step = finiteModel(net);
    const at = initialParameters(step, { seed: 1 });
    const samples = samplesFor(net, 2, 1);
    expect(applyModel(step, at, samples).data.every(Number.isFinite)).toBe(true);
    expect(() => jacobian(step, at, samples)).toThrow(/no derivative that is a function/);
  });
});
