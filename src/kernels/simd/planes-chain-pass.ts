/**
 * The pass over single samples of a network that begins with a chain: variances and ntk diagonals of a sample through all
 * its layers in one go, so that what is kept of each is little.
 * @module
 */
import type { LongWork } from "../../progress.js";
import { breathe } from "../../progress.js";
import type { Variant } from "../../wasm/load.js";
import type { KernelJob } from "../backend.js";
import type { Precision } from "../kernel.js";
import { runSamplePass, type SamplePass } from "../sample-pass.js";
import type { OwnDeficits, OwnPairs, SampleState } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import { poolTaps } from "../window-taps.js";
import { type ChainSamples, lowerPlanes, type PlanesJob, programOf, sharedValues } from "./planes.js";
import { type ChainShape, chainOf, chainTables, scaleChain, tapsOf } from "./planes-chain.js";
import { PlaneEngine } from "./planes-engine.js";
import { type LoweredPlanes, lowerPlaneSteps } from "./planes-lower.js";
import { planesOwnPairs } from "./planes-own.js";
import { pairsModule } from "./wasm-memory.js";

/** Variances that the fast form takes, per precision. */
const RANGE = { float64: [1e-140, 1e140], float32: [1e-17, 1e17] } as const;

/** Milliseconds between two breaths. */
const BREATH = 30;

/** Sums over 3 positions along each axis, of values [height, width], to `out`. */
function box(
  values: Float64Array,
  height: number,
  width: number,
  line: Float64Array,
  out: Float64Array,
): void {
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let sum = values[row + x]!;
      if (x > 0) sum += values[row + x - 1]!;
      if (x + 1 < width) sum += values[row + x + 1]!;
      line[row + x] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let sum = line[row + x]!;
      if (y > 0) sum += line[row + x - width]!;
      if (y + 1 < height) sum += line[row + x + width]!;
      out[row + x] = sum;
    }
  }
}

/** q and theta of one sample before each activation, [layer, 2, cell], and after the last, [2, cell]. */
class ChainWalk {
  readonly cells: number;
  readonly states: Float64Array;
  readonly end: Float64Array;
  private readonly q: Float64Array;
  private readonly t: Float64Array;
  private readonly sums: readonly [Float64Array, Float64Array, Float64Array];

  constructor(
    private readonly shape: ChainShape,
    private readonly tangent: boolean,
  ) {
    const { height, width, convs } = shape;
    this.cells = height * width;
    const array = () => new Float64Array(this.cells);
    this.states = new Float64Array(convs.length * 2 * this.cells);
    this.end = new Float64Array(2 * this.cells);
    [this.q, this.t] = [array(), array()];
    this.sums = [array(), array(), array()];
  }

  run({ data }: SampleSet, sample: number): void {
    const { height, width, channels, convs, evens } = this.shape;
    const { cells, states, q, t, tangent } = this;
    const [line, sumQ, sumT] = this.sums;
    const taps = tapsOf(this.shape);
    let x = sample * cells * channels;
    for (let p = 0; p < cells; p++) {
      let sum = 0;
      for (let c = 0; c < channels; c++, x++) sum += data[x]! * data[x]!;
      q[p] = sum / channels;
      t[p] = 0;
    }
    for (const [l, { weight, bias, tangentK, tangentOne }] of convs.entries()) {
      box(q, height, width, line, sumQ);
      box(t, height, width, line, sumT);
      const at = 2 * l * cells;
      const even = evens[l]!;
      for (let p = 0; p < cells; p++) {
        const variance = (weight * sumQ[p]!) / taps + bias;
        const theta = tangent ? (weight * sumT[p]! + tangentK * sumQ[p]!) / taps + tangentOne : 0;
        states[at + p] = variance;
        states[at + cells + p] = theta;
        q[p] = even * variance;
        t[p] = even * theta;
      }
    }
    this.end.set(q);
    this.end.set(t, cells);
  }
}

/** A chain's samples of one side, and what the rest of the pass begins with. */
interface Walked {
  readonly samples: ChainSamples;
  readonly end: SampleState;
  readonly own: OwnDeficits | null;
}

/** Of samples with themselves, in a global pool. */
class OwnSums {
  private readonly engine: PlaneEngine;
  private readonly lowered: LoweredPlanes;
  private readonly lanes = 2;
  private readonly states: Float64Array;

  constructor(
    { program }: KernelJob,
    private readonly shape: ChainShape,
    placeholders: SamplePass["prepared"],
    variant: Variant | null,
  ) {
    const { features } = program;
    this.lowered = lowerPlaneSteps(program, placeholders, true, shape.pool, "float64");
    const sizes = { all: this.lanes, tile: this.lanes };
    this.engine = new PlaneEngine(
      { precision: "float64", variant, features, ...programOf(this.lowered) },
      { rows: sizes, cols: sizes },
      true,
    );
    this.states = new Float64Array(this.lanes * shape.convs.length * 2 * shape.height * shape.width);
  }

  /** Sums of d and of g of the samples [from, from + count), whose states `walk` gives. */
  async run(
    set: SampleSet,
    from: number,
    count: number,
    walk: (sample: number, states: Float64Array) => void,
    breath: () => Promise<void>,
  ): Promise<readonly (readonly [number, number])[]> {
    const { engine, states, shape, lanes } = this;
    const each = states.length / lanes;
    for (let i = 0; i < count; i++) walk(from + i, states.subarray(i * each, (i + 1) * each));
    const values = set.data.subarray(from * set.features, (from + count) * set.features);
    const chain = { ...shape, layers: shape.convs.length };
    const first = (sample: number, out: Float64Array) => chainTables(chain, states, values, sample, out);
    const samples = { count, values, tables: [first, new Float64Array(0)] as const };
    engine.use(samples, samples);
    engine.select(0, 0);
    engine.selectFirst();
    engine.runGroup(0);
    await breath();
    const stored = engine.stored(this.lowered.result);
    return Array.from({ length: count }, (_, lane) => [stored[lane]!, stored[lanes + lane]!] as const);
  }
}

export interface ChainPass {
  readonly pass: SamplePass;
  readonly job: PlanesJob;
}

/**
 * The pass and the lowered job of a network that begins with a chain; null where it does not, or where its numbers are
 * for the general way (which also says what is wrong with them).
 */
export async function runChainPass(
  job: KernelJob,
  work: LongWork,
  variant: Variant | null,
): Promise<ChainPass | null> {
  const { program, rows, cols, ntk, precision = "float64" } = job;
  const shape = chainOf(program, ntk);
  if (shape === null || pairsModule(variant) === null) return null;
  const sets = rows === cols ? [rows] : [rows, cols];
  const pool = program.steps[shape.pool]!;
  const total = sets.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  let last = performance.now();
  const breath = async (): Promise<void> => {
    if (performance.now() - last <= BREATH) return;
    work.onProgress?.({ label: "samples", done, total, unit: "samples" });
    await breathe(work.signal);
    last = performance.now();
  };
  const none = new Float64Array(0);
  const nobody = { rows: { q: none, t: none }, cols: { q: none, t: none } };
  const placeholders = program.steps
    .slice(0, shape.pool + 1)
    .map(() => ({ map: null, qRows: none, qCols: none, reads: [{ ...nobody }], own: null }));
  const own = pool.op === "globalPool" ? new OwnSums(job, shape, placeholders, variant) : null;
  const largest = new Float64Array(shape.convs.length);
  const walked: Walked[] = [];
  for (const set of sets) {
    const one = await walkSet(set, shape, ntk, precision, { own, largest, breath, step: () => done++ });
    if (one === null) return null;
    walked.push(one);
  }
  const [first, second = first] = walked as [Walked, Walked?];
  const sides = { rows: first.end, cols: second.end };
  const general = planesOwnPairs(variant);
  const ownPairs: OwnPairs = {
    deficits: async (of, index, pause) => {
      if (index !== shape.pool || first.own === null) return general.deficits(of, index, pause);
      const { d, g } = (of.set === rows ? first : second).own!;
      const scale = 0.5 * poolTaps(pool as Parameters<typeof poolTaps>[0]).weight[0]! ** 2;
      return { d: d.map((sum) => scale * sum), g: g?.map((sum) => scale * sum) ?? null };
    },
    results: general.results,
  };
  const given = { steps: shape.pool, sides };
  const pass = await runSamplePass(program, rows, cols, ntk, work, ownPairs, given);
  const chain = scaleChain(shape, largest, ntk, precision);
  const fast = { chain, rows: first.samples, cols: second.samples };
  const lowered = lowerPlanes(job, pass, variant, fast);
  return typeof lowered === "string" ? null : { pass, job: lowered };
}

interface WalkWork {
  readonly own: OwnSums | null;
  /** largest variance of each layer so far */
  readonly largest: Float64Array;
  readonly breath: () => Promise<void>;
  readonly step: () => void;
}

/** Null where a variance leaves the range of the fast form. */
async function walkSet(
  set: SampleSet,
  shape: ChainShape,
  tangent: boolean,
  precision: Precision,
  { own, largest, breath, step }: WalkWork,
): Promise<Walked | null> {
  const walk = new ChainWalk(shape, tangent);
  const { cells } = walk;
  const each = walk.states.length;
  const [low, high] = RANGE[precision];
  const { count } = set;
  const states = sharedValues(precision, count * each);
  const [halfQ, halfT] = [new Float64Array(count), new Float64Array(count)];
  const end = {
    q: new Float64Array(count * cells),
    t: tangent ? new Float64Array(count * cells) : null,
  };
  const sums = { d: new Float64Array(count), g: tangent ? new Float64Array(count) : null };
  const lanes = own === null ? 1 : 2;
  let fits = true;
  const visit = (sample: number): void => {
    walk.run(set, sample);
    states.set(walk.states, sample * each);
    for (let l = 0; l < shape.convs.length; l++) {
      for (let p = 2 * l * cells; p < (2 * l + 1) * cells; p++) {
        const q = walk.states[p]!;
        if (q > largest[l]!) largest[l] = q;
        const t = walk.states[p + cells]!;
        fits &&= (q === 0 || (q >= low && q <= high)) && t <= high;
      }
    }
    for (let p = 0; p < cells; p++) {
      halfQ[sample]! += 0.5 * walk.end[p]!;
      halfT[sample]! += 0.5 * walk.end[cells + p]!;
    }
    end.q.set(walk.end.subarray(0, cells), sample * cells);
    end.t?.set(walk.end.subarray(cells), sample * cells);
    step();
  };
  for (let from = 0; from < count; from += lanes) {
    const here = Math.min(lanes, count - from);
    if (own === null) visit(from);
    else {
      const copy = (sample: number, out: Float64Array): void => {
        visit(sample);
        out.set(walk.states);
      };
      const found = await own.run(set, from, here, copy, breath);
      found.forEach(([d, g], i) => {
        sums.d[from + i] = d;
        if (sums.g !== null) sums.g[from + i] = g;
      });
    }
    if (!fits) return null;
    await breath();
  }
  return { samples: { states, halfQ, halfT }, end, own: own === null ? null : sums };
}
