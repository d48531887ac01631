import { describe, expect, test } from "vitest";
import {
  applyModel,
  finiteModel,
  initialParameters,
  normalizedScheme,
  normalizedSchemeOf,
  type ParameterScheme,
  parseParameterScheme,
  SCHEME_NAMES,
  type SchemeName,
} from "../../src/finite/index.js";
import {
  conv,
  dense,
  flatten,
  input,
  network,
  relu,
  repeat,
  sigmoid,
  tanh,
} from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";
import { NETWORKS } from "./networks.js";

const IN = 64;
const OUT = 48;
/** one layer of 64 -> 48 with sigma_w^2 = 1.7, sigma_b^2 = 0.6 */
const single = network(input([IN]), dense(OUT, { weightVariance: 1.7, biasVariance: 0.6 }));

function moments(values: Float64Array) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance, low: Math.min(...values), high: Math.max(...values) };
}

describe("parameter schemes", () => {
  // [variance of weights as the network multiplies them, of biases, largest |weight| of uniform laws]
  test.each<[SchemeName, number, number, number | null]>([
    ["declared", 1.7 / IN, 0.6, null],
    ["ntk", 1.7 / IN, 0.6, null],
    ["standard", 1.7 / IN, 0.6, null],
    ["glorotNormal", 2 / (IN + OUT), 0, null],
    ["glorotUniform", 2 / (IN + OUT), 0, Math.sqrt(6 / (IN + OUT))],
    ["heNormal", 2 / IN, 0, null],
    ["heUniform", 2 / IN, 0, Math.sqrt(6 / IN)],
    ["lecunNormal", 1 / IN, 0, null],
    ["lecunUniform", 1 / IN, 0, Math.sqrt(3 / IN)],
    ["pytorch", 1 / (3 * IN), 1 / (3 * IN), 1 / Math.sqrt(IN)],
    ["normal", 1, 1, null],
    ["zeros", 0, 0, 0],
  ])("%s draws weights and biases of its variances", (scheme, weights, biases, bound) => {
    const model = finiteModel(single, { scheme });
    const theta = initialParameters(model, { seed: 1 });
    for (const [t, expected] of [weights, biases].entries()) {
      const { offset, size, multiplier } = model.tensors[t]!;
      const part = theta.subarray(offset, offset + size).map((value) => multiplier * value);
      const { mean, variance, low, high } = moments(part);
      // four standard errors of a mean and of a variance of a normal law; those of a uniform law are smaller
      expect(Math.abs(mean)).toBeLessThanOrEqual(4 * Math.sqrt(expected / size));
      expect(Math.abs(variance - expected)).toBeLessThanOrEqual(4 * expected * Math.sqrt(2 / size));
      if (t > 0 || bound === null) continue;
      expect(Math.max(-low, high)).toBeLessThanOrEqual(bound);
      expect(Math.max(-low, high)).toBeGreaterThanOrEqual(0.99 * bound); // 3,072 draws come closer than that
    }
  });

  test("uniform is U(0, 1), and its variant of mean zero U(-1/2, 1/2)", () => {
    for (const [meanZero, low] of [
      [false, 0],
      [true, -0.5],
    ] as const) {
      const model = finiteModel(single, { scheme: { weights: { law: "uniform", meanZero } } });
      const theta = initialParameters(model, { seed: 1 }).subarray(0, IN * OUT);
      const at = moments(theta);
      expect(at.low).toBeGreaterThanOrEqual(low);
      expect(at.high).toBeLessThan(low + 1);
      expect(Math.abs(at.mean - low - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / theta.length));
    }
  });

  test.each(Object.keys(NETWORKS))("no scheme and `declared` are the same network: %s", (name) => {
    const [plain, declared] = [
      finiteModel(NETWORKS[name]!),
      finiteModel(NETWORKS[name]!, { scheme: "declared" }),
    ];
    expect(declared.tensors).toEqual(plain.tensors);
    expect(initialParameters(declared, { seed: 2 })).toEqual(initialParameters(plain, { seed: 2 }));
  });

  test("ntk and standard are the same function of the same random numbers", () => {
    const net = NETWORKS["convolution, stride, flatten"]!;
    const x = { data: createRng(4).normals(new Float64Array(80)), shape: [2, 5, 4, 2] };
    const [ntk, standard] = (["ntk", "standard"] as const).map((scheme) => {
      const model = finiteModel(net, { scheme });
      return applyModel(model, initialParameters(model, { seed: 6 }), x).data;
    });
    for (const [i, value] of ntk!.entries()) expect(value).toBeCloseTo(standard![i]!, 12);
  });

  test("rules of layers go above those of all, the last layer counted from the end, copies of a repeat each", () => {
    const net = network(input([3]), repeat(3, dense(4, { biasVariance: 1 }), tanh()), dense(2));
    const scheme: ParameterScheme = {
      weights: "heNormal",
      layers: [
        { layer: 1, weights: { law: { kind: "normal", mean: 2, variance: 9 }, learningRate: 0.25 } },
        { layer: -1, weights: { law: "normal", gamma: 0.75 } },
      ],
    };
    const weights = finiteModel(net, { scheme }).tensors.filter(({ role }) => role === "weight");
    expect(weights.map(({ law }) => law)).toEqual([
      { kind: "normal", variance: 2 / 3 },
      { kind: "normal", mean: 2, variance: 9 },
      { kind: "normal", variance: 2 / 4 },
      { kind: "normal", variance: 1 },
    ]);
    expect(weights.map(({ learningRate }) => learningRate)).toEqual([1, 0.25, 1, 1]);
    expect(weights.map(({ multiplier }) => multiplier)).toEqual([1, 1, 1, 4 ** -0.75]);
  });

  test("fan-in and fan-out of a convolution count its filter", () => {
    const net = network(input([6, 6, 3]), conv(5, [3, 2]), relu(), flatten(), dense(2));
    const { law } = finiteModel(net, { scheme: "glorotNormal" }).tensors[0]!;
    expect(law).toEqual({ kind: "normal", variance: 2 / (6 * 3 + 6 * 5) });
  });

  test("every name is accepted as a whole scheme", () => {
    for (const name of SCHEME_NAMES)
      expect(parseParameterScheme(name)).toEqual({ weights: name, biases: name });
  });
});

describe("networks with N^-gamma normalization", () => {
  const N = 37;
  const GAMMA = 0.8;
  const net = network(input([5]), dense(N, { biasVariance: 1 }), sigmoid(), dense(10, { biasVariance: 1 }));

  test("the paper's MLP: fc2(N^-gamma sigmoid(fc1 x)) with fc1 ~ N(0, 1), fc2 ~ U(0, 1), biases of PyTorch", () => {
    const model = finiteModel(net, { scheme: normalizedScheme({ widths: [N], gammas: GAMMA }) });
    const theta = initialParameters(model, { seed: 8 });
    const [w1, b1, w2, b2] = model.tensors.map(({ offset, size }) => theta.subarray(offset, offset + size));
    for (const { learningRate } of model.tensors) expect(learningRate).toBeCloseTo(N ** -(2 - 2 * GAMMA), 14);
    const bound = (fanIn: number) => ({
      kind: "uniform",
      low: expect.closeTo(-1 / Math.sqrt(fanIn), 14),
      high: expect.closeTo(1 / Math.sqrt(fanIn), 14),
    });
    expect(model.tensors.map(({ law }) => law)).toEqual([
      { kind: "normal", variance: 1 },
      bound(5),
      { kind: "uniform", low: 0, high: 1 },
      bound(N),
    ]);
    const x = createRng(2).normals(new Float64Array(5));
    const hidden = Array.from({ length: N }, (_, i) => {
      let z = b1![i]!;
      for (let a = 0; a < 5; a++) z += x[a]! * w1![a * N + i]!;
      return N ** -GAMMA / (1 + Math.exp(-z));
    });
    const output = applyModel(model, theta, { data: x, shape: [1, 5] }).data;
    for (let c = 0; c < 10; c++) {
      const direct = hidden.reduce((sum, h, i) => sum + h * w2![i * 10 + c]!, b2![c]!);
      expect(output[c]).toBeCloseTo(direct, 12);
    }
  });

  test("three hidden layers have the published learning rates", () => {
    const [n1, n2, n3] = [10, 20, 40];
    const [g1, g2, g3] = [0.6, 0.75, 0.9];
    const rates = normalizedScheme({ widths: [n1, n2, n3], gammas: [g1, g2, g3] }).layers!.map(
      ({ weights }) => (typeof weights === "object" ? weights.learningRate! : Number.NaN),
    );
    const published = [
      1 / (n1 ** (1 - 2 * g1) * n2 ** (2 - 2 * g2) * n3 ** (3 - 2 * g3)),
      1 / (n1 ** (1 - 2 * g1) * n2 ** (1 - 2 * g2) * n3 ** (3 - 2 * g3)),
      1 / (n2 ** (1 - 2 * g2) * n3 ** (2 - 2 * g3)),
      n3 ** -(2 - 2 * g3),
    ];
    for (const [i, rate] of rates.entries()) expect(rate / published[i]!).toBeCloseTo(1, 12);
  });

  test("widths are those of a network's hidden layers; what is no plain stack is refused", () => {
    const net = network(input([4]), dense(6), tanh(), dense(9), tanh(), dense(2));
    const options = { gammas: [0.6, 0.8], meanZero: true };
    expect(normalizedSchemeOf(net, options)).toEqual(normalizedScheme({ widths: [6, 9], ...options }));
    expect(() => normalizedSchemeOf(network(input([4]), dense(2)), { gammas: 0.6 })).toThrow(
      /no hidden layer/,
    );
  });

  test.each([
    [{ widths: [8], gammas: 0.4 }, /gammas\[0\]: got 0.4, expected a number from 1\/2/],
    [{ widths: [8, 8], gammas: [0.5, 1.1] }, /gammas\[1\]: got 1.1/],
    [{ widths: [8], gammas: [0.5, 0.6] }, /2 gammas for 1 widths/],
    [{ widths: [0], gammas: 0.5 }, /widths\[0\] is 0/],
  ])("%o is refused", (options, message) => {
    expect(() => normalizedScheme(options)).toThrow(message);
  });
});

describe("schemes that are none", () => {
  test.each<[string, unknown, RegExp]>([
    ["a name", "xavier", /initialization: got "xavier", expected one of declared, ntk/],
    [
      "a field",
      { weight: "ntk" },
      /initialization.weight: got "ntk", expected no such field; the fields are weights, biases, scales, shifts, layers/,
    ],
    [
      "a gamma too small",
      { weights: { law: "normal", gamma: 0.3 } },
      /weights.gamma: got 0.3, expected a number from 1\/2/,
    ],
    ["a gamma of biases", { biases: { gamma: 0.5 } }, /biases.gamma: .*only weights/],
    ["gamma and multiplier", { weights: { gamma: 0.5, multiplier: 2 } }, /not both/],
    ["a law", { weights: { law: { kind: "normal", variance: -1 } } }, /weights.law is/],
    [
      "a rate",
      { layers: [{ layer: 0, weights: { learningRate: -1 } }] },
      /layers\[0\].weights.learningRate: got -1/,
    ],
    ["a layer", { layers: [{ layer: 0.5 }] }, /layers\[0\].layer: got 0.5/],
  ])("%s", (_, scheme, message) => {
    expect(() => parseParameterScheme(scheme)).toThrow(message);
  });

  test("a layer that the network does not have is named with the range there is", () => {
    const scheme = { layers: [{ layer: 2, weights: "ntk" as const }] };
    expect(() => finiteModel(single, { scheme })).toThrow(/layer: got 2, expected a layer from -1 to 0/);
  });
});
