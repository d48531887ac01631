/**
 * Reference backend, float64: nanoseconds per entry per layer, the baseline for faster backends.
 *
 * A layer is one dense layer with its activation. An entry is one computed pair (half of a symmetric matrix). The inner
 * products are timed by themselves (`gram`, a network of one dense layer) and taken off the layers' time. The
 * printed table is the best of all runs; the rows above it show their spread.
 */
import { bench, describe } from "vitest";
import { computeKernel } from "../src/kernels/index.js";
import { activationLayer, dense, input, type Layer, network, repeat } from "../src/network/index.js";
import { createRng } from "../src/numeric/random.js";

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
  { name: "gram, d = 16", features: 16, layers: [dense(1)], depth: 0, get: ["nngp"] },
  ...["relu", "erf", "gelu", "tanh"].flatMap((activation): Case[] => [
    { name: `${activation}, nngp`, features: 16, layers: stack(activation), depth: DEPTH, get: ["nngp"] },
    {
      name: `${activation}, nngp + ntk`,
      features: 16,
      layers: stack(activation),
      depth: DEPTH,
      get: ["nngp", "ntk"],
    },
  ]),
];

const best = new Map<string, number>();

function printTable(): void {
  const gram = best.get("gram, d = 16") ?? Number.NaN;
  const rows = cases.map(({ name, depth, features }) => {
    const ms = best.get(name) ?? Number.NaN;
    const entry = (1e6 * ms) / ENTRIES;
    const unit =
      depth === 0
        ? `${entry.toFixed(1).padStart(8)} ns/entry ${(entry / features).toFixed(2).padStart(8)} ns/multiply-add`
        : `${((1e6 * (ms - gram)) / ENTRIES / depth).toFixed(1).padStart(8)} ns/entry/layer`;
    return `${name.padEnd(20)} ${ms.toFixed(1).padStart(8)} ms ${unit}`;
  });
  console.log(["", "best of the runs:", ...rows, ""].join("\n"));
}

describe(`reference backend, float64, n = ${SAMPLES} symmetric`, () => {
  for (const { name, features, layers, get } of cases) {
    const net = network(input([features]), ...layers);
    const x = {
      data: createRng(1).normals(new Float64Array(SAMPLES * features)),
      shape: [SAMPLES, features],
    };
    bench(
      name,
      async () => {
        const start = performance.now();
        await computeKernel(net, x, null, { get });
        best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, performance.now() - start));
      },
      {
        iterations: 5,
        warmupIterations: 2,
        time: 300,
        warmupTime: 100,
        teardown: (_task, mode) => {
          if (mode === "run" && name === cases.at(-1)!.name) printTable();
        },
      },
    );
  }
});
