/**
 * What training gives is what the finite reading takes: float32 weights, checkpoints and files of weights.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { readNpz, writeNpz } from "../../../src/data/index.js";
import { lazyExpansion, lazyFlow, linearNoise, shortTimeSeries } from "../../../src/dynamics/index.js";
import {
  applyModel,
  decodeWeights,
  empiricalKernels,
  encodeCheckpoint,
  encodeWeights,
  type FloatArray,
  finiteModel,
  hessianExtremes,
  hessianTrace,
  hessianVectorProduct,
  initialParameters,
  jacobian,
  jacobianVectorProduct,
  largestCurvature,
  linearize,
  lossGradient,
  outputHessianProducts,
  parametersFromArrays,
  parametersToArrays,
  type TrainedNetwork,
  type TrainingCheckpoint,
  tangentKernelProduct,
  taylorExpand,
  taylorTerms,
  trainNetwork,
  vectorJacobianProduct,
} from "../../../src/finite/index.js";
import { dense, input, network, tanh } from "../../../src/network/index.js";
import { createRng } from "../../../src/numeric/random.js";

const net = network(input([3]), dense(6), tanh(), dense(2));
const rng = createRng(4);
const x = { data: rng.normals(new Float64Array(5 * 3)), shape: [5, 3] };
const y = { data: rng.normals(new Float64Array(5 * 2)), shape: [5, 2] };
const model = finiteModel(net, { scheme: "standard" });

let trained: TrainedNetwork;
let checkpoint: TrainingCheckpoint;
let narrow: FloatArray;
let wide: Float64Array;

beforeAll(async () => {
  trained = await trainNetwork({
    network: net,
    recipe: { steps: 20, learningRate: 0.2, seed: 3, initialization: "standard" },
    train: { x, y },
    onCheckpoint: (made) => {
      checkpoint = made;
    },
  });
  narrow = trained.parameters;
  wide = Float64Array.from(narrow);
});

describe("parameters in float32", () => {
  test("are what trainNetwork gives by default", () => {
    expect(narrow).toBeInstanceOf(Float32Array);
  });

  test("give every reading the bits of the same numbers in float64", async () => {
    const v = { data: rng.normals(new Float64Array(10)), shape: [5, 2] };
    const at = (p: FloatArray) => [
      applyModel(model, p, x),
      empiricalKernels(model, p, x, null, { traceAxes: [] }),
      jacobian(model, p, x),
      jacobianVectorProduct(model, p, x, p),
      vectorJacobianProduct(model, p, x, v),
      tangentKernelProduct(model, p, x, null, v),
      outputHessianProducts(model, p, x, p),
      lossGradient(model, p, x, y),
      hessianVectorProduct(model, p, x, y, p),
      taylorTerms(model, p, p, x, 2),
    ];
    expect(at(narrow)).toEqual(at(wide));
    const later = async (p: FloatArray) => [
      await hessianTrace(model, p, x, y),
      await hessianExtremes(model, p, x, y),
      await largestCurvature(model, p, x),
    ];
    expect(await later(narrow)).toEqual(await later(wide));
  });

  test("are expanded around in float64: the step is not rounded", () => {
    const start = initialParameters(model, { seed: 3 });
    for (const expand of [linearize, (m: typeof model, p: FloatArray) => taylorExpand(m, p, 2)]) {
      const expected = expand(model, wide)(start, x).data;
      expect(expand(model, narrow)(start, x).data).toEqual(expected);
      // and as the argument of the expansion
      expect(expand(model, start)(narrow, x)).toEqual(expand(model, start)(wide, x));
    }
    expect(linearize(model, narrow)(narrow, x)).toEqual(applyModel(model, wide, x));
  });

  test("start the expansions in training time", async () => {
    const at = async (parameters: FloatArray) => {
      const base = { model, parameters, x, y };
      return [
        lazyExpansion({ ...base, order: 2, times: [0.5] }),
        lazyFlow({ ...base, times: [0.5], rates: parameters.map(Math.abs) }),
        await linearNoise({ ...base, noise: 0.1, clocks: [{ kind: "flow", time: 1 }] }),
        await shortTimeSeries({ ...base, noise: 0, order: 2 }),
      ];
    };
    expect(await at(narrow)).toEqual(await at(wide));
  });

  test("start more training", async () => {
    const again = (parameters: FloatArray) =>
      trainNetwork({ network: net, recipe: { steps: 3, learningRate: 0.1 }, train: { x, y }, parameters });
    expect((await again(narrow)).parameters).toEqual((await again(wide)).parameters);
  });
});

describe("vectors that are none", () => {
  const calls = {
    applyModel: (p: FloatArray) => applyModel(model, p, x),
    empiricalKernels: (p: FloatArray) => empiricalKernels(model, p, x, null),
    linearize: (p: FloatArray) => linearize(model, p),
    jacobian: (p: FloatArray) => jacobian(model, p, x),
  };
  test.each(Object.entries(calls))("%s: say type, length and way out in a line", (_, call) => {
    const text = (p: unknown) => {
      try {
        call(p as FloatArray);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(text(new Float32Array(300_000))).toMatch(
      /parameters is Float32Array of 300000 numbers, expected a Float64Array or Float32Array of 30 numbers.*those of another network/,
    );
    expect(text(Array.from(wide))).toMatch(/is Array of 30 numbers.*initialParameters.*trainNetwork/);
    expect(text(undefined)).toMatch(/is undefined/);
    expect(text({ data: wide, shape: [30] })).toMatch(/is an array with a shape/);
    expect(text({ parameters: wide })).toMatch(/is an object with parameters/);
    expect(text("x".repeat(1e6)).length).toBeLessThan(500);
  });
});

describe("files of weights", () => {
  const weights = () => ({ network: net, initialization: "standard" as const, seed: 3, parameters: narrow });

  test("come back with network, initialization and seed", () => {
    expect(decodeWeights(encodeWeights(weights()))).toEqual(weights());
    expect(decodeWeights(encodeWeights({ ...weights(), parameters: wide })).parameters).toEqual(wide);
  });

  test("may be checkpoints", () => {
    expect(decodeWeights(encodeCheckpoint(checkpoint))).toEqual(weights());
  });

  test("hold the kernel after training", () => {
    const read = decodeWeights(encodeWeights(weights()));
    const again = finiteModel(read.network, { scheme: read.initialization });
    expect(empiricalKernels(again, read.parameters, x, null)).toEqual(
      empiricalKernels(trained.model, wide, x, null),
    );
  });

  test("hold tensors by name, to be read without the rest", () => {
    const arrays = readNpz(encodeWeights(weights()), "w");
    expect(Object.keys(arrays)).toEqual(["meta", ...Object.keys(parametersToArrays(model, narrow))]);
    expect(arrays["layers[0].weight"]!.shape).toEqual([3, 6]);
    expect(parametersFromArrays(model, arrays)).toEqual(narrow);
  });

  test("are refused where they do not fit, by name", () => {
    const arrays = parametersToArrays(model, wide);
    const wrong = finiteModel(network(input([3]), dense(7), tanh(), dense(2)));
    const deep = finiteModel(network(input([3]), dense(6), tanh(), dense(2), dense(2)));
    const nan = {
      ...arrays,
      "layers[0].weight": { data: new Float64Array(18).fill(Number.NaN), shape: [3, 6] },
    };
    expect(() => parametersFromArrays(wrong, arrays, "w.npz")).toThrow(
      /w\.npz: layers\[0\]\.weight has shape \[3, 6\], expected \[3, 7\]/,
    );
    expect(() => parametersFromArrays(deep, arrays)).toThrow(/has no array layers\[3\]\.weight/);
    expect(() => parametersFromArrays(model, nan)).toThrow(/NaN at index 0/);
    expect(() => decodeWeights(writeNpz(arrays), "w.npz")).toThrow(
      /does not say of which network.*parametersFromArrays/,
    );
  });
});
