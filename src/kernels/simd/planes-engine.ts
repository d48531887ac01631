/**
 * Runs lowered plane programs: lays out the memory of one WebAssembly instance, brings samples in, runs groups plane by
 * plane.
 *
 * Lanes are pairs: one sample of the rows with 2 (float64) or 4 (float32) of the columns; or, for samples with
 * themselves, that many samples each with itself.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import type { Precision } from "../kernel.js";
import { type Place, type PlaneGroup, planeOperations, type Store } from "./planes-code.js";
import { SampleStore, type Source, type Values } from "./sample-store.js";
import { Arena, growMemory, type PairsExports, pairsInstance } from "./wasm-memory.js";

/** Samples of one side as the engine takes them. */
export interface PlaneSamples {
  readonly count: number;
  /** row-major [count, features] */
  readonly values: Values;
  /** of the first group and of the others, values of the part for each sample */
  readonly tables: readonly [Source, Source];
}

export interface PlaneProgram {
  readonly precision: Precision;
  readonly variant: Variant | null;
  /** values of a sample */
  readonly features: number;
  readonly groups: readonly PlaneGroup[];
  readonly stores: readonly Store[];
  readonly results: readonly number[];
  readonly slots: number;
  readonly parts: readonly [number, number];
}

const WORDS = 16;
const FRAME_BYTES = 64;
// words of a frame that change with the samples
const ROW_TABLES = 4;
const COL_TABLES = 5;
const ROW_PIXELS = 7;
const COL_PIXELS = 8;

const planeBytes = ({ height, width }: { readonly height: number; readonly width: number }) =>
  2 * 16 * height * width;

const storeBytes = (store: Store) => (store.sums ? 64 : store.planes * planeBytes(store));

/** Room that a convolution needs for its padded plane and two arrays of sums. */
function convolutionRoom({ height, width, code }: PlaneGroup): number {
  let bytes = 0;
  for (const { operation, geometry } of code) {
    if (operation !== "convolve") continue;
    const [, sizeY, , , , sizeX] = geometry!;
    bytes = Math.max(bytes, 3 * 16 * (height + 2 * sizeY!) * (width + 2 * sizeX!));
  }
  return bytes;
}

/** One group's code in memory. */
interface PlacedGroup {
  readonly group: PlaneGroup;
  readonly frame: number;
  readonly words: Uint32Array;
}

/** Numbers of samples of both sides: all, and of a tile. */
export interface PlaneSizes {
  readonly rows: { readonly all: number; readonly tile: number };
  readonly cols: { readonly all: number; readonly tile: number };
}

/** What an engine keeps of one side: pixels and tables of all groups but the first; tables of the first. */
interface Side {
  readonly main: SampleStore;
  readonly first: SampleStore;
}

/** An instance with room for tiles. */
export class PlaneEngine {
  readonly wasm: PairsExports;
  readonly lanes: number;
  readonly wide: boolean;
  readonly size: number;
  private readonly groups: readonly PlacedGroup[];
  private readonly storeAt: readonly number[];
  private readonly rows: Side;
  private readonly cols: Side;
  private selected = { row: 0, col: 0 };

  /**
   * @param own  samples with themselves: rows are lanes too
   * @param extra  takes room of its own
   */
  constructor(
    readonly program: PlaneProgram,
    sizes: PlaneSizes,
    private readonly own: boolean,
    extra: (arena: Arena) => void = () => undefined,
  ) {
    const { groups, stores, slots, parts, features } = program;
    this.wide = program.precision === "float64";
    this.size = this.wide ? 8 : 4;
    this.lanes = 16 / this.size;
    this.wasm = pairsInstance(program.variant);
    const arena = new Arena(this.wasm.heapBase());
    const rowUnit = own ? 16 : this.size;
    const side = (lanes: number, counts: PlaneSizes["rows"]): Side => ({
      main: new SampleStore(arena, [{ stride: features }, { stride: parts[1] }], lanes, this.size, counts),
      first: new SampleStore(arena, [{ stride: parts[0] }], lanes, this.size, counts),
    });
    this.cols = side(this.lanes, sizes.cols);
    this.rows = own ? this.cols : side(1, sizes.rows);
    const slotBytes = Math.max(...groups.map(planeBytes));
    const slotAt = Array.from({ length: slots }, () => arena.take(slotBytes));
    const room = arena.take(Math.max(0, ...groups.map(convolutionRoom)));
    this.storeAt = stores.map((store) => arena.take(storeBytes(store)));
    extra(arena);
    const bytesOf = (group: PlaneGroup) => group.code.length * WORDS * 4;
    const placed = groups.map((group) => ({
      group,
      frame: arena.take(FRAME_BYTES),
      code: arena.take(bytesOf(group)),
      details: group.code.map(({ geometry = [], constants = [] }) => ({
        geometry: arena.take(4 * geometry.length),
        constants: arena.take(8 * constants.length),
      })),
    }));
    growMemory(this.wasm.memory, arena.end);
    const { buffer } = this.wasm.memory;
    for (const { main, first } of own ? [this.cols] : [this.rows, this.cols]) {
      main.attach(buffer);
      first.attach(buffer);
    }
    const place = (at: Place | undefined): readonly [number, number] => {
      if (at === undefined) return [0, 0];
      if ("slot" in at) return [slotAt[at.slot]!, 0];
      const store = stores[at.store]!;
      return [this.storeAt[at.store]!, store.sums ? 0 : planeBytes(store)];
    };
    for (const { group, frame, code, details } of placed) {
      const { height, width } = group;
      new Uint32Array(buffer, frame, FRAME_BYTES / 4).set([
        code,
        code + bytesOf(group),
        height,
        width,
        0,
        0,
        features / (height * width),
      ]);
      group.code.forEach((instruction, i) => {
        const { operation, table = 0, geometry = [], constants = [], extra = [0, 0] } = instruction;
        const at = details[i]!;
        const words = operation === "convolve" ? [...geometry.slice(0, -1), room] : geometry;
        new Int32Array(buffer, at.geometry, words.length).set(words);
        new Float64Array(buffer, at.constants, constants.length).set(constants);
        new Uint32Array(buffer, code + i * WORDS * 4, WORDS).set([
          planeOperations[operation],
          ...place(instruction.to),
          ...place(instruction.from),
          ...place(instruction.other),
          table * rowUnit,
          table * 16,
          at.constants,
          at.geometry,
          ...extra,
          Number(instruction.equalOnly ?? false),
          Number(instruction.equalKept ?? false),
        ]);
      });
    }
    this.groups = placed.map(({ group, frame }) => ({
      group,
      frame,
      words: new Uint32Array(buffer, frame, FRAME_BYTES / 4),
    }));
  }

  view(at: number, length: number): Values {
    const { buffer } = this.wasm.memory;
    return this.wide ? new Float64Array(buffer, at, length) : new Float32Array(buffer, at, length);
  }

  /** Takes the samples of both sides from these. */
  use(rows: PlaneSamples, cols: PlaneSamples): void {
    const take = ({ main, first }: Side, { values, tables, count }: PlaneSamples): void => {
      main.use([values, tables[1]], count);
      first.use([tables[0]], count);
    };
    take(this.cols, cols);
    if (!this.own) take(this.rows, rows);
  }

  /** Takes row sample `row` (the unit of columns again for samples with themselves) and unit `col` of the columns. */
  select(row: number, col: number): void {
    const [a, b] = [this.rows.main, this.cols.main];
    const q = b.slotOf(col);
    const p = this.own ? q : a.slotOf(row);
    this.selected = { row: this.own ? col : row, col };
    for (const { words } of this.groups) {
      words[ROW_TABLES] = a.address(1, p);
      words[COL_TABLES] = b.address(1, q);
      words[ROW_PIXELS] = a.address(0, p);
      words[COL_PIXELS] = b.address(0, q);
    }
  }

  /** Brings the first group's tables of the selected samples in, which its fast form does without. */
  selectFirst(): void {
    const { words } = this.groups[0]!;
    const { row, col } = this.selected;
    const [a, b] = [this.rows.first, this.cols.first];
    words[ROW_TABLES] = a.address(0, a.slotOf(row));
    words[COL_TABLES] = b.address(0, b.slotOf(col));
  }

  get groupCount(): number {
    return this.groups.length;
  }

  clear(index: number): void {
    const { group } = this.groups[index]!;
    for (const id of group.clears) {
      const store = this.program.stores[id]!;
      new Uint8Array(this.wasm.memory.buffer, this.storeAt[id]!, storeBytes(store)).fill(0);
    }
  }

  plane(index: number, dy: number, dx: number): void {
    const { frame } = this.groups[index]!;
    (this.wide ? this.wasm.plane64 : this.wasm.plane32)(frame, dy, dx, Number(this.own));
  }

  /** The planes of a group for the selected pairs. */
  runGroup(index: number): void {
    const { planes, width, order, clears } = this.groups[index]!.group;
    const run = (plane: number) => this.plane(index, Math.floor(plane / width), plane % width);
    this.clear(index);
    if (order === null) {
      for (let plane = 0; plane < planes; plane++) run(plane);
      return;
    }
    order.twice.forEach(run);
    if (order.twice.length > 0) {
      for (const id of clears) {
        const sums = this.stored(id);
        for (let i = 0; i < sums.length; i++) sums[i]! *= 2;
      }
    }
    order.once.forEach(run);
  }

  groupOf(index: number): PlaneGroup {
    return this.groups[index]!.group;
  }

  /** All groups from number `from` on, for the selected pairs. */
  run(from = 0): void {
    if (from === 0) this.selectFirst();
    for (let index = from; index < this.groups.length; index++) this.runGroup(index);
  }

  /** Values of a store: planes of d, then g, [plane][field][cell][lane]; f64 [field][lane] for sums. */
  stored(id: number): Values {
    const store = this.program.stores[id]!;
    const at = this.storeAt[id]!;
    if (store.sums) return new Float64Array(this.wasm.memory.buffer, at, 2 * this.lanes);
    return this.view(at, storeBytes(store) / this.size);
  }

  /** The f64 sums that a group adds to, in the order of its code. */
  sumsOf(index: number): Float64Array[] {
    return this.groups[index]!.group.clears.map(
      (id) => new Float64Array(this.wasm.memory.buffer, this.storeAt[id]!, 2 * this.lanes),
    );
  }

  /** Address of the selected columns' pixels. */
  get colPixels(): number {
    return this.groups[0]!.words[COL_PIXELS]!;
  }
}
