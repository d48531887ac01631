/**
 * Kernels of networks on images of 32 x 32 x 3 on the SIMD backend, nngp and ntk: time per entry, on one thread
 * and on two. The pass over single samples is not in it.
 *
 * The printed table is the best of all runs, with the ratio of float64 to float32 and of one thread to two.
 */
import { bench, describe } from "vitest";
import { type OpenKernel, openKernel } from "../src/kernels/open-kernel.js";
import {
  conv,
  dense,
  flatten,
  globalAvgPool,
  input,
  type Layer,
  type Network,
  network,
  preset,
  relu,
  repeat,
} from "../src/network/index.js";
import type { NdArray } from "../src/numeric/matrix.js";
import { createRng } from "../src/numeric/random.js";

const SHAPE = [32, 32, 3] as const;

function images(count: number, seed: number): NdArray<Float64Array> {
  const size = SHAPE.reduce((a, b) => a * b, 1);
  return { data: createRng(seed).normals(new Float64Array(count * size)), shape: [count, ...SHAPE] };
}

const chain = (depth: number, end: Layer): Network =>
  network(input(SHAPE), repeat(depth, conv(1, [3, 3], { weightVariance: 2 }), relu()), end, dense(1));

interface Case {
  readonly name: string;
  readonly net: Network;
  /** rows and columns: few where an entry takes long */
  readonly rows: number;
  readonly cols: number;
}

const cases: readonly Case[] = [
  { name: "21 layers, global average", net: chain(21, globalAvgPool()), rows: 8, cols: 8 },
  { name: "21 layers, flatten", net: chain(21, flatten()), rows: 128, cols: 128 },
  { name: "3 layers, global average", net: chain(3, globalAvgPool()), rows: 8, cols: 8 },
  { name: "myrtle5", net: preset("myrtle5"), rows: 8, cols: 8 },
  { name: "wrn, one block a group", net: preset("wrn", { depth: 1 }), rows: 8, cols: 8 },
];

const best = new Map<string, number>();
const keyOf = (name: string, precision: string, threads: number) => `${name} ${precision} ${threads}`;

function printTable(): void {
  const rows = cases.map(({ name }) => {
    const at = (precision: string, threads: number) =>
      best.get(keyOf(name, precision, threads)) ?? Number.NaN;
    const [one, two, wide, wideTwo] = [
      at("float32", 1),
      at("float32", 2),
      at("float64", 1),
      at("float64", 2),
    ];
    const show = (ms: number) =>
      (ms < 1 ? `${(1e3 * ms).toFixed(1)} us` : `${ms.toFixed(2)} ms`).padStart(10);
    return (
      `${name.padEnd(28)}${show(one)}${show(two)}${show(wide)}${show(wideTwo)}` +
      `${(wide / one).toFixed(2).padStart(8)}${(one / two).toFixed(2).padStart(8)}`
    );
  });
  const head = `${"ms per entry".padEnd(28)}${["f32, 1", "f32, 2", "f64, 1", "f64, 2"].map((title) => title.padStart(10)).join("")}${"64/32".padStart(8)}${"1/2".padStart(8)}`;
  console.log(["", "best of the runs:", head, ...rows, ""].join("\n"));
}

const runs = cases.flatMap((work) =>
  (["float32", "float64"] as const).flatMap((precision) =>
    [1, 2].map((threads) => ({ ...work, precision, threads })),
  ),
);

describe("images", () => {
  for (const [at, { name, net, rows, cols, precision, threads }] of runs.entries()) {
    let kernel: OpenKernel | null = null;
    const area = { rowStart: 0, rowEnd: rows, colStart: 0, colEnd: cols };
    bench(
      `${name}, ${precision}, ${threads} threads`,
      async () => {
        const start = performance.now();
        await kernel!.area(area);
        const key = keyOf(name, precision, threads);
        const ms = (performance.now() - start) / (rows * cols);
        best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, ms));
      },
      {
        iterations: 5,
        time: 0,
        warmupIterations: 2,
        warmupTime: 0,
        setup: async (_task, mode) => {
          if (mode === "run") return;
          kernel = await openKernel(net, images(rows, 1), images(cols, 2), { precision, threads });
        },
        teardown: (_task, mode) => {
          if (mode !== "run") return;
          kernel?.close();
          kernel = null;
          if (at === runs.length - 1) printTable();
        },
      },
    );
  }
});
