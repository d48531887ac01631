/**
 * How a kernel that goes to disk is cut: blocks of pairs, each a file of its own, and bands of rows when the whole is
 * put together.
 * @module
 */
import { ForetrainError } from "../errors.js";
import {
  type Area,
  type KernelName,
  type KernelOptions,
  type KernelPlan,
  kernelNames,
  pairSize,
  planKernel,
  type TileGrid,
  tileAt,
  tileCount,
} from "../kernels/index.js";
import { byteSize } from "../kernels/memory.js";
import type { Network } from "../network/index.js";

/** Numbers of a kernel on the disk. */
export type KernelDtype = "float64" | "float32";

/** Bytes of one element. */
export const elementBytes = (dtype: KernelDtype) => (dtype === "float32" ? 4 : 8);

/** The largest side of a block: 8 MB of float64, a second of work at most for networks of vectors. */
const SIDE = 1024;

/** A block should not take longer on one thread: what a crash or Ctrl-C may cost. */
const BLOCK_SECONDS = 20;

/** The most that a band of rows should take. */
const BAND_BYTES = 2 ** 28;

/** Blocks, disk and memory of a kernel that is computed over the disk. */
export interface KernelStreamPlan {
  /** the job as {@link planKernel} has it, with `bytes.result` what is in memory at once */
  readonly plan: KernelPlan;
  /** side of a block, and how many there are */
  readonly block: number;
  readonly blocks: number;
  /** bytes on disk: of the blocks, and of all arrays put together */
  readonly disk: { readonly blocks: number; readonly whole: number };
}

/** Blocks of a job, those of the upper triangle when it is symmetric. */
export function blockGrid({ shape: [rowEnd, colEnd], symmetric }: KernelPlan, side: number): TileGrid {
  return { rowStart: 0, rowEnd, colStart: 0, colEnd, symmetric, side };
}

export function blocksOf(grid: TileGrid): Area[] {
  return Array.from({ length: tileCount(grid) }, (_, index) => {
    const { rowStart, rowEnd, colStart, colEnd } = tileAt(grid, index);
    return { rowStart, rowEnd, colStart, colEnd };
  });
}

/** The side of blocks: by size and time of the job alone, so that every run of it cuts the same way. */
function sideOf(plan: KernelPlan, names: readonly KernelName[], dtype: KernelDtype): number {
  const pairSeconds = (plan.seconds * plan.threads) / plan.entries;
  const pairBytes = pairSize(plan.positions) * elementBytes(dtype);
  let side = SIDE;
  while (
    side > 1 &&
    (side * side * pairSeconds > BLOCK_SECONDS ||
      side * plan.shape[1] * pairBytes > BAND_BYTES ||
      side * side * pairBytes * names.length > BAND_BYTES)
  ) {
    side /= 2;
  }
  return side;
}

/**
 * What a kernel costs that goes to disk block by block.
 * `options.block` is the side of a block, when an earlier run has given it.
 */
export function planKernelStream(
  network: Network,
  n1: number,
  n2: number | null,
  options: KernelOptions & { readonly dtype?: KernelDtype | undefined; readonly block?: number | undefined },
): KernelStreamPlan {
  const { dtype = "float64" } = options;
  const names = kernelNames(options.get, "planKernelStream");
  const whole = planKernel(network, n1, n2, options);
  // the threads that there are must not change how the job is cut
  const alone = planKernel(network, n1, n2, { ...options, threads: 1 });
  const block = options.block ?? sideOf(alone, names, dtype);
  const grid = blockGrid(whole, block);
  const pairBytes = pairSize(whole.positions) * elementBytes(dtype);
  const rows = Math.min(block, whole.shape[0]);
  const blockBytes = rows * Math.min(block, whole.shape[1]) * pairBytes;
  // a block as it is computed and as the file that is made of it; later a band and a block that is read
  const result = Math.max(
    2 * names.length * blockBytes,
    rows * whole.shape[1] * pairBytes + (names.length + 1) * blockBytes,
  );
  const { inputs, work } = whole.bytes;
  const total = inputs + work + result;
  const fits = total <= whole.memoryLimit;
  const plan: KernelPlan = {
    ...whole,
    bytes: { ...whole.bytes, result, total },
    fits,
    advice: fits
      ? null
      : `use fewer ${inputs + alone.bytes.work + result <= whole.memoryLimit ? "threads (--threads)" : "samples"}, or allow more memory: memoryLimit (--memory) of at least ${total} bytes`,
  };
  const stored = blocksOf(grid).reduce(
    (sum, area) => sum + (area.rowEnd - area.rowStart) * (area.colEnd - area.colStart),
    0,
  );
  return {
    plan,
    block,
    blocks: tileCount(grid),
    disk: {
      blocks: stored * pairBytes * names.length,
      whole: whole.shape[0] * whole.shape[1] * pairBytes * names.length,
    },
  };
}

/** Refuses a job that does not fit even block by block. */
export function requireStreamFit({ plan }: KernelStreamPlan): void {
  if (plan.fits) return;
  const { inputs, result, work, total } = plan.bytes;
  throw new ForetrainError(
    "ERR_MEMORY",
    `the kernel needs ${byteSize(total)} block by block (${total} bytes: inputs ${byteSize(inputs)}, blocks ${byteSize(result)}, ` +
      `work ${byteSize(work)}), it may use ${byteSize(plan.memoryLimit)}; ${plan.advice}`,
    { argument: "memoryLimit", got: plan.memoryLimit, expected: total, plan },
  );
}
