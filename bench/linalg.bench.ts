/**
 * Dense linear algebra, float64: plain TypeScript, WebAssembly SIMD without and with fused multiply-add on one thread, the latter
 * on two, and a native library where there is one (on its own number of threads; OPENBLAS_NUM_THREADS=1 for one).
 *
 * The printed table is the best of all runs, with rates and the ratio to the last column; below it the accuracy of the
 * eigen-decomposition: the largest entries of |A V - V diag(values)| / |A| and of |V^T V - 1|.
 */
import { bench, describe } from "vitest";
import { type LinearAlgebraChoice, selectLinearAlgebra } from "../src/numeric/linalg/dispatch.js";
import {
  addToDiagonal,
  cholesky,
  type EigenDecomposition,
  eigenExtremal,
  eigenSymmetric,
  gramMatrix,
  matmul,
  setLinearAlgebraThreads,
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
  /** default 1; a native library takes its own number */
  readonly threads?: number;
}

interface Work {
  readonly name: string;
  readonly flops: number;
  /** too long in plain TypeScript */
  readonly long?: boolean;
  readonly prepare: () => () => unknown;
  /** what to say about a result, once for each implementation */
  readonly accuracy?: (result: unknown) => string;
}

const { library } = await useNativeLinearAlgebra();
const implementations: readonly Implementation[] = [
  { name: "TypeScript", choice: "typescript" },
  { name: "SIMD", choice: "wasm", variant: "simd" },
  { name: "relaxed SIMD", choice: "wasm", variant: "relaxed" },
  { name: "relaxed, 2 threads", choice: "wasm", variant: "relaxed", threads: 2 },
  ...(library === null ? [] : [{ name: library.name, choice: "auto" } as const]),
];

const random = (rows: number, cols: number, seed = 1): Matrix =>
  matrix(rows, cols, createRng(seed).normals(new Float64Array(rows * cols)));
const definite = (n: number) => addToDiagonal(gramMatrix(random(n, n)), n);

/** Residual and orthogonality of the eigen-decomposition of the matrix of "eigen, 2000". */
function eigenAccuracy(result: unknown): string {
  const { values, vectors } = result as EigenDecomposition;
  const [a, v] = [definite(2000), vectors!];
  const n = values.length;
  const image = matmul(a, v);
  const products = matmul(v, v, { transposeA: true });
  let residual = 0;
  let dependence = 0;
  for (let i = 0; i < n * n; i++) {
    residual = Math.max(residual, Math.abs(image.data[i]! - v.data[i]! * values[i % n]!));
    dependence = Math.max(dependence, Math.abs(products.data[i]! - (i % (n + 1) === 0 ? 1 : 0)));
  }
  return `residual ${(residual / values[0]!).toExponential(1)}, orthogonality ${dependence.toExponential(1)}`;
}

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
      return () => eigenSymmetric(a);
    },
  },
  {
    name: "eigen, 2000",
    flops: 6 * 2000 ** 3,
    long: true,
    prepare: () => {
      const a = definite(2000);
      return () => eigenSymmetric(a);
    },
    accuracy: eigenAccuracy,
  },
  {
    name: "eigenvalues, 1000",
    flops: (4 / 3) * 1000 ** 3,
    prepare: () => {
      const a = definite(1000);
      return () => eigenSymmetric(a, { vectors: false });
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
const accuracies = new Map<string, string>();
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
  const notes = Array.from(accuracies, ([name, text]) => `${name}: ${text}`);
  console.log(["", header.join(""), ...rows, "", ...notes, ""].join("\n"));
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
          setLinearAlgebraThreads(one.threads ?? 1);
          const start = performance.now();
          const result = await runs.run();
          const name = key(work, one);
          best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, performance.now() - start));
          if (work.accuracy && !accuracies.has(name)) accuracies.set(name, work.accuracy(result));
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
