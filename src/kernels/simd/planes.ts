/**
 * Kernel jobs of networks with positions on the plane engine.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import type { KernelJob, TileOutput, TileRunner } from "../backend.js";
import type { Tile } from "../gram.js";
import type { SamplePass } from "../sample-pass.js";
import type { SampleState } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import { sharedFloat64 } from "./arrays.js";
import { type ChainSamples, chainOf, chainSamples, type PlaneChain, rootsPerSample } from "./planes-chain.js";
import { ChainEngine } from "./planes-chain-engine.js";
import { gridOf } from "./planes-code.js";
import { PlaneEngine, type PlaneProgram, type PlaneSamples, type Values } from "./planes-engine.js";
import { fillTables, type LoweredPlanes, lowerPlaneSteps, NoPlanes, OutOfRange } from "./planes-lower.js";

/** A network with positions; plain data. */
export interface PlanesJob extends PlaneProgram {
  readonly kind: "planes";
  readonly tangent: boolean;
  readonly tile: number;
  readonly positions: readonly number[];
  readonly rows: PlaneSide;
  /** null: the same as the rows */
  readonly cols: PlaneSide | null;
  /** the fast form of the first group, where it has one */
  readonly chain: PlaneChain | null;
}

export interface PlaneSide extends PlaneSamples {
  /** variances and ntk diagonals of the result, [count, positions] */
  readonly q: Float64Array;
  readonly t: Float64Array | null;
  readonly chain: ChainSamples | null;
}

function sharedFloat32(length: number): Float32Array {
  if (typeof SharedArrayBuffer === "undefined") return new Float32Array(length);
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

function samplesOf(set: SampleSet): Float64Array {
  const values = sharedFloat64(set.count * set.features);
  values.set(set.data.subarray(0, values.length));
  return values;
}

function copyOf(values: Float64Array): Float64Array {
  const out = sharedFloat64(values.length);
  out.set(values);
  return out;
}

/** Without what only lowering needs. */
export const programOf = ({ groups, stores, result, slots, perSample }: LoweredPlanes) => ({
  groups,
  stores,
  result,
  slots,
  perSample,
});

/** The job as plain data, or why it has no form of planes. */
export function lowerPlanes(job: KernelJob, pass: SamplePass, variant: Variant | null): PlanesJob | string {
  const { program, rows, cols, precision = "float64" } = job;
  let lowered: LoweredPlanes;
  try {
    lowered = lowerPlaneSteps(program, pass.prepared, false, null, precision);
  } catch (error) {
    // float64 where float32 is asked for but too narrow for the variances of this network
    if (error instanceof OutOfRange && precision !== "float64") {
      return lowerPlanes({ ...job, precision: "float64" }, pass, variant);
    }
    if (error instanceof NoPlanes) return error.message;
    throw error;
  }
  const last = program.steps.findLastIndex((step) => step.to === program.output);
  const states = pass.states[last]!;
  const chain = chainOf(program, pass.prepared, job.ntk, precision);
  const room = (length: number) => (precision === "float64" ? sharedFloat64(length) : sharedFloat32(length));
  const side = (name: "rows" | "cols", set: SampleSet): PlaneSide => {
    const tables = room(set.count * lowered.perSample);
    fillTables(lowered, name, 0, set.count, tables);
    const { q, t }: SampleState = states[name];
    const roots = chain && room(set.count * rootsPerSample(chain));
    return {
      count: set.count,
      values: samplesOf(set),
      tables,
      q: copyOf(q),
      t: t && copyOf(t),
      chain: chain && chainSamples(chain, pass.prepared, name, set.count, roots!),
    };
  };
  return {
    kind: "planes",
    precision,
    variant,
    features: program.features,
    ...programOf(lowered),
    tangent: job.ntk,
    tile: job.tile,
    positions: program.outputPositions,
    rows: side("rows", rows),
    cols: cols === rows ? null : side("cols", cols),
    chain,
  };
}

/** Offsets in a store of planes of all pairs of positions, (p, p') row-major. */
export function resultOrder(positions: readonly number[]): Int32Array {
  const [height, width] = gridOf(positions);
  const cells = height * width;
  return Int32Array.from({ length: cells * cells }, (_, o) => {
    const [p, p2] = [Math.floor(o / cells), o % cells];
    const dy = (Math.floor(p2 / width) - Math.floor(p / width) + height) % height;
    const dx = ((p2 % width) - (p % width) + width) % width;
    return (dy * width + dx) * 2 * cells + p;
  });
}

export function openPlanes(job: PlanesJob): TileRunner {
  const rows = job.rows;
  const cols = job.cols ?? rows;
  const side = Math.min(job.tile, Math.max(rows.count, cols.count));
  const [high, wide] = [Math.min(side, rows.count), Math.min(side, cols.count)];
  let chain: ChainEngine | null = null;
  const engine = new PlaneEngine(job, high, wide, false, (arena) => {
    const size = job.precision === "float64" ? 8 : 4;
    if (job.chain !== null) chain = new ChainEngine(job.chain, high, wide, size, arena);
  });
  const fast = chain as ChainEngine | null;
  fast?.attach(engine);
  const { lanes } = engine;
  const order = resultOrder(job.positions);
  const size = order.length;
  const cells = Math.sqrt(size);
  const held = { rows: "", cols: "" };

  /** (q + q') / 2 - d and d of one pair from its lane. */
  const finish = (
    stored: Values,
    field: number,
    lane: number,
    [i, j]: readonly [number, number],
    [a, b]: readonly [Float64Array, Float64Array],
    [value, gap]: readonly [Float64Array | null, Float64Array | null],
    target: number,
  ): void => {
    for (let o = 0; o < size; o++) {
      const d = stored[(order[o]! + field * cells) * lanes + lane]!;
      if (gap !== null) gap[target + o] = d;
      if (value === null) continue;
      const q = a[i * cells + Math.floor(o / cells)]!;
      const q2 = b[j * cells + (o % cells)]!;
      value[target + o] = q === 0 || q2 === 0 ? 0 : 0.5 * (q + q2) - d;
    }
  };

  const run = ({ rowStart, rowEnd, colStart, colEnd, triangle }: Tile, out: TileOutput): void => {
    const keys = { rows: `${rowStart} ${rowEnd}`, cols: `${colStart} ${colEnd}` };
    if (held.rows !== keys.rows) {
      engine.putRows(rows, rowStart, rowEnd - rowStart);
      fast?.putRows(rows, rows.chain!, rowStart, rowEnd - rowStart);
    }
    if (held.cols !== keys.cols) {
      engine.putCols(cols, colStart, colEnd - colStart);
      fast?.putCols(cols.chain!, colStart, colEnd - colStart);
    }
    Object.assign(held, keys);
    const width = colEnd - colStart;
    for (let i = rowStart; i < rowEnd; i++) {
      const first = triangle ? Math.floor(Math.max(0, i - colStart) / lanes) : 0;
      for (let group = first; group * lanes < width; group++) {
        engine.select(i - rowStart, group);
        // gaps keep their digits in the deficit form only
        if (fast === null || out.nngpGap !== null || out.ntkGap !== null) engine.run();
        else {
          const [a, b] = [rows.chain!, cols.chain!];
          const j = colStart + group * lanes;
          const used = Math.min(lanes, colEnd - j);
          const halfQ = (lane: number) => a.halfQ[i]! + b.halfQ[j + lane]!;
          const halfT = (lane: number) => a.halfT[i]! + b.halfT[j + lane]!;
          const same = rows === cols && i >= j && i < j + used ? i - j : -1;
          fast.run(i - rowStart, group, used, halfQ, halfT, same);
          engine.run(1);
        }
        const stored = engine.stored(job.result);
        for (let lane = 0; lane < lanes && group * lanes + lane < width; lane++) {
          const j = colStart + group * lanes + lane;
          const target = ((i - rowStart) * width + (j - colStart)) * size;
          finish(stored, 0, lane, [i, j], [rows.q, cols.q], [out.nngp, out.nngpGap], target);
          if (rows.t !== null && cols.t !== null) {
            finish(stored, 1, lane, [i, j], [rows.t, cols.t], [out.ntk, out.ntkGap], target);
          }
        }
      }
    }
  };
  return { run, close() {} };
}
