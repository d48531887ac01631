/**
 * How the time of a kernel grows: with the square of the number of samples, with the number of layers, and with one
 * thread less. Each group runs its cases in turn, several rounds, so that a ratio is of the same minutes of the same
 * cores; the printed tables are of the best of all rounds. Run it on a machine that does nothing else.
 */
import { bench, describe } from "vitest";
import { computeKernel, type KernelOptions, planKernel } from "../src/kernels/index.js";
import { dense, input, type Network, network, preset, relu, repeat } from "../src/network/index.js";
import type { NdArray } from "../src/numeric/matrix.js";
import { createRng } from "../src/numeric/random.js";

interface Case {
  readonly label: string;
  readonly net: Network;
  readonly count: number;
  readonly options: KernelOptions;
  /** what the time is divided by in the table: pairs, pairs and layers, or nothing */
  readonly per: { readonly units: number; readonly name: string };
}

const ROUNDS = 5;
const pairs = (n: number) => (n * (n + 1)) / 2;

const fcn = (depth: number, features: number): Network =>
  network(
    input([features]),
    repeat(depth, dense(1, { weightVariance: 1.5, biasVariance: 0.1 }), relu()),
    dense(1),
  );

function samples(count: number, shape: readonly number[]): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: createRng(1).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

const groups: Record<string, readonly Case[]> = {
  "samples (relu, 10 layers, d = 64, float64, 1 thread)": [500, 1000, 2000, 4000].map((count) => ({
    label: `n = ${count}`,
    net: fcn(10, 64),
    count,
    options: { threads: 1 },
    per: { units: pairs(count), name: "pair" },
  })),
  "layers (relu, n = 1000, d = 16, float64, 1 thread)": [1, 4, 16, 64].map((depth) => ({
    label: `${depth} layers`,
    net: fcn(depth, 16),
    count: 1000,
    options: { threads: 1 },
    per: { units: pairs(1000) * depth, name: "pair and layer" },
  })),
  "threads, fully connected (relu, 10 layers, n = 2000, d = 784, float64)": [1, 2].map((threads) => ({
    label: `${threads} threads`,
    net: fcn(10, 784),
    count: 2000,
    options: { threads },
    per: { units: pairs(2000), name: "pair" },
  })),
  "threads, convolutional (21 layers, global pool, 32x32x3, float32)": [1, 2].map((threads) => ({
    label: `${threads} threads`,
    net: preset("cnn-pool", { depth: 21 }),
    count: 16,
    options: { threads, precision: "float32", tile: 4 },
    per: { units: pairs(16), name: "pair" },
  })),
};

const amount = (ms: number) => (ms < 0.1 ? `${(1e6 * ms).toPrecision(3)} ns` : `${ms.toPrecision(3)} ms`);

/** One row per case: its time, the ratio to the row before, and what each further unit has cost since the row before. */
function show(name: string, cases: readonly Case[], best: ReadonlyMap<string, number>): void {
  const { backend, variant } = planKernel(cases[0]!.net, cases[0]!.count, null, cases[0]!.options);
  const lines = cases.map(({ label, per }, i) => {
    const ms = best.get(label)!;
    const before = i === 0 ? null : { ms: best.get(cases[i - 1]!.label)!, units: cases[i - 1]!.per.units };
    const ratio = before === null ? "" : `x ${(ms / before.ms).toFixed(2)}`;
    const further =
      before === null || before.units === per.units
        ? `${amount(ms / per.units)} per ${per.name}`
        : `${amount((ms - before.ms) / (per.units - before.units))} per further ${per.name}`;
    return `${label.padEnd(12)}${ms.toFixed(1).padStart(9)} ms${ratio.padStart(9)}   ${further}`;
  });
  console.log(`\n${name}; ${backend}${variant === null ? "" : ` (${variant})`}\n${lines.join("\n")}`);
}

describe("scaling", () => {
  for (const [name, cases] of Object.entries(groups)) {
    const best = new Map<string, number>();
    bench(
      name,
      async () => {
        for (const { label, net, count, options } of cases) {
          const x = samples(count, net.input);
          const start = performance.now();
          await computeKernel(net, x, null, options);
          best.set(label, Math.min(best.get(label) ?? Number.POSITIVE_INFINITY, performance.now() - start));
        }
      },
      {
        iterations: ROUNDS,
        time: 0,
        warmupIterations: 1,
        warmupTime: 0,
        teardown: (_task, mode) => {
          if (mode === "run") show(name, cases, best);
        },
      },
    );
  }
});
