/**
 * Vector networks, one thread: nanoseconds per entry per layer of the reference backend and of the SIMD backend (both
 * builds, both precisions), with the ratios between them.
 *
 * A layer is one dense layer with its activation. An entry is one computed pair (half of a symmetric matrix). The inner
 * products are timed by themselves (`gram`, a network of one dense layer) and taken off the layers' time. The printed
 * table is the best of all runs; the rows above it show their spread. The floor is the bare relu recursion of relu-floor.ts,
 * nngp and ntk without deficits and without a network around it.
 */
import { bench, describe } from "vitest";
import { computeKernel, type KernelBackend, type Precision, referenceBackend } from "../src/kernels/index.js";
import { simdBackendOf } from "../src/kernels/simd/backend.js";
import { activationLayer, dense, input, type Layer, network, repeat } from "../src/network/index.js";
import { createRng } from "../src/numeric/random.js";
import * as binary from "../src/wasm/generated/pairs.js";
import { loadModule } from "../src/wasm/load.js";
import { reluFloors } from "./relu-floor.js";

const SAMPLES = 512;
const ENTRIES = (SAMPLES * (SAMPLES + 1)) / 2;
const DEPTH = 4;

interface Case {
  readonly name: string;
  readonly features: number;
  readonly layers: readonly Layer[];
  readonly depth: number;
  readonly get: readonly ("nngp" | "ntk")[];
}

const stack = (activation: string): Layer[] => [
  repeat(DEPTH, dense(1, { weightVariance: 1.5, biasVariance: 0.1 }), activationLayer(activation)),
];

const cases: readonly Case[] = [
  { name: "gram, d = 784", features: 784, layers: [dense(1)], depth: 0, get: ["nngp"] },
  { name: "gram, d = 64", features: 64, layers: [dense(1)], depth: 0, get: ["nngp"] },
  ...["relu", "erf", "gelu", "tanh"].flatMap((activation): Case[] => [
    { name: `${activation}, nngp`, features: 64, layers: stack(activation), depth: DEPTH, get: ["nngp"] },
    {
      name: `${activation}, nngp + ntk`,
      features: 64,
      layers: stack(activation),
      depth: DEPTH,
      get: ["nngp", "ntk"],
    },
  ]),
];

interface Engine {
  readonly name: string;
  readonly backend: KernelBackend;
  readonly precision: Precision;
}

const variants = (["simd", "relaxed"] as const).filter((variant) => loadModule(binary, variant) !== null);
const engines: readonly Engine[] = [
  { name: "reference", backend: referenceBackend, precision: "float64" },
  ...variants.flatMap((variant): Engine[] => [
    { name: `${variant} float64`, backend: simdBackendOf(variant), precision: "float64" },
    { name: `${variant} float32`, backend: simdBackendOf(variant), precision: "float32" },
  ]),
];

/** ms of each case and engine, the best of all runs */
const best = new Map<string, number>();
const keyOf = (name: string, engine: Engine) => `${name}: ${engine.name}`;

/** ns per entry and layer, or per multiply-add of the inner products. */
function unitCost({ name, depth, features }: Case, engine: Engine): number {
  const ms = best.get(keyOf(name, engine)) ?? Number.NaN;
  if (depth === 0) return (1e6 * ms) / ENTRIES / features;
  return (1e6 * (ms - (best.get(keyOf("gram, d = 64", engine)) ?? Number.NaN))) / ENTRIES / depth;
}

const floor = await reluFloors(variants);

function printTable(): void {
  const lines = ["", "best of the runs; x is how many times as fast as the reference backend:"];
  for (const kase of cases) {
    lines.push(kase.name);
    const base = unitCost(kase, engines[0]!);
    for (const engine of engines) {
      const cost = unitCost(kase, engine);
      const unit = kase.depth === 0 ? "ns/multiply-add" : "ns/entry/layer";
      const bare = kase.name === "relu, nngp + ntk" ? floor.get(engine.name) : undefined;
      const above =
        bare === undefined ? "" : `  ${(cost / bare).toFixed(2)} of the floor (${bare.toFixed(2)} ns)`;
      lines.push(
        `  ${engine.name.padEnd(16)} ${cost.toFixed(3).padStart(9)} ${unit} ${(base / cost).toFixed(1).padStart(6)} x${above}`,
      );
    }
  }
  console.log([...lines, ""].join("\n"));
}

describe(`vector networks, one thread, n = ${SAMPLES} symmetric`, () => {
  for (const kase of cases) {
    const { name, features, layers, get } = kase;
    const net = network(input([features]), ...layers);
    const x = {
      data: createRng(1).normals(new Float64Array(SAMPLES * features)),
      shape: [SAMPLES, features],
    };
    for (const engine of engines) {
      const { backend, precision } = engine;
      const key = keyOf(name, engine);
      bench(
        key,
        async () => {
          const start = performance.now();
          await computeKernel(net, x, null, { get, backend, precision, threads: 1 });
          best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, performance.now() - start));
        },
        {
          iterations: 5,
          warmupIterations: 2,
          time: 300,
          warmupTime: 100,
          teardown: (_task, mode) => {
            if (mode === "run" && kase === cases.at(-1) && engine === engines.at(-1)) printTable();
          },
        },
      );
    }
  }
});
