/**
 * One way through a network that repeats a block, with a result at every wanted number of copies.
 *
 * The network is cut into parts. Each part takes every pair of samples through some copies of the block, applies the
 * readout to a copy of the pairs' states, and leaves the states for the part after it. So every layer is computed once
 * however many depths are wanted, and memory holds one result, the states of the pairs and the tables of one part.
 * @module
 */
import type { RepeatedBlock } from "../network/depth.js";
import type { Layer, Network } from "../network/spec.js";
import { canShareMemory } from "../threads/index.js";
import { chooseBackend } from "./choose-backend.js";
import { compilePart, type PartEnd } from "./compile/part.js";
import type { KernelName, KernelOptions } from "./kernel.js";
import { type OpenKernel, openProgram } from "./open-kernel.js";
import type { KernelProgram, Layout } from "./program.js";
import { referenceCost } from "./reference-cost.js";
import { needsOwnPairs } from "./sample-pass.js";
import type { CarriedPairs, Carry, SampleSides } from "./sample-state.js";
import type { SampleSet } from "./samples.js";

/** Bytes that the tables of one part may take. */
const PART_BYTES = 2 ** 27;
/** The most copies of the block in one part: more would not be faster. */
const PART_COPIES = 256;
const DOUBLE = 8;

export interface WalkedNetwork {
  readonly network: Network;
  readonly parts: RepeatedBlock;
  readonly tangent: boolean;
}

/** What is the same for all parts of a walk. */
export interface WalkForm {
  /** pairs of positions that are carried from part to part; null: states cannot be carried, each depth starts anew */
  readonly layout: Layout | null;
  /** numbers that the carried state of one pair has in each array, and of one sample with itself */
  readonly entries: number;
  readonly ownEntries: number;
  /** a part with one copy and the readout, where it resumes: what costs are read from */
  readonly sample: KernelProgram;
}

const hasPositions = ({ steps }: KernelProgram) => steps.some(({ positions }) => positions.length > 0);

/** How the states of a network are carried. */
export function walkForm({ network, parts, tangent }: WalkedNetwork): WalkForm {
  const { prefix, block, suffix } = parts;
  const alone = compilePart(
    network,
    { start: null, trunk: [...prefix, ...block], readout: suffix, carry: null },
    tangent,
  );
  const none = { layout: null, entries: 0, ownEntries: 0, sample: alone.program };
  if (alone.end === null) return none;
  for (const layout of ["diagonal", "full"] as const) {
    const { program, end } = compilePart(
      network,
      { start: alone.end, trunk: block, readout: suffix, carry: layout },
      tangent,
    );
    if (end === null) return none;
    const kept = program.steps.findLast((step) => step.to === program.carried)!;
    const first = program.steps[0]!;
    if (first.layout !== kept.layout) continue;
    const positions = first.positions.reduce((product, side) => product * side, 1);
    return {
      // a readout that pools reads all pairs of positions, and parts that have no readout must leave them too
      layout: kept.layout === "full" ? "full" : layout,
      entries: first.layout === "full" ? positions ** 2 : positions,
      ownEntries: needsOwnPairs(program) ? positions ** 2 : 0,
      sample: program,
    };
  }
  return none;
}

/** Copies of the block that a part has at most, by the room that the tables of its samples take. */
export function copiesPerPart({ sample }: WalkForm, samples: number, options: KernelOptions): number {
  const { backend, precision } = chooseBackend(sample, partOptions(sample, options));
  const cost = backend.cost?.(sample, precision, true) ?? referenceCost(sample);
  const bytes = samples * (cost.sampleBytes + cost.threadSampleBytes);
  return Math.max(1, Math.min(PART_COPIES, Math.floor(PART_BYTES / bytes)));
}

/** States with positions are carried by the reference backend only, which computes in float64. */
export function partOptions(
  program: KernelProgram,
  { backend, precision }: KernelOptions,
): Pick<KernelOptions, "backend" | "precision"> {
  return hasPositions(program) ? { backend: "reference", precision: "float64" } : { backend, precision };
}

/** Bytes of the states of all pairs. */
export function carriedBytes(form: WalkForm, n1: number, n2: number, tangent: boolean): number {
  const arrays = (tangent ? 2 : 1) * (hasPositions(form.sample) ? 2 : 1);
  return arrays * DOUBLE * (n1 * n2 * form.entries + 2 * (n1 + n2) * form.ownEntries);
}

/** Numbers of copies at which the walk stops, ascending: the wanted ones and those between that keep parts short. */
export function stops(wanted: readonly number[], most: number): { copies: number; wanted: boolean }[] {
  const out: { copies: number; wanted: boolean }[] = [];
  let at = 0;
  for (const copies of wanted) {
    for (; copies - at > most; at += most) out.push({ copies: at + most, wanted: false });
    out.push({ copies, wanted: true });
    at = copies;
  }
  return out;
}

const repeated = (layers: readonly Layer[], times: number): Layer[] =>
  times === 0 ? [] : [{ kind: "repeat", times, layers }];

interface Place {
  readonly copies: number;
  readonly end: PartEnd;
  readonly samples: SampleSides;
}

/** Walks from the data or from where the part before stopped. */
export class DepthWalk<Name extends KernelName> {
  private readonly pairs: CarriedPairs | null;
  private readonly own: Carry["own"];
  private place: Place | null = null;

  constructor(
    private readonly walked: WalkedNetwork,
    private readonly form: WalkForm,
    private readonly samples: { readonly rows: SampleSet; readonly cols: SampleSet },
    private readonly options: KernelOptions<Name>,
  ) {
    const { rows, cols } = samples;
    const shared = options.sharedMemory !== false && options.threads !== 1 && canShareMemory();
    const array = (length: number) =>
      shared ? new Float64Array(new SharedArrayBuffer(length * DOUBLE)) : new Float64Array(length);
    const { tangent } = walked;
    const states = (length: number): CarriedPairs => ({
      d: array(length),
      g: array(tangent ? length : 0),
      k: null,
      t: null,
    });
    this.pairs = form.layout === null ? null : states(rows.count * cols.count * form.entries);
    const ownOf = ({ count }: SampleSet) => states(count * form.ownEntries);
    const ownRows = form.ownEntries === 0 ? null : ownOf(rows);
    this.own = ownRows && { rows: ownRows, cols: rows === cols ? ownRows : ownOf(cols) };
  }

  /** Copies that the states which are carried have behind them. */
  get copies(): number {
    return this.place?.copies ?? 0;
  }

  /**
   * The part from here to `copies`, open: `use` computes what it wants of the readout (of nothing where `wanted` is
   * false), after which the states are those at `copies`.
   */
  async part<T>(
    { copies, wanted, last }: { readonly copies: number; readonly wanted: boolean; readonly last: boolean },
    names: readonly Name[],
    use: (open: OpenKernel<Name>) => Promise<T>,
    options: KernelOptions<Name>,
  ): Promise<T> {
    const { network, parts, tangent } = this.walked;
    const { place, pairs, samples } = this;
    const trunk = [...(place === null ? parts.prefix : []), ...repeated(parts.block, copies - this.copies)];
    const { program, end } = compilePart(
      network,
      {
        start: place?.end ?? null,
        trunk,
        readout: wanted ? parts.suffix : null,
        carry: last ? null : this.form.layout,
      },
      tangent,
    );
    const carries = !last && program.carried !== null && pairs !== null;
    const carry =
      carries || place !== null ? { samples: place?.samples ?? null, pairs: pairs!, own: this.own } : null;
    const open = await openProgram(
      { program, ...samples, names: wanted ? names : [], tangent, carry },
      {
        ...options,
        ...(carry === null ? {} : partOptions(this.form.sample, this.options)),
        diagonal: true,
      },
    );
    try {
      const result = await use(open);
      this.place = carries ? { copies, end: end!, samples: open.carriedSamples! } : null;
      return result;
    } finally {
      open.close();
    }
  }
}
