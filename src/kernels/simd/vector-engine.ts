/**
 * Runs lowered vector networks: lays out the memory of one WebAssembly instance and fills it.
 * @module
 */
import type { TileOutput, TileRunner } from "../backend.js";
import type { Tile } from "../gram.js";
import type { LoweredSamples, VectorJob } from "./job.js";
import { Arena, aligned, growMemory, pairsInstance } from "./wasm-memory.js";

/** Bytes of a chunk's states and column features that stay in the L1 cache. */
const L1 = 24 * 1024;

/** Bytes of samples up to which an instance keeps all; beyond, it copies those of a tile. */
const RESIDENT = 2 ** 28;

/** Samples of one side in the instance's memory: rows of `stride` bytes, zero beyond the last feature. */
interface Side {
  readonly samples: LoweredSamples;
  readonly at: number;
  /** rows that fit at `at` */
  readonly room: number;
  /** rows that are there */
  from: number;
  to: number;
}

export function openVectors(job: VectorJob): TileRunner {
  const wasm = pairsInstance(job.variant);
  const wide = job.precision === "float64";
  const size = wide ? 8 : 4;
  const { features, rows, tables } = job;
  const cols = job.cols ?? rows;
  const stride = Math.ceil((features * size) / 16) * 16;
  const side = Math.min(job.tile, Math.max(rows.count, cols.count));
  // a chunk's states, and what its column tables add
  const perEntry = (2 * Math.min(job.slots, 3) + Math.min(tables, 64)) * size;
  const chunk = Math.max(32, Math.min(256, Math.floor(L1 / perEntry / 16) * 16));
  const field = aligned(chunk * size);
  const tableStride = (count: number) => aligned((count + chunk) * size);
  const width = aligned((side + 4) * size);

  const arena = new Arena(wasm.heapBase());
  const frame = arena.take(32 * 4);
  const code = arena.take(job.code.byteLength);
  const constants = arena.take(Math.max(8, job.constants.byteLength));
  const slots = arena.take(2 * field * job.slots + 64);
  const gram = arena.take(side * width + 64);
  const gramTangent = job.carry === null ? 0 : arena.take(side * width + 64);
  const results = [0, 1, 2, 3].map(() => arena.take(side * side * 8));
  const rowTables = arena.take(tables * tableStride(rows.count) + 64);
  const colTables = job.cols === null ? rowTables : arena.take(tables * tableStride(cols.count) + 64);
  const resident = (rows.count + (job.cols === null ? 0 : cols.count)) * stride <= RESIDENT;
  const hold = (samples: LoweredSamples): Side => {
    const room = resident ? samples.count : Math.min(side, samples.count);
    return { samples, room, at: arena.take(room * stride), from: 0, to: 0 };
  };
  const rowSide = hold(rows);
  const colSide = job.cols === null && resident ? rowSide : hold(cols);
  growMemory(wasm.memory, arena.end);

  const { buffer } = wasm.memory;
  new Int32Array(buffer, code, job.code.length).set(job.code);
  new Float64Array(buffer, constants, job.constants.length).set(job.constants);
  const put = (at: number, values: Float64Array): void => {
    (wide ? new Float64Array(buffer, at, values.length) : new Float32Array(buffer, at, values.length)).set(
      values,
    );
  };
  const putTables = (at: number, { tables: values, count }: LoweredSamples): void => {
    for (let k = 0; k < tables; k++) {
      put(at + k * tableStride(count), values.subarray(k * count, (k + 1) * count));
    }
  };
  putTables(rowTables, rows);
  if (job.cols !== null) putTables(colTables, cols);
  const words = new Uint32Array(buffer, frame, 32);
  words.set([
    code,
    code + job.code.byteLength,
    constants,
    rowTables,
    tableStride(rows.count),
    colTables,
    tableStride(cols.count),
    slots,
    field,
    gram,
    width,
    0,
    0,
    0,
    0,
    job.output,
    job.outputHalf,
    job.outputTangentHalf,
    chunk,
    gramTangent,
  ]);
  const RESULT = 11; // first of the frame's four result pointers
  const runTile = wide ? wasm.runTile64 : wasm.runTile32;
  const distances = wide ? wasm.distances64 : wasm.distances32;

  /** Address of sample `from`, with all up to `to` behind it. */
  const samplesAt = (store: Side, from: number, to: number): number => {
    if (from < store.from || to > store.to) {
      const [first, last] = store.room === store.samples.count ? [0, store.room] : [from, to];
      const { values } = store.samples;
      if (stride === features * size) {
        put(store.at, values.subarray(first * features, last * features));
      } else {
        for (let i = first; i < last; i++) {
          put(store.at + (i - first) * stride, values.subarray(i * features, (i + 1) * features));
        }
      }
      store.from = first;
      store.to = last;
    }
    return store.at + (from - store.from) * stride;
  };

  /** Copies a tile's carried states into the instance or out of it. */
  const moveCarried = ({ rowStart, rowEnd, colStart, colEnd }: Tile, inwards: boolean): void => {
    const { d, g } = job.carry!;
    const n = colEnd - colStart;
    for (const [all, at] of [
      [d, gram],
      [g, gramTangent],
    ] as const) {
      if (all.length === 0) continue;
      for (let i = rowStart; i < rowEnd; i++) {
        const row = all.subarray(i * cols.count + colStart, i * cols.count + colEnd);
        const place = at + (i - rowStart) * width;
        const here = wide ? new Float64Array(buffer, place, n) : new Float32Array(buffer, place, n);
        if (inwards) here.set(row);
        else row.set(here);
      }
    }
  };

  const computeDistances = ({ rowStart, rowEnd, colStart, colEnd, triangle }: Tile): void => {
    const a = samplesAt(rowSide, rowStart, rowEnd);
    const b = samplesAt(colSide, colStart, colEnd);
    const half = (at: number, count: number, from: number) =>
      at + job.inputHalf * tableStride(count) + from * size;
    distances(
      rowEnd - rowStart,
      colEnd - colStart,
      features,
      stride,
      a,
      b,
      gram,
      width,
      half(rowTables, rows.count, rowStart),
      half(colTables, cols.count, colStart),
      Number(triangle),
    );
  };

  const run = (tile: Tile, out: TileOutput): void => {
    const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
    const m = rowEnd - rowStart;
    const n = colEnd - colStart;
    const wanted = [out.nngp, out.ntk, out.nngpGap, out.ntkGap];
    wanted.forEach((values, i) => {
      words[RESULT + i] = values === null ? 0 : results[i]!;
    });
    if (job.carry?.resumes === true) moveCarried(tile, true);
    else computeDistances(tile);
    runTile(frame, rowStart, m, colStart, n, Number(triangle), Number(job.tangent));
    if (job.carry?.leaves === true) moveCarried(tile, false);
    wanted.forEach((values, i) => {
      values?.set(new Float64Array(buffer, results[i]!, m * n));
    });
  };
  return { run, close() {} };
}
