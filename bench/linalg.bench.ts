/**
 * Dense linear algebra, float64: on one thread: plain TypeScript, WebAssembly SIMD without and with fused multiply-add, and a native
 * library where there is one (on its own number of threads; OPENBLAS_NUM_THREADS=1 for one).
 *
 * The printed table is the best of all runs, with rates and the ratio to the last column.
 */
import { bench, describe } from "vitest";
import { type LinearAlgebraChoice, selectLinearAlgebra } from "../src/numeric/linalg/dispatch.js";
import {
  addToDiagonal,
  cholesky,
  eigenExtremal,
  eigenSymmetric,
  gramMatrix,
  matmul,
  solveTriangular,
} from "../src/numeric/linalg/index.js";
import { useNativeLinearAlgebra } from "../src/numeric/linalg/index-node.js";
import { selectLinearAlgebraVariant } from "../src/numeric/linalg/wasm-memory.js";
import { type Matrix, matrix } from "../src/numeric/matrix.js";
import { createRng } from "../src/numeric/random.js";
import type { Variant } from "../src/wasm/load.js";

interface Implementation {
  readonly name: string;
  readonly choice: LinearAlgebraChoice;
  readonly variant?: Variant;
}

interface Work {
  readonly name: string;
  readonly flops: number;
  /** too long in plain TypeScript */
  readonly long?: boolean;
  readonly prepare: () => () => unknown;
}

const { library } = await useNativeLinearAlgebra();
const implementations: readonly Implementation[] = [
  { name: "TypeScript", choice: "typescript" },
  { name: "SIMD", choice: "wasm", variant: "simd" },
  { name: "relaxed SIMD", choice: "wasm", variant: "relaxed" },
  ...(library === null ? [] : [{ name: library.name, choice: "auto" } as const]),
];

const random = (rows: number, cols: number, seed = 1): Matrix =>
  matrix(rows, cols, createRng(seed).normals(new Float64Array(rows * cols)));
const definite = (n: number) => addToDiagonal(gramMatrix(random(n, n)), n);

const works: readonly Work[] = [
  {
    name: "product, 1024",
    flops: 2 * 1024 ** 3,
    prepare: () => {
      const [a, b, out] = [random(1024, 1024), random(1024, 1024, 2), matrix(1024, 1024)];
      return () => matmul(a, b, { out });
    },
  },
  {
    name: "A A^T, 2000 x 784",
    flops: 2000 ** 2 * 784,
    prepare: () => {
      const a = random(2000, 784);
      return () => gramMatrix(a);
    },
  },
  {
    name: "Cholesky, 2000",
    flops: 2000 ** 3 / 3,
    prepare: () => {
      const a = definite(2000);
      return () => cholesky(a);
    },
  },
  {
    name: "L X = B, 2000 x 500",
    flops: 2000 ** 2 * 500,
    prepare: () => {
      const [l, b] = [cholesky(definite(2000)), random(2000, 500)];
      return () => solveTriangular(l, b);
    },
  },
  {
    name: "eigen, 1000",
    flops: 6 * 1000 ** 3,
    prepare: () => {
      const a = definite(1000);
      return () => eigenSymmetric(a, { threads: 1 });
    },
  },
  {
    name: "eigen, 2000",
    flops: 6 * 2000 ** 3,
    long: true,
    prepare: () => {
      const a = definite(2000);
      return () => eigenSymmetric(a, { threads: 1 });
    },
  },
  {
    name: "eigenvalues, 1000",
    flops: (4 / 3) * 1000 ** 3,
    prepare: () => {
      const a = definite(1000);
      return () => eigenSymmetric(a, { vectors: false, threads: 1 });
    },
  },
  {
    name: "5 largest of 2000",
    flops: 0,
    prepare: () => {
      const x = gramMatrix(random(2000, 300));
      const a = matrix(
        2000,
        2000,
        x.data.map((v) => Math.exp(v / 600)),
      );
      return () => eigenExtremal(a, 5);
    },
  },
];

const best = new Map<string, number>();
const key = (work: Work, one: Implementation) => `${work.name}, ${one.name}`;

function printTable(): void {
  const reference = implementations.at(-1)!;
  const header = ["best of the runs".padEnd(22), ...implementations.map(({ name }) => name.padStart(26))];
  const rows = works.map((work) => {
    const against = best.get(key(work, reference)) ?? Number.NaN;
    const cells = implementations.map((one) => {
      const ms = best.get(key(work, one));
      if (ms === undefined) return "-".padStart(26);
      const rate = work.flops === 0 ? "" : ` ${(work.flops / ms / 1e6).toFixed(1)} GF`;
      return `${ms.toFixed(1)} ms${rate} ${(ms / against).toFixed(2)}x`.padStart(26);
    });
    return [work.name.padEnd(22), ...cells].join("");
  });
  console.log(["", header.join(""), ...rows, ""].join("\n"));
}

const last = [works.at(-1)!, implementations.at(-1)!] as const;
for (const work of works) {
  describe(work.name, () => {
    const runs: { run?: () => unknown } = {};
    for (const one of implementations) {
      if (work.long && one.choice === "typescript") continue;
      bench(
        one.name,
        async () => {
          runs.run ??= work.prepare();
          selectLinearAlgebraVariant(one.variant);
          selectLinearAlgebra(one.choice);
          const start = performance.now();
          await runs.run();
          const name = key(work, one);
          best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, performance.now() - start));
          selectLinearAlgebra("auto");
        },
        {
          iterations: 3,
          warmupIterations: 1,
          time: 200,
          warmupTime: 0,
          teardown: (_task, mode) => {
            if (mode === "run" && work === last[0] && one === last[1]) printTable();
          },
        },
      );
    }
  });
}
