/**
 * Kernels at many depths in one way through the layers, against one kernel after the other and against the deepest alone: ntk
 * and its gap, as spectra want them. The three run in turn, several rounds; the table is of CPU time on one
 * thread, so that other work on the machine matters little, the best round of each.
 */
import { bench, describe } from "vitest";
import { computeKernel, kernelsAtDepths } from "../src/kernels/index.js";
import { type Network, networkAtDepth, preset } from "../src/network/index.js";
import type { NdArray } from "../src/numeric/matrix.js";
import { createRng } from "../src/numeric/random.js";

interface Row {
  readonly label: string;
  readonly net: Network;
  readonly count: number;
  readonly depths: readonly number[];
}

const ROUNDS = 2;
const TEN = Array.from({ length: 10 }, (_, i) => 10 * (i + 1));
const rows: readonly Row[] = [
  { label: "dense relu, d = 784, n = 500, 10 ... 100", net: preset("fcn"), count: 500, depths: TEN },
  {
    label: "conv 3x3 relu, flatten, 32x32x3, n = 16, 10 ... 100",
    net: preset("cnn-flatten"),
    count: 16,
    depths: TEN,
  },
  {
    label: "conv 3x3 relu, global pool, 32x32x3, n = 2, 5, 10, 20",
    net: preset("cnn-pool"),
    count: 2,
    depths: [5, 10, 20],
  },
];

function samples(count: number, shape: readonly number[]): NdArray<Float64Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: createRng(1).normals(new Float64Array(count * size)), shape: [count, ...shape] };
}

const options = { get: ["ntk", "ntkGap"], threads: 1 } as const;

/** Each way to the kernels of a row. */
const ways: Record<string, (row: Row, x: NdArray<Float64Array>) => Promise<void>> = {
  "one way": async ({ net, depths }, x) => {
    for await (const { ntk } of kernelsAtDepths(net, depths, x, null, options)) void ntk;
  },
  "one by one": async ({ net, depths }, x) => {
    for (const depth of depths) await computeKernel(networkAtDepth(net, depth), x, null, options);
  },
  "deepest alone": async ({ net, depths }, x) => {
    await computeKernel(networkAtDepth(net, depths.at(-1)!), x, null, options);
  },
};

const best = new Map<string, number>();

function show(): void {
  const lines = rows.map(({ label }) => {
    const [one, each, deepest] = Object.keys(ways).map((way) => best.get(`${label} ${way}`)!);
    const ms = [one!, each!, deepest!].map((value) => `${value.toFixed(0)} ms`.padStart(10)).join("");
    return `${label.padEnd(58)}${ms}   ${(each! / one!).toFixed(2)}x faster, ${(one! / deepest!).toFixed(2)}x the deepest`;
  });
  console.log(`\nCPU time: ${Object.keys(ways).join(", ")}\n${lines.join("\n")}`);
}

describe("kernels at many depths", () => {
  bench(
    "all rows",
    async () => {
      for (const row of rows) {
        const x = samples(row.count, row.net.input);
        for (const [way, run] of Object.entries(ways)) {
          const start = process.cpuUsage();
          await run(row, x);
          const { user, system } = process.cpuUsage(start);
          const key = `${row.label} ${way}`;
          best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, (user + system) / 1e3));
        }
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
