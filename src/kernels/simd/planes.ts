/**
 * Kernel jobs of networks with positions on the plane engine.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import type { KernelJob, TileOutput, TileRunner } from "../backend.js";
import type { Tile } from "../gram.js";
import type { Precision } from "../kernel.js";
import { outputsOf } from "../program.js";
import type { SamplePass } from "../sample-pass.js";
import type { SampleState } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import { sharedFloat64 } from "./arrays.js";
import { chainTables, type PlaneChain } from "./planes-chain.js";
import { ChainEngine } from "./planes-chain-engine.js";
import { gridOf } from "./planes-code.js";
import { PlaneEngine, type PlaneProgram, type PlaneSamples } from "./planes-engine.js";
import { type LoweredPlanes, lowerPlaneSteps } from "./planes-lower.js";
import { NoPlanes, OutOfRange } from "./planes-steps.js";
import { fillTables } from "./planes-tables.js";
import type { Values } from "./sample-store.js";

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

export interface PlaneSide {
  readonly count: number;
  /** row-major [count, features] */
  readonly values: Float64Array;
  /** of the first group (null where `chain` makes them) and of the others */
  readonly tables: readonly [Values | null, Values];
  /** variances and ntk diagonals of each result, [count, positions] */
  readonly ends: readonly SampleState[];
  readonly chain: ChainSamples | null;
}

/** What a chain needs of a side's samples. */
export interface ChainSamples {
  /** [count, layer, 2, cell]: q and theta before each activation */
  readonly states: Values;
  /** [count, end, 2]: half the sums of q and theta before each pool */
  readonly halves: Float64Array;
}

function sharedFloat32(length: number): Float32Array {
  if (typeof SharedArrayBuffer === "undefined") return new Float32Array(length);
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** Zeros of the precision's type. */
export const sharedValues = (precision: Precision, length: number): Values =>
  precision === "float64" ? sharedFloat64(length) : sharedFloat32(length);

function pixelsOf(set: SampleSet): Float64Array {
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
export const programOf = ({ groups, stores, results, slots, parts }: LoweredPlanes) => ({
  groups,
  stores,
  results,
  slots,
  parts,
});

/** A chain whose samples are ready. */
export interface PreparedChain {
  readonly chain: PlaneChain;
  readonly rows: ChainSamples;
  readonly cols: ChainSamples;
}

/**
 * The job as plain data, or why it has no form of planes.
 * @param fast  the chain that the program begins with; the pass then starts behind it
 */
export function lowerPlanes(
  job: KernelJob,
  pass: SamplePass,
  variant: Variant | null,
  fast: PreparedChain | null = null,
): PlanesJob | string {
  const { program, rows, cols, precision = "float64" } = job;
  let lowered: LoweredPlanes;
  try {
    lowered = lowerPlaneSteps(program, pass.prepared, false, null, precision);
  } catch (error) {
    // float64 where float32 is asked for but too narrow for the variances of this network
    if (error instanceof OutOfRange && precision !== "float64" && fast === null) {
      return lowerPlanes({ ...job, precision: "float64" }, pass, variant);
    }
    if (error instanceof NoPlanes) return error.message;
    throw error;
  }
  const last = outputsOf(program).map((slot) => program.steps.findLastIndex((step) => step.to === slot));
  const side = (name: "rows" | "cols", set: SampleSet): PlaneSide => {
    const part = (p: 0 | 1): Values => {
      const values = sharedValues(precision, set.count * lowered.parts[p]);
      fillTables(lowered, p, name, 0, set.count, values);
      return values;
    };
    return {
      count: set.count,
      values: pixelsOf(set),
      tables: [fast === null ? part(0) : null, part(1)],
      ends: last.map((s) => {
        const { q, t } = pass.states[s]![name];
        return { q: copyOf(q), t: t && copyOf(t) };
      }),
      chain: fast?.[name] ?? null,
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
    chain: fast?.chain ?? null,
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
  const sizes = {
    rows: { all: rows.count, tile: Math.min(side, rows.count) },
    cols: { all: cols.count, tile: Math.min(side, cols.count) },
  };
  let chain: ChainEngine | null = null;
  const engine = new PlaneEngine(job, sizes, false, (arena) => {
    const size = job.precision === "float64" ? 8 : 4;
    if (job.chain !== null) chain = new ChainEngine(job.chain, sizes, size, arena);
  });
  const samplesOf = (given: PlaneSide): PlaneSamples => {
    const [first, others] = given.tables;
    const made = (sample: number, out: Float64Array) =>
      chainTables(job.chain!, given.chain!.states, given.values, sample, out);
    return { count: given.count, values: given.values, tables: [first ?? made, others] };
  };
  engine.use(samplesOf(rows), samplesOf(cols));
  const fast = chain as ChainEngine | null;
  if (fast !== null) {
    fast.attach(engine);
    fast.use({ ...rows, states: rows.chain!.states }, { ...cols, states: cols.chain!.states });
  }
  const { lanes } = engine;
  const order = resultOrder(job.positions);
  const size = order.length;
  const cells = Math.sqrt(size);
  const fields = 2 * (job.chain?.ends.length ?? 0);

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
    const width = colEnd - colStart;
    for (let i = rowStart; i < rowEnd; i++) {
      const first = triangle ? Math.max(colStart, i) : colStart;
      for (let unit = Math.floor(first / lanes); unit * lanes < colEnd; unit++) {
        const base = unit * lanes;
        const [from, to] = [Math.max(0, first - base), Math.min(lanes, colEnd - base)];
        engine.select(i, unit);
        // gaps keep their digits in the deficit form only
        if (fast === null || out.nngpGap !== null || out.ntkGap !== null) engine.run();
        else {
          const [a, b] = [rows.chain!.halves, cols.chain!.halves];
          const same = rows === cols && i >= base && i < base + lanes ? i - base : -1;
          for (let f = 0; f < fields; f++) {
            for (let lane = from; lane < to; lane++)
              fast.halves[f * lanes + lane] = a[i * fields + f]! + b[(base + lane) * fields + f]!;
          }
          fast.run(i, unit, [from, to], same);
          engine.run(1);
        }
        for (const [r, result] of job.results.entries()) {
          const stored = engine.stored(result);
          const [a, b] = [rows.ends[r]!, cols.ends[r]!];
          for (let lane = from; lane < to; lane++) {
            const j = base + lane;
            const target = (((i - rowStart) * width + (j - colStart)) * job.results.length + r) * size;
            finish(stored, 0, lane, [i, j], [a.q, b.q], [out.nngp, out.nngpGap], target);
            if (a.t !== null && b.t !== null) {
              finish(stored, 1, lane, [i, j], [a.t, b.t], [out.ntk, out.ntkGap], target);
            }
          }
        }
      }
    }
  };
  return { run, close() {} };
}
