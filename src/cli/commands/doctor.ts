/**
 * `foretrain doctor`: what this machine offers, how fast linear algebra is with each of it, and what would make it faster.
 * @module
 */
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { isForetrainError } from "../../errors.js";
import { type LinearAlgebraChoice, selectLinearAlgebra } from "../../numeric/linalg/dispatch.js";
import { addToDiagonal, cholesky, eigenSymmetric, gramMatrix, matmul } from "../../numeric/linalg/index.js";
import { type NativeSearch, useNativeLinearAlgebra } from "../../numeric/linalg/index-node.js";
import { linearAlgebraThreads } from "../../numeric/linalg/thread-count.js";
import { matrix } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { breathe } from "../../progress.js";
import { type WebAssemblyFeatures, webAssemblyFeatures } from "../../wasm/features.js";
import type { CommandContext, CommandResult } from "../command.js";
import { byteSize } from "../terminal.js";

/** One measured piece of work. */
export interface DoctorMeasurement {
  readonly work: string;
  /** side of the matrix */
  readonly n: number;
  /** best of some runs, by who computed; only those that are there */
  readonly seconds: Readonly<Record<string, number>>;
}

/** The JSON document of the command. */
export interface DoctorReport {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory: { readonly total: number; readonly free: number };
  readonly webAssembly: WebAssemblyFeatures;
  /** most threads of WebAssembly linear algebra: --threads, else all cores; small matrices stay in one */
  readonly linearAlgebraThreads: number;
  readonly native: {
    /** FORETRAIN_BLAS */
    readonly setting: string | null;
    readonly koffi: string | null;
    readonly library: string | null;
    readonly path: string | null;
    readonly configuration: string | null;
    readonly threads: number | null;
    readonly tried: NativeSearch["tried"];
  };
  readonly measurements: readonly DoctorMeasurement[];
  readonly advice: readonly string[];
}

const PLAIN = "TypeScript";
const EMBEDDED = "WebAssembly";
/** Each is run at least so often and so long; the best run counts. */
const RUNS = 3;
const MEASURE_MS = 250;
const FACT_WIDTH = 14;

interface Task {
  readonly work: string;
  readonly n: number;
  /** floating point operations */
  readonly flops: number;
  readonly run: () => Promise<unknown> | unknown;
}

/** Work of some tenths of a second in plain TypeScript. */
function tasks(): readonly Task[] {
  const side = 800;
  const rng = createRng(1);
  const random = (n: number) => matrix(n, n, rng.normals(new Float64Array(n * n)));
  const a = random(side);
  const b = random(side);
  const spd = addToDiagonal(gramMatrix(random(1000)), 1);
  const small = gramMatrix(random(400));
  return [
    { work: "matrix product", n: side, flops: 2 * side ** 3, run: () => matmul(a, b) },
    { work: "Cholesky", n: 1000, flops: 1000 ** 3 / 3, run: () => cholesky(spd) },
    { work: "eigen-decomposition", n: 400, flops: 6 * 400 ** 3, run: () => eigenSymmetric(small) },
  ];
}

async function measure(
  { terminal, signal }: CommandContext,
  kinds: readonly (readonly [name: string, choice: LinearAlgebraChoice])[],
): Promise<{ readonly measured: DoctorMeasurement[]; readonly rates: Map<string, number> }> {
  const rates = new Map<string, number>();
  const measured: DoctorMeasurement[] = [];
  const all = tasks();
  const total = all.length * kinds.length;
  let done = 0;
  try {
    for (const task of all) {
      const seconds: Record<string, number> = {};
      for (const [name, choice] of kinds) {
        selectLinearAlgebra(choice);
        let best = Number.POSITIVE_INFINITY;
        const began = performance.now();
        for (let i = 0; i < RUNS || performance.now() - began < MEASURE_MS; i++) {
          const start = performance.now();
          await task.run();
          best = Math.min(best, (performance.now() - start) / 1000);
        }
        seconds[name] = best;
        rates.set(`${task.work} ${name}`, task.flops / best / 1e9);
        terminal.progress({ label: "measuring", done: ++done, total, unit: "measurements" });
        await breathe(signal);
      }
      measured.push({ work: task.work, n: task.n, seconds });
    }
  } finally {
    selectLinearAlgebra("auto");
  }
  return { measured, rates };
}

/** The search; a library that FORETRAIN_BLAS names and that cannot be used is a finding here, not a failure. */
async function lookForNative(): Promise<NativeSearch> {
  try {
    return await useNativeLinearAlgebra();
  } catch (error) {
    if (!isForetrainError(error, "ERR_UNAVAILABLE")) throw error;
    const { got, koffi } = error.details as { readonly got: string; readonly koffi?: string };
    return {
      setting: got,
      koffi: koffi ?? null,
      library: null,
      tried: [{ path: got, reason: error.message }],
    };
  }
}

/** How to get OpenBLAS here. */
function installation(): string {
  if (process.platform === "darwin") return "macOS has Accelerate; OpenBLAS: brew install openblas";
  if (process.platform === "win32") {
    return "put libopenblas.dll of github.com/OpenMathLib/OpenBLAS on the PATH, or set FORETRAIN_BLAS to its path";
  }
  return "apt install libopenblas0, dnf install openblas, apk add openblas, or conda install openblas";
}

function adviceFor(search: NativeSearch, features: WebAssemblyFeatures): string[] {
  const out: string[] = [];
  if (search.library === null) {
    const gain =
      "makes products, Cholesky factors and eigen-decompositions about 2 times faster per thread where measured";
    if (search.setting !== null && search.setting !== "none") {
      out.push(`${search.tried[0]!.reason}.`);
    } else if (search.setting === "none") {
      out.push(`FORETRAIN_BLAS=none: no native library is used. One ${gain}; unset it to look for one.`);
    } else if (search.koffi === null) {
      out.push(
        `A native BLAS ${gain}. It needs the package koffi (npm install koffi) and a library: ${installation()}.`,
      );
    } else {
      out.push(`A native BLAS ${gain}. ${installation()}; FORETRAIN_BLAS=PATH names one in another place.`);
    }
  }
  if (!features.simd) {
    out.push(
      "This runtime has no WebAssembly SIMD: everything runs in plain TypeScript, some 5 times slower.",
    );
  } else if (!features.relaxedSimd) {
    out.push(
      "Node 20 or later has relaxed SIMD, whose fused multiply-add makes compiled code some 20 % faster.",
    );
  }
  return out;
}

/** Lines of a table with columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join("   ")
      .trimEnd(),
  );
}

const yesNo = (x: boolean) => (x ? "yes" : "no");

/** Runs the command. */
export async function doctorCommand(
  _options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<CommandResult> {
  const features = webAssemblyFeatures();
  const search = await lookForNative();
  const { library } = search;
  const kinds: (readonly [string, LinearAlgebraChoice])[] = [[PLAIN, "typescript"]];
  if (features.simd) kinds.push([EMBEDDED, "wasm"]);
  if (library !== null) kinds.push([library.name, "auto"]);
  const { measured, rates } = await measure(context, kinds);
  const report: DoctorReport = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    webAssembly: features,
    linearAlgebraThreads: linearAlgebraThreads(),
    native: {
      setting: search.setting,
      koffi: search.koffi,
      library: library?.name ?? null,
      path: library?.path ?? null,
      configuration: library?.configuration ?? null,
      threads: library?.threads ?? null,
      tried: search.tried,
    },
    measurements: measured,
    advice: adviceFor(search, features),
  };
  const native =
    library === null
      ? `none${search.setting === "none" ? " (FORETRAIN_BLAS=none)" : ""}`
      : `${library.name} (${library.path}${library.threads === null ? "" : `, ${library.threads} threads`})`;
  const facts = [
    ["Node", `${report.node}, ${report.platform}`],
    ["CPU", `${report.cpu}, ${report.cores} cores`],
    ["memory", `${byteSize(report.memory.total)}, ${byteSize(report.memory.free)} free`],
    ["WebAssembly", `SIMD ${yesNo(features.simd)}, relaxed SIMD ${yesNo(features.relaxedSimd)}`],
    [
      "threads",
      `${report.linearAlgebraThreads}, shared memory ${yesNo(features.threads && features.sharedArrayBuffer)}`,
    ],
    ["koffi", search.koffi ?? (search.setting === "none" ? "not looked for" : "not installed")],
    ["native BLAS", native],
  ].map(([name, value]) => `${name!.padEnd(FACT_WIDTH)}${value}`);
  const cell = (work: string, name: string, seconds: number) =>
    `${(1000 * seconds).toFixed(1)} ms, ${rates.get(`${work} ${name}`)!.toFixed(1)} Gflop/s`;
  const figures = table([
    ["float64", ...kinds.map(([name]) => name)],
    ...measured.map(({ work, n, seconds }) => [
      `${work}, n = ${n}`,
      ...kinds.map(([name]) => cell(work, name, seconds[name]!)),
    ]),
  ]);
  const text = [...facts, "", ...figures, ...(report.advice.length > 0 ? ["", ...report.advice] : [])].join(
    "\n",
  );
  return { text, json: report };
}
