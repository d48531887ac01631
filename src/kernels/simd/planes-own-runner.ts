/**
 * Samples with themselves on the plane engine, as many at once as there are lanes, on whichever thread. Always float64, since
 * the results are parts of variances.
 * @module
 */
import { spreadTask } from "../../threads/spread.js";
import type { Variant } from "../../wasm/load.js";
import { type ChainShape, chainTables, type PlaneChain } from "./planes-chain.js";
import { OwnChainEngine } from "./planes-chain-engine.js";
import { ChainWalk } from "./planes-chain-walk.js";
import { PlaneEngine, type PlaneProgram } from "./planes-engine.js";

/** Samples of a piece. */
export const OWN_LANES = 2;

/** Samples with themselves; plain data. */
export interface OwnWork {
  readonly program: PlaneProgram;
  readonly count: number;
  /** row-major [count, features] */
  readonly values: Float64Array;
  /** of the first group and of the others, [count, values of the part]; null where `chain` makes them */
  readonly tables: readonly [Float64Array, Float64Array] | null;
  readonly chain: OwnChain | null;
}

/** A program that is a chain and its global pools. */
export interface OwnChain {
  readonly shape: ChainShape;
  readonly tangent: boolean;
  /** its fast form, or null for deficits of all planes */
  readonly fast: PlaneChain | null;
}

/** What a piece gives: the program's results as the engine stores them, one after the other. */
export function openOwn(work: OwnWork): (piece: number) => { value: Float64Array; transfer: ArrayBuffer[] } {
  const { program, count, values, tables, chain } = work;
  const sizes = { all: OWN_LANES, tile: OWN_LANES };
  let fast: OwnChainEngine | null = null;
  const engine = new PlaneEngine(program, { rows: sizes, cols: sizes }, true, (arena) => {
    if (chain?.fast != null) fast = new OwnChainEngine(chain.fast, OWN_LANES, arena);
  });
  const own = fast as OwnChainEngine | null;
  own?.attach(engine);
  const walk = chain === null ? null : new ChainWalk(chain.shape, chain.tangent);
  const states = new Float64Array(walk === null ? 0 : OWN_LANES * walk.states.length);
  const halves = new Float64Array(2 * OWN_LANES * (chain?.shape.ends.length ?? 0));
  const { features, parts } = program;

  /** Through the chain, one sample after the other. */
  const walkAll = (from: number, lanes: number): void => {
    halves.fill(0);
    for (let lane = 0; lane < lanes; lane++) {
      walk!.run(values, from + lane);
      states.set(walk!.states, lane * walk!.states.length);
      walk!.addHalves(halves, lane, OWN_LANES);
    }
  };

  return (piece) => {
    const from = piece * OWN_LANES;
    const lanes = Math.min(OWN_LANES, count - from);
    const pixels = values.subarray(from * features, (from + lanes) * features);
    if (chain !== null) walkAll(from, lanes);
    const part = (p: 0 | 1) => tables![p].subarray(from * parts[p], (from + lanes) * parts[p]);
    const shape = chain && { ...chain.shape, layers: chain.shape.convs.length };
    const first = shape
      ? (sample: number, out: Float64Array) => chainTables(shape, states, pixels, sample, out)
      : part(0);
    const samples = {
      count: lanes,
      values: pixels,
      tables: [first, chain === null ? part(1) : new Float64Array(0)] as const,
    };
    engine.use(samples, samples);
    engine.select(0, 0);
    if (own === null) engine.run();
    else {
      own.use({ count: lanes, values: pixels, states });
      own.run(halves);
    }
    const stored = program.results.map((id) => engine.stored(id));
    const size = stored[0]!.length; // of each: they are alike
    const value = new Float64Array(size * stored.length);
    stored.forEach((values, k) => {
      value.set(values, k * size);
    });
    return { value, transfer: [value.buffer as ArrayBuffer] };
  };
}

/** The worker's side. */
export const ownTask = spreadTask(openOwn);

/** A program of the engine for samples with themselves. */
export const ownProgram = (
  lowered: Pick<PlaneProgram, "groups" | "stores" | "results" | "slots" | "parts">,
  features: number,
  variant: Variant | null,
): PlaneProgram => {
  const { groups, stores, results, slots, parts } = lowered;
  return { precision: "float64", variant, features, groups, stores, results, slots, parts };
};
