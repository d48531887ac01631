import { expect, test } from "vitest";
import { finiteModel } from "../../src/finite/index.js";
import { layerShapes } from "../../src/network/index.js";
import { type CifarNetwork, cifarNetwork, cifarScheme } from "../../src/studies/paper-e/cifar-networks.js";

const PAPER: CifarNetwork = {
  side: 32,
  channels: 64,
  units: 100,
  classes: 10,
  lastPadding: "valid",
  keepRate: 0.5,
};

test("the network of the paper has its sides, and 1024 numbers before the dense layers", () => {
  const shapes = layerShapes(cifarNetwork(PAPER));
  const sides = shapes.filter(({ layer }) => layer.kind === "conv").map(({ output }) => output[0]);
  expect(sides).toEqual([33, 34, 18, 19, 10, 8, 6, 4]);
  expect(shapes.find(({ layer }) => layer.kind === "flatten")!.output).toEqual([1024]);
  expect(shapes.filter(({ layer }) => layer.kind === "batchNorm").length).toBe(5);
});

test("multipliers and learning rates are the paper's, written out for H0 = 64, H = 100, gamma = 0.7", () => {
  const model = finiteModel(cifarNetwork(PAPER), { scheme: cifarScheme(PAPER, 0.7) });
  const weights = model.tensors.filter(({ role }) => role === "weight");
  const biases = model.tensors.filter(({ role }) => role === "bias");
  const h = 64 ** (2 - 0.7);
  const conv = 64 / (64 ** (1 - 1.4) * h);
  const rates = [
    1,
    conv,
    conv,
    conv,
    conv,
    conv,
    conv,
    16 * conv,
    (16 * 64) / (100 ** (1 - 1.4) * h),
    100 / h,
  ];
  const ofBiases = [1, ...new Array<number>(6).fill(64 / h), (16 * 64) / h, 100 / h, 1 / h];
  const factors = [1, ...new Array<number>(7).fill(64 ** -0.7), 1024 ** -0.7, 100 ** -0.7];
  weights.forEach(({ learningRate, multiplier, law }, i) => {
    expect(learningRate).toBeWithinRelative(rates[i]!, 1e-14);
    expect(multiplier).toBeWithinRelative(factors[i]!, 1e-14);
    expect(law).toEqual({ kind: "normal", variance: 1 });
  });
  biases.forEach(({ learningRate, multiplier }, i) => {
    expect(learningRate).toBeWithinRelative(ofBiases[i]!, 1e-14);
    expect(multiplier).toBe(1);
  });
  const norms = model.tensors.filter(({ role }) => role === "scale" || role === "shift");
  expect(norms.length).toBe(10);
  for (const { learningRate, law } of norms) {
    expect(learningRate).toBeWithinRelative(64 ** -1.2, 1e-14);
    expect(law).toEqual({ kind: "normal", variance: 1 });
  }
});
