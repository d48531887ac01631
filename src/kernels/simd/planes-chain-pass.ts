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
import { type ChainSamples, lowerPlanes, type PlanesJob, sharedValues } from "./planes.js";
import { type ChainShape, chainOf, scaleChain } from "./planes-chain.js";
import { ChainWalk } from "./planes-chain-walk.js";
import { lowerPlaneSteps } from "./planes-lower.js";
import { eachSelf, ownDeficits, planesOwnPairs, type Read, readEach } from "./planes-own.js";
import { pairsModule } from "./wasm-memory.js";

/** Variances that the fast form takes, per precision. */
const RANGE = { float64: [1e-140, 1e140], float32: [1e-17, 1e17] } as const;

/** Milliseconds between two breaths. */
const BREATH = 30;

/** A chain's samples of one side, and what the rest of the pass begins with. */
interface Walked {
  readonly samples: ChainSamples;
  /** one for each end */
  readonly ends: readonly SampleState[];
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
  const { program, rows, cols, ntk, precision = "float64", kernelsOnly = false, threads = 1 } = job;
  const shape = chainOf(program, ntk);
  if (shape === null || pairsModule(variant) === null) return null;
  const sets = rows === cols ? [rows] : [rows, cols];
  const pools = shape.pools.map((index) => program.steps[index]!);
  const total = sets.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  let last = performance.now();
  const breath = async (): Promise<void> => {
    if (performance.now() - last <= BREATH) return;
    work.onProgress?.({ label: "samples", done, total, unit: "samples" });
    await breathe(work.signal);
    last = performance.now();
  };
  const largest = new Float64Array(shape.convs.length);
  const walked: Walked[] = [];
  for (const set of sets) {
    const one = await walkSet(set, shape, ntk, precision, { largest, breath, step: () => done++ });
    if (one === null) return null;
    walked.push(one);
  }
  const [first, second = first] = walked as [Walked, Walked?];
  const own = { ...work, threads };
  const general = planesOwnPairs(variant, own);
  const made = new Map<SampleSet, (OwnDeficits & { readonly read: Read })[]>();
  const ownPairs: OwnPairs = {
    deficits: async (of, index, pause) => {
      const at = shape.pools.indexOf(index);
      const [pool] = pools;
      if (at < 0 || pool?.op !== "globalPool") return general.deficits(of, index, pause);
      // those of all pools come with the first one
      const known = made.get(of.set) ?? shape.pools.map(() => ownDeficits(of.set.count, poolTaps(pool), ntk));
      if (made.has(of.set)) return known[at]!;
      made.set(of.set, known);
      const lowered = lowerPlaneSteps(program, placeholders(shape), true, shape.pools, "float64");
      // gaps keep their digits in the deficit form only
      const fast = kernelsOnly ? scaleChain(shape, largest, ntk, "float64") : null;
      const chain = { shape, tangent: ntk, fast };
      await eachSelf(of.set, lowered, variant, readEach(known), own, chain);
      return known[at]!;
    },
    results: general.results,
  };
  const given = {
    steps: shape.pools[0]!,
    after: (index: number) => {
      const end = shape.ends.indexOf(index / 2);
      return end < 0 ? null : { rows: first.ends[end]!, cols: second.ends[end]! };
    },
  };
  const pass = await runSamplePass(
    program,
    rows,
    cols,
    ntk,
    { ...work, pairsOnly: kernelsOnly && job.diagonal !== true },
    ownPairs,
    given,
  );
  const chain = scaleChain(shape, largest, ntk, precision);
  const fast = { chain, rows: first.samples, cols: second.samples };
  const lowered = lowerPlanes(job, pass, variant, fast);
  return typeof lowered === "string" ? null : { pass, job: lowered };
}

/** Where lowering asks for states that the walk has in place of the pass. */
function placeholders({ pools }: ChainShape): SamplePass["prepared"] {
  const none = new Float64Array(0);
  const nobody = { rows: { q: none, t: none }, cols: { q: none, t: none } };
  return Array.from({ length: pools.at(-1)! + 1 }, () => ({
    map: null,
    qRows: none,
    qCols: none,
    reads: [{ ...nobody }],
    own: null,
  }));
}

interface WalkWork {
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
  { largest, breath, step }: WalkWork,
): Promise<Walked | null> {
  const walk = new ChainWalk(shape, tangent);
  const { cells } = walk;
  const each = walk.states.length;
  const [low, high] = RANGE[precision];
  const { count } = set;
  const states = sharedValues(precision, count * each);
  const fields = 2 * shape.ends.length;
  const halves = new Float64Array(count * fields);
  const ends = shape.ends.map(() => ({
    q: new Float64Array(count * cells),
    t: tangent ? new Float64Array(count * cells) : null,
  }));
  let fits = true;
  const visit = (sample: number): void => {
    walk.run(set.data, sample);
    states.set(walk.states, sample * each);
    for (let l = 0; l < shape.convs.length; l++) {
      for (let p = 2 * l * cells; p < (2 * l + 1) * cells; p++) {
        const q = walk.states[p]!;
        if (q > largest[l]!) largest[l] = q;
        const t = walk.states[p + cells]!;
        fits &&= (q === 0 || (q >= low && q <= high)) && t <= high;
      }
    }
    walk.addHalves(halves, sample * fields, 1);
    for (const [e, { q, t }] of ends.entries()) {
      const at = 2 * e * cells;
      q.set(walk.ends.subarray(at, at + cells), sample * cells);
      t?.set(walk.ends.subarray(at + cells, at + 2 * cells), sample * cells);
    }
    step();
  };
  for (let sample = 0; sample < count; sample++) {
    visit(sample);
    if (!fits) return null;
    await breath();
  }
  return { samples: { states, halves }, ends };
}
