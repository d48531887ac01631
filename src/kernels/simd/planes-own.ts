/**
 * Samples with themselves on the plane engine, for the pass over samples: always float64, since the results are parts of
 * variances. As many samples at once as there are lanes.
 * @module
 */
import type { Variant } from "../../wasm/load.js";
import { referenceOwnPairs } from "../reference/own-pairs.js";
import type { OwnJob, OwnPairs } from "../sample-state.js";
import { poolTaps } from "../window-taps.js";
import { programOf, resultOrder } from "./planes.js";
import { PlaneEngine } from "./planes-engine.js";
import { type LoweredPlanes, lowerPlaneSteps } from "./planes-lower.js";
import { NoPlanes } from "./planes-steps.js";
import { fillTables } from "./planes-tables.js";
import type { Values } from "./sample-store.js";
import { pairsModule } from "./wasm-memory.js";

const LANES = 2;

/** Runs every sample with itself; `read` gets the result's planes, the lane and the sample. */
async function eachSelf(
  { program, set }: OwnJob,
  lowered: LoweredPlanes,
  variant: Variant | null,
  read: (stored: Values, lane: number, sample: number) => void,
  breath: () => Promise<void>,
): Promise<void> {
  const { features } = program;
  const sizes = { all: LANES, tile: LANES };
  const engine = new PlaneEngine(
    { precision: "float64", variant, features, ...programOf(lowered) },
    { rows: sizes, cols: sizes },
    true,
  );
  for (let from = 0; from < set.count; from += LANES) {
    const count = Math.min(LANES, set.count - from);
    const part = (p: 0 | 1): Float64Array => {
      const values = new Float64Array(count * lowered.parts[p]);
      fillTables(lowered, p, "rows", from, count, values);
      return values;
    };
    const values = set.data.subarray(from * features, (from + count) * features);
    const samples = { count, values, tables: [part(0), part(1)] as const };
    engine.use(samples, samples);
    engine.select(0, 0);
    engine.selectFirst();
    for (let group = 0; group < engine.groupCount; group++) {
      engine.runGroup(group);
      await breath();
    }
    const stored = engine.stored(lowered.result);
    for (let lane = 0; lane < count; lane++) read(stored, lane, from + lane);
  }
}

/** Null where the program (up to a pool) has no form of planes, or the runtime no SIMD. */
function lowerSelf(
  { program, prepared }: OwnJob,
  pool: number | null,
  variant: Variant | null,
): LoweredPlanes | null {
  if (pairsModule(variant) === null) return null;
  try {
    return lowerPlaneSteps(program, prepared, true, pool, "float64");
  } catch (error) {
    if (error instanceof NoPlanes) return null;
    throw error;
  }
}

/** On planes where there is that form, otherwise the plain way. */
export function planesOwnPairs(variant: Variant | null): OwnPairs {
  return {
    async deficits(job, index, breath) {
      const step = job.program.steps[index]!;
      const lowered = lowerSelf(job, index, variant);
      if (lowered === null || (step.op !== "pool" && step.op !== "globalPool")) {
        return referenceOwnPairs.deficits(job, index, breath);
      }
      const { outputs, weight } = poolTaps(step);
      const size = job.set.count * outputs;
      const d = new Float64Array(size);
      const g = job.tangent ? new Float64Array(size) : null;
      const read = (stored: Values, lane: number, sample: number): void => {
        for (let o = 0; o < outputs; o++) {
          const scale = 0.5 * weight[o]! ** 2;
          d[sample * outputs + o] = scale * stored[o * LANES + lane]!;
          if (g !== null) g[sample * outputs + o] = scale * stored[(outputs + o) * LANES + lane]!;
        }
      };
      await eachSelf(job, lowered, variant, read, breath);
      return { d, g };
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
      const read = (stored: Values, lane: number, sample: number): void => {
        for (let o = 0; o < entries; o++) {
          const [a, b] = [sample * cells + Math.floor(o / cells), sample * cells + (o % cells)];
          const to = sample * entries + o;
          const d = stored[order[o]! * LANES + lane]!;
          all.d[to] = d;
          all.k[to] = q[a] === 0 || q[b] === 0 ? 0 : 0.5 * (q[a]! + q[b]!) - d;
          if (t === null) continue;
          const g = stored[(order[o]! + cells) * LANES + lane]!;
          all.g[to] = g;
          all.t[to] = t[a] === 0 || t[b] === 0 ? 0 : 0.5 * (t[a]! + t[b]!) - g;
        }
      };
      await eachSelf(job, lowered, variant, read, breath);
      return all;
    },
  };
}
