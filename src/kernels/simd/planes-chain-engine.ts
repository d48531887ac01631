/**
 * Runs the fast form of chains (planes-chain.ts) in a plane engine's instance, in place of its first group.
 * @module
 */
import type { ChainSamples, PlaneChain } from "./planes-chain.js";
import { rootsPerSample } from "./planes-chain.js";
import type { PlaneEngine, PlaneSamples, Values } from "./planes-engine.js";
import type { Arena } from "./wasm-memory.js";

const FRAME_BYTES = 64;
// words of a frame that change with the samples
const ROW_TABLES = 4;
const COL_TABLES = 5;
const ROW_PIXELS = 6;
const COL_PIXELS = 7;

/** Places in the instance's memory, for tiles of up to `rows` x `cols` samples. */
export class ChainEngine {
  private readonly frame: number;
  private readonly constants: number;
  private readonly room: number;
  private readonly out: number;
  private readonly rowRoots: number;
  private readonly colRoots: number;
  private readonly rowPixels: number;
  private words!: Uint32Array;
  /** of each lane: sums of K, sums of M; largest |c| */
  private sums!: Float64Array;
  private most!: Values;
  private engine!: PlaneEngine;
  private readonly deficits: Float64Array;
  private readonly features: number;

  constructor(
    private readonly chain: PlaneChain,
    rows: number,
    cols: number,
    private readonly size: number,
    arena: Arena,
  ) {
    const { height, width, layers, channels } = chain;
    this.features = height * width * channels;
    const perSample = rootsPerSample(chain);
    const lanes = 16 / size;
    this.frame = arena.take(FRAME_BYTES);
    this.constants = arena.take(32 * layers);
    this.room = arena.take(32 * (width * (height + 2) + 2));
    this.out = arena.take(16 * lanes + 16);
    this.rowRoots = arena.take(rows * perSample * size);
    this.colRoots = arena.take(Math.ceil(cols / lanes) * perSample * 16);
    this.rowPixels = arena.take(rows * this.features * size);
    this.deficits = new Float64Array(2 * lanes);
  }

  /** After the engine's memory is there. */
  attach(engine: PlaneEngine): void {
    const { height, width, layers, channels, constants } = this.chain;
    const { buffer } = engine.wasm.memory;
    this.engine = engine;
    this.words = new Uint32Array(buffer, this.frame, FRAME_BYTES / 4);
    this.words.set([height, width, layers, channels, 0, 0, 0, 0, this.room, this.constants]);
    new Float64Array(buffer, this.constants, constants.length).set(constants);
    this.sums = new Float64Array(buffer, this.out, 2 * engine.lanes);
    this.most = engine.view(this.out + 16 * engine.lanes, engine.lanes);
  }

  putRows({ values }: PlaneSamples, { roots }: ChainSamples, from: number, count: number): void {
    const perSample = rootsPerSample(this.chain);
    this.engine
      .view(this.rowRoots, count * perSample)
      .set(roots.subarray(from * perSample, (from + count) * perSample));
    const pixels = this.engine.view(this.rowPixels, count * this.features);
    const base = from * this.features;
    for (let o = 0; o < pixels.length; o++) pixels[o] = this.chain.inputScale * values[base + o]!;
  }

  putCols({ roots }: ChainSamples, from: number, count: number): void {
    this.engine.putLanes(this.colRoots, roots, rootsPerSample(this.chain), from, count);
  }

  /**
   * The first group of the selected pairs: row i of the tile and the lanes of a group, of which `used` count. Halves of
   * sums of q and theta are those of the row, and of each lane. `same`: the lane that has the row's own sample, or -1.
   */
  run(
    i: number,
    group: number,
    used: number,
    halfQ: (lane: number) => number,
    halfT: (lane: number) => number,
    same: number,
  ): void {
    const { engine, words, sums, most, deficits, chain } = this;
    const { lanes } = engine;
    const perSample = rootsPerSample(chain);
    words[ROW_TABLES] = this.rowRoots + i * perSample * this.size;
    words[COL_TABLES] = this.colRoots + group * perSample * 16;
    words[ROW_PIXELS] = this.rowPixels + i * this.features * this.size;
    words[COL_PIXELS] = engine.colPixelsOf(group);
    const call = engine.wide ? engine.wasm.planeChain64 : engine.wasm.planeChain32;
    const total = engine.sumsOf(0);
    deficits.fill(0);
    for (let plane = 0; plane < chain.planes; plane++) {
      const [dy, dx] = [Math.floor(plane / chain.width), plane % chain.width];
      call(this.frame, dy, dx, this.out, Number(chain.biased));
      let repeat = false;
      for (let lane = 0; lane < used; lane++) {
        // not above also where rounding left |c| above 1 and made it NaN
        if (!(most[lane]! <= chain.most)) {
          // equal positions of one sample: deficits are 0
          repeat ||= plane !== 0 || lane !== same;
          continue;
        }
        const k = sums[lane]!;
        deficits[lane]! += halfQ(lane) - k * chain.outputScale;
        deficits[lanes + lane]! += halfT(lane) - (sums[lanes + lane]! - k) * chain.outputScale;
      }
      if (!repeat) continue;
      engine.clear(0);
      engine.plane(0, dy, dx);
      for (let lane = 0; lane < used; lane++) {
        if (most[lane]! <= chain.most || (plane === 0 && lane === same)) continue;
        deficits[lane]! += total[lane]!;
        deficits[lanes + lane]! += total[lanes + lane]!;
      }
    }
    total.set(deficits);
  }
}
