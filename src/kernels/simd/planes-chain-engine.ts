/**
 * Runs the fast form of chains (planes-chain.ts) in a plane engine's instance, in place of its first group.
 * @module
 */
import { chainRoots, type PlaneChain, rootsPerSample } from "./planes-chain.js";
import type { PlaneEngine, PlaneSizes } from "./planes-engine.js";
import { SampleStore, type Values } from "./sample-store.js";
import type { Arena, ChainFunction } from "./wasm-memory.js";

const FRAME_BYTES = 64;
// words of a frame that change with the samples
const ROW_TABLES = 4;
const COL_TABLES = 5;
const ROW_PIXELS = 6;
const COL_PIXELS = 7;

/** Samples of one side. */
export interface ChainSide {
  readonly count: number;
  readonly values: Values;
  /** [count, layer, 2, cell]: q and theta before each activation */
  readonly states: Values;
}

/** A chain in an instance's memory: adds up its planes for the samples that the frame points to. */
class ChainFrame {
  private readonly frame: number;
  private readonly constants: number;
  private readonly room: number;
  private readonly out: number;
  private readonly deficits: Float64Array;
  /** of each end, by lane: sums of K, sums of M; largest |c|; the engine's sums of deficits */
  private ends!: readonly {
    readonly sums: Float64Array;
    readonly most: Values;
    readonly total: Float64Array;
  }[];
  private engine!: PlaneEngine;
  private call!: ChainFunction;
  words!: Uint32Array;
  /** half sums over the positions of both sides of q, then of theta, [end, 2, lane] */
  readonly halves: Float64Array;

  constructor(
    readonly chain: PlaneChain,
    size: number,
    arena: Arena,
  ) {
    const { height, width, ends } = chain;
    const lanes = 16 / size;
    this.frame = arena.take(FRAME_BYTES);
    this.constants = arena.take(8 * chain.constants.length);
    this.room = arena.take(32 * (width * (height + 3) + 3));
    this.out = arena.take(ends.length * (16 * lanes + 16));
    this.deficits = new Float64Array(2 * lanes * ends.length);
    this.halves = new Float64Array(2 * lanes * ends.length);
  }

  attach(engine: PlaneEngine, call: ChainFunction): void {
    const { height, width, layers, channels, constants, ends } = this.chain;
    const { buffer } = engine.wasm.memory;
    const { lanes } = engine;
    this.engine = engine;
    this.call = call;
    this.words = new Uint32Array(buffer, this.frame, FRAME_BYTES / 4);
    this.words.set([height, width, layers, channels, 0, 0, 0, 0, this.room, this.constants, ends.length]);
    new Float64Array(buffer, this.constants, constants.length).set(constants);
    const totals = engine.sumsOf(0);
    this.ends = ends.map((_, k) => {
      const at = this.out + k * (16 * lanes + 16);
      return {
        sums: new Float64Array(buffer, at, 2 * lanes),
        most: engine.view(at + 16 * lanes, lanes),
        total: totals[k]!,
      };
    });
  }

  begin(): void {
    this.deficits.fill(0);
  }

  /** Adds `weight` times the deficits of a plane for the lanes [from, to) but `skip`. */
  add(plane: number, weight: number, [from, to]: readonly [number, number], skip: number): void {
    const { engine, ends, halves, deficits, chain, frame, out, call } = this;
    const { lanes } = engine;
    const limit = engine.wide ? chain.most : Math.fround(chain.most);
    const [dy, dx] = [Math.floor(plane / chain.width), plane % chain.width];
    call(frame, dy, dx, out, limit, Number(chain.biased));
    let repeat = false;
    for (const [e, { sums, most }] of ends.entries()) {
      const [scaleK, scaleN] = chain.outputScales[e]!;
      const base = 2 * lanes * e;
      for (let lane = from; lane < to; lane++) {
        if (lane === skip) continue;
        // not above also where rounding left |c| above 1 and made it NaN
        if (!(most[lane]! <= limit)) {
          repeat = true;
          continue;
        }
        const k = sums[lane]!;
        const [d, g] = [base + lane, base + lanes + lane];
        deficits[d]! += weight * (halves[d]! - k * scaleK);
        deficits[g]! += weight * (halves[g]! - (sums[lanes + lane]! - k) * scaleN);
      }
    }
    if (!repeat) return;
    engine.selectFirst();
    engine.clear(0);
    engine.plane(0, dy, dx);
    for (const [e, { most, total }] of ends.entries()) {
      const base = 2 * lanes * e;
      for (let lane = from; lane < to; lane++) {
        if (most[lane]! <= limit || lane === skip) continue;
        deficits[base + lane]! += weight * total[lane]!;
        deficits[base + lanes + lane]! += weight * total[lanes + lane]!;
      }
    }
  }

  /** Leaves the sums where the engine's first group does. */
  end(): void {
    const each = 2 * this.engine.lanes;
    for (const [e, { total }] of this.ends.entries())
      total.set(this.deficits.subarray(each * e, each * (e + 1)));
  }
}

/** The source of a side's roots. */
const rootsOf =
  (chain: PlaneChain, { states }: ChainSide) =>
  (sample: number, out: Float64Array) =>
    chainRoots(chain, states, sample, out);

/** Pairs of samples of both sides. */
export class ChainEngine {
  private readonly frame: ChainFrame;
  private readonly rows: SampleStore;
  private readonly cols: SampleStore;
  private engine!: PlaneEngine;

  constructor(
    private readonly chain: PlaneChain,
    sizes: PlaneSizes,
    size: number,
    arena: Arena,
  ) {
    const { height, width, channels, inputScale } = chain;
    const roots = { stride: rootsPerSample(chain) };
    const pixels = { stride: height * width * channels, scale: inputScale };
    this.frame = new ChainFrame(chain, size, arena);
    this.rows = new SampleStore(arena, [roots, pixels], 1, size, sizes.rows);
    this.cols = new SampleStore(arena, [roots], 16 / size, size, sizes.cols);
  }

  /** After the engine's memory is there. */
  attach(engine: PlaneEngine): void {
    const { buffer } = engine.wasm.memory;
    this.engine = engine;
    this.rows.attach(buffer);
    this.cols.attach(buffer);
    this.frame.attach(engine, engine.wide ? engine.wasm.planeChain64 : engine.wasm.planeChain32);
  }

  use(rows: ChainSide, cols: ChainSide): void {
    this.rows.use([rootsOf(this.chain, rows), rows.values], rows.count);
    this.cols.use([rootsOf(this.chain, cols)], cols.count);
  }

  get layers(): number {
    return this.chain.layers;
  }

  /** Half sums over the positions of both sides of q, then of theta, [end, 2, lane], which the caller sets before a run. */
  get halves(): Float64Array {
    return this.frame.halves;
  }

  /**
   * The first group of the engine's selected pairs: row sample `row` and unit `col` of the columns, whose lanes [from, to)
   * count. `same`: the lane that has the row's own sample, or -1.
   */
  run(row: number, col: number, lanes: readonly [number, number], same: number): void {
    const { frame, chain } = this;
    const p = this.rows.slotOf(row);
    frame.words[ROW_TABLES] = this.rows.address(0, p);
    frame.words[COL_TABLES] = this.cols.address(0, this.cols.slotOf(col));
    frame.words[ROW_PIXELS] = this.rows.address(1, p);
    frame.words[COL_PIXELS] = this.engine.colPixels;
    frame.begin();
    for (let plane = 0; plane < chain.planes; plane++) {
      // equal positions of one sample: deficits are 0
      frame.add(plane, 1, lanes, plane === 0 ? same : -1);
    }
    frame.end();
  }
}

/** Samples with themselves, float64: every lane has one. */
export class OwnChainEngine {
  private readonly frame: ChainFrame;
  private readonly samples: SampleStore;
  private engine!: PlaneEngine;

  constructor(
    private readonly chain: PlaneChain,
    lanes: number,
    arena: Arena,
  ) {
    const { height, width, channels, inputScale } = chain;
    const pixels = { stride: height * width * channels, scale: inputScale };
    this.frame = new ChainFrame(chain, 8, arena);
    const sizes = { all: lanes, tile: lanes };
    this.samples = new SampleStore(arena, [{ stride: rootsPerSample(chain) }, pixels], lanes, 8, sizes);
  }

  /** After the engine's memory is there. */
  attach(engine: PlaneEngine): void {
    this.engine = engine;
    this.samples.attach(engine.wasm.memory.buffer);
    this.frame.attach(engine, engine.wasm.planeChainOwn64);
  }

  use(side: ChainSide): void {
    this.samples.use([rootsOf(this.chain, side), side.values], side.count);
  }

  /** Sums over all planes of the engine's selected samples. @param halves  half sums of q, then of theta, [end, 2, lane] */
  run(halves: Float64Array): void {
    const { frame, samples, engine } = this;
    const { lanes } = engine;
    const unit = samples.slotOf(0);
    frame.words[ROW_TABLES] = samples.address(0, unit);
    frame.words[COL_TABLES] = samples.address(0, unit);
    frame.words[ROW_PIXELS] = samples.address(1, unit);
    frame.words[COL_PIXELS] = engine.colPixels;
    // both sides are the same sample
    frame.halves.set(halves.map((half) => 2 * half));
    const { twice, once } = engine.groupOf(0).order!;
    frame.begin();
    for (const plane of twice) frame.add(plane, 2, [0, lanes], -1);
    // equal positions of one sample: deficits are 0
    for (const plane of once) if (plane !== 0) frame.add(plane, 1, [0, lanes], -1);
    frame.end();
  }
}
