/**
 * The kernel engine: plan, per-sample pass, tiles of pairs, symmetry, progress, cancellation, checks.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/spec.js";
import { type Matrix, matrix, type NdArray } from "../numeric/matrix.js";
import { breathe } from "../progress.js";
import type { KernelBackend, OpenJob, TileOutput } from "./backend.js";
import { compileKernel } from "./compile.js";
import type { Tile } from "./gram.js";
import type { KernelName, KernelOptions, KernelPlan } from "./kernel.js";
import { byteSize } from "./memory.js";
import { kernelNames, needsTangent, planProgram } from "./plan.js";
import { referenceBackend } from "./reference-backend.js";
import { runSamplePass } from "./sample-pass.js";
import { checkSamples } from "./samples.js";

/** Milliseconds of work between two breaths: often enough for a fluent progress bar and a quick Ctrl-C. */
const BREATH = 30;

function* tilesOf(n1: number, n2: number, side: number, symmetric: boolean): Generator<Tile> {
  for (let rowStart = 0; rowStart < n1; rowStart += side) {
    for (let colStart = symmetric ? rowStart : 0; colStart < n2; colStart += side) {
      yield {
        rowStart,
        rowEnd: Math.min(n1, rowStart + side),
        colStart,
        colEnd: Math.min(n2, colStart + side),
        triangle: symmetric && rowStart === colStart,
      };
    }
  }
}

/** Copies a tile into the matrix, and its mirror image when symmetric. */
function place(values: Float64Array, tile: Tile, out: Matrix, symmetric: boolean, name: KernelName): void {
  const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
  const cols = out.shape[1];
  const width = colEnd - colStart;
  for (let i = rowStart; i < rowEnd; i++) {
    const offset = (i - rowStart) * width - colStart;
    for (let j = triangle ? i : colStart; j < colEnd; j++) {
      const value = values[offset + j]!;
      if (!Number.isFinite(value)) {
        throw new ForetrainError(
          "ERR_NUMERICAL",
          `computeKernel: ${name} of samples ${i} and ${j} is ${value}; scale the inputs or lower weightVariance`,
          { argument: name, row: i, column: j, got: value },
        );
      }
      out.data[i * cols + j] = value;
      if (symmetric) out.data[j * cols + i] = value;
    }
  }
}

/** A zero matrix, or ERR_MEMORY where the runtime has no room for it whatever the plan said. */
function allocate(rows: number, cols: number): Matrix {
  try {
    return matrix(rows, cols);
  } catch (cause) {
    const bytes = byteSize(rows * cols * Float64Array.BYTES_PER_ELEMENT);
    throw new ForetrainError(
      "ERR_MEMORY",
      `computeKernel: the runtime has no room for a ${rows} x ${cols} matrix (${bytes}); use fewer samples`,
      { argument: "x1", rows, cols },
      { cause },
    );
  }
}

function requireFit(plan: KernelPlan): void {
  if (plan.fits) return;
  const { inputs, result, work, total } = plan.bytes;
  throw new ForetrainError(
    "ERR_MEMORY",
    `the kernel needs ${byteSize(total)} (${total} bytes: inputs ${byteSize(inputs)}, result ${byteSize(result)}, ` +
      `work ${byteSize(work)}), it may use ${byteSize(plan.memoryLimit)}; ${plan.advice}`,
    { argument: "memoryLimit", got: plan.memoryLimit, expected: total, plan },
  );
}

/** What the engine can be told beside {@link KernelOptions}. */
export interface ComputeKernelOptions<Name extends KernelName = KernelName> extends KernelOptions<Name> {
  /** What computes the tiles; default the plain TypeScript {@link referenceBackend}. */
  readonly backend?: KernelBackend | undefined;
}

/**
 * NNGP and NTK matrices of the infinitely wide network between samples, float64.
 *
 * The result is the same bit for bit for every tile size, and symmetric bit for bit when `x2` is null (one triangle
 * is computed). Entries of close samples keep their digits: distances are carried beside the kernels.
 *
 * @param x1  [n1, ...input]
 * @param x2  [n2, ...input], or null for x1 against itself
 * @returns the matrices asked for, [n1, n2] row-major, and the plan of the job
 * @throws ERR_UNAVAILABLE where the network has no kernel reading (layer and reason), ERR_SHAPE, ERR_DATA for NaN in the
 * inputs, ERR_MEMORY when the plan does not fit, ERR_NUMERICAL when a variance overflows, ERR_ABORTED
 * @example
 * const { ntk } = await computeKernel(preset("fcn", { input: [784] }), x, null, { get: ["ntk"] });
 */
export async function computeKernel<Name extends KernelName = KernelName>(
  network: Network,
  x1: NdArray,
  x2: NdArray | null = null,
  options: ComputeKernelOptions<Name> = {},
): Promise<Record<Name, Matrix> & { readonly plan: KernelPlan }> {
  const { signal, onProgress, backend = referenceBackend } = options;
  const names = kernelNames(options.get, "computeKernel");
  const ntk = needsTangent(names);
  const program = compileKernel(network, { tangent: ntk });
  if (program.outputPositions.length > 0) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      `computeKernel: the network ends on positions [${program.outputPositions.join(", ")}]; add flatten`,
      { argument: "network", path: "layers" },
    );
  }
  const rows = checkSamples(x1, network.input, "computeKernel", "x1");
  const cols = x2 === null ? rows : checkSamples(x2, network.input, "computeKernel", "x2");
  const symmetric = x2 === null;
  const plan = planProgram(program, rows.count, symmetric ? null : cols.count, names, options);
  requireFit(plan);

  const out = new Map(names.map((name) => [name, allocate(rows.count, cols.count)]));
  await breathe(signal);
  const nngp = names.includes("nngp") || names.includes("nngpGap");
  const job = await backend.open({ program, rows, cols, nngp, ntk, tile: plan.tile }, { signal, onProgress });
  try {
    await runTiles(job, plan, out, options);
    if (options.sameSamples ?? symmetric) setDiagonals(job, out);
  } finally {
    job.close();
  }
  return Object.assign({ plan }, Object.fromEntries(out) as Record<Name, Matrix>);
}

async function runTiles(
  job: OpenJob,
  plan: KernelPlan,
  out: ReadonlyMap<KernelName, Matrix>,
  { signal, onProgress }: KernelOptions,
): Promise<void> {
  const { symmetric, tile: side, tiles: total } = plan;
  const tiles = tilesOf(...plan.shape, side, symmetric);
  let done = 0;
  let last = performance.now();
  const lane = async (): Promise<void> => {
    const size = Math.min(side, plan.shape[0]) * Math.min(side, plan.shape[1]);
    const buffer = (name: KernelName) => (out.has(name) ? new Float64Array(size) : null);
    const result: TileOutput = {
      nngp: buffer("nngp"),
      ntk: buffer("ntk"),
      nngpGap: buffer("nngpGap"),
      ntkGap: buffer("ntkGap"),
    };
    for (const tile of tiles) {
      const pending = job.run(tile, result);
      if (pending !== undefined) await pending;
      for (const [name, values] of out) place(result[name]!, tile, values, symmetric, name);
      done++;
      if (performance.now() - last > BREATH) {
        onProgress?.({ label: "kernel", done, total, unit: "tiles" });
        await breathe(signal);
        last = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, job.lanes) }, lane));
  onProgress?.({ label: "kernel", done, total, unit: "tiles" });
}

/** The same sample twice shares its dropout masks: those entries come from the pass over single samples. */
function setDiagonals({ diagonal }: OpenJob, out: ReadonlyMap<KernelName, Matrix>): void {
  for (const [name, { data, shape }] of out) {
    const own = name === "nngp" || name === "ntk" ? diagonal.rows[name]! : null;
    for (let i = 0; i < Math.min(...shape); i++) data[i * shape[1] + i] = own === null ? 0 : own[i]!;
  }
}

/**
 * Kernel of every sample with itself, O(n): what `computeKernel` has on its diagonal.
 * @param x  [n, ...input]
 * @returns the vectors asked for, [n]
 * @throws as {@link computeKernel}
 */
export async function kernelDiagonal<Name extends "nngp" | "ntk" = "nngp" | "ntk">(
  network: Network,
  x: NdArray,
  options: KernelOptions<Name> = {},
): Promise<Record<Name, Float64Array>> {
  const names = kernelNames(options.get, "kernelDiagonal", ["nngp", "ntk"]) as readonly Name[];
  const program = compileKernel(network, { tangent: needsTangent(names) });
  const set = checkSamples(x, network.input, "kernelDiagonal", "x");
  const { rows } = await runSamplePass(program, set, set, needsTangent(names), options);
  return Object.fromEntries(names.map((name) => [name, rows[name]!])) as Record<Name, Float64Array>;
}
