/**
 * Whole kernels of the networks that are usually compared, nngp and ntk together, on all threads: the first table of
 * docs/benchmarks.md. A pair is one computed entry: a symmetric kernel of n samples has n (n + 1) / 2, one of n against n
 * other samples n^2. The rows run in turn, several rounds; the table is of the best round of each.
 */
import { bench, describe } from "vitest";
import { computeKernel, type KernelOptions, planKernel } from "../src/kernels/index.js";
import { dense, input, type Network, network, preset, relu, repeat, tanh } from "../src/network/index.js";
import type { NdArray } from "../src/numeric/matrix.js";
import { createRng } from "../src/numeric/random.js";

interface Row {
  readonly label: string;
  readonly net: Network;
  readonly count: number;
  /** against as many other samples, as a test set is; else symmetric */
  readonly cross?: boolean;
  readonly precision: "float64" | "float32";
}

const ROUNDS = 3;
const both = ["float32", "float64"] as const;
const stack = (depth: number, activation: typeof relu): Network =>
  network(
    input([784]),
    repeat(depth, dense(1, { weightVariance: 1.8, biasVariance: 0.05 }), activation()),
    dense(1),
  );

const rows: readonly Row[] = [
  ...both.map((precision): Row => {
    const net = preset("cnn-pool", { depth: 21 });
    return { label: "21 conv 3x3 relu, global pool, 32x32x3", net, count: 8, cross: true, precision };
  }),
  ...both.map((precision): Row => {
    const net = preset("cnn-flatten", { depth: 21 });
    return { label: "21 conv 3x3 relu, flatten, 32x32x3", net, count: 128, cross: true, precision };
  }),
  ...both.map((precision): Row => {
    return { label: "myrtle5, 32x32x3", net: preset("myrtle5"), count: 8, cross: true, precision };
  }),
  ...both.map((precision): Row => {
    const net = preset("wrn", { depth: 1 });
    return { label: "wrn, one block per stage, 32x32x3", net, count: 8, cross: true, precision };
  }),
  ...both.map((precision): Row => {
    return { label: "10 dense relu, d = 784, n = 2000", net: stack(10, relu), count: 2000, precision };
  }),
  ...both.map((precision): Row => {
    return { label: "3 dense relu, d = 784, n = 1000", net: stack(3, relu), count: 1000, precision };
  }),
  ...both.map((precision): Row => {
    return { label: "3 dense tanh, d = 784, n = 1000", net: stack(3, tanh), count: 1000, precision };
  }),
];

function samples(seed: number, count: number, shape: readonly number[]): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

const best = new Map<Row, number>();

function show(): void {
  const amount = (ms: number) => (ms < 0.1 ? `${(1e3 * ms).toPrecision(3)} us` : `${ms.toPrecision(3)} ms`);
  const lines = rows.map((row) => {
    const { label, net, count, cross = false, precision } = row;
    const plan = planKernel(net, count, cross ? count : null, { precision });
    const ms = best.get(row)!;
    const engine = `${plan.backend}${plan.variant === null ? "" : ` (${plan.variant})`}, ${plan.threads} threads`;
    return (
      `${label.padEnd(40)}${precision}  ${ms.toFixed(1).padStart(8)} ms` +
      `${amount(ms / plan.entries).padStart(11)} per pair   ${engine}`
    );
  });
  console.log(`\n${lines.join("\n")}`);
}

describe("whole kernels, nngp and ntk", () => {
  bench(
    "all rows",
    async () => {
      for (const row of rows) {
        const { net, count, cross = false, precision } = row;
        const [x, y] = [samples(1, count, net.input), cross ? samples(2, count, net.input) : null];
        const options: KernelOptions = { precision };
        const start = performance.now();
        await computeKernel(net, x, y, options);
        best.set(row, Math.min(best.get(row) ?? Number.POSITIVE_INFINITY, performance.now() - start));
      }
    },
    {
      iterations: ROUNDS,
      time: 0,
      warmupIterations: 1,
      warmupTime: 0,
      teardown: (_task, mode) => {
        if (mode === "run") show();
      },
    },
  );
});
