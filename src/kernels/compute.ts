/**
 * Kernels of a network between samples.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/spec.js";
import type { Matrix, NdArray } from "../numeric/matrix.js";
import { hardwareThreads } from "../threads/index.js";
import { checkKernelOptions } from "./check-options.js";
import { chooseBackend } from "./choose-backend.js";
import { compileKernel } from "./compile.js";
import type { KernelArray, KernelName, KernelOptions, KernelPlan } from "./kernel.js";
import { type OpenKernel, openKernel } from "./open-kernel.js";
import { kernelNames, needsTangent } from "./plan.js";
import { checkSamples } from "./samples.js";
import { pairOrder, type SheetArray } from "./sheet.js";
import type { Area } from "./tiles.js";

/**
 * Equal indices are the same sample, whose two passes share their dropout masks: those entries of an area come from the
 * pass over single samples.
 */
export function setDiagonals(
  { diagonal, plan }: Pick<OpenKernel, "diagonal" | "plan">,
  { rowStart, rowEnd, colStart, colEnd }: Area,
  arrays: { readonly [name in KernelName]?: SheetArray },
): void {
  const { own: places } = pairOrder(plan.positions);
  const pair = places.length;
  for (const [name, data] of Object.entries(arrays) as [KernelName, SheetArray][]) {
    const own = diagonal.rows?.[name];
    if (own == null) continue; // a pair like others
    for (let i = Math.max(rowStart, colStart); i < Math.min(rowEnd, colEnd); i++) {
      const at = ((i - rowStart) * (colEnd - colStart) + i - colStart) * pair;
      for (let e = 0; e < pair; e++) data[at + places[e]!] = own[i * pair + e]!;
    }
  }
}

/**
 * Kernels of the infinitely wide network between samples, for networks that end with vectors and those that keep
 * positions alike; see {@link computeKernel}.
 *
 * @returns the arrays asked for, [n1, n2] or [n1, n2, h, h, w, w] ([n1, n2, l, l] in one dimension), and the plan
 */
export async function computeKernelArrays<Name extends KernelName = KernelName>(
  network: Network,
  x1: NdArray,
  x2: NdArray | null = null,
  options: KernelOptions<Name> = {},
): Promise<Record<Name, KernelArray> & { readonly plan: KernelPlan }> {
  const job = await openKernel(network, x1, x2, options);
  try {
    const { plan } = job;
    const [n1, n2] = plan.shape;
    const all = { rowStart: 0, rowEnd: n1, colStart: 0, colEnd: n2 };
    const arrays = await job.area(all);
    if (options.sameSamples ?? plan.symmetric) setDiagonals(job, all, arrays);
    const shape = [n1, n2, ...plan.positions.flatMap((side) => [side, side])];
    const entries = job.names.map((name) => [name, { data: arrays[name], shape }]);
    return Object.assign({ plan }, Object.fromEntries(entries) as Record<Name, KernelArray>);
  } finally {
    job.close();
  }
}

/**
 * NNGP and NTK matrices of the infinitely wide network between samples, float64, and their gaps when asked for.
 *
 * The result is the same bit for bit for every tile size and number of threads, and symmetric bit for bit when `x2` is
 * null (one triangle is computed). Entries of close samples keep their digits: distances are carried beside the kernels.
 * By default all cores compute (`threads`), with the SIMD engine where it has a form for the network (`backend`); the
 * plan in the result says what did.
 *
 * With `x2` the same samples as `x1` the result is that of `x2` null to rounding, about 1e-15 relative in each layer, and
 * not always to the bit: both halves are then computed, and some duals (erf, gelu) round a pair and its exchange
 * differently, the reference backend also a sample with itself.
 *
 * Pairs of vectors on nearly one line through 0, x' = -x and multiples, keep the angle's digits too (1e-13 of
 * sqrt(K(x, x) K(x', x')), 1e-6 in float32). Not so after a pool: it takes the deficit of a pair as a difference of means
 * over the window, whose rounding, eps times the spread of the window, is what an angle below 1e-8 drowns in; a kinked
 * activation after the pool then carries about 1e-9 in the ntk of near-duplicates and multiples. Pixels on one line through
 * 0, multiples of either sign, carry the same below a convolution with positions.
 * Theory notes B1.1, B1.2.
 *
 * @param x1  [n1, ...input]
 * @param x2  [n2, ...input], or null for x1 against itself
 * @returns the matrices asked for, [n1, n2] row-major, and the plan of the job
 * @throws ERR_UNAVAILABLE where the network has no kernel reading (layer and reason) or a worker dies, ERR_SHAPE
 * (also when the network keeps positions: {@link computeKernelArrays} is for those), ERR_DATA for NaN in the
 * inputs, ERR_MEMORY when the plan does not fit, ERR_NUMERICAL when a variance overflows, ERR_ABORTED
 * @example
 * const { ntk } = await computeKernel(preset("fcn", { input: [784] }), x, null, { get: ["ntk"] });
 */
export async function computeKernel<Name extends KernelName = KernelName>(
  network: Network,
  x1: NdArray,
  x2: NdArray | null = null,
  options: KernelOptions<Name> = {},
): Promise<Record<Name, Matrix> & { readonly plan: KernelPlan }> {
  checkKernelOptions(options, "computeKernel");
  const names = kernelNames(options.get, "computeKernel");
  const { outputPositions } = compileKernel(network, { tangent: needsTangent(names) });
  requireVectors(outputPositions, "computeKernel");
  const result = await computeKernelArrays(network, x1, x2, options);
  return result as unknown as Record<Name, Matrix> & { readonly plan: KernelPlan };
}

export function requireVectors(positions: readonly number[], caller: string): void {
  if (positions.length === 0) return;
  throw new ForetrainError(
    "ERR_SHAPE",
    `${caller}: the network keeps its positions [${positions.join(", ")}], so that its kernel is no matrix; ` +
      "end it with flatten, globalAvgPool or globalSumPool, or take computeKernelArrays",
    { argument: "network", got: positions, expected: [] },
  );
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
  checkKernelOptions(options, "kernelDiagonal");
  const names = kernelNames(options.get, "kernelDiagonal", ["nngp", "ntk"]) as readonly Name[];
  const program = compileKernel(network, { tangent: needsTangent(names) });
  requireVectors(program.outputPositions, "kernelDiagonal");
  const set = checkSamples(x, network.input, "kernelDiagonal", "x");
  const { backend } = chooseBackend(program, options);
  const job = await backend.open(
    {
      program,
      rows: set,
      cols: set,
      nngp: names.includes("nngp" as Name),
      ntk: needsTangent(names),
      tile: 1,
      kernelsOnly: true,
      diagonal: true,
      threads: options.threads ?? hardwareThreads(),
    },
    options,
  );
  try {
    const rows = job.diagonal.rows!;
    return Object.fromEntries(names.map((name) => [name, rows[name]!])) as Record<Name, Float64Array>;
  } finally {
    job.close();
  }
}
