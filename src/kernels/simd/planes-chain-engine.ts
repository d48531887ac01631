/**
 * Runs the fast form of chains (planes-chain.ts) in a plane engine's instance, in place of its first group.
 * @module
 */
import { chainRoots, type PlaneChain, rootsPerSample } from "./planes-chain.js";
import type { PlaneEngine, PlaneSizes } from "./planes-engine.js";
import { SampleStore, type Values } from "./sample-store.js";
import type { Arena } from "./wasm-memory.js";

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

export class ChainEngine {
  private readonly frame: number;
  private readonly constants: number;
  private readonly room: number;
  private readonly out: number;
  private readonly rows: SampleStore;
  private readonly cols: SampleStore;
  private words!: Uint32Array;
  /** of each lane: sums of K, sums of M; largest |c| */
  private sums!: Float64Array;
  private most!: Values;
  private total!: Float64Array;
  private engine!: PlaneEngine;
  private readonly deficits: Float64Array;

  constructor(
    private readonly chain: PlaneChain,
    sizes: PlaneSizes,
    size: number,
    arena: Arena,
  ) {
    const { height, width, layers, channels, inputScale } = chain;
    const roots = { stride: rootsPerSample(chain) };
    const pixels = { stride: height * width * channels, scale: inputScale };
    const lanes = 16 / size;
    this.frame = arena.take(FRAME_BYTES);
    this.constants = arena.take(32 * layers);
    this.room = arena.take(32 * (width * (height + 3) + 3));
    this.out = arena.take(16 * lanes + 16);
    this.rows = new SampleStore(arena, [roots, pixels], 1, size, sizes.rows);
    this.cols = new SampleStore(arena, [roots], lanes, size, sizes.cols);
    this.deficits = new Float64Array(2 * lanes);
  }

  /** After the engine's memory is there. */
  attach(engine: PlaneEngine): void {
    const { height, width, layers, channels, constants } = this.chain;
    const { buffer } = engine.wasm.memory;
    this.engine = engine;
    this.rows.attach(buffer);
    this.cols.attach(buffer);
    this.words = new Uint32Array(buffer, this.frame, FRAME_BYTES / 4);
    this.words.set([height, width, layers, channels, 0, 0, 0, 0, this.room, this.constants]);
    new Float64Array(buffer, this.constants, constants.length).set(constants);
    this.sums = new Float64Array(buffer, this.out, 2 * engine.lanes);
    this.total = engine.sumsOf(0);
    this.most = engine.view(this.out + 16 * engine.lanes, engine.lanes);
  }

  use(rows: ChainSide, cols: ChainSide): void {
    const roots =
      ({ states }: ChainSide) =>
      (sample: number, out: Float64Array) =>
        chainRoots(this.chain, states, sample, out);
    this.rows.use([roots(rows), rows.values], rows.count);
    this.cols.use([roots(cols)], cols.count);
  }

  /**
   * The first group of the engine's selected pairs: row sample `row` and unit `col` of the columns, whose lanes [from, to)
   * count. Halves of sums of q and theta are those of both sides. `same`: the lane that has the row's own sample, or -1.
   */
  run(
    row: number,
    col: number,
    [from, to]: readonly [number, number],
    halfQ: (lane: number) => number,
    halfT: (lane: number) => number,
    same: number,
  ): void {
    const { engine, words, sums, most, total, deficits, chain } = this;
    const { lanes } = engine;
    const p = this.rows.slotOf(row);
    words[ROW_TABLES] = this.rows.address(0, p);
    words[COL_TABLES] = this.cols.address(0, this.cols.slotOf(col));
    words[ROW_PIXELS] = this.rows.address(1, p);
    words[COL_PIXELS] = engine.colPixels;
    const limit = engine.wide ? chain.most : Math.fround(chain.most);
    const call = engine.wide ? engine.wasm.planeChain64 : engine.wasm.planeChain32;
    deficits.fill(0);
    for (let plane = 0; plane < chain.planes; plane++) {
      const [dy, dx] = [Math.floor(plane / chain.width), plane % chain.width];
      call(this.frame, dy, dx, this.out, limit, Number(chain.biased));
      let repeat = false;
      for (let lane = from; lane < to; lane++) {
        // not above also where rounding left |c| above 1 and made it NaN
        if (!(most[lane]! <= limit)) {
          // equal positions of one sample: deficits are 0
          repeat ||= plane !== 0 || lane !== same;
          continue;
        }
        const k = sums[lane]!;
        deficits[lane]! += halfQ(lane) - k * chain.outputScale;
        deficits[lanes + lane]! += halfT(lane) - (sums[lanes + lane]! - k) * chain.outputScale;
      }
      if (!repeat) continue;
      engine.selectFirst();
      engine.clear(0);
      engine.plane(0, dy, dx);
      for (let lane = from; lane < to; lane++) {
        if (most[lane]! <= limit || (plane === 0 && lane === same)) continue;
        deficits[lane]! += total[lane]!;
        deficits[lanes + lane]! += total[lanes + lane]!;
      }
    }
    total.set(deficits);
  }
}
