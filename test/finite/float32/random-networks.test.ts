import { expect, test } from "vitest";
import { openGradientEngine } from "../../../src/finite/gradient-engine.js";
import { finiteModel, initialParameters } from "../../../src/finite/index.js";
import * as n from "../../../src/network/index.js";
import { sizeOf } from "../../../src/numeric/matrix.js";
import { createRng, type Rng } from "../../../src/numeric/random.js";

/** Layers that keep the shape [.., channels], nested at random: what is read when and written over where differs in all. */
function randomLayers(rng: Rng, channels: number, image: boolean, depth: number): n.Layer[] {
  const count = 1 + rng.integer(4);
  return Array.from({ length: count }, () => randomLayer(rng, channels, image, depth));
}

function randomLayer(rng: Rng, channels: number, image: boolean, depth: number): n.Layer {
  const inside = () => randomLayers(rng, channels, image, depth - 1);
  const weights: n.Layer = image
    ? { kind: "conv", channels, filter: [3, 2], biasVariance: rng.integer(2) / 10 }
    : { kind: "dense", units: channels, biasVariance: rng.integer(2) / 10 };
  switch (rng.integer(depth > 0 ? 14 : 10)) {
    case 0:
    case 1:
      return weights;
    case 2:
      return { kind: "activation", name: "relu" };
    case 3:
      return { kind: "activation", name: "tanh" };
    case 4:
      return { kind: "activation", name: "gabor" };
    case 5:
      return { kind: "layerNorm" };
    case 6:
      return { kind: "dropout", keepRate: 0.7 };
    case 7:
      return { kind: "identity" };
    case 8:
      return image
        ? { kind: "maxPool", window: [2, 2], padding: "same" }
        : { kind: "activation", name: "softplus" };
    case 9:
      return { kind: "batchNorm", epsilon: 0.1 };
    case 10:
      return { kind: "residual", layers: inside() };
    case 11:
      return { kind: "parallel", merge: "sum", branches: [inside(), [], inside(), []] };
    case 12:
      return { kind: "parallel", merge: "product", branches: [inside(), [], inside()] };
    default:
      return {
        kind: "serial",
        layers: [{ kind: "parallel", merge: "concat", branches: [inside(), [], inside()] }, weights],
      };
  }
}

function randomNetwork(seed: number): n.Network {
  const rng = createRng(seed);
  const image = rng.integer(2) === 1;
  const channels = 3 + rng.integer(4);
  const body = randomLayers(rng, channels, image, 2);
  return n.parseNetwork({
    foretrain: 1,
    input: image ? [4, 3, channels] : [channels],
    layers: [
      ...body,
      ...(image ? [{ kind: "flatten" }] : []),
      { kind: "dense", units: 2, biasVariance: 0.1 },
    ],
  });
}

const norm = (a: Float64Array) => Math.sqrt(a.reduce((sum, v) => sum + v * v, 0));

// float32 against float64: rounding of 24 bits, magnified where products of branches and norms of few channels are nested
test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "a random network has the loss and gradient of the float64 tape, seed %d",
  async (seed) => {
    const model = finiteModel(randomNetwork(seed));
    const samples = 4;
    const x = createRng(seed).normals(new Float32Array(samples * sizeOf(model.inputShape)));
    const y = createRng(seed + 1).normals(new Float32Array(samples * 2));
    const parameters = Float32Array.from(initialParameters(model, { seed }));
    const results = await Promise.all(
      (["float32", "float64"] as const).map(async (dtype) => {
        const engine = await openGradientEngine(model, { batch: 5, dtype });
        engine.parameters.set(parameters);
        const outputs = Float64Array.from(engine.outputs(x, samples));
        const value = engine.lossGradient(x, y, samples, createRng(9));
        return { value, outputs, gradient: Float64Array.from(engine.gradient) };
      }),
    );
    const [single, double] = [results[0]!, results[1]!];
    const error = (a: Float64Array, b: Float64Array) => norm(a.map((v, i) => v - b[i]!)) / norm(b);
    expect(Math.abs(single.value / double.value - 1)).toBeLessThan(1e-4);
    expect(error(single.outputs, double.outputs)).toBeLessThan(1e-4);
    expect(error(single.gradient, double.gradient)).toBeLessThan(1e-4);
  },
);
