/**
 * The plain TypeScript backend: every step as its formula says. It stays as the oracle that faster backends are
 * tested against.
 * @module
 */
import type { KernelBackend, KernelJob, OpenJob } from "./backend.js";
import { gramTile, type Tile } from "./gram.js";
import type { KernelStep } from "./program.js";
import { type PreparedStep, runSamplePass } from "./sample-pass.js";

/** Pair states of one tile, row-major; `t` is empty when the ntk is not asked for. */
export interface Slot {
  readonly k: Float64Array;
  readonly d: Float64Array;
  readonly t: Float64Array;
}

const triple = new Float64Array(3); // [T, Td, D] of one pair

/** Calls `body` with each row's index and the range of entries that the tile needs of it. */
function eachRow(tile: Tile, body: (i: number, start: number, end: number, offset: number) => void): void {
  const width = tile.colEnd - tile.colStart;
  for (let i = tile.rowStart; i < tile.rowEnd; i++) {
    const offset = (i - tile.rowStart) * width - tile.colStart;
    const j = tile.triangle ? Math.max(tile.colStart, i) : tile.colStart;
    body(i, offset + j, offset + tile.colEnd, offset);
  }
}

function denseTile(step: KernelStep & { op: "dense" }, tile: Tile, from: Slot, to: Slot, ntk: boolean): void {
  const { weight, bias, tangentK, tangentOne } = step;
  eachRow(tile, (_i, start, end) => {
    if (ntk) {
      for (let e = start; e < end; e++) to.t[e] = weight * from.t[e]! + tangentK * from.k[e]! + tangentOne;
    }
    for (let e = start; e < end; e++) {
      to.k[e] = weight * from.k[e]! + bias;
      to.d[e] = weight * from.d[e]!;
    }
  });
}

function activationTile({ map }: PreparedStep, tile: Tile, from: Slot, to: Slot, ntk: boolean): void {
  const pairs = map!;
  eachRow(tile, (i, start, end, offset) => {
    for (let e = start; e < end; e++) {
      pairs.pair(i, e - offset, from.k[e]!, from.d[e]!, triple);
      to.k[e] = triple[0]!;
      to.d[e] = triple[2]!;
      if (ntk) {
        const t = from.t[e]!;
        to.t[e] = t === 0 ? 0 : triple[1]! * t; // no weights yet: stays zero also where Td is infinite
      }
    }
  });
}

function normalizeTile({ qRows, qCols }: PreparedStep, tile: Tile, from: Slot, to: Slot, ntk: boolean): void {
  eachRow(tile, (i, start, end, offset) => {
    const q1 = qRows[i]!;
    const s1 = Math.sqrt(q1);
    for (let e = start; e < end; e++) {
      const q2 = qCols[e - offset]!;
      const s2 = Math.sqrt(q2);
      if (q1 === 0 || q2 === 0) {
        to.k[e] = 0;
        to.d[e] = q1 === 0 && q2 === 0 ? 0 : 0.5;
        if (ntk) to.t[e] = 0;
        continue;
      }
      const scale = s1 * s2;
      // sqrt(q q') - k = d - (sqrt q - sqrt q')^2 / 2, without the cancellation at c near 1
      const difference = (q1 - q2) / (s1 + s2);
      const deficit = Math.max(from.d[e]! - 0.5 * difference * difference, 0) / scale;
      to.k[e] = deficit < 0.5 ? 1 - deficit : from.k[e]! / scale;
      to.d[e] = deficit;
      if (ntk) to.t[e] = from.t[e]! / scale;
    }
  });
}

/** Two samples have independent masks: their covariance stays, their distance takes up the larger variances. */
function dropoutTile(
  keepRate: number,
  { qRows, qCols }: PreparedStep,
  tile: Tile,
  from: Slot,
  to: Slot,
  ntk: boolean,
): void {
  const added = 0.5 * (1 / keepRate - 1);
  eachRow(tile, (i, start, end, offset) => {
    for (let e = start; e < end; e++) {
      to.k[e] = from.k[e]!;
      to.d[e] = from.d[e]! + added * (qRows[i]! + qCols[e - offset]!);
      if (ntk) to.t[e] = from.t[e]!;
    }
  });
}

function sumTile(tile: Tile, parts: readonly Slot[], to: Slot, ntk: boolean): void {
  eachRow(tile, (_i, start, end) => {
    for (let e = start; e < end; e++) {
      let k = 0;
      let d = 0;
      let t = 0;
      for (const part of parts) {
        k += part.k[e]!;
        d += part.d[e]!;
        if (ntk) t += part.t[e]!;
      }
      to.k[e] = k;
      to.d[e] = d;
      if (ntk) to.t[e] = t;
    }
  });
}

/** Runs the whole program on one tile and returns the slot with the result. */
export function runTile(
  { program, rows, cols, ntk }: KernelJob,
  prepared: readonly (PreparedStep | null)[],
  slots: readonly Slot[],
  tile: Tile,
): Slot {
  for (const [index, step] of program.steps.entries()) {
    const to = slots[step.to]!;
    const needs = prepared[index]!;
    switch (step.op) {
      case "input":
        gramTile(rows, cols, needs.qRows, needs.qCols, tile, to.k, to.d);
        to.t.fill(0);
        break;
      case "dense":
        denseTile(step, tile, slots[step.from]!, to, ntk);
        break;
      case "activation":
        activationTile(needs, tile, slots[step.from]!, to, ntk);
        break;
      case "normalize":
        normalizeTile(needs, tile, slots[step.from]!, to, ntk);
        break;
      case "dropout":
        dropoutTile(step.keepRate, needs, tile, slots[step.from]!, to, ntk);
        break;
      case "sum":
        sumTile(
          tile,
          step.parts.map((slot) => slots[slot]!),
          to,
          ntk,
        );
        break;
    }
  }
  return slots[program.output]!;
}

/** One thread, float64, no dependencies. */
export const referenceBackend: KernelBackend = {
  name: "reference",
  async open(job, work): Promise<OpenJob> {
    const pass = await runSamplePass(job.program, job.rows, job.cols, job.ntk, work);
    const side = Math.min(job.tile, Math.max(job.rows.count, job.cols.count));
    const slots = Array.from({ length: job.program.slots }, (): Slot => {
      const array = () => new Float64Array(side * side);
      return { k: array(), d: array(), t: job.ntk ? array() : new Float64Array(0) };
    });
    return {
      diagonal: { rows: pass.rows, cols: pass.cols },
      lanes: 1,
      run(tile, out) {
        const result = runTile(job, pass.prepared, slots, tile);
        const size = (tile.rowEnd - tile.rowStart) * (tile.colEnd - tile.colStart);
        out.nngp?.set(result.k.subarray(0, size));
        out.ntk?.set(result.t.subarray(0, size));
        out.nngpGap?.set(result.d.subarray(0, size));
        const { ntkGap } = out;
        if (ntkGap !== null) {
          const [theta, theta2] = [pass.rows.ntk!, pass.cols.ntk!];
          eachRow(tile, (i, start, end, offset) => {
            for (let e = start; e < end; e++)
              ntkGap[e] = 0.5 * (theta[i]! + theta2[e - offset]!) - result.t[e]!;
          });
        }
      },
      close() {},
    };
  },
};
