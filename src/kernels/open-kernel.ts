/**
 * A kernel job that is open: checked, planned, its pass over single samples done; it computes any area of the result.
 * @module
 */
import { ForetrainError } from "../errors.js";
import type { Network } from "../network/spec.js";
import { type NdArray, sizeOf } from "../numeric/matrix.js";
import { canShareMemory, hardwareThreads, workerPool } from "../threads/index.js";
import type { KernelDiagonals, OpenJob } from "./backend.js";
import { checkKernelOptions } from "./check-options.js";
import { noForm } from "./choose-backend.js";
import { compileKernel } from "./compile.js";
import type { KernelName, KernelOptions, KernelPlan } from "./kernel.js";
import { Lanes } from "./lanes.js";
import { byteSize } from "./memory.js";
import { kernelNames, needsTangent, planProgram } from "./plan.js";
import { type KernelProgram, outputsOf } from "./program.js";
import type { Carry, SampleSides } from "./sample-state.js";
import { checkSamples, type SampleSet } from "./samples.js";
import { type PairForm, pairNumbers, type Sheet, type SheetArray } from "./sheet.js";
import { type Area, tileCount } from "./tiles.js";

/** Tiles that take longer keep this thread from hearing timers and signals: workers alone compute them. */
const LONG_TILE = 0.05;

export interface OpenKernel<Name extends KernelName = KernelName> {
  readonly names: readonly Name[];
  readonly plan: KernelPlan;
  /** null: what an area has on the diagonal is right as it is */
  readonly diagonal: { readonly rows: KernelDiagonals | null; readonly cols: KernelDiagonals | null };
  /** the samples where a next part of the network resumes; null: there is none */
  readonly carriedSamples: SampleSides | null;
  /**
   * Computes an area, row-major (with the numbers of positions, or of all readouts, for each pair). On the diagonal of a symmetric kernel
   * (equal rows and columns) one triangle is computed and mirrored.
   */
  area(area: Area): Promise<Record<Name, SheetArray>>;
  /** Gives threads and memory back. */
  close(): void;
}

export interface OpenKernelOptions<Name extends KernelName> extends KernelOptions<Name> {
  readonly caller?: string;
  /** element type of the areas; default float64 */
  readonly dtype?: "float64" | "float32";
  /** throws ERR_MEMORY when the plan does not fit; areas of a larger result may be asked for one by one */
  readonly whole?: boolean;
  /** the diagonals are wanted for themselves, also where areas have them right; default false */
  readonly diagonal?: boolean;
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

/** Zeros, shared or not; ERR_MEMORY where the runtime has no room for them whatever the plan said. */
function allocate(shape: readonly number[], dtype: "float64" | "float32", shared: boolean): SheetArray {
  const count = sizeOf(shape);
  const bytes = count * (dtype === "float32" ? 4 : 8);
  try {
    const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    return dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
  } catch (cause) {
    throw new ForetrainError(
      "ERR_MEMORY",
      `computeKernel: the runtime has no room for a ${shape.join(" x ")} array (${byteSize(bytes)}); use fewer samples`,
      { argument: "x1", shape },
      { cause },
    );
  }
}

/** The plan with what computes in the end: some networks turn out to have no fast form for their samples. */
function afterOpening(plan: KernelPlan, job: OpenJob, wanted: KernelOptions["backend"]): KernelPlan {
  if (job.fallback === undefined) return plan;
  const { reason, tile } = job.fallback;
  if (wanted === "simd") {
    job.close();
    throw noForm(wanted, reason);
  }
  const [rowEnd, colEnd] = plan.shape;
  const grid = { rowStart: 0, rowEnd, colStart: 0, colEnd, symmetric: plan.symmetric, side: tile };
  return {
    ...plan,
    backend: "reference",
    variant: null,
    precision: "float64",
    threads: 1,
    tile,
    tiles: tileCount(grid),
  };
}

/** Opens a job: all checks, the plan, and the pass over single samples. */
export async function openKernel<Name extends KernelName = KernelName>(
  network: Network,
  x1: NdArray,
  x2: NdArray | null,
  options: OpenKernelOptions<Name> = {},
): Promise<OpenKernel<Name>> {
  const caller = options?.caller ?? "computeKernel";
  checkKernelOptions(options, caller);
  const names = kernelNames(options.get, caller) as readonly Name[];
  const program = compileKernel(network, { tangent: needsTangent(names) });
  const rows: SampleSet = checkSamples(x1, network.input, caller, "x1");
  const cols = x2 === null ? rows : checkSamples(x2, network.input, caller, "x2");
  return openProgram({ program, rows, cols, names, carry: null }, options);
}

/** What is computed: a program between checked samples, `cols` being `rows` for a symmetric kernel. */
export interface ProgramJob<Name extends KernelName> {
  readonly program: KernelProgram;
  readonly rows: SampleSet;
  readonly cols: SampleSet;
  readonly names: readonly Name[];
  /** tangents are carried; default: when one of the names needs them */
  readonly tangent?: boolean;
  /** states of pairs, where the program is a part of a network; threads then work on them in shared memory only */
  readonly carry: Carry | null;
}

/** Opens a compiled program: the plan, and the pass over single samples. */
export async function openProgram<Name extends KernelName = KernelName>(
  { program, rows, cols, names, tangent, carry }: ProgramJob<Name>,
  options: OpenKernelOptions<Name>,
): Promise<OpenKernel<Name>> {
  const { signal, onProgress, dtype = "float64", whole = true } = options;
  const ntk = tangent ?? needsTangent(names);
  const symmetric = rows === cols;
  const planned = planProgram(program, rows.count, symmetric ? null : cols.count, names, options);
  const { chosen } = planned;
  if (whole) requireFit(planned.plan);
  const nngp = names.includes("nngp" as Name) || names.includes("nngpGap" as Name);
  const gaps = names.includes("nngpGap" as Name) || names.includes("ntkGap" as Name);
  const job: OpenJob = await chosen.backend.open(
    {
      program,
      rows,
      cols,
      nngp,
      ntk,
      tile: planned.plan.tile,
      precision: chosen.precision,
      carry,
      kernelsOnly: carry === null && !gaps,
      diagonal: options.diagonal,
      threads: options.threads ?? hardwareThreads(),
    },
    { signal, onProgress },
  );
  const plan = afterOpening(planned.plan, job, options.backend);
  const sharing = options.sharedMemory !== false && canShareMemory();
  const threaded = plan.threads > 1 && job.lowered !== undefined && (carry === null || sharing);
  const share = threaded && sharing;
  // a page must stay alive for its user, and without shared memory this thread is busy with results
  const main = share && !("document" in globalThis) && (plan.seconds * plan.threads) / plan.tiles < LONG_TILE;
  const lanes = new Lanes(job, {
    signal,
    onProgress,
    pool: threaded ? workerPool() : null,
    workers: threaded ? plan.threads - (main ? 1 : 0) : 0,
    main,
    share,
    strict: options.threads !== undefined,
  });
  const form: PairForm = { positions: program.outputPositions, readouts: outputsOf(program).length };
  const pair = pairNumbers(form);
  return {
    names,
    plan,
    diagonal: job.diagonal,
    carriedSamples: job.carried ?? null,
    async area(area) {
      const shape = [area.rowEnd - area.rowStart, area.colEnd - area.colStart, pair];
      const arrays = Object.fromEntries(names.map((name) => [name, allocate(shape, dtype, share)])) as Record<
        Name,
        SheetArray
      >;
      const mirrored = symmetric && area.rowStart === area.colStart && area.rowEnd === area.colEnd;
      const sheet: Sheet = { ...area, symmetric: mirrored, ...form, arrays };
      await lanes.run({ ...area, symmetric: mirrored, side: plan.tile }, sheet);
      return arrays;
    },
    close: () => lanes.close(),
  };
}
