/**
 * Runs lowered vector networks: lays out the memory of one WebAssembly instance and fills it.
 * @module
 */
import type { TileOutput, TileRunner } from "../backend.js";
import type { Tile } from "../gram.js";
import type { Code, LoweredSamples, VectorJob } from "./job.js";
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

/** Words of a frame: those of src/wasm/assembly/pairs/interpreter.ts, rounded up. */
const FRAME = 32;
/** first of its four result pointers */
const RESULT = 11;
/** of the numbers in the list of aligned pairs */
const PAIR = 0x7fffffff;

interface PlacedCode {
  readonly program: Code;
  readonly frame: number;
  readonly code: number;
  readonly constants: number;
}

/** Where a program finds its columns. */
interface Columns {
  readonly cols: number;
  readonly stride: number;
  readonly gram: number;
  readonly gramTangent: number;
}

function placeCode(arena: Arena, program: Code): PlacedCode {
  const frame = arena.take(FRAME * 4);
  const code = arena.take(program.code.byteLength);
  return { program, frame, code, constants: arena.take(Math.max(8, program.constants.byteLength)) };
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
  const frames = [job.pairs, ...job.aligned].map((program) => program && placeCode(arena, program));
  const [main, ...lines] = frames;
  const slots = arena.take(2 * field * job.slots + 64);
  const gram = arena.take(side * width + 64);
  const gramTangent = job.carry === null ? 0 : arena.take(side * width + 64);
  const results = [0, 1, 2, 3].map(() => arena.take(side * side * 8));
  const rowTables = arena.take(tables * tableStride(rows.count) + 64);
  const colTables = job.cols === null ? rowTables : arena.take(tables * tableStride(cols.count) + 64);
  const list = { gaps: arena.take(side * side * 8), numbers: arena.take(side * side * 4) };
  const gathered = lines.some((frame) => frame !== null)
    ? {
        tables: arena.take(tables * field + 64),
        gram: arena.take(field),
        tangent: arena.take(field),
        results: arena.take(4 * chunk * 8),
      }
    : null;
  const resident = (rows.count + (job.cols === null ? 0 : cols.count)) * stride <= RESIDENT;
  const hold = (samples: LoweredSamples): Side => {
    const room = resident ? samples.count : Math.min(side, samples.count);
    return { samples, room, at: arena.take(room * stride), from: 0, to: 0 };
  };
  const rowSide = hold(rows);
  const colSide = job.cols === null && resident ? rowSide : hold(cols);
  growMemory(wasm.memory, arena.end);

  const { buffer } = wasm.memory;
  const put = (at: number, values: Float64Array): void => {
    if (wide) {
      new Float64Array(buffer, at, values.length).set(values);
      return;
    }
    // `set` between different element types is several times slower
    const narrow = new Float32Array(buffer, at, values.length);
    for (let i = 0; i < values.length; i++) narrow[i] = values[i]!;
  };
  const putTables = (at: number, { tables: values, count }: LoweredSamples): void => {
    for (let k = 0; k < tables; k++) {
      put(at + k * tableStride(count), values.subarray(k * count, (k + 1) * count));
    }
  };
  putTables(rowTables, rows);
  if (job.cols !== null) putTables(colTables, cols);
  const fill = (
    { program, frame, code, constants }: PlacedCode,
    { cols: colsAt, stride: colStride, gram: gramAt, gramTangent: tangentAt }: Columns,
  ): Uint32Array => {
    new Int32Array(buffer, code, program.code.length).set(program.code);
    new Float64Array(buffer, constants, program.constants.length).set(program.constants);
    const words = new Uint32Array(buffer, frame, FRAME);
    words.set([
      code,
      code + program.code.byteLength,
      constants,
      rowTables,
      tableStride(rows.count),
      colsAt,
      colStride,
      slots,
      field,
      gramAt,
      width,
      0,
      0,
      0,
      0,
      job.output,
      job.outputHalf,
      job.outputTangentHalf,
      chunk,
      tangentAt,
    ]);
    return words;
  };
  const words = fill(main!, { cols: colTables, stride: tableStride(cols.count), gram, gramTangent });
  const others = lines.map((placed) => {
    if (placed === null || gathered === null) return null;
    const columns = {
      cols: gathered.tables,
      stride: field,
      gram: gathered.gram,
      gramTangent: gathered.tangent,
    };
    return { frame: placed.frame, words: fill(placed, columns) };
  });
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

  const computeDistances = ({ rowStart, rowEnd, colStart, colEnd, triangle }: Tile): number => {
    const a = samplesAt(rowSide, rowStart, rowEnd);
    const b = samplesAt(colSide, colStart, colEnd);
    const half = (at: number, count: number, from: number) =>
      at + job.inputHalf * tableStride(count) + from * size;
    return distances(
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
      list.gaps,
      list.numbers,
    );
  };

  /** Runs pairs of the list once more, row by row, over the columns that lie on the row's line. */
  const runAligned = (
    { rowStart, colStart, colEnd }: Tile,
    found: number,
    wanted: readonly (Float64Array | null)[],
  ): void => {
    if (gathered === null) return;
    const n = colEnd - colStart;
    const gaps = new Float64Array(buffer, list.gaps, found);
    const numbers = new Uint32Array(buffer, list.numbers, found);
    const values = wide ? new Float64Array(buffer) : new Float32Array(buffer);
    const outputs = results.map((at) => new Float64Array(buffer, at, side * side));
    const own = new Float64Array(buffer, gathered.results, 4 * chunk);
    const from = colTables / size + colStart;
    const step = tableStride(cols.count) / size;
    others.forEach((other, turned) => {
      if (other === null) return;
      wanted.forEach((values, o) => {
        other.words[RESULT + o] = values === null ? 0 : gathered.results + o * chunk * 8;
      });
      for (let at = 0; at < found; ) {
        const row = Math.floor((numbers[at]! & PAIR) / n);
        const places: number[] = [];
        for (; at < found && places.length < chunk; at++) {
          const pair = numbers[at]! & PAIR;
          if (Math.floor(pair / n) !== row) break;
          if (numbers[at]! >>> 31 !== turned) continue;
          const c = places.push(pair) - 1;
          const column = pair - row * n;
          values[gathered.gram / size + c] = gaps[at]!;
          for (let k = 0; k < tables; k++) {
            values[(gathered.tables + k * field) / size + c] = values[from + k * step + column]!;
          }
        }
        if (places.length === 0) continue;
        runTile(other.frame, rowStart + row, 1, 0, places.length, 0, Number(job.tangent));
        wanted.forEach((values, o) => {
          if (values === null) return;
          for (let c = 0; c < places.length; c++) outputs[o]![places[c]!] = own[o * chunk + c]!;
        });
        if (job.carry?.leaves !== true) continue;
        for (let c = 0; c < places.length; c++) {
          const entry = (row * width) / size + places[c]! - row * n;
          values[gram / size + entry] = values[gathered.gram / size + c]!;
          values[gramTangent / size + entry] = values[gathered.tangent / size + c]!;
        }
      }
    });
  };

  const run = (tile: Tile, out: TileOutput): void => {
    const { rowStart, rowEnd, colStart, colEnd, triangle } = tile;
    const m = rowEnd - rowStart;
    const n = colEnd - colStart;
    const wanted = [out.nngp, out.ntk, out.nngpGap, out.ntkGap];
    wanted.forEach((values, i) => {
      words[RESULT + i] = values === null ? 0 : results[i]!;
    });
    const resumes = job.carry?.resumes === true;
    if (resumes) moveCarried(tile, true);
    const found = resumes ? 0 : computeDistances(tile);
    runTile(main!.frame, rowStart, m, colStart, n, Number(triangle), Number(job.tangent));
    if (found > 0) runAligned(tile, found, wanted);
    if (job.carry?.leaves === true) moveCarried(tile, false);
    wanted.forEach((values, i) => {
      values?.set(new Float64Array(buffer, results[i]!, m * n));
    });
  };
  return { run, close() {} };
}
