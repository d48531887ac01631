/**
 * The plain TypeScript backend: every step as its formula says, for any geometry. It stays as the oracle that faster
 * backends are tested against, and as what runs where they cannot.
 * @module
 */
import type { KernelBackend, KernelJob, OpenJob } from "./backend.js";
import { pairSizeOf } from "./program.js";
import { AlignedRunner } from "./reference/aligned.js";
import { fillKernels, storeTile } from "./reference/carry.js";
import { makeSlots, runTile, type TileJob } from "./reference/run.js";
import { runSamplePass, type SamplePass } from "./sample-pass.js";

/** Opens a job whose per-sample pass is done. */
export function openReference(
  { program, rows, cols, ntk, tile, carry = null }: KernelJob,
  pass: SamplePass,
): OpenJob {
  const pairs = Math.min(tile, rows.count) * Math.min(tile, cols.count);
  const slots = makeSlots(program, pairs, ntk);
  const resumes = carry?.samples == null ? null : { pairs: carry.pairs, rowStride: cols.count };
  const plainJob: TileJob = { program, rows, cols, ntk, prepared: pass.prepared, resumes };
  const aligned = new AlignedRunner(plainJob, pass);
  const tileJob = aligned.useful ? { ...plainJob, inputs: aligned.find.bind(aligned) } : plainJob;
  if (carry !== null) {
    const { pairs, samples } = carry;
    const first = program.steps[0]!;
    if (samples !== null) fillKernels(pairs, first, samples, { rows: rows.count, cols: cols.count });
    pairs.k ??= new Float64Array(pairs.d.length);
    pairs.t ??= new Float64Array(pairs.g.length);
  }
  return {
    diagonal: { rows: pass.rows, cols: pass.cols },
    carried: pass.carried ?? null,
    lanes: 1,
    run(tile, out) {
      const { k, d, t, g } = runTile(tileJob, slots, tile);
      aligned.replace(slots);
      const size = (tile.rowEnd - tile.rowStart) * (tile.colEnd - tile.colStart) * pairSizeOf(program);
      for (const [values, target] of [
        [k, out.nngp],
        [d, out.nngpGap],
        [t, out.ntk],
        [g, out.ntkGap],
      ] as const) {
        target?.set(values.subarray(0, size));
      }
      if (carry !== null && program.carried != null) {
        storeTile(program, slots[program.carried]!, tile, carry.pairs, cols.count);
      }
    },
    close() {},
  };
}

/** One thread, float64, no dependencies. */
export const referenceBackend: KernelBackend = {
  name: "reference",
  async open(job, work): Promise<OpenJob> {
    const { program, rows, cols, ntk, carry = null } = job;
    const pass = await runSamplePass(program, rows, cols, ntk, work, undefined, null, carry);
    return openReference(job, pass);
  },
};
