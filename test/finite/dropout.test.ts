/** Gradients through dropout while its masks stay the same, against differences and against a network written out by hand. */
import { describe, expect, test } from "vitest";
import { finiteModel, initialParameters, type Loss, openGradientEngine } from "../../src/finite/index.js";
import { type Layer, type Network, parseNetwork } from "../../src/network/index.js";
import { createRng } from "../../src/numeric/random.js";

/** Of central differences: error STEP^2 times third derivatives of order 10, rounding 1e-16 / STEP */
const STEP = 1e-5;
const CLOSE = 1e-8;
const SAMPLES = 4;

const parse = (input: readonly number[], layers: readonly Layer[]) =>
  parseNetwork({ foretrain: 1, input, layers });
const dense = (units: number): Layer => ({ kind: "dense", units, weightVariance: 1.5, biasVariance: 0.3 });
const tanh: Layer = { kind: "activation", name: "tanh" };
const dropout = (keepRate: number): Layer => ({ kind: "dropout", keepRate });
const conv = (channels: number): Layer => ({ kind: "conv", channels, filter: [2, 2], biasVariance: 0.1 });

const NETWORKS: Readonly<Record<string, Network>> = {
  "of the inputs and between dense layers": parse(
    [4],
    [dropout(0.7), dense(7), tanh, dropout(0.5), dense(6), tanh, dropout(0.9), dense(2)],
  ),
  "of channels of a convolution": parse(
    [3, 3, 2],
    [conv(4), tanh, dropout(0.6), conv(3), dropout(0.5), { kind: "flatten" }, dense(2)],
  ),
  "in a residual branch, beside the input of another": parse(
    [3],
    [dense(6), { kind: "residual", layers: [tanh, dropout(0.5), dense(6)] }, dropout(0.8), tanh, dense(2)],
  ),
};

async function setUp(net: Network, loss: Loss) {
  const model = finiteModel(net);
  const engine = await openGradientEngine(model, { batch: SAMPLES, loss });
  const theta = initialParameters(model, { seed: 2 });
  const size = net.input.reduce((a, b) => a * b, 1);
  const x = createRng(5).normals(new Float64Array(SAMPLES * size));
  const y = Float64Array.from({ length: 2 * SAMPLES }, (_, i) => (i % 2 === 0 ? 0.8 : 0.2));
  /** loss of these parameters under the masks of one seed */
  const at = (parameters: Float64Array, seed: number | null) => {
    engine.parameters.set(parameters);
    return engine.lossGradient(x, y, SAMPLES, seed === null ? null : createRng(seed));
  };
  return { model, engine, theta, x, y, at };
}

describe.each(Object.entries(NETWORKS))("dropout %s", (_, net) => {
  test.each(["squared", "crossEntropy"] as const)(
    "has the slope of the loss in every parameter, at fixed masks, %s",
    async (loss) => {
      const { model, engine, theta, at } = await setUp(net, loss);
      for (const seed of [11, 12]) {
        const value = at(theta, seed);
        const gradient = Float64Array.from(engine.gradient);
        let differs = 0;
        for (let p = 0; p < model.parameterCount; p++) {
          const moved = (by: number) => theta.map((t, i) => (i === p ? t + by : t));
          const slope = (at(moved(STEP), seed) - at(moved(-STEP), seed)) / (2 * STEP);
          expect(Math.abs(gradient[p]! - slope)).toBeLessThan(CLOSE);
          at(theta, null);
          differs = Math.max(differs, Math.abs(gradient[p]! - engine.gradient[p]!));
        }
        // the masks matter: without them loss and gradient are others
        expect(Math.abs(value - at(theta, null))).toBeGreaterThan(1e-3);
        expect(differs).toBeGreaterThan(1e-2);
      }
    },
  );
});

test("units that a mask drops are 0, the others are divided by the keep rate", async () => {
  const [inputs, units, rates] = [4, 7, [0.7, 0.5]] as const;
  const net = parse([inputs], [dropout(rates[0]), dense(units), tanh, dropout(rates[1]), dense(2)]);
  const { model, theta, x, y, at } = await setUp(net, "squared");
  // weights [fan-in, units], then biases, times sqrt(variance / fan-in) and sqrt(bias variance)
  let offset = 0;
  const take = (count: number, scale: number) => {
    offset += count;
    return theta.subarray(offset - count, offset).map((t) => scale * t);
  };
  const layers = [
    [inputs, units],
    [units, 2],
  ].map(([fanIn, out]) => ({
    weights: take(fanIn! * out!, Math.sqrt(1.5 / fanIn!)),
    biases: take(out!, Math.sqrt(0.3)),
  }));
  expect(offset).toBe(model.parameterCount);
  const seed = 11;
  const rng = createRng(seed);
  const masked = (values: readonly number[], keepRate: number) =>
    values.map((value) => (rng.uniform() < keepRate ? value / keepRate : 0));
  const affine = (v: readonly number[], { weights, biases }: (typeof layers)[number]) =>
    Array.from(biases, (b, o) =>
      v.reduce((sum, value, i) => sum + value * weights[i * biases.length + o]!, b),
    );
  // layer by layer: masks are drawn for all samples of one dropout first
  let batch = Array.from({ length: SAMPLES }, (_, s) => [...x.subarray(s * inputs, (s + 1) * inputs)]);
  batch = batch.map((v) => masked(v, rates[0]));
  batch = batch.map((v) => affine(v, layers[0]!).map(Math.tanh));
  batch = batch.map((v) => masked(v, rates[1]));
  batch = batch.map((v) => affine(v, layers[1]!));
  const loss = batch.flat().reduce((sum, f, i) => sum + (f - y[i]!) ** 2 / 2, 0) / SAMPLES;
  expect(at(theta, seed)).toBeCloseTo(loss, 13);
});
