/**
 * Tiles of a kernel in a worker: the job is opened once, then area after area. With shared memory the worker takes
 * numbers of tiles from a counter and writes into the result; without, it is told the numbers and sends tiles back.
 * @module
 */
import type { Reply, WorkerTask } from "../threads/serve.js";
import type { TileOutput } from "./backend.js";
import { KERNEL_NAMES, type KernelName } from "./kernel.js";
import { type PairForm, type Sheet, sheetNames, sheetWriter, tileBuffers, tileEntries } from "./sheet.js";
import { type LoweredJob, openLowered } from "./simd/job.js";
import { type TileGrid, tileAt, tileCount } from "./tiles.js";

/** Places of the shared counters. */
const NEXT = 0;
export const CANCEL = 1;
export const DONE = 2;
export const COUNTERS = 3;

/** To the worker. */
export type KernelOrder =
  | {
      readonly kind: "shared";
      readonly grid: TileGrid;
      readonly sheet: Sheet;
      readonly counters: Int32Array;
    }
  | {
      readonly kind: "tile";
      readonly grid: TileGrid;
      readonly names: readonly KernelName[];
      readonly form: PairForm;
      readonly index: number;
    };

/** From the worker. */
export type KernelReply =
  /** all tiles of the counter are taken, and those of this worker are written */
  | { readonly kind: "finished" }
  | { readonly kind: "tile"; readonly index: number; readonly values: TileOutput };

/** Takes tiles from the counter until there are none, `pause` says so, or the work is cancelled. */
export function runCounted(
  run: (index: number) => void,
  total: number,
  counters: Int32Array,
  pause: () => boolean = () => false,
): "finished" | "paused" {
  while (Atomics.load(counters, CANCEL) === 0) {
    const index = Atomics.add(counters, NEXT, 1);
    if (index >= total) return "finished";
    run(index);
    Atomics.add(counters, DONE, 1);
    if (pause()) return "paused";
  }
  return "finished";
}

export const kernelTask: WorkerTask = (payload, reply: Reply) => {
  const runner = openLowered(payload as LoweredJob);
  return {
    message(value) {
      const order = value as KernelOrder;
      if (order.kind === "shared") {
        const { grid, sheet, counters } = order;
        const write = sheetWriter(sheet);
        const values = tileBuffers(sheetNames(sheet), tileEntries(grid, grid.side, sheet));
        const run = (index: number) => {
          const tile = tileAt(grid, index);
          runner.run(tile, values);
          write(tile, values);
        };
        runCounted(run, tileCount(grid), counters);
        reply({ kind: "finished" } satisfies KernelReply);
      } else {
        const tile = tileAt(order.grid, order.index);
        const area = { ...tile, side: order.grid.side };
        const values = tileBuffers(order.names, tileEntries(area, area.side, order.form));
        runner.run(tile, values);
        const buffers = KERNEL_NAMES.flatMap((name) => {
          const array = values[name];
          return array === null ? [] : [array.buffer as ArrayBuffer];
        });
        reply({ kind: "tile", index: order.index, values } satisfies KernelReply, buffers);
      }
    },
    close: () => runner.close(),
  };
};
