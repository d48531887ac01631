/**
 * Samples with themselves on the plane engine, for the pass over samples: spread over threads, with the same bits for any
 * number of them.
 * @module
 */
import type { LongWork } from "../../progress.js";
import { workerPool } from "../../threads/index.js";
import { spread } from "../../threads/spread.js";
import type { Variant } from "../../wasm/load.js";
import { alikeIn } from "../program.js";
import { referenceOwnPairs } from "../reference/own-pairs.js";
import type { OwnDeficits, OwnJob, OwnPairs } from "../sample-state.js";
import type { SampleSet } from "../samples.js";
import { poolTaps } from "../window-taps.js";
import { resultOrder } from "./planes.js";
import { type LoweredPlanes, lowerPlaneSteps } from "./planes-lower.js";
import { OWN_LANES, type OwnChain, openOwn, ownProgram } from "./planes-own-runner.js";
import { NoPlanes } from "./planes-steps.js";
import { fillTables } from "./planes-tables.js";
import { pairsModule } from "./wasm-memory.js";

/** Bytes of samples and tables that threads are given at once: each has a copy. */
const SHARE = 2 ** 25;

/** Cells of planes that are worth another thread: some 10 ms of work. */
const WORTH = 2 ** 20;

export interface OwnOptions extends LongWork {
  /** threads that may work, this one included */
  readonly threads: number;
}

/** What reads one sample's result from its lane. */
export type Read = (stored: Float64Array, lane: number, sample: number) => void;

/** Runs every sample with itself; `read` gets the result's planes, the lane and the sample. */
export async function eachSelf(
  set: SampleSet,
  lowered: LoweredPlanes,
  variant: Variant | null,
  read: Read,
  { threads, signal, onProgress }: OwnOptions,
  chain: OwnChain | null = null,
): Promise<void> {
  const { features } = set;
  const program = ownProgram(lowered, features, variant);
  const [first, others] = chain === null ? lowered.parts : [0, 0];
  const chunk = Math.max(1, Math.floor(SHARE / (8 * (features + first + others) * OWN_LANES))) * OWN_LANES;
  const layers = chain === null ? 1 : chain.shape.convs.length;
  const cells = lowered.groups.reduce((sum, { height, width, planes, order, code }) => {
    const count = order === null ? planes : order.twice.length + order.once.length;
    return sum + height * width * count * (chain === null ? code.length : layers);
  }, 0);
  for (let from = 0; from < set.count; from += chunk) {
    const count = Math.min(chunk, set.count - from);
    const part = (p: 0 | 1): Float64Array => {
      const values = new Float64Array(count * lowered.parts[p]);
      fillTables(lowered, p, "rows", from, count, values);
      return values;
    };
    const values = set.data.slice(from * features, (from + count) * features);
    const tables = chain === null ? ([part(0), part(1)] as const) : null;
    const payload = { program, count, values, tables, chain };
    await spread({
      task: "own",
      payload,
      count: Math.ceil(count / OWN_LANES),
      run: openOwn(payload),
      receive: (piece, stored) => {
        const base = from + piece * OWN_LANES;
        for (let lane = 0; lane < Math.min(OWN_LANES, set.count - base); lane++)
          read(stored, lane, base + lane);
      },
      threads,
      pool: threads > 1 && count * cells > WORTH ? workerPool() : null,
      label: "samples",
      unit: "pairs of samples",
      signal,
      onProgress,
    });
  }
}

/** Reads several results, which are stored one after the other. */
export function readEach(readers: readonly { readonly read: Read }[]): Read {
  return (stored, lane, sample) => {
    const size = stored.length / readers.length;
    readers.forEach(({ read }, k) => {
      read(stored.subarray(k * size, (k + 1) * size), lane, sample);
    });
  };
}

/** Null where the program (up to pools) has no form of planes, or the runtime no SIMD. */
function lowerSelf(
  { program, prepared }: OwnJob,
  pools: readonly number[] | null,
  variant: Variant | null,
): LoweredPlanes | null {
  if (pairsModule(variant) === null) return null;
  try {
    return lowerPlaneSteps(program, prepared, true, pools, "float64");
  } catch (error) {
    if (error instanceof NoPlanes) return null;
    throw error;
  }
}

/** Reads the own deficits of `outputs` windows; `weight` of each as {@link poolTaps} has it. */
export function ownDeficits(
  count: number,
  { outputs, weight }: Pick<ReturnType<typeof poolTaps>, "outputs" | "weight">,
  tangent: boolean,
): OwnDeficits & { readonly read: Read } {
  const d = new Float64Array(count * outputs);
  const g = tangent ? new Float64Array(count * outputs) : null;
  const read: Read = (stored, lane, sample) => {
    for (let o = 0; o < outputs; o++) {
      const scale = 0.5 * weight[o]! ** 2;
      d[sample * outputs + o] = scale * stored[o * OWN_LANES + lane]!;
      if (g !== null) g[sample * outputs + o] = scale * stored[(outputs + o) * OWN_LANES + lane]!;
    }
  };
  return { d, g, read };
}

/** On planes where there is that form, otherwise the plain way. */
export function planesOwnPairs(variant: Variant | null, options: OwnOptions = { threads: 1 }): OwnPairs {
  // of the same pool in all readouts, which come with the first one; by the pass that asks
  const made = new WeakMap<OwnJob["prepared"], Map<number, OwnDeficits>>();
  return {
    async deficits(job, index, breath) {
      const known = made.get(job.prepared)?.get(index);
      if (known !== undefined) return known;
      const step = job.program.steps[index]!;
      const alike = alikeIn(job.program, index);
      const all = alike[0] === index ? lowerSelf(job, alike, variant) : null;
      const lowered = all ?? lowerSelf(job, [index], variant);
      if (lowered === null || (step.op !== "pool" && step.op !== "globalPool")) {
        return referenceOwnPairs.deficits(job, index, breath);
      }
      const pools = all === null ? [index] : alike;
      const found = pools.map(() => ownDeficits(job.set.count, poolTaps(step), job.tangent));
      await eachSelf(job.set, lowered, variant, readEach(found), options);
      if (pools.length > 1) made.set(job.prepared, new Map(pools.map((pool, k) => [pool, found[k]!])));
      return found[0]!;
    },
    async results(job, state, breath) {
      const { program, set, tangent } = job;
      const lowered = lowerSelf(job, null, variant);
      if (lowered === null) return referenceOwnPairs.results(job, state, breath);
      const order = resultOrder(program.outputPositions);
      const entries = order.length;
      const cells = Math.sqrt(entries);
      const array = (wanted: boolean) => new Float64Array(wanted ? set.count * entries : 0);
      const all = { k: array(true), d: array(true), t: array(tangent), g: array(tangent) };
      const { q, t } = state;
      const read: Read = (stored, lane, sample) => {
        for (let o = 0; o < entries; o++) {
          const [a, b] = [sample * cells + Math.floor(o / cells), sample * cells + (o % cells)];
          const to = sample * entries + o;
          const d = stored[order[o]! * OWN_LANES + lane]!;
          all.d[to] = d;
          all.k[to] = q[a] === 0 || q[b] === 0 ? 0 : 0.5 * (q[a]! + q[b]!) - d;
          if (t === null) continue;
          const g = stored[(order[o]! + cells) * OWN_LANES + lane]!;
          all.g[to] = g;
          all.t[to] = t[a] === 0 || t[b] === 0 ? 0 : 0.5 * (t[a]! + t[b]!) - g;
        }
      };
      await eachSelf(set, lowered, variant, read, options);
      return all;
    },
  };
}
